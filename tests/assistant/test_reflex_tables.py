"""Answers from rows."""

from assistant.reflex.rows import Row, asked_column
from assistant.reflex.tables import answer_from_rows, answer_parts, described, listed_rows


def weigh(words):
    return dict.fromkeys(words, 1.0)


def row(number, name, colour, price, grams=400):
    columns = {"name": name, "colour": colour, "price": price, "currency": "EUR", "weight_g": grams, "description": f"{colour} thing"}
    return Row(number, name, ", ".join(f"{k}: {v}" for k, v in columns.items()), columns)


ROWS = [
    row(1, "Ridge Jacket", "red", 189.0),
    row(2, "Ridge Jacket", "blue", 189.0),
    row(3, "Rain Jacket", "red", 49.9, 260),
    row(4, "Cove Tent 2", "orange", 329.0, 2300),
]


def test_columns():
    assert asked_column("how much does it cost", ROWS) == "price"
    assert asked_column("how heavy is it", ROWS) == "weight_g"
    assert asked_column("哪个最便宜", ROWS) == "price"
    assert asked_column("who made it", ROWS) == ""


def test_a_cell_answers():
    assert answer_from_rows("what does the rain jacket cost?", ROWS, weigh, "en") == "Rain Jacket costs 49.90 EUR [3]."
    assert answer_from_rows("how heavy is the cove tent 2", ROWS, weigh, "en") == "Cove Tent 2: weight 2300 g [4]."


def test_two_cells_of_one_row_are_told_where_both_are_asked_for():
    told = answer_from_rows("What is the weight and the price of the rain jacket?", ROWS, weigh, "en")
    assert told == "Rain Jacket: weight 260 g [3]. Rain Jacket costs 49.90 EUR [3]."
    park = [Row(1, "颐和园", "名称: 颐和园, 电话: 010-62881144, 门票: 20", {"名称": "颐和园", "电话": "010-62881144", "门票": 20})]
    assert answer_from_rows("颐和园的电话和门票", park, weigh, "zh") == "颐和园：电话 010-62881144 [1]。颐和园：门票 20 [1]。"
    assert answer_from_rows("颐和园的电话是多少？门票多少钱？", park, weigh, "zh") == "颐和园：电话 010-62881144 [1]。颐和园：门票 20 [1]。"


def test_several_rows_of_one_title():
    assert answer_from_rows("what colours does the ridge jacket come in", ROWS, weigh, "en") == "Ridge Jacket: colour red [1]; blue [2]."


def test_extremes_say_what_was_compared():
    told = answer_from_rows("which jacket is the cheapest", ROWS, weigh, "en")
    assert told == "Rain Jacket has the lowest price: 49.90 EUR [3]. I compared 3 entries."


def test_names_are_listed_and_not_told_as_cells():
    tools = [Row(n, name, f"tool {name} owner shed A", {"tool": name, "owner": "shed A"}) for n, name in enumerate(("rake", "spade"), 1)]
    assert answer_from_rows("which tools are in shed A?", tools, weigh, "en") == "I found 2: rake [1]; spade [2]."


def test_no_column_or_no_row_says_nothing():
    assert answer_from_rows("what does a kettle cost", ROWS, weigh, "en") == ""
    assert answer_from_rows("who made the rain jacket", ROWS, weigh, "en") == ""


def test_description_names_twins_by_colour():
    assert described(ROWS[0], ROWS) == "Ridge Jacket (red), red thing, 189.00 EUR"


def test_a_superlative_without_a_column_of_its_own_says_nothing():
    rows = [Row(1, "Drizzle Jacket", "Light rain jacket", {"in_stock": 31}), Row(2, "Ember Jacket", "Warm down jacket", {"in_stock": 7})]
    assert answer_from_rows("Which jacket is the warmest and is it in stock?", rows, weigh, "en") == ""
    assert "Drizzle" in answer_from_rows("Which jacket has the highest stock?", rows, weigh, "en")


def test_bounds_keep_what_is_within_them():
    assert answer_from_rows("what weighs less than 300 g?", ROWS, weigh, "en") == "Rain Jacket: weight 260 g [3]."
    assert answer_from_rows("which jackets weigh more than 300 g?", ROWS, weigh, "en").count("weight 400 g") == 2
    assert answer_from_rows("what weighs less than 10 g?", ROWS, weigh, "en") == ""
    assert answer_from_rows("which sleeping bags weigh less than 900 g?", ROWS, weigh, "en") == ""


def test_which_ones_have_something_and_which_have_not():
    shop = [Row(n, f"Tent {n}", "", {"name": f"Tent {n}", "in_stock": stock}) for n, stock in enumerate((3, 0, 5), 1)]
    assert answer_from_rows("which tents are out of stock?", shop, weigh, "en") == "Tent 2: in stock 0 [2]."
    assert "[2]" not in answer_from_rows("which tents are in stock?", shop, weigh, "en")


def test_two_requests_about_one_thing_are_both_told():
    parts = ["what does the rain jacket cost", "how much does it weigh"]
    assert answer_parts(parts, ROWS, weigh, "en") == "Rain Jacket costs 49.90 EUR [3]. Rain Jacket: weight 260 g [3]."
    assert answer_parts(["what does the rain jacket cost", "who made it"], ROWS, weigh, "en") == ""


def test_rows_are_listed_with_their_marks():
    assert listed_rows(ROWS[2:3], "en") == "I found Rain Jacket, red thing, 49.90 EUR [3]."
