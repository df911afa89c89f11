"""Words of feeling: tokens, negation and degrees in both languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.content import Content
from retrieval.faults import Unreadable
from tools.emotions import _words_en, _words_zh
from tools.emotions._tokens import features, pieces
from tools.emotions.base import LABELS
from tools.emotions.lexicon import create


@pytest.fixture(scope="module")
def analyzer():
    return create("")


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
    ],
)
def test_plain_sentences_are_read(analyzer, text, label):
    assert analyzer.analyze(Content.from_text(text), "en").label == label


def test_more_feeling_is_less_uncertain(analyzer):
    clear = analyzer.analyze(Content.from_text("I am so happy, I love it, wonderful!"), "en")
    dull = analyzer.analyze(Content.from_text("It is a box."), "en")
    assert clear.uncertainty < 0.4 < dull.uncertainty


@pytest.mark.parametrize("text", ["", "   ", "...", "—"])
def test_nothing_to_read(analyzer, text):
    with pytest.raises(Unreadable):
        analyzer.analyze(Content.from_text(text), "en")


def test_negation_marks_what_follows():
    assert "not_happy" in features("I am not happy")
    assert "happy" in features("I am happy")
    assert pieces("WOWWWW!!!") == ["woww", "!!"]


def test_the_lists_have_hundreds_of_words_of_the_right_classes():
    for module in (_words_en, _words_zh):
        assert set(module.WORDS) == set(LABELS) - {"neutral"}
        assert sum(len(words.split()) for words in module.WORDS.values()) > 300


@given(st.text(min_size=1, max_size=200))
def test_any_text_is_a_distribution_or_unreadable(text):
    try:
        reading = create("").analyze(Content.from_text(text), "en")
    except Unreadable:
        return
    assert sum(reading.distribution.values()) == pytest.approx(1)
    assert 0 <= reading.uncertainty <= 1
