"""What the measures of router, reader and text emotion count as right, on small sets of our own."""

import json
import random

import numpy as np
import pytest
from reflex_samples import minilm

from assistant.evaluation import reader, router, text_emotion
from assistant.evaluation.base import held_out
from assistant.reflex.reader import Reader
from assistant.reflex.router import Router
from retrieval.faults import NotFound
from tools.emotions.base import FINE, EmotionReading


def article(title, *paragraphs):
    return {
        "title": title,
        "paragraphs": [
            {"context": text, "qas": [{"question": q, "answers": [{"text": a, "answer_start": text.index(a)}]} for q, a in asked]}
            for text, asked in paragraphs
        ],
    }


HELD = next(f"Harbour {n}" for n in range(99) if held_out(f"Harbour {n}", reader.PARTS))
OTHER = next(f"Lantern {n}" for n in range(99) if held_out(f"Lantern {n}", reader.PARTS))
FITTED = next(f"Kettle {n}" for n in range(99) if not held_out(f"Kettle {n}", reader.PARTS))


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "qa_extractive" / "dev"
    folder.mkdir(parents=True)
    harbour = ("The old harbour was built in 1870. It lies east of the town.", [("When was the old harbour built?", "1870")])
    museum = ("Tickets for the museum cost 8 EUR. The museum has twelve rooms.", [("How much do museum tickets cost?", "8 EUR")])
    lantern = ("The lantern burns for nine hours. It was made by Anna Berg in Oslo.", [("Who was it made by in Oslo?", "Anna Berg")])
    kettle = ("The kettle is red.", [("What colour is the kettle?", "red")])
    table = {"data": [article(HELD, harbour, museum), article(OTHER, lantern), article(FITTED, kettle)]}
    for name in ("xquad.en", "cmrc2018_dev", "drcd_dev"):
        (folder / f"{name}.json").write_text(json.dumps(table), "utf-8")
    return tmp_path


def test_only_questions_of_held_back_articles_are_measured(data):
    asked = reader.Articles.read(data / "qa_extractive/dev/xquad.en.json").held(100)
    assert {q.title for q in asked} == {HELD, OTHER}


def test_the_reader_is_measured_on_what_it_says(data):
    scores = {s.name: s for s in reader.evaluate(data, Reader(minilm()))}
    assert scores["xquad_en_right_sentence"].value == 1.0
    assert scores["xquad_en_right_sentence"].cases == 3
    assert scores["xquad_en_silent_other_article"].value == 1.0
    assert 0 < scores["xquad_en_span_f1"].value < 0.6, "a whole sentence is more than the answer"
    assert scores["xquad_en_silent_same_article"].cases == 2
    assert scores["cmrc2018_right_sentence"].goal is None


def test_a_changed_question_asks_for_something_else():
    question = reader.Question("When did Anna Berg leave Oslo?", "a", "a", 0, ("1901",), (0,))
    other = reader.changed(question, ["Bergen", "1870"], random.Random(1))
    assert other is not None
    assert other.text == "When did Anna Berg leave Bergen?"
    assert reader.changed(question, ["1870"], random.Random(1)) is None
    assert reader.changed(reader.Question("why?", "a", "a", 0, (), ()), ["Bergen"], random.Random(1)) is None


@pytest.mark.parametrize(
    ("said", "answers", "f1"),
    [
        ("the red house", ["red house"], 1.0),
        ("a red house", ["a blue house"], 0.5),
        ("nothing", ["1901"], 0.0),
        ("九点半开门", ["九点半"], 0.75),
    ],
)
def test_span_f1_is_squads(said, answers, f1):
    assert reader.span_f1(said, answers) == pytest.approx(f1)


def test_the_second_list_has_every_tool_in_both_languages():
    listed = router.turns(router.TURNS / "second_heldout_turns.tsv")
    assert len(listed) >= 120
    for chinese in (False, True):
        assert len({t.expected for t in listed if (not t.words.isascii()) == chinese}) == 11


def test_a_router_that_always_refuses_scores_low(tmp_path):
    folder = tmp_path / "intent_text" / "dev"
    folder.mkdir(parents=True)
    rows = [f"please book a flight to city number {n}\tbook_flight\tx" for n in range(30)]
    (folder / "clinc150.tsv").write_text("\n".join(["text\tintent\tdomain", *rows, "turn on the lamp\tsmart_home\tx"]), "utf-8")

    class Refuses(Router):
        def route(self, words, media, earlier):
            return super().route("hello", [], [])

    scores = {s.name: s.value for s in router.evaluate(tmp_path, Refuses(None))}
    assert scores["clinc150_out_of_scope"] == 1.0
    assert scores["heldout_second_no_tool"] == 1.0
    assert scores["heldout_second"] < 0.3


class Says:
    """Reads one label from everything."""

    modality = "text"

    def __init__(self, label, fine):
        self._reading = EmotionReading(label=label, distribution={"joy": 0.9, "anger": 0.05, "disgust": 0.0, "fear": 0.0, "sadness": 0.0,
                                       "surprise": 0.0, "neutral": 0.05}, uncertainty=0.1, fine=fine)  # fmt: skip

    def analyze(self, content, language):
        return self._reading


@pytest.fixture
def feelings(tmp_path):
    folder = tmp_path / "emotion_text" / "dev"
    folder.mkdir(parents=True)
    rows = [f"comment {n}\t{FINE[n % len(FINE)]}" for n in range(2000)]
    (folder / "goemotions.tsv").write_text("\n".join(["text\temotions", *rows]), "utf-8")
    reviews = ["好\t5.0", "好\t4.0", "好\t3.0", "坏\t1.0"]
    (folder / "asap_zh_sample.tsv").write_text("\n".join(["review\tstar", *reviews]), "utf-8")
    return tmp_path


def test_one_label_for_everything_has_a_low_macro_f1(feelings):
    scores = {s.name: s for s in text_emotion.evaluate(feelings, Says("joy", {"joy": 0.9}))}
    assert scores["goemotions_28_macro_f1"].value < 0.05
    assert scores["goemotions_28_macro_f1"].cases == sum(held_out(f"comment {n}", text_emotion.PARTS) for n in range(2000))
    assert scores["goemotions_28_macro_f1"].goal == 0.40
    assert scores["asap_zh_polarity_accuracy"].value == pytest.approx(2 / 3), "three stars are neither"
    assert scores["asap_zh_polarity_balanced"].value == 0.5
    assert np.isfinite([s.value for s in scores.values()]).all()


@pytest.mark.parametrize("measure", [lambda d: reader.evaluate(d, Reader(minilm())), lambda d: text_emotion.evaluate(d, Says("joy", {})),
                                     lambda d: router.evaluate(d, Router(None))])  # fmt: skip
def test_a_missing_set_is_said(measure, tmp_path):
    with pytest.raises(NotFound) as caught:
        measure(tmp_path)
    assert caught.value.hint
