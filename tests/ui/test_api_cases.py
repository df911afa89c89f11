"""The file cases of the battery over the real app: the right refusal, in the one shape, and after every case a good request and nothing left."""

import io
import struct
import zlib

import media_samples as samples
import pytest
from api_app import ask, check_error, package, pdf, png, running, wav
from PIL import Image

from benchmarks.reliability._damaged_documents import pdf_file
from benchmarks.reliability._orphans import orphans


def raw_wav(kind, channels, rate, body, bits=16, claimed=None):
    step = channels * bits // 8
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * step, step, bits)
    size = len(body) if claimed is None else claimed
    return (
        b"RIFF"
        + struct.pack("<I", (36 + size) & 0xFFFFFFFF)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", size)
        + body
    )


def with_chunk(kind, body):
    data = png()
    at = data.index(b"IDAT") - 4
    return data[:at] + samples.png_chunk(kind, body) + data[at:]


def claiming(side):
    """A small PNG whose header claims side x side points."""
    data = png()
    header = struct.pack(">II", side, side) + data[24:29]
    return data[:8] + samples.png_chunk(b"IHDR", header) + data[33:]


def swollen():
    """A Word package whose directory declares 500 MiB."""
    data = bytearray(samples.archive(["word/document.xml", "[Content_Types].xml"]))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 500 * 2**20)
    return bytes(data)


def locked(word):
    from reportlab.lib.pdfencrypt import StandardEncryption

    return samples.pdf([[(11, "secret")]], encrypt=StandardEncryption(word))


def pages(count):
    one = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    kids = b" ".join(b"%d 0 R" % n for n in range(3, count + 3))
    tree = b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % count
    return pdf_file({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: tree, **dict.fromkeys(range(3, count + 3), one)})


def linked():
    """A Word package with an entry that is a symbolic link."""
    import zipfile

    out = io.BytesIO(samples.docx())
    with zipfile.ZipFile(out, "a") as target:
        entry = zipfile.ZipInfo("word/media/link.png")
        entry.external_attr = 0o120777 << 16
        target.writestr(entry, "/etc/passwd")
    return out.getvalue()


