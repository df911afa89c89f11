import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.faults import InvalidInput
from retrieval.filter_json import from_mapping
from retrieval.filters import parse

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("given_", "same"),
    [
        ({}, ""),
        ({"category": "jackets"}, 'category = "jackets"'),
        ({"price": {"lt": 60, "gte": 5}}, "price < 60 and price >= 5"),
        ({"tags": {"contains": "red"}}, 'tags contains "red"'),
        ({"size": ["S", "M"]}, 'size in ("S", "M")'),
        ({"a": True}, "a = true"),
        ({"type": "eq", "key": "n.a", "value": 1}, "n.a = 1"),
        ({"type": "nin", "key": "x", "value": [1]}, "x not in (1)"),
        ({"type": "or", "filters": [{"type": "eq", "key": "a", "value": 1}, {"b": "x"}]}, '(a = 1 or b = "x")'),
        ({"odd name": 1}, "`odd name` = 1"),
        ({"and": 1}, "`and` = 1"),
        ({"say": 'a "b" \\ c'}, r'say = "a \"b\" \\ c"'),
        ({"type": "eq"}, 'type = "eq"'),
    ],
)
def test_json_and_words_say_the_same(given_, same):
    assert from_mapping(given_) == same


@pytest.mark.parametrize(
    "wrong",
    [
        {'a"': 1},
        {"": 1},
        {"a": {"like": 1}},
        {"a": {"eq": {}}},
        {"a": []},
        {"a": {"in": 3}},
        {"a": {"eq": [1]}},
        {"type": "and", "filters": []},
        {"type": "and", "filters": [3]},
        {"a": object()},
    ],
)
def test_wrong_ones_are_refused_with_a_hint(wrong):
    with pytest.raises(InvalidInput) as caught:
        from_mapping(wrong)
    assert caught.value.hint
    assert caught.value.param == "filter"


def test_depth_is_bounded():
    deep = {"a": 1}
    for _ in range(100):
        deep = {"type": "and", "filters": [deep]}
    with pytest.raises(InvalidInput):
        from_mapping(deep)


@given(st.dictionaries(st.text(max_size=6), JSON, max_size=3))
def test_any_json_becomes_a_filter_or_a_fault(mapping):
    try:
        text = from_mapping(mapping)
        if text:
            parse(text)
    except InvalidInput:
        pass
