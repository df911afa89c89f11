"""Tokens: the longest known phrase wins, quotes are kept whole, unknown Chinese stays one word."""

from hypothesis import given
from hypothesis import strategies as st

from tools.shapes.tokens import tokens


def kinds(text):
    return [(t.kind, t.value) for t in tokens(text)]


def test_the_longest_phrase_wins():
    assert ("thing", "hot air balloon") in kinds("a hot air balloon")
    assert ("scene", "sea") in kinds("on the sea")
    assert kinds("天蓝色") == [("colour", "cyan")]


def test_quotes_are_text_whatever_they_say():
    assert ("text", "red car") in kinds('a sign "red car"')
    assert ("text", "你好") in kinds("写着“你好”的卡片")


def test_an_apostrophe_is_no_quote():
    assert not [t for t in tokens("a dog's ball and a cat's hat") if t.kind == "text"]


def test_unknown_chinese_is_one_word():
    assert ("unknown", "独角兽") in kinds("独角兽")


@given(st.text(max_size=100))
def test_any_text_has_tokens(text):
    assert all(t.value for t in tokens(text) if t.kind != "text")