FLAC = (
    b"fLaC\x80\x00\x00\x22"
    + struct.pack(">HH", 4096, 4096)
    + bytes(6)
    + ((655_350 << 44) | (7 << 41) | (15 << 36)).to_bytes(8, "big")
    + bytes(16)
)
MEANT = {"U02": ("ASVS 5.2.6",), "U03": ("ASVS 5.2.6",), "U04": ("ASVS 5.2.6",), "P07": ("ASVS 5.2.3", "ASVS 5.2.5", "ASVS 5.3.3")}
"""Case -> what it shows of chapter V5."""
REFUSED = [  # case, name, bytes, status, code
    ("U01", "a.png", lambda: png()[: len(png()) // 2], 422, "image_truncated"), ("U01", "a.png", lambda: png()[:-1], 422, "image_truncated"),
    ("U02", "a.png", lambda: claiming(50_000), 413, "image_too_large"), ("U03", "a.png", lambda: claiming(13_000), 413, "image_too_large"),
    ("U04", "a.gif", lambda: samples.gif(1)[:-1] + samples.gif_frame(13_107, 13_107) + b";", 413, "image_too_large"),
    ("U05", "a.gif", lambda: samples.gif(10_000), 413, "too_many_frames"), ("U05", "a.png", lambda: with_chunk(b"acTL", struct.pack(">II", 10_000, 0)), 413, "too_many_frames"),
    ("U06", "a.png", lambda: png(size=(1, 1)), 422, "image_too_small"), ("U06", "a.png", lambda: png(size=(8, 30_000)), 422, "image_too_narrow"),
    ("U07", "a.svg", lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'><script>x()</script></svg>", 415, None),
    ("U07", "a.png", lambda: b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>", 415, None),
    ("U09", "a.png", lambda: b"", 422, "empty_file"), ("U09", "a.png", lambda: b"\x89", 422, None), ("U09", "a.png", lambda: b"\x89PNG\r\n\x1a\n", 422, None),
    ("U10", "a.png", pdf, 200, None), ("U10", "a.png", lambda: samples.noise("JPEG"), 200, None), ("U10", "a.png", lambda: b"\x7fELF" + bytes(200), 415, None),
    ("U10", "a.png", lambda: b"%!PS-Adobe-3.0 EPSF\n%%BoundingBox: 0 0 9 9\n", 415, None), ("U10", "a.png", lambda: b"II*\x00" + bytes(200), 415, None),
    ("U10", "a.png", lambda: b"SIMPLE  =                    T" + b" " * 90, 415, None), ("U10", "a.png", lambda: b"8BPS\x00\x01" + bytes(200), 415, None),
    ("U11", "a.png", lambda: with_chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(100_000_000), 9)), 413, None),
    ("A01", "a.wav", lambda: raw_wav(1, 1, 16_000, bytes(1024), claimed=0xFFFFFF00), 200, None),
    ("A02", "a.ogg", lambda: samples.sound("ogg", "libopus", 20.0), 413, "audio_too_long"), ("A03", "a.flac", lambda: FLAC + bytes(400), 422, None),
    ("A05", "a.wav", lambda: raw_wav(1, 1, 0, bytes(3200)), 422, None), ("A05", "a.wav", lambda: raw_wav(1, 0, 16_000, bytes(3200)), 422, None),
    ("A05", "a.wav", lambda: raw_wav(1, 1, 16_000, bytes(2)), 422, None), ("A06", "a.mp3", lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 415, None),
    ("A06", "a.mp3", lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", 415, None), ("A06", "a.mp3", lambda: b"concat:/etc/passwd|/etc/hosts", 415, None),
    ("P01", "a.pdf", lambda: pages(10_000), 413, "too_many_pages"), ("P03", "a.pdf", lambda: locked("word"), 422, "pdf_encrypted"),
    ("P07", "a.zip", lambda: samples.archive(["../../etc/passwd"]), 415, None), ("P07", "a.docx", lambda: samples.archive(["word/document.xml", "[Content_Types].xml", "../x"]), 415, None),
    ("P07", "a.zip", lambda: package("a.txt"), 415, None), ("P07", "a.docx", linked, 415, None),
    ("P07", "a.docx", swollen, 413, "unpacked_too_large"),
    ("P07", "a.msg", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), 415, None),
]  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cases"), **{"limits.audio_seconds": 10}) as client:
        yield client


@pytest.fixture(autouse=True)
def _afterwards(api):
    """A good request is answered, and no file is left that nothing names."""
    yield
    assert api.post("/v1/route", json={"input": "hello"}).status_code == 200
    assert orphans(api.assistant.settings.data_dir) == []


def upload(api, name, data, kind="application/octet-stream"):
    return api.post("/v1/files", files={"file": (name, data, kind)}, data={"purpose": "user_data"})


@pytest.mark.case(
    "U01", "U02", "U03", "U04", "U05", "U06", "U07", "U09", "U10", "P01", "P03", "P07", "ASVS 5.2.3", "ASVS 5.2.5", "ASVS 5.3.3"
)
@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        pytest.param(*row[1:], id=f"{row[0]}-{n}", marks=pytest.mark.case(row[0], "ASVS 5.2.2", *MEANT.get(row[0], ())))
        for n, row in enumerate(REFUSED)
    ],
)  # fmt: skip
def test_a_file_case(api, name, data, status, code):
    answer = upload(api, name, data(), "image/png")
    if status == 200:
        assert answer.status_code == 200, answer.text
        assert answer.json()["media_type"] != "image/png"
        return
    error = check_error(answer, status, code)
    assert error["hint"]
    assert str(api.assistant.settings.data_dir) not in answer.text
    assert "passwd" not in answer.text


