import pytest

from assistant.reflex.namesakes import leaves_out, names_another
from assistant.reflex.rows import Row
from assistant.reflex.tables import answer_from_rows

ANOTHER = [
    ("北京西苑饭店的价格是多少？", "北京西单饭店", "价格: 652"),
    ("请问维也纳国际酒店(北京首体店)的地址是什么？", "维也纳国际酒店(北京广安门店)", "地址: 白广路7号"),
    ("How much does the Amber Trail Backpack cost?", "Amber Leather Backpack", "price: 49"),
    ("How much is the Mauve Leather Daypack?", "Black Leather Daypack", "colour: black"),
    ("what's the price of the Cove Tent 6", "Cove Tent 2 Orange", "in stock: 6"),
    ("What does the Summit 3 tent cost?", "Summit 2 tent", "price: 259"),
]
THE_SAME = [
    ("北京西单饭店的价格是多少？", "北京西单饭店", "价格: 652"),
    ("红色的山脊夹克多少钱？", "山脊夹克", "颜色: 红色"),
    ("How much is the comfy red jacket for my son?", "Ridge jacket", "colour: red"),
    ("how much is the ridge rain jacket in red", "Ridge jacket", "a rain jacket, red"),
    ("what's the price of the Cove Tent 2", "Cove Tent 2 Orange", "in stock: 6"),
    ("Is the Cove Tent 2 under 300 g?", "Cove Tent 2 Orange", ""),
    ("Does the Ridge come as a jacket?", "Ridge jacket", ""),
    ("What is the price of the Ridge jacket?", "Ridge jacket", ""),
    ("", "Ridge jacket", ""),
]


@pytest.mark.parametrize(("question", "title", "text"), ANOTHER)
def test_nearly_the_same_name_is_another(question, title, text):
    assert names_another(question, title, text)


@pytest.mark.parametrize(("question", "title", "text"), THE_SAME)
def test_what_is_asked_for_is_recognised(question, title, text):
    assert not names_another(question, title, text)


def test_the_cell_of_a_namesake_is_no_answer():
    rows = [Row(1, "Amber Leather Backpack", "Amber Leather Backpack, price 49", {"name": "Amber Leather Backpack", "price": 49.0})]
    weigh = lambda words: dict.fromkeys(words, 1.0)  # noqa: E731
    assert "49" in answer_from_rows("How much does the Amber Leather Backpack cost?", rows, weigh, "en")
    assert answer_from_rows("How much does the Amber Trail Backpack cost?", rows, weigh, "en") == ""


INVOICE = "Amazon Web Services Invoice\nTOTAL AMOUNT DUE ON August 3, 2014: 4.11. Write to Mary Miller."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the total amount of the NETPRESSE invoice?", True),
        ("When is the invoice of Hetzner Online due?", True),
        ("What is the total amount of the Amazon invoice?", False),
        ("Whom do I write to, Mary or John?", False),
        ("What is the total amount?", False),
        ("What do I pay if I'm late on Monday?", False),
        ("WHAT IS THE NETPRESSE TOTAL", False),
        ("What Is The Total Of The Netpresse Invoice", False),
    ],
)
def test_a_source_without_the_name_that_is_asked_for_says_nothing_of_it(question, expected):
    assert leaves_out(question, INVOICE) == expected
