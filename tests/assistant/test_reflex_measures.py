"""Measures in cells, and what fits a need."""

import pytest
from shop_rows import SHOP, weigh

from assistant.reflex.measures import Measure, amount, fitting, measure, measured_column


@pytest.mark.parametrize(
    ("cell", "found"),
    [("2 persons", Measure(2, "person")), ("4人", Measure(4, "person")), ("1.5 litres", Measure(1.5, "litr")), ("S M L", None), (3, None),
     ("36-39 40-43", None)],
)  # fmt: skip
def test_cells(cell, found):
    assert measure(cell) == found


def test_numbers_with_and_without_a_unit():
    assert (amount(3), amount("28 litres"), amount(True), amount("red")) == (3.0, 28.0, None, None)
    assert measured_column("which holds the most litres", SHOP) == ("sizes", "litr")
    assert measured_column("which is the best", SHOP) == ("", "")


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("a tent for 4 people", ["Cove Tent 4"]), ("a two-person tent", ["Cove Tent 2", "Cove Tent 4"]), ("a tent for 6 people", []),
        ("六人帐篷", []), ("a 28 litre backpack", ["Trail Backpack 28"]), ("a backpack with at least 30 litres", ["Trail Backpack 45"]),
    ],
)  # fmt: skip
def test_what_fits_a_need(question, found):
    assert [row.title for row in fitting(question, SHOP, weigh)] == found


@pytest.mark.parametrize("question", ["a jacket for 2 people", "is there a discount for 10 people", "the tent in 2 days", "a red jacket"])
def test_no_need_that_rows_of_the_kind_can_meet(question):
    assert fitting(question, SHOP, weigh) is None
