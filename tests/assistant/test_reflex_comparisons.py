"""Things side by side: every side with its value, or no answer."""

import pytest
from shop_rows import SHOP, weigh

from assistant.reflex.comparisons import compared, is_comparison, sides


def side_by_side(question, language="en", **more):
    return compared(question, SHOP, weigh, language, **more)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Which is cheaper, the Ridge Jacket or the Drizzle Jacket?", ("Ridge Jacket", "Drizzle Jacket")),
        ("compare the Cove Tent 2 and the Cove Tent 4 by weight", ("Cove Tent 2", "Cove Tent 4")),
        ("What is the difference between Ridge and Ember?", ("Ridge", "Ember")),
        ("Is the Cove Tent 2 heavier than the Cove Tent 4?", ("Cove Tent 2", "Cove Tent 4")),
        ("Ridge Jacket vs Ember Jacket", ("Ridge Jacket", "Ember Jacket")),
        ("比较红色夹克和蓝色夹克的价格", ("红色夹克", "蓝色夹克")), ("红色夹克比蓝色夹克贵吗？", ("红色夹克", "蓝色夹克")),
        ("蓝色夹克和红色夹克哪个便宜？", ("蓝色夹克", "红色夹克")), ("compare the two jackets by price", ()),
        ("compare Ridge, Cove and Ember", ("Ridge", "Cove", "Ember")),
    ],
)  # fmt: skip
def test_sides(question, named):
    assert is_comparison(question)
    assert sides(question) == named


@pytest.mark.parametrize(
    "question",
    [
        "which jacket is the cheapest",
        "how much is the tent",
        "find a red jacket",
        "what does it cost?",
        "what sort of tent",
        "order the tent",
    ],
)
def test_no_comparison(question):
    assert not is_comparison(question)


def test_each_side_is_told_and_which_is_less_where_that_is_plain():
    told = side_by_side("Is the Cove Tent 4 lighter than the Cove Tent 2?")
    assert told == "Cove Tent 4: weight 4100 g [6]. Cove Tent 2: weight 2300 g [5]. Cove Tent 2 has the lowest weight: 2300 g [5]."
    told = side_by_side("which is cheaper, the red or the blue jacket?")
    assert [mark in told for mark in ("[1]", "[2]", "[3]", "lowest")] == [True, True, True, False]
    assert side_by_side("Which is heavier, Ridge Jacket Red or Ridge Jacket Blue?").endswith("The weight is the same.")


def test_a_kind_is_told_row_by_row_the_least_first():
    told = side_by_side("compare the two tents by price")
    assert told == "Cove Tent 2 costs 329.00 EUR [5]. Cove Tent 4 costs 449.00 EUR [6]."
    told = side_by_side("比较两款帐篷的价格", "zh")
    assert told == "Cove Tent 2的价格是 329.00 EUR [5]。Cove Tent 4的价格是 449.00 EUR [6]。"
    assert side_by_side("sort the tents by price") == side_by_side("rank the tents by price") == side_by_side("order the tents by price")
    assert side_by_side("sort the tents by price") == "Cove Tent 2 costs 329.00 EUR [5]. Cove Tent 4 costs 449.00 EUR [6]."
    assert side_by_side("按价格给帐篷排序", "zh") == side_by_side("帐篷按价格排一下", "zh") == told
    assert side_by_side("compare the tents by price", whole=False).endswith("there are more.")


def test_without_a_column_what_differs_is_told():
    told = side_by_side("compare the Trail Backpack 28 and the Trail Backpack 45")
    assert told.startswith("Trail Backpack 28: colour teal, price 99.00 EUR, weight 890 g")
    assert "Trail Backpack 45: colour black" in told
    assert "category" not in told


def test_one_side_alone_is_no_comparison():
    assert side_by_side("compare the Ridge Jacket and the Everest Jacket") == ""
    assert side_by_side("Is the iPhone cheaper than the Cove Tent 2?") == ""
    assert side_by_side("which is bigger, the sun or the moon?") is None
