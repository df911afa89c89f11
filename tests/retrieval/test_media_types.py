import contextlib

import media_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.faults import Fault, Unreadable, UnsupportedType
from retrieval.media_types import Kind, extension, sniff

LATIN = "Déjà vu à Besançon".encode("latin-1")


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (samples.picture("PNG"), "a.png", "image/png"),
        (samples.picture("JPEG"), "lies.png", "image/jpeg"),
        (samples.picture("GIF"), "", "image/gif"),
        (samples.picture("WEBP"), "", "image/webp"),
        (samples.wav(), "a.mp3", "audio/wav"),
        (samples.pdf([[(11, "x")]]), "a.txt", "application/pdf"),
        (b"# Title", "a.md", "text/markdown"),
        (b"<!DOCTYPE html><p>x", "page", "text/html"),
        (b"a,b\n1,2", "t.CSV", "text/csv"),
        (b"{}", "t.json", "application/json"),
        (b"{}\n{}", "t.jsonl", "application/x-ndjson"),
        (b"just words", "notes", "text/plain"),
        (b"print('hi')", "code.py", "text/plain"),
        ("保修两年".encode("gb18030"), "a.txt", "text/plain"),
    ],
)
def test_bytes_decide(data, name, kind):
    assert sniff(data, name).media_type == kind


def test_a_declared_type_tells_text_kinds_apart():
    assert sniff(b"a,b\n1,2", "", "text/csv; charset=utf-8") == Kind("text/csv", "file")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x7fELF" + bytes(60), "x.png"),
        (b"II*\x00" + bytes(60), "x.tiff"),
        (b"8BPS" + bytes(60), "x.psd"),
        (b"BM" + bytes(60), "x.bmp"),
        (b"SIMPLE  =                    T" + b" " * 60, "x.fits"),
        (b"%!PS-Adobe-3.0 EPSF\n", "x.eps"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "x.heic"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(40), "x.avi"),
        (b"<svg onload='x()'/>" + b" " * 20, "x.png"),
        (b"<?xml version='1.0'?><!DOCTYPE svg><svg/>", "x.svg"),
        (b"<?xml version='1.0'?><s:svg xmlns:s='x'/>", "x.txt"),
        (b"#EXTM3U\nhttp://example.com/a.ts\n", "song.mp3"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "song.mp3"),
        (b"{\\rtf1 hello}", "x.docx"),
        (samples.archive(["a"]), "x.docx"),
        (samples.archive(["../a"]), "x.zip"),
        (b"words that are no picture", "x.png"),
    ],
)  # fmt: skip
@pytest.mark.case("U07", "U10", "A06", "P07", "ASVS 5.2.2")
def test_other_kinds_are_refused_with_what_to_do(data, name):
    with pytest.raises(UnsupportedType) as caught:
        sniff(data, name)
    assert caught.value.hint


@pytest.mark.parametrize(("data", "code"), [(b"", "empty_file"), (b"\x89", "unreadable"), (b"\x00\x01\x02", "unreadable")])
@pytest.mark.case("U09")
def test_nothing_and_stray_bytes_are_unreadable(data, code):
    with pytest.raises(Unreadable) as caught:
        sniff(data, "x.bin")
    assert caught.value.code == code


def test_another_text_encoding_is_named_as_the_trouble():
    with pytest.raises(Unreadable) as caught:
        sniff(LATIN, "notes.txt")
    assert caught.value.code == "unknown_encoding"


@pytest.mark.parametrize(("name", "word"), [("a.xlsx", "CSV"), ("a.zip", "Unpack"), ("a.doc", ".docx"), ("a.heic", "JPEG")])
def test_the_hint_fits_the_kind(name, word):
    with pytest.raises(UnsupportedType) as caught:
        sniff(bytes(range(64)), name)
    assert word in caught.value.hint


@pytest.mark.parametrize(("name", "found"), [("A.PDF", ".pdf"), ("a/b\\c.Md", ".md"), ("none", ""), ("x\x00.png", ".png"), (".hidden", "")])
def test_extension(name, found):
    assert extension(name) == found


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_any_bytes_give_a_kind_or_a_fault(data, name, declared):
    with contextlib.suppress(Fault):
        assert sniff(data, name, declared).modality in ("image", "audio", "video", "file")
