import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.faults import InvalidInput
from retrieval.filters import KEYWORDS, MAX_CHARS, MAX_DEPTH, MAX_TERMS, Comparison, Group, parse

NAMES = st.from_regex(r"[a-z价格][a-z0-9_]{0,6}(-[a-z]{1,3})?", fullmatch=True).filter(lambda n: n not in KEYWORDS)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
VALUES = st.one_of(
    st.integers(-(10**15), 10**15), st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.text(max_size=12), st.booleans(), st.none()
)
PLAIN = st.builds(Comparison, PATHS, st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "contains"]), VALUES)
MEMBER = st.builds(Comparison, PATHS, st.just("in"), st.lists(VALUES, min_size=1, max_size=3).map(tuple))
TREES = st.recursive(
    PLAIN | MEMBER,
    lambda inner: st.one_of(
        st.builds(lambda part: Group("not", (part,)), inner),
        st.builds(Group, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def literal(value):
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return {True: "true", False: "FALSE", None: "null"}[value] if value is None or isinstance(value, bool) else repr(value)


def written(node):
    if isinstance(node, Group):
        if node.operator == "not":
            return f"not ({written(node.parts[0])})"
        return f" {node.operator.upper()} ".join(f"({written(part)})" for part in node.parts)
    name = ".".join(node.name)
    if node.operator == "in":
        return f"{name} in ({', '.join(literal(v) for v in node.value)})"
    return f"{name} {node.operator} {literal(node.value)}"


@given(TREES)
def test_what_is_written_is_what_is_parsed(tree):
    found = parse(written(tree))
    assert found == tree
    assert repr(found) == repr(tree)  # 1 and 1.0 and True are equal but not the same


@given(st.text(alphabet="ab.1 =<>!()\"'`,andornotin且价格\\", max_size=40))
def test_any_text_is_parsed_or_refused_with_its_place(text):
    try:
        parse(text)
    except InvalidInput as fault:
        refusal = fault
    else:
        return
    assert re.search(r"character \d+", refusal.message)
    assert refusal.hint
    assert refusal.param == "filter"


@pytest.mark.parametrize(
    ("source", "place", "expected"),
    [
        ("price <", 8, "a value"),
        ("price < 60 or", 14, "name of a metadata key"),
        ("(a = 1", 7, "')'"),
        ("a = 1)", 6, "'and', 'or' or the end"),
        ("a ~ 3", 3, "cannot be read"),
        ("a in 3", 6, "'('"),
        ("a in ()", 7, "a value"),
        ("a not 3", 7, "'in'"),
        ("true = 1", 1, "name"),
        ('a = "open', 5, "cannot be read"),
        ("a b", 3, "a comparison"),
        ("a = b", 5, "a value"),
        ('`x"y` = 1', 1, "name"),
    ],
)
def test_errors_say_where_and_what(source, place, expected):
    with pytest.raises(InvalidInput, match=re.escape(f"character {place}")) as caught:
        parse(source)
    assert expected in caught.value.message


def test_precedence_and_spelling():
    assert parse("a=1 OR b=2 And not c=3") == Group(
        "or", (Comparison(("a",), "=", 1), Group("and", (Comparison(("b",), "=", 2), Group("not", (Comparison(("c",), "=", 3),)))))
    )
    assert parse("a == 1") == parse("a=1")
    assert parse("a <> 1") == parse("a != 1")
    assert parse("价格 in （1，2）") == Comparison(("价格",), "in", (1, 2))
    assert parse("类别 = “外套”") == Comparison(("类别",), "=", "外套")
    assert parse("`odd name` = 'it''s'"[:-4] + "'") == Comparison(("odd name",), "=", "it")
    assert parse("x not in (1)") == Group("not", (Comparison(("x",), "in", (1,)),))


def test_bounds():
    for source in ("a = 1 " + "x" * MAX_CHARS, "(" * (MAX_DEPTH + 2) + "a=1" + ")" * (MAX_DEPTH + 2), "not " * 40 + "a = 1"):
        with pytest.raises(InvalidInput):
            parse(source)
    with pytest.raises(InvalidInput):
        parse("a in (" + ",".join("1" for _ in range(MAX_TERMS + 1)) + ")")
    assert parse("a < 1e999").value == float("inf")
    assert parse("a < " + "9" * 300).value == 1e300
