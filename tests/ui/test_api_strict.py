"""Strict JSON: everything a database or an answer could not hold is refused with a reason, and nothing else is."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.faults import InvalidInput
from ui.api.strict import DEEPEST, loads

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
@settings(max_examples=200, deadline=None)
def test_what_json_can_hold_comes_back(value, ascii_only):
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200))
@settings(max_examples=400, deadline=None)
def test_any_bytes_give_a_value_or_a_reason(data):
    with contextlib.suppress(InvalidInput):
        loads(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no body"), (b"   ", "no body"), (b"{", "not valid"), (b"NaN", "NaN"), (b'{"a": Infinity}', "Infinity"),
        (b'{"a": -Infinity}', "Infinity"), (b'{"a": 1e999}', "1e999"), (b"9" * 5000, "number"), (b'{"a":1,"a":2}', "twice"),
        (b'"\\ud800"', "surrogate"), (b'{"\\udfff": 1}', "surrogate"), (b'["\\udc00\\ud800"]', "surrogate"),
        (b"\xff\xfe{}", "UTF-8"), (b"\xef\xbb\xbf{}", "UTF-8"), (b'{"a": "\xe4\xf6"}', "UTF-8"),
        (b"[" * 100_000, "nested"), (b"[" * 5000 + b"]" * 5000, "nested"), (b'{"a":' * 200 + b"1" + b"}" * 200, "nested"),
        (b"{'a': 1}", "not valid"), (b'{"a": 01}', "not valid"), (b"[1,]", "not valid"),
    ],
)  # fmt: skip
@pytest.mark.case("J01", "J02", "J03")
def test_what_json_cannot_hold_is_refused(data, word):
    with pytest.raises(InvalidInput) as caught:
        loads(data)
    assert word in caught.value.message
    assert len(caught.value.message) < 200


def test_pairs_of_surrogates_and_ordinary_nesting_pass():
    assert loads(b'"\\ud83d\\ude00"') == "😀"
    deep = b"[" * DEEPEST + b"]" * DEEPEST
    assert loads(deep)
