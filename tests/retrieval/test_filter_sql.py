import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.faults import InvalidInput
from retrieval.filter_sql import amount, register, where

ROWS = [
    {"price": 59, "category": "jackets", "tags": ["red", "L", 3], "sale": True, "价格": 5, "day": "2026-03-01"},
    {"price": "$1,259.00", "category": "Shoes", "size": {"eu": 42}, "sale": False, "stock": "true", "day": "2026-11-20"},
    {"price": None, "odd name": 1, "a.b": "dot", "category": 'it\'s "quoted" \\ 100%_'},
    {},
]


@pytest.fixture(scope="module")
def connection():
    made = sqlite3.connect(":memory:")
    register(made)
    made.execute("CREATE TABLE items (metadata TEXT)")
    made.executemany("INSERT INTO items VALUES (?)", [(json.dumps(row, ensure_ascii=False),) for row in ROWS])
    yield made
    made.close()


def matching(connection, source):
    condition, values = where(source)
    return [row[0] - 1 for row in connection.execute(f"SELECT rowid FROM items WHERE {condition}", values)]


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ('price < 60 and category = "jackets"', [0]),
        ("price > 60", [1]),
        ("price = 1259", [1]),
        ("", [0, 1, 2, 3]),
        ("price >= 59", [0, 1]),
        ('category != "jackets"', [1, 2, 3]),
        ('not category = "jackets"', [1, 2, 3]),
        ('category in ("jackets", "Shoes")', [0, 1]),
        ('category contains "SHO"', [1]),
        ('tags contains "red"', [0]),
        ("tags contains 3", [0]),
        ('tags contains "re"', []),
        ("sale = true", [0]),
        ("sale != true", [1, 2, 3]),
        ("stock = true", [1]),
        ("sale = 1", []),
        ("价格 <= 5", [0]),
        ("size.eu = 42", [1]),
        ("price = null", [2, 3]),
        ("price != null", [0, 1]),
        ("`odd name` = 1", [2]),
        ("`a.b` = 'dot'", [2]),
        ("a.b = 'dot'", []),
        ('day > "2026-06-30"', [1]),
        ('price = "59"', [0]),
        ('price < "x"', [1]),
        ("missing < 1 or missing >= 1", []),
        (r"""category = "it's \"quoted\" \\ 100%_" """, [2]),
        ('category contains "%"', [2]),
        ("size = 42", []),
        ('price < 60 or price > 1000 and category = "none"', [0]),
        ("price not in (59)", [1, 2, 3]),
        ("price in (null, 59)", [0, 2, 3]),
    ],
)
def test_meaning(connection, source, rows):
    assert matching(connection, source) == rows


@pytest.mark.parametrize("source", ["sale < true", "x contains null", "x contains true", "x > null"])
def test_comparisons_without_meaning_are_refused(source):
    with pytest.raises(InvalidInput, match=r"needs|only be compared"):
        where(source)


TEXTS = st.text(max_size=8)
ANY = st.one_of(st.none(), st.booleans(), st.integers(-1000, 1000), st.floats(-1e3, 1e3), TEXTS)
OPERATORS = {
    "=": lambda a, b: a == b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def holds(stored, operator, value):
    """The documented meaning, in Python."""
    if isinstance(stored, bool) or stored is None:
        return False
    if isinstance(value, str):
        if isinstance(stored, str):
            return OPERATORS[operator](stored, value)
        return amount(value) is not None and OPERATORS[operator](stored, amount(value))
    number = amount(stored) if isinstance(stored, str) else stored
    return number is not None and OPERATORS[operator](number, value)


@settings(max_examples=200)
@given(ANY, st.sampled_from(sorted(OPERATORS)), st.one_of(st.integers(-1000, 1000), TEXTS.filter(lambda t: "\x00" not in t)))
def test_agrees_with_the_documented_meaning(connection, stored, operator, value):
    if isinstance(stored, str) and "\x00" in stored:
        return  # SQLite's JSON functions end a text at NUL
    text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)
    condition, values = where(f"x {operator} {text}", "?1")
    row = json.dumps({"x": stored}, ensure_ascii=False)
    found = connection.execute(
        f"SELECT {condition.replace('?1', 'm.j')} FROM (SELECT ? AS j) m".replace("??", "?"), [*values, row]
    ).fetchone()
    assert bool(found[0]) == holds(stored, operator, value)


@given(st.text(max_size=30))
def test_no_value_becomes_sql(connection, text):
    literal = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    condition, values = where(f"category = {literal} or tags contains {literal}")
    assert text in values
    assert "jackets" not in condition
    connection.execute(f"SELECT * FROM items WHERE {condition}", values)
    assert connection.execute("SELECT count(*) FROM items").fetchone()[0] == len(ROWS)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("59", 59),
        ("$59.90", 59.9),
        ("1,299.00", 1299),
        ("-3 €", -3),
        ("40%", 40),
        ("x5", None),
        ("", None),
        ("1,2", None),
        ("５", 5.0),
        (7, None),
    ],
)
def test_amounts(text, number):
    assert amount(text) == number
