"""Which column and which rows a question is about."""

import pytest
from shop_rows import SHOP, weigh

from assistant.reflex.rows import about, asked_column, label, matching, said, told


def titles(question, column="price"):
    return [row.title for row in matching(question, column, SHOP, weigh)]


def test_a_zero_says_nothing_of_its_column():
    assert "waterproof" in said(SHOP[0])
    assert "waterproof" not in said(SHOP[3])


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what does the drizzle jacket cost", ["Drizzle Jacket Red"]),
        ("the three cheapest tents", ["Cove Tent 2", "Cove Tent 4"]),
        ("哪款帐篷最便宜？", ["Cove Tent 2", "Cove Tent 4"]),
        ("最便宜的羽绒帐篷", []),
        ("the cheapest sleeping bag", []),
    ],
)
def test_rows_of_a_kind_in_either_language(question, found):
    assert titles(question) == found


def test_what_else_is_asked_for_is_a_condition():
    assert titles("the cheapest jacket that is waterproof") == ["Ridge Jacket Red", "Ridge Jacket Blue", "Drizzle Jacket Red"]
    assert "Ridge Jacket Blue" not in titles("the most expensive jacket in stock")


def test_words_that_cannot_be_looked_for_are_told_from_none():
    assert about("最贵的商品是什么？", "price", SHOP) == set()
    assert about("最贵的羽绒商品", "price", SHOP) is None
    assert about("what is the cheapest thing you sell", "price", SHOP) == set()


def test_a_column_is_named_in_the_language_of_the_answer():
    assert asked_column("哪款更轻", SHOP) == "weight_g"
    assert (label("weight_g", "zh"), label("weight_g", "en"), label("chest_cm", "zh")) == ("重量", "weight", "chest")
    assert told(SHOP[4], "weight_g", SHOP, "zh") == "Cove Tent 2：重量 2300 g [5]。"
