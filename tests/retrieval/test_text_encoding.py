import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.faults import Unreadable
from retrieval.text_encoding import decode, try_decode

CHINESE = "本产品自购买之日起保修两年，请保留收据。Gale 夹克 420 克。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gb2312"])
def test_chinese_and_english_come_back(encoding):
    assert decode(CHINESE.encode(encoding)) == CHINESE


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_with_either_mark(mark):
    body = "hello".encode("utf-16-le" if mark[0] == 0xFF else "utf-16-be")
    assert decode(mark + body) == "hello"


@pytest.mark.parametrize(
    "data", ["Déjà vu à Besançon, où l’été".encode("cp1252"), b"\x00\x01\x02", b"abc\x00def", "Привет, мир".encode("cp1251"), b"\xff\xfea"]
)
def test_other_encodings_and_binaries_are_refused_and_never_guessed(data):
    with pytest.raises(Unreadable) as caught:
        decode(data)
    assert "UTF-8" in caught.value.hint


@given(st.text())
def test_any_utf8_without_control_characters_round_trips(text):
    shown = try_decode(text.encode("utf-8"))
    assert shown is None or shown in (text, text.removeprefix("\ufeff"))


@given(st.binary(max_size=300))
def test_any_bytes_give_text_or_none(data):
    assert try_decode(data) is None or isinstance(decode(data), str)
