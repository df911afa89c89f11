import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.faults import TooLarge
from retrieval.table_rows import MAX_COLUMNS, column_names, parse_number, row_draft


@pytest.mark.parametrize(
    ("text", "value"),
    [("24", 24), ("-3", -3), ("1,189.00", 1189.0), ("2.5", 2.5), ("1e3", 1000.0), ("0", 0), ("0.5", 0.5), ("12,345", 12345)],
)
def test_numbers_are_parsed(text, value):
    assert parse_number(text) == value
    assert type(parse_number(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["007", "+49 170", "1234567890123456789", "1,2,3", "nan", "inf", "", "12 kg", "1e999", "2026-01-02", "１２"]
)
def test_codes_and_words_stay_text(text):
    assert parse_number(text) == text


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_itself(text):
    value = parse_number(text)
    assert value == text or isinstance(value, int | float)


@given(st.lists(st.text(max_size=8), max_size=12))
def test_column_names_are_unique_and_not_empty(header):
    names = column_names(header)
    assert len(set(names)) == len(header)
    assert all(names)


def test_a_product_row():
    draft = row_draft({"name": "Ridge Jacket", "price": 189.0, "note": ""}, 3, "shop.csv", {"price": "189.00"})
    assert draft.text == "name: Ridge Jacket, price: 189.00"
    assert draft.title == "Ridge Jacket"
    assert draft.metadata == {"name": "Ridge Jacket", "price": 189.0}
    assert draft.locator.row == 3


@pytest.mark.parametrize("columns", [("question", "answer"), ("Question", "ANSWER"), ("问题", "答案"), ("q", "a")])
def test_a_question_with_its_answer_is_a_faq_entry(columns):
    draft = row_draft({columns[0]: "How long?", columns[1]: "Two years.", "topic": "warranty"}, 1, "faq.csv")
    assert draft.text == "How long?\nTwo years."
    assert draft.title == "How long?"
    assert draft.metadata | {"faq": True, "question": "How long?", "answer": "Two years.", "topic": "warranty"} == draft.metadata


def test_an_empty_row_is_none():
    assert row_draft({"a": "", "b": None}, 1, "x") is None


def test_names_of_columns_are_unique_whatever_they_are_called():
    assert column_names(["price_2", "price", "price", "", "price", ""]) == [
        "price_2",
        "price",
        "price_3",
        "column_4",
        "price_4",
        "column_6",
    ]


def test_a_table_that_is_too_wide_is_refused():
    assert len(set(column_names(["a"] * MAX_COLUMNS))) == MAX_COLUMNS
    with pytest.raises(TooLarge):
        column_names(["a"] * (MAX_COLUMNS + 1))


@pytest.mark.parametrize(
    ("row", "title"),
    [
        ({"tool": "hedge trimmer", "deposit": 20}, "hedge trimmer"),
        ({"day": "2026-03-01", "deposit": 20, "who": "Ann"}, "Ann"),
        ({"link": "https://x.org/a", "note": "It rains. Take a coat."}, "goods.csv"),
        ({"code": "A7", "name": "Ridge"}, "Ridge"),
        ({"工具": "剪刀", "押金": 20}, "剪刀"),
    ],
)
def test_what_names_a_row(row, title):
    assert row_draft(row, 1, "goods.csv").title == title
