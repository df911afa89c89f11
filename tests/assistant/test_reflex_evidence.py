"""From finds to what is said."""

import pytest
from reflex_samples import FAQ, JACKET, PICTURE, PLACES, WARRANTY, hit, minilm
from shop_rows import SHOP

from assistant.reflex.evidence import Writer, wants_list
from assistant.reflex.hits import hits_of
from assistant.reflex.reader import Reader
from assistant.reflex.refusing import closest_hits, refusal


@pytest.fixture(scope="module")
def writer():
    return Writer(Reader(minilm()))


def told(writer, question, evidence, language="en", **arguments):
    return writer.from_search(question, {"query": question} | arguments, evidence, language, PLACES)


def test_running_text_is_quoted_with_its_mark(writer):
    answer = told(writer, "what does the warranty cover?", [WARRANTY, PICTURE])
    assert answer.text == "“The warranty covers defects of material.” [1]"
    assert not answer.refused


def test_a_curated_answer_is_given_as_it_stands(writer):
    assert told(writer, "how much does shipping cost?", [FAQ, WARRANTY]).text == "Shipping costs 4.90 EUR. [2]"


def test_a_row_answers_with_its_column(writer):
    assert told(writer, "how much is the red rain jacket", [JACKET, WARRANTY]).text == "Red rain jacket costs 49.90 [3]."
    both = told(writer, "find a red jacket and tell me what it costs", [JACKET], query="red jacket")
    assert both.text == "Red rain jacket costs 49.90 [3]."


def test_all_that_meets_a_condition_is_listed(writer):
    asked = "list all products under 50 euros"
    answer = told(writer, asked, [JACKET, WARRANTY], query="all products", filter="price < 50")
    assert "Red rain jacket" in answer.text
    assert "[3]" in answer.text
    assert told(writer, asked, [JACKET, WARRANTY], query="all products").refused, "without a condition nothing speaks for it"


def test_a_document_without_the_name_asked_for_says_nothing_of_it(writer):
    total, asked = "The total amount of the invoice is 4.11 EUR.", "what is the total amount of the invoice from Netpresse?"
    invoice = hit(8, total, title="Invoice")
    assert told(writer, asked, [invoice, WARRANTY]).refused
    brought = {**invoice, "hit": {**invoice["hit"], "item": {**invoice["hit"]["item"], "collection": ""}}}
    assert "4.11" in told(writer, asked, [brought]).text, "the person brought it: it is the one that is meant"
    assert "4.11" in told(writer, asked, [hit(8, total, title="Netpresse invoice"), WARRANTY]).text


def test_pictures_are_listed(writer):
    answer = told(writer, "show me pictures of a sailing boat", [PICTURE], query="sailing boat", modalities=["image"])
    assert answer.text == "I found sailing_boat.png [4]."


def test_a_picture_of_something_else_is_not_passed_off(writer):
    answer = told(writer, "show me pictures of a zebra", [PICTURE], query="zebra", modalities=["image"])
    assert answer.refused


def test_refusal_says_what_was_searched_and_what_was_closest(writer):
    answer = told(writer, "what is the capital of Peru?", [WARRANTY])
    assert answer.refused
    assert answer.text.startswith("I could not find that in “My documents” (214 items). Closest: ")
    assert "[1]" not in answer.text


def test_what_is_about_other_things_is_not_called_close(writer):
    closest = {"item_id": "1", "title": "sea_waves.ogg", "text": "", "modality": "audio"}
    places = [{"name": "default", "items": 3}]
    assert "sea_waves" in refusal(hits_of(closest_hits({"closest": [{**closest, "probability": 0.02}]})), "en", places).text
    assert "sea_waves" not in refusal(hits_of(closest_hits({"closest": [{**closest, "probability": 0.001}]})), "en", places).text


def test_refusal_in_chinese_and_for_an_empty_collection(writer):
    assert told(writer, "法国的首都是哪里", [WARRANTY], "zh").text.startswith("在“My documents”（214 条）里没有找到。")
    empty = refusal(hits_of([]), "en", [{"name": "default", "items": 0}])
    assert "empty" in empty.text


def test_a_refusal_tells_that_files_are_still_being_read(writer):
    early = refusal(hits_of([]), "en", [{"name": "sample", "items": 59, "waiting": 7}])
    assert early.refused
    assert early.text == "I could not find that in “sample” (59 items) yet. Files still to be read: 7. Ask again in a moment."


def test_why_is_not_answered_by_a_column(writer):
    assert "49.90" not in told(writer, "why does the rain jacket cost so much?", [JACKET]).text


def test_lists_and_questions_are_told_apart():
    assert wants_list("find a red jacket")
    assert wants_list("有没有猫的图片")
    assert not wants_list("what does the warranty cover?")
    assert wants_list("can you bring me the red jackets?")
    assert not wants_list("Can I bring my dog to the shop?")


def seen(text):
    return {**PICTURE, "hit": {**PICTURE["hit"], "probability": 0.5, "item": {**PICTURE["hit"]["item"], "text": text}}}


