import struct

import media_samples as samples
import pytest

from retrieval.faults import TooLarge, Unreadable
from retrieval.office_package import DOCX, PPTX, media_type


def test_word_and_powerpoint_are_told_apart():
    assert media_type(samples.docx()) == DOCX
    assert media_type(samples.pptx()) == PPTX


@pytest.mark.parametrize(
    "names",
    [
        ["a.txt"], ["xl/workbook.xml", "[Content_Types].xml"], ["word/document.xml"],
        ["word/document.xml", "[Content_Types].xml", "../../etc/passwd"], ["word/document.xml", "[Content_Types].xml", "/abs"],
        ["word/document.xml", "[Content_Types].xml", "..\\x"],
    ],
)  # fmt: skip
@pytest.mark.case("P07", "ASVS 5.3.3")
def test_other_archives_and_entries_that_climb_are_not_accepted(names):
    assert media_type(samples.archive(names)) is None


@pytest.mark.case("P07", "ASVS 5.2.3")
def test_a_bomb_is_too_large():
    names = ["word/document.xml", "[Content_Types].xml", *(f"word/{n}.xml" for n in range(5001))]
    with pytest.raises(TooLarge):
        media_type(samples.archive(names))
    with pytest.raises(TooLarge):
        media_type(samples.archive(["word/document.xml", "[Content_Types].xml"], b"\0" * 220 * 2**20))


def test_a_cut_package_is_unreadable():
    with pytest.raises(Unreadable):
        media_type(samples.docx()[:-30])


def test_an_encrypted_entry_is_named():
    data = bytearray(samples.archive(["word/document.xml", "[Content_Types].xml"]))
    at = data.index(b"PK\x01\x02")
    data[at + 8 : at + 10] = struct.pack("<H", 1)
    with pytest.raises(Unreadable) as caught:
        media_type(bytes(data))
    assert caught.value.code == "encrypted"
