import pytest

from retrieval.database import Database
from retrieval.faults import InvalidInput
from retrieval.rows import condition, to_json
from retrieval.stores.base import Scope


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "中"]}, {}, [], "x"])
def test_json_is_short_and_unescaped(value):
    import json

    text = to_json(value)
    assert json.loads(text) == value
    assert "\\u" not in text


def endless():
    value = []
    value.append(value)
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), object(), {"a": b"x"}, {1, 2}, "\ud800", endless()],
    ids=lambda value: type(value).__name__ + ("" if type(value) is object else f" {value}"),
)
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(InvalidInput) as caught:
        to_json(value)
    assert caught.value.param == "metadata"


def test_the_owner_is_in_every_condition(tmp_path):
    database = Database(tmp_path / "library.db")
    sql, values = condition(Scope("ann"), database)
    assert (sql, values) == ("items.owner = ?", ["ann"])
    sql, values = condition(Scope("ann", ("vs_1", "vs_2"), ("image",), "a = 1 or b = 2"), database)
    assert values[:4] == ["ann", "vs_1", "vs_2", "image"]
    assert sql.startswith("items.owner = ? AND items.collection IN (?,?) AND items.modality IN (?) AND (")
    assert sql.count("?") == len(values)
    with pytest.raises(InvalidInput):
        condition(Scope(""), database)
    database.close()
