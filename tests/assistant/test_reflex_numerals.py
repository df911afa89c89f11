"""Numbers and ordinals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.numerals import number, ordinal, short


@pytest.mark.parametrize(
    ("text", "value"),
    [("21", 21), ("21.5", 21.5), ("21,5", 21.5), ("twenty-one", 21), ("twenty one", 21), ("thirty", 30), ("a hundred", 100),
     ("two hundred", 200),
     ("两百", 200), ("二十六", 26), ("十", 10), ("十二", 12), ("一百零五", 105), ("三千五百", 3500),
     ("一万二千", 12000), ("百分之三十", 30), ("二六", 26), ("50%", 50)],
)  # fmt: skip
def test_values(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "dog", "a", "很多", "and"])
def test_no_number(text):
    assert number(text) is None


@given(st.integers(0, 10**9))
def test_digits_come_back(value):
    assert number(str(value)) == value


@given(st.text(max_size=20))
def test_never_raises(text):
    number(text)
    ordinal(text)


def test_ordinals():
    assert [ordinal(w) for w in ("first", "2nd", "last", "tenth", "dog")] == [1, 2, -1, 10, None]
    assert short(21.0) == "21"
    assert short(21.5) == "21.5"
