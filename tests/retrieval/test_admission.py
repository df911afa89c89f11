import contextlib
import io
import zipfile
import zlib

import media_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.admission import MAX_LABEL, admit, file_label
from retrieval.decoding import Decoder
from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Fault, TooLarge, Unreadable, UnsupportedType

LIMITS = DecodingLimits()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"), ("..%2fsecret.txt", "secret.txt"), ("..\\..\\a.txt", "a.txt"), ("C:\\x\\b.pdf", "b.pdf"),
        ("a\x00.png", "a.png"), ("in\nvoice\r.pdf", "invoice.pdf"), ("evil\u202egnp.exe", "evilgnp.exe"),
        ("CON", "CON"), ("", ""), ("..", ""),
        ("📷 猫.png", "📷 猫.png"), ("x" * 4092 + ".pdf", "x" * (MAX_LABEL - 4) + ".pdf"),
    ],
)  # fmt: skip
def test_names_become_labels(name, label):
    assert file_label(name) == label


@given(st.text())
def test_a_label_is_short_and_flat(name):
    label = file_label(name)
    assert len(label) <= MAX_LABEL
    assert not set(label) & set("/\\\n\r\x00\u202e")


def test_a_picture_is_measured_and_written_again():
    content = admit(samples.picture("JPEG", (64, 32)) + b"<script>", "holiday.png", "", LIMITS)
    assert (content.modality, content.media_type, content.width, content.height, content.seconds) == ("image", "image/jpeg", 64, 32, None)
    assert b"<script>" not in content.data


def test_sound_and_video_are_timed():
    sound = admit(samples.sound("webm", "libopus"), "recording", "audio/webm", LIMITS)
    assert (sound.modality, sound.media_type, sound.seconds) == ("audio", "audio/webm", pytest.approx(1.0, abs=0.05))
    video = admit(samples.video(), "clip.mp4", "", LIMITS)
    assert (video.modality, video.width, video.height, video.seconds) == ("video", 160, 120, pytest.approx(6.0, abs=0.2))


def test_documents_are_files_with_their_bytes():
    for data, name in (
        (samples.docx(), "a.docx"),
        (samples.pptx(), "a.pptx"),
        (samples.pdf([[(11, "x")]]), "a.pdf"),
        ("# 标题".encode(), "a.md"),
    ):
        content = admit(data, name, "", LIMITS)
        assert (content.modality, content.data) == ("file", data)


def test_text_in_another_encoding_is_kept_as_utf8():
    assert admit("保修两年，请保留收据。".encode("gb18030"), "a.txt", "", LIMITS).data.decode() == "保修两年，请保留收据。"
    for encoding in ("utf-16", "utf-8-sig"):
        assert admit("hello".encode(encoding), "a.txt", "", LIMITS).data == b"hello"


@pytest.mark.parametrize(
    ("data", "name", "kind", "code"),
    [
        (b"", "a.png", Unreadable, "empty_file"),
        (b" \n ", "a.txt", Unreadable, "empty_file"),
        (b"\x89PNG\r\n\x1a\n", "a.png", Unreadable, "image_truncated"),
        (b'{"a":', "a.json", Unreadable, "json_broken"),
        (b"[NaN]", "a.json", Unreadable, "json_broken"),
        (b'["\\ud800"]', "a.json", Unreadable, "json_broken"),
        (b"[" * 100_000, "a.json", Unreadable, "json_broken"),
        (b"%PDF-1.7 broken", "a.pdf", Unreadable, "pdf_unreadable"),
        (b"<svg/>" + b" " * 30, "a.svg", UnsupportedType, "unsupported_type"),
        (samples.archive(["../x"]), "a.zip", UnsupportedType, "unsupported_type"),
        (b"x" * 3000, "a.txt", TooLarge, "text_too_long"),
        (b"x" * 9000, "a.txt", TooLarge, "file_too_large"),
    ],
)
def test_what_cannot_be_taken_is_a_fault_with_a_code(data, name, kind, code):
    limits = LIMITS if len(data) > 10_000 or not data.startswith(b"xx") else DecodingLimits(file_bytes=8000, text_chars=2000)
    with pytest.raises(kind) as caught:
        admit(data, name, "", limits)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize(
    "body",
    [
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
        b"<< /Type /Catalog /Pages 2 0 R /Outlines 1 0 R >>",
        b"<< /Type /Catalog /Pages 1 0 R >>",
        b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 5000 + b"]" * 5000 + b" >>",
    ],
)
def test_odd_pdf_structures_end_soon(body):
    objects = [body, b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 2 >>", b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>"]
    data = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, part) for n, part in enumerate(objects, 1))
    data += b"trailer << /Root 1 0 R /Size 4 /Prev 9 >>\nstartxref\n9\n%%EOF"
    try:
        assert admit(data, "a.pdf", "", LIMITS).media_type == "application/pdf"
    except Fault as fault:
        assert fault.code == "pdf_unreadable"


def pdf_of(pages: int, stream: bytes = b"", filters: bytes = b"/FlateDecode") -> bytes:
    kids = b" ".join(b"%d 0 R" % (n + 4) for n in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 3 0 R >>"] * pages,
    ]
    return (
        b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, part) for n, part in enumerate(objects, 1)) + b"trailer << /Root 1 0 R >>"
    )


def test_ten_thousand_pages_are_too_many():
    with pytest.raises(TooLarge) as caught:
        admit(pdf_of(10_000), "a.pdf", "", LIMITS)
    assert caught.value.code == "too_many_pages"


def test_a_page_that_unpacks_to_gigabytes_ends_within_the_limits():
    bomb = zlib.compress(zlib.compress(b" " * 300_000_000, 1), 9)
    decoder = Decoder(DecodingLimits(decode_bytes=512 * 2**20, decode_seconds=10), workers=1)
    with contextlib.suppress(Fault):
        decoder.read(decoder.admit(pdf_of(1, bomb, b"/FlateDecode /FlateDecode"), "a.pdf"))
    assert decoder.admit(b"still here").media_type == "text/plain"
    decoder.close()


def test_nested_archives_in_a_document_are_not_unpacked():
    inner = samples.archive(["deep.txt"], b"\0" * 10_000_000)
    buffer = io.BytesIO(samples.docx())
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("word/embeddings/inner.zip", inner)
    assert admit(buffer.getvalue(), "a.docx", "", LIMITS).modality == "file"
