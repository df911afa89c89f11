import json
import sqlite3

import library_databases
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


class OnSqlite:
    """A table of metadata, and the conditions that SQLite is asked."""

    def __init__(self):
        self._connection = sqlite3.connect(":memory:")
        register(self._connection)
        self._connection.execute("CREATE TABLE items (metadata TEXT)")

    def put(self, rows):
        self._connection.execute("DELETE FROM items")
        values = [(number, json.dumps(row, ensure_ascii=False)) for number, row in enumerate(rows)]
        self._connection.executemany("INSERT INTO items (rowid, metadata) VALUES (?,?)", values)

    def matching(self, source):
        condition, values = where(source)
        return [row[0] for row in self._connection.execute(f"SELECT rowid FROM items WHERE {condition} ORDER BY rowid", values)]

    def holds(self, source, row):
        condition, values = where(source)
        statement = f"SELECT {condition} FROM (SELECT ? AS metadata) AS items"
        return bool(self._connection.execute(statement, [*values, json.dumps(row, ensure_ascii=False)]).fetchone()[0])

    def close(self):
        self._connection.close()


class OnPostgres:
    """The same of PostgreSQL."""

    def __init__(self):
        self._place = library_databases.place("postgres")
        self._database = self._place.open("filters")

    def put(self, rows):
        values = [(f"i{number}", number, json.dumps(row, ensure_ascii=False)) for number, row in enumerate(rows)]
        with self._database.write() as connection:
            connection.execute("DELETE FROM items")
            connection.executemany(
                "INSERT INTO items (id, key, collection, owner, modality, title, text, metadata, locator, created_at)"
                " VALUES (?,?,'vs_1','ann','text','','',?,'{}',0)", values,
            )  # fmt: skip

    def matching(self, source):
        condition, values = self._database.matching(source)
        return self._database.numbers(f"SELECT key FROM items WHERE {condition} ORDER BY key", values).tolist()

    def holds(self, source, row):
        condition, values = self._database.matching(source)
        statement = f"--pg SELECT {condition} FROM (SELECT CAST(? AS TEXT) AS metadata) AS items"
        return self._database.one(statement, [*values, json.dumps(row, ensure_ascii=False)])[0]

    def close(self):
        self._database.close()
        self._place.drop()


@pytest.fixture(scope="module", params=[OnSqlite, OnPostgres], ids=library_databases.ENGINES)
def table(request):
    made = request.param()
    made.put(ROWS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def both():
    made = [OnSqlite(), OnPostgres()]
    yield made
    for one in made:
        one.close()


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
def test_meaning(table, source, rows):
    assert table.matching(source) == rows


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


@settings(max_examples=200, deadline=None)
@given(ANY, st.sampled_from(sorted(OPERATORS)), st.one_of(st.integers(-1000, 1000), TEXTS.filter(lambda t: "\x00" not in t)))
def test_agrees_with_the_documented_meaning(table, stored, operator, value):
    if isinstance(stored, str) and "\x00" in stored:
        return  # SQLite's JSON functions end a text at NUL
    text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else repr(value)
    assert table.holds(f"x {operator} {text}", {"x": stored}) == holds(stored, operator, value)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_value_becomes_sql(table, text):
    literal = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    source = f"category = {literal} or tags contains {literal}"
    condition, values = where(source)
    assert text in values
    assert "jackets" not in condition
    assert table.matching(source) == [0] * (text == "red" or text == "L" or text == "jackets") + [1] * (text == "Shoes")
    assert table.matching("") == list(range(len(ROWS)))


MEMBERS = st.lists(
    st.one_of(st.integers(-5, 5), st.booleans(), st.none(), st.sampled_from(["red", "Red", "RED ink", "", "ß", "5"])), max_size=4
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(ANY, MEMBERS, st.dictionaries(st.sampled_from("xy"), MEMBERS, max_size=2), st.sampled_from(["ROT und Blau", "ÄRGER", "true"])),
    st.sampled_from([
        'x contains "red"', 'x contains "ärger"', "x contains 5", 'x contains "5"', "x = true", "x = null", "x.y = 3", 'x in ("red", 5, null)',
        'not (x = "red" or x > 3)', "x != false", 'x.x contains "red"', 'x < "b" and x >= "A"', "x <= 0.1", "x = 1e3",
    ]),
)  # fmt: skip
def test_every_engine_means_the_same(both, stored, source):
    if "\\u0000" not in json.dumps(stored):
        assert len({table.holds(source, {"x": stored}) for table in both}) == 1


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