@pytest.mark.case("U08", "U11", "ASVS 5.3.1", "ASVS 5.4.1")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF"])
def test_a_picture_keeps_nothing_but_the_picture(api, kind):
    """Also a polyglot is only its picture: what hung on it, and where it was taken, is gone, and no browser takes it for a page."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretCamera", 6
    out = io.BytesIO()
    Image.new("RGB", (40, 20)).save(out, kind, **({} if kind == "GIF" else {"exif": exif}))
    sent = out.getvalue() + b"<script>alert(1)</script>" + samples.archive(["x"]) + pdf()
    stored = upload(api, "a.html", sent, "text/html").json()
    shown = api.get(f"/v1/files/{stored['id']}/content")
    assert not [hidden for hidden in (b"script", b"PK\x03\x04", b"%PDF", b"SecretCamera") if hidden in shown.content]
    assert shown.headers["content-type"].startswith("image/")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (stored["width"], stored["height"]) == ((40, 20) if kind == "GIF" else (20, 40))


@pytest.mark.case("U12", "ASVS 5.2.1")
@pytest.mark.parametrize(
    "form",
    [
        {"files": [("file", ("a.txt", b"a")), ("file", ("b.txt", b"b"))]}, {"files": [("file", (f"{n}.txt", b"a")) for n in range(1001)]},
        {"content": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + b"y" * 3_000_000 + b"\r\n--x--\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"preamble " * 300_000 + b"\r\n--x--\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ],
    ids=["two files", "1001 parts", "a field of 3 MB", "preamble"],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(api, form):
    check_error(api.post("/v1/files", **form), 400)


@pytest.mark.case("U14", "ASVS 5.3.2", "ASVS 5.3.3", "ASVS 5.4.1", "ASVS 5.4.2")
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.txt", "a\u202efdp.txt", 'a";filename=b.html', "a\r\nX-Evil: 1", "CON", "😀.txt", "%2e%2e%2fx"]
)
def test_a_name_makes_no_path_and_no_header(api, name):
    before = {path for path in api.assistant.settings.data_dir.parent.rglob("*")}
    answer = upload(api, name, b"Some words that are long enough.")
    assert answer.status_code == 200, answer.text
    shown = api.get(f"/v1/files/{answer.json()['id']}/content")
    assert shown.headers["content-disposition"].startswith("attachment; filename=")
    assert shown.headers["content-disposition"].isascii()
    assert "X-Evil" not in shown.headers
    new = {path.name for path in api.assistant.settings.data_dir.parent.rglob("*")} - {path.name for path in before}
    assert all(set(made) <= set("0123456789abcdef") for made in new), new


@pytest.mark.case("T02")
@pytest.mark.parametrize("words", ["a\x00b", "\u202eabc", "zero\u200bwidth", "tag\U000e0041\U000e0042", "e\u0301 is é", "раypal"])
def test_odd_words_are_kept_as_they_came(api, words):
    chat = api.post("/v1/conversations", json={}).json()["id"]
    assert ask(api, words, metadata={"conversation": chat}).status_code == 200
    assert api.get(f"/v1/conversations/{chat}/messages").json()["data"][0]["text"] == words


@pytest.mark.case("A05")
def test_silence_has_no_words(api):
    answer = api.post(
        "/v1/audio/transcriptions", files={"file": ("a.wav", raw_wav(1, 1, 8000, bytes(2 * 8000 * 9)))}, data={"model": "assistant"}
    )
    assert (answer.status_code, answer.json()["text"]) == (200, "")
    assert api.post("/v1/audio/transcriptions", files={"file": ("a.wav", wav())}, data={"model": "assistant"}).status_code == 200


@pytest.mark.case("ASVS 5.1.1", "ASVS 5.4.3")
def test_the_documentation_names_every_kind_its_limits_and_what_is_not_scanned():
    from pathlib import Path

    from retrieval.media_types import EXTENSION_OF

    page = (Path(__file__).parents[2] / "docs" / "ingesting.md").read_text("utf-8")
    assert [ending for ending in EXTENSION_OF.values() if f"`{ending}`" not in page] == []
    for limit in (
        "file_bytes",
        "image_pixels",
        "image_frames",
        "pdf_pages",
        "audio_seconds",
        "video_seconds",
        "text_chars",
        "decode_seconds",
    ):
        assert f"`{limit}`" in page
    assert "virus" in page
