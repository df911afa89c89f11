"""Cases: which entry has the terms that decide one."""

import pytest

from assistant.reflex.conditions import asks_of_a_case, cases, general, holds_for, things_of, without_case

RETURNS = ("Can I return something I ordered?", "Yes. You can return unused goods within 30 days and get your money back.")
RUECK = ("可以退货吗？", "可以。未使用的商品可在 30 天内退货并全额退款。")
JACKETS = ("How long is the warranty on jackets?", "The warranty on jackets is five years from the day of purchase.")
LAMPS = ("How long is the warranty on lamps?", "The warranty on lamps is two years from the day of purchase.")
SHIPPING = ("How much is shipping?", "Shipping costs 4.90 EUR. Orders over 75 EUR are shipped free of charge.")
THINGS = things_of("Cove Tent Ridge Jacket Camp Lantern lamps tents jackets")


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("Am I allowed to return the tent after 20 days?", RETURNS), ("Can I return a jacket I already wore?", RETURNS),
        ("Is it possible to send things back after two months?", RETURNS), ("买了20天还能退吗？", RUECK), ("穿过的夹克可以退吗？", RUECK),
        ("Is the jacket still under warranty after 4 years?", JACKETS), ("Do I get free shipping for a 50 EUR order?", SHIPPING),
    ],
)  # fmt: skip
def test_the_entry_with_the_terms_is_the_one(question, entry):
    assert asks_of_a_case(question)
    assert holds_for(question, *entry, THINGS)


@pytest.mark.parametrize(
    ("question", "entry"),
    [
        ("Is the jacket still under warranty after 4 years?", LAMPS), ("Can I return my dentist appointment after 3 days?", RETURNS),
        ("Can I cancel the tent after 20 days?", RETURNS), ("Can I not return the tent after 20 days?", RETURNS),
        ("Can I return the tent for 20 euros?", RETURNS), ("Can I return the tent?", RETURNS),
        ("Is parking free for 2 hours?", SHIPPING), ("Can I return the submarine after 20 days?", RETURNS),
    ],
)  # fmt: skip
def test_other_subjects_things_and_terms_are_not(question, entry):
    assert not holds_for(question, *entry, THINGS)


def test_what_is_searched_for_is_the_question_without_its_case():
    assert without_case("Am I allowed to return the tent after 20 days?") == "return the tent"
    assert cases("worn for 3 days, worth 20 euros") == {"state", "time", "money"}
    assert general("买了20天还能退吗？") == "能退吗 退货"
    assert not asks_of_a_case("What does the tent cost for 3 days?")