def test_what_a_picture_shows_answers_no_question_about_anything_else(writer):
    words = (
        "Shows 画面: schooner 纵帆船 (likely 很可能). Colours 颜色: white 白色 on a blue background 蓝色背景. Picture 图片: square 方形."
    )
    assert told(writer, "What is my boat called?", [seen(words)]).refused
    assert "white" in told(writer, "Which colours does the sailing boat have?", [seen(words)]).text
    assert (
        told(writer, "When does the ferry leave?", [seen("The ferry leaves at nine. " + words)]).text == "“The ferry leaves at nine.” [4]"
    )


def row_hit(row):
    return hit(row.number, row.text, title=row.title, metadata=row.columns, row=row.number)


ROWS = [row_hit(row) for row in SHOP]
RETURNS = hit(20, "Can I return something?\nYes. Unused goods within 30 days.", title="Can I return something?",
              metadata={"faq": True, "question": "Can I return something?", "answer": "Yes. Unused goods within 30 days."}, row=1)  # fmt: skip


RENTED = hit(21, "Do you rent out tents?\nYes. 12 EUR a day.", title="Do you rent out tents?",
             metadata={"faq": True, "question": "Do you rent out tents?", "answer": "Yes. 12 EUR a day."}, row=2)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("a tent for 4 people", "I found Cove Tent 4, Green four-person tent, 449.00 EUR [6]."),
        ("how heavy is the four-person tent?", "Cove Tent 4: weight 4100 g [6]."),
        ("find the cheapest tent", "Cove Tent 2 has the lowest price: 329.00 EUR [5]. I compared 2 entries."),
        ("what does the proofing spray cost and how much does it weigh?", "Proofing Spray costs 12.90 EUR [9]. Proofing Spray: weight 350 g [9]."),
        ("Is the Cove Tent 2 cheaper than the Cove Tent 4?",
         "Cove Tent 2 costs 329.00 EUR [5]. Cove Tent 4 costs 449.00 EUR [6]. Cove Tent 2 has the lowest price: 329.00 EUR [5]."),
    ],
)  # fmt: skip
def test_rows_answer_what_is_asked_of_a_kind(writer, question, answer):
    assert told(writer, question, ROWS, rows=True).text == answer


@pytest.mark.parametrize(
    "question",
    ["a tent for 6 people", "Is the iPhone cheaper than the Cove Tent 2?", "what's the best jacket?", "the cheapest sleeping bag"],
)
def test_what_no_row_tells_is_refused(writer, question):
    assert told(writer, question, [*ROWS, WARRANTY], rows=True).refused


def test_a_case_is_answered_with_the_terms_and_without_their_yes(writer):
    answer = told(writer, "Am I allowed to return the tent after 45 days?", [*ROWS, RETURNS], rows=True)
    assert answer.text == "“Unused goods within 30 days.” [20]"
    assert told(writer, "Can I return the dentist after 45 days?", [*ROWS, RETURNS], rows=True).refused


@pytest.mark.parametrize(
    ("question", "more", "titles"),
    [
        ("which jackets are red?", {}, ["Ridge Jacket Red", "Drizzle Jacket Red"]), ("哪些夹克是红色的？", {}, ["Ridge Jacket Red", "Drizzle Jacket Red"]),
        ("jackets under 190 EUR", {"query": "jackets", "filter": "price < 190"}, ["Ridge Jacket Red", "Ridge Jacket Blue", "Drizzle Jacket Red"]),
    ],
)  # fmt: skip
def test_all_that_are_so_are_listed(writer, question, more, titles):
    rows = [row for row in ROWS if row["hit"]["item"]["metadata"]["price"] < 190] if more else ROWS
    answer = told(writer, question, rows, rows=True, **more).text
    assert answer.startswith(("I found", "找到"))
    assert [title for title in ("Ridge Jacket Red", "Ridge Jacket Blue", "Drizzle Jacket Red", "Ember") if title in answer] == titles


def test_a_yes_is_said_to_its_own_question_only(writer):
    assert told(writer, "Can I return something?", [RETURNS]).text == "Yes. Unused goods within 30 days. [20]"
    assert told(writer, "return something", [RETURNS]).text == "Unused goods within 30 days. [20]"


@pytest.mark.parametrize("question", ["How many tents do you sell?", "how many tents do you have?", "how many tents are there?"])
def test_how_many_of_a_kind_are_counted(writer, question):
    assert told(writer, question, [RENTED, *ROWS], rows=True).text.startswith("I found 2: Cove Tent 2")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the Cove Tent 4 green?", "Cove Tent 4, Green four-person tent, 449.00 EUR [6]"),
        ("Does the Cove Tent 4 have a stove?", ""), ("Is green paint poisonous?", ""),
    ],
)  # fmt: skip
def test_a_row_that_says_all_that_is_asked_is_told(writer, question, answer):
    found = told(writer, question, ROWS)
    assert found.refused if not answer else found.text == answer


def test_a_chinese_question_lists_rows_in_english(writer):
    answer = told(writer, "有哪些帐篷？", ROWS, language="zh", query="有哪些帐篷", rows=True)
    assert answer.text.startswith("找到 2 个：Cove Tent 2")


def test_a_summary_of_a_subject_that_nothing_is_about_is_refused(writer):
    assert told(writer, "summarise the parking rules", [WARRANTY, RETURNS]).refused
