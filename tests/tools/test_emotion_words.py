"""Feelings of a text: the head on MiniLM with the words beside it, Chinese word lists, and the parts of longer texts."""

import json
import time
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_samples import CACHE

from retrieval.content import Content
from retrieval.faults import Unavailable, Unreadable
from tools.emotions import _emoji, _words_zh, words
from tools.emotions._tokens import features, pieces
from tools.emotions.base import FINE, LABELS
from tools.emotions.words import create


@pytest.fixture(scope="module")
def analyzer():
    return create("", cache_dir=CACHE)


def read(analyzer, text, language="en"):
    return analyzer.analyze(Content.from_text(text), language)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("I love this, thank you so much!", "joy"),
        ("I hate you, you idiot!", "anger"),
        ("My grandmother died and I miss her, I'm so sad", "sadness"),
        ("I'm terrified, this is so scary", "fear"),
        ("Eww, that is disgusting", "disgust"),
        ("Wow, I did not expect that!", "surprise"),
        ("The meeting is on Tuesday in room four.", "neutral"),
        ("😭😭😭", "sadness"),
        ("我太高兴了！", "joy"),
        ("我很生气", "anger"),
        ("好伤心啊", "sadness"),
        ("吓死我了，好害怕", "fear"),
        ("太恶心了，想吐", "disgust"),
        ("天哪，居然是你！", "surprise"),
        ("会议在星期二。", "neutral"),
        ("一点也不开心", "sadness"),
        ("我今天特别开心，终于放假了", "joy"),
        ("这里的厕所臭得要命", "disgust"),
        ("好想哭，没有人理解我", "sadness"),
        ("别担心，都会好的", "neutral"),
    ],
)
def test_plain_sentences_are_read(analyzer, text, label):
    assert read(analyzer, text).label == label


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("Thanks so much for your help!", "gratitude"), ("I'm so proud of what we built", "pride"), ("I wonder how they made this?", "curiosity"),
        ("lol that was hilarious", "amusement"), ("I'm sorry, I should not have said that", "remorse"),
    ],
)  # fmt: skip
def test_finer_feelings_than_seven(analyzer, text, fine):
    reading = read(analyzer, text)
    assert fine in reading.fine
    assert set(reading.fine) <= set(FINE)
    assert list(reading.fine.values()) == sorted(reading.fine.values(), reverse=True)
    assert all(0 <= sure <= 1 for sure in reading.fine.values())


def test_the_words_that_carried_the_feeling_are_named(analyzer):
    assert "thank" in read(analyzer, "Thank you, the blue one arrived on Tuesday.").note
    assert "伤心" in read(analyzer, "好伤心啊", "zh").note
    assert "感激" in read(analyzer, "Thank you so much!", "zh").note, "the note follows the language of the turn"


def test_more_feeling_is_less_uncertain(analyzer):
    clear = read(analyzer, "I am so happy, I love it, wonderful!")
    dull = read(analyzer, "It is a box.")
    assert clear.uncertainty < dull.uncertainty


def test_a_plain_sentence_hardly_counts_beside_a_strong_one(analyzer):
    plain = "The parcel weighs two kilograms and was sent on Monday from the warehouse in the north of the city by the usual company. "
    assert read(analyzer, plain * 4 + "I am furious, this is outrageous, I hate it!").label == "anger"


def test_two_languages_in_one_text(analyzer):
    assert read(analyzer, "我太高兴了！ I love it, thank you!").label == "joy"


@pytest.mark.parametrize("text", ["", "   ", "...", "—"])
def test_nothing_to_read(analyzer, text):
    with pytest.raises(Unreadable):
        read(analyzer, text)


def test_negation_marks_what_follows():
    assert "not_happy" in features("I am not happy")
    assert "happy" in features("I am happy")
    assert pieces("WOWWWW!!!") == ["woww", "!!"]


def test_the_lists_have_words_of_the_right_classes():
    assert set(_words_zh.WORDS) == set(_emoji.EMOJI) == set(LABELS) - {"neutral"}
    assert sum(len(listed.split()) for listed in _words_zh.WORDS.values()) > 300


@settings(max_examples=40, deadline=None)
@given(text=st.text(min_size=1, max_size=200))
def test_any_text_is_a_distribution_or_unreadable(analyzer, text):
    try:
        reading = read(analyzer, text)
    except Unreadable:
        return
    assert sum(reading.distribution.values()) == pytest.approx(1)
    assert 0 <= reading.uncertainty <= 1


def test_the_same_text_in_company_reads_the_same(analyzer):
    texts = ["I am glad.", "What a terrible, terrible day this was for all of us", "ok"]
    states = analyzer._states.of(texts)
    for text, together in zip(texts, states, strict=True):
        np.testing.assert_allclose(analyzer._states.of([text])[0], together, atol=1e-4)


def test_a_warm_text_is_quick(analyzer):
    read(analyzer, "warm up")
    times = []
    for text in ("I am glad you came today", "this is awful, what a mess", "see you on Monday", "wow", "I miss you"):
        began = time.process_time()  # work done, whatever else the machine is busy with
        read(analyzer, text)
        times.append(time.process_time() - began)
    assert min(times) < 0.03


def test_damaged_weights_are_refused(monkeypatch, analyzer):
    words._weights.cache_clear()
    other = analyzer.card.model_copy(update={"sha256": "0" * 64})
    monkeypatch.setattr(words, "card", lambda: other)
    with pytest.raises(Unavailable):
        read(analyzer, "hello")
    words._weights.cache_clear()


def test_the_card_reports_what_was_measured():
    card = json.loads(files("tools.emotions").joinpath("words.card.json").read_text("utf-8"))
    assert card["scores"]["goemotions_28_macro_f1"] >= 0.40
    assert card["scores"]["goemotions_7_macro_f1"] > 0.58
    assert card["training"]["data"] == {"GoEmotions": "Apache-2.0"}
