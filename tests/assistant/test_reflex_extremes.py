"""The least and the most: how many, ties, and what was compared."""

import pytest
from shop_rows import SHOP, weigh

from assistant.reflex.extremes import how_many_best, is_extreme
from assistant.reflex.rows import Row
from assistant.reflex.tables import answer_from_rows


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("the two cheapest jackets", "Drizzle Jacket Red costs 79.00 EUR [3]. Ridge Jacket Red costs 189.00 EUR [1]. "
         "Ridge Jacket Blue costs 189.00 EUR [2]. I compared 4 entries."),
        ("which tent sleeps the most people?", "Cove Tent 4 has the highest size: 4 persons [6]. I compared 2 entries."),
        ("Which backpack is the biggest?", "Trail Backpack 45 has the highest size: 45 litres [8]. I compared 2 entries."),
        ("what is the cheapest thing you sell", "Proofing Spray has the lowest price: 12.90 EUR [9]. I compared 9 entries."),
        ("what's the cheapest thing you sell", "Proofing Spray has the lowest price: 12.90 EUR [9]. I compared 9 entries."),
        ("which jacket is the biggest", ""), ("the warmest jacket and its price", ""), ("the cheapest tent with a stove", ""),
    ],
)  # fmt: skip
def test_told_with_what_was_compared(question, answer):
    assert answer_from_rows(question, SHOP, weigh, "en") == answer


def test_rows_that_share_the_first_place_are_all_told():
    told = answer_from_rows("which jacket is the most waterproof", SHOP, weigh, "en")
    assert "Ridge Jacket Red has the highest waterproof: 20000 mm [1]. Ridge Jacket Blue has" in told


def test_in_chinese_over_english_rows():
    assert answer_from_rows("哪款帐篷最轻？", SHOP, weigh, "zh") == "Cove Tent 2的重量最低：2300 g [5]。共比较了 2 条。"
    assert answer_from_rows("最便宜的睡袋", SHOP, weigh, "zh") == ""


def test_that_there_are_more_rows_is_said():
    assert answer_from_rows("the cheapest jacket", SHOP, weigh, "en", whole=False).endswith("that fit best; there are more.")


def test_one_that_nothing_was_compared_with_is_told_plainly():
    assert answer_from_rows("the cheapest thing in blue", SHOP, weigh, "en") == "Ridge Jacket Blue costs 189.00 EUR [2]."


def test_a_colour_may_stand_in_the_title_or_in_a_cell():
    hats = [Row(1, "Ridge Jacket Blue", "", {"category": "jacket", "price": 189.0, "currency": "EUR"}),
            Row(2, "Wool Hat", "", {"category": "hat", "colour": "blue", "price": 22.0, "currency": "EUR"})]  # fmt: skip
    assert (
        answer_from_rows("the cheapest thing in blue", hats, weigh, "en")
        == "Wool Hat has the lowest price: 22.00 EUR [2]. I compared 2 entries."
    )


def test_how_many_are_asked_for():
    counts = [how_many_best(words) for words in ("the three cheapest", "最便宜的三款商品", "前五名", "the cheapest", "最轻的帐篷")]
    assert counts == [3, 3, 5, 1, 1]
    assert is_extreme("哪款最轻")
    assert not is_extreme("is there a cheaper one")
