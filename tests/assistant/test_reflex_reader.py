"""The reader: quotes what answers, abstains otherwise."""

import json
from importlib.resources import files

import pytest
from reflex_samples import minilm

from assistant.reflex.matching import Passage
from assistant.reflex.reader import Reader

SHOP = [
    Passage(1, "Shipping costs 4.90 EUR. Orders over 75 EUR are shipped free of charge.", "Shipping"),
    Passage(2, "The warranty covers defects of material and workmanship. It does not cover normal wear.", "Warranty"),
    Passage(3, "The shop at 12 Harbour Street is open Monday to Saturday from 9:30 to 18:30.", "Opening hours"),
]
SHOP_ZH = [
    Passage(1, "营地灯使用 USB-C 充电，充满需要 4 小时。低亮度可用 60 小时。", "营地灯"),
    Passage(2, "保修包括材料和做工的缺陷。夹克保修五年。", "保修"),
]


@pytest.fixture(scope="module")
def reader():
    return Reader(minilm())


@pytest.mark.parametrize(
    ("question", "number", "words"),
    [("what does the warranty cover?", 2, "defects"), ("how much does shipping cost", 1, "4.90"), ("when is the shop open", 3, "9:30")],
)
def test_quotes_the_sentence_that_answers(reader, question, number, words):
    found = reader.read(question, SHOP).found
    assert found[0].number == number
    assert words in found[0].text


@pytest.mark.parametrize(("question", "number", "words"), [("保修包括什么", 2, "缺陷"), ("营地灯充满电需要多久", 1, "4 小时")])
def test_chinese(reader, question, number, words):
    found = reader.read(question, SHOP_ZH).found
    assert found[0].number == number
    assert words in found[0].text


@pytest.mark.parametrize("question", ["what is the capital of Peru?", "who won the world cup in 1998", "how do I treat a cold"])
def test_abstains_and_names_the_closest(reader, question):
    reading = reader.read(question, SHOP)
    assert reading.found == ()
    assert reading.closest is not None


def test_abstains_in_chinese(reader):
    assert reader.read("法国的首都是哪里", SHOP_ZH).found == ()


def test_a_procedure_gets_its_next_sentence(reader):
    passage = Passage(1, "To reset the lantern, hold the switch for ten seconds. Wait until it blinks twice.", "Reset")
    assert "blinks twice" in reader.read("how do I reset the lantern?", [passage]).found[0].text


def test_nothing_to_read(reader):
    assert reader.read("anything", []).closest is None
    assert reader.curated("anything", []) == (-1, 0.0)


def test_curated_questions(reader):
    known = ["What are your opening hours?", "How much is shipping?", "How do I get a refund?"]
    assert reader.curated("when do you open?", known)[0] in (0, -1)
    assert reader.curated("how much does shipping cost", known)[0] == 1
    assert reader.curated("how can I get a refund", known)[0] == 2
    assert reader.curated("what is the capital of Peru", known)[0] == -1


def test_works_without_an_embedding():
    assert Reader(None).read("what does the warranty cover?", SHOP).found[0].number == 2


def test_vectors_are_remembered(reader):
    reader.read("what does the warranty cover?", SHOP)
    known = dict(reader._known)
    reader.read("what does the warranty cover?", SHOP)
    assert all(reader._known[text] is vector for text, vector in known.items())


def test_the_card_reports_what_was_measured():
    card = json.loads(files("assistant.reflex").joinpath("reader.card.json").read_text("utf-8"))
    assert card["scores"]["en_right_sentence"] >= 0.75
    assert card["scores"]["en_abstains_article_gone"] >= 0.9
    assert card["scores"]["zh_abstains_article_gone"] >= 0.85
