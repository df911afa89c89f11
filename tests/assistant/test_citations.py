"""Marks of an answer: kept when the evidence holds, taken out when not."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.citations import check, quote, support
from retrieval.items import Hit, Item, Locator
from tools.base import Evidence


def piece(number, text, **more):
    item = Item(id=f"item-{number}", collection="vs_1", owner="ann", modality="text", title=f"doc {number}", text=text, **more)
    return Evidence(number=number, hit=Hit(item=item, score=0.9, probability=0.8))


WARRANTY = piece(1, "Returns are free. The warranty covers zips and seams for two years. Batteries are excluded.", locator=Locator(page=3))


def test_a_supported_mark_becomes_a_citation_with_its_place_and_quote():
    checked = check("The warranty covers zips and seams for two years [1].", [WARRANTY])
    (citation,) = checked.citations
    assert checked.text == "The warranty covers zips and seams for two years [1]."
    assert citation.cited_text == "The warranty covers zips and seams for two years."
    assert (citation.index, citation.locator.page, citation.score) == (1, 3, 0.8)


def test_marks_after_the_full_stop_belong_to_their_sentence():
    checked = check("The warranty covers zips. [1] Bananas grow in Ecuador. [1]", [WARRANTY])
    assert checked.text == "The warranty covers zips. [1] Bananas grow in Ecuador."
    assert checked.dropped == 1


def test_one_mark_at_the_end_stands_for_all_that_was_said_word_for_word():
    entry = piece(1, "Yes. Unused goods go back within 30 days. Use the label in the parcel.")
    for told in (
        "Unused goods go back within 30 days. Use the label in the parcel. [1]",
        "Sure. Unused goods go back within 30 days. Use the label in the parcel [1].",
    ):
        (citation,) = check(told, [entry]).citations
        assert citation.cited_text == "Unused goods go back within 30 days. Use the label in the parcel."
    (citation,) = check("Ducks can fly. [2] Use the label in the parcel. [1]", [entry]).citations
    assert citation.cited_text == "Use the label in the parcel."
    (citation,) = check("Zips last. Use the label in the parcel. [1]", [entry]).citations
    assert citation.cited_text == "Use the label in the parcel."


def test_each_thing_of_a_long_list_is_held_to_its_own_evidence():
    names = ["steel mug", "wool hat", "trail kettle", "head torch", "repair kit", "proofing spray", "merino socks", "camp lantern"]
    evidence = [piece(number, f"{name} sold in our shop") for number, name in enumerate(names, start=1)]
    told = "I found 8: " + "; ".join(f"{name} [{number}]" for number, name in enumerate(names, start=1)) + "."
    assert check(told, evidence).text == told
    wrong = told.replace("wool hat [2]", "blue whale [2]")
    assert [citation.index for citation in check(wrong, evidence).citations] == [1, 3, 4, 5, 6, 7, 8]
    assert check("Bananas grow in Ecuador; the steel mug [1].", evidence).citations != ()
    assert check("Bananas grow in Ecuador, Peru and Brazil, they say; the mug [1].", evidence).citations == ()


def test_a_mark_that_points_at_nothing_is_dropped():
    checked = check("The warranty covers zips [7].", [WARRANTY])
    assert (checked.text, checked.citations, checked.dropped) == ("The warranty covers zips.", (), 1)


def test_a_mark_on_an_unrelated_sentence_is_dropped():
    assert check("Paris hosts the Louvre museum [1].", [WARRANTY]).citations == ()


def test_chinese_sentences_are_compared_by_character():
    zh = piece(2, "保修期为两年，包括拉链和接缝。电池不在保修范围内。")
    checked = check("保修包括拉链和接缝 [2]。天气很好 [2]。", [zh])
    assert checked.text == "保修包括拉链和接缝 [2]。天气很好。"
    assert checked.citations[0].cited_text.startswith("保修期为两年")


def test_a_picture_without_words_is_its_own_evidence():
    picture = piece(3, "").model_copy(
        update={"hit": Hit(item=Item(id="i", collection="c", owner="o", modality="image", title="dog.png"), score=1.0)}
    )
    assert len(check("Here it is [3].", [picture]).citations) == 1


def test_a_quotation_of_several_sentences_is_one_piece():
    checked = check("“The warranty covers zips and seams for two years. Batteries are excluded.” [1]", [WARRANTY])
    assert checked.citations[0].cited_text == "The warranty covers zips and seams for two years. Batteries are excluded."


def test_a_price_does_not_end_a_sentence():
    row = piece(4, "name: Drizzle Jacket, price: 79.00, currency: EUR")
    checked = check("Drizzle Jacket costs 79.00 EUR [4].", [row])
    assert checked.text == "Drizzle Jacket costs 79.00 EUR [4]."
    assert checked.citations[0].cited_text == "name: Drizzle Jacket, price: 79.00, currency: EUR"


@given(st.text(max_size=300))
def test_an_answer_without_evidence_keeps_its_words_and_cites_nothing(answer):
    checked = check(answer, [])
    assert checked.citations == ()
    if "[" not in answer:
        assert checked.text == answer.strip()


@given(st.text(max_size=200), st.text(max_size=200))
def test_support_is_a_share_and_quotes_come_from_the_text(sentence, text):
    assert 0 <= support(sentence, text) <= 1
    assert quote(text, sentence) in text
