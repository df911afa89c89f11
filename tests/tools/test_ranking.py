"""Ranking: the passage that shares the rare words comes first; a question whose main word is missing is not answered."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.items import Draft
from tools.ranking import rank

DRAFTS = [
    Draft(modality="text", title="Care", text="Clean the lamp with a dry cloth."),
    Draft(modality="text", title="Warranty", text="It lasts two years from the day of purchase."),
    Draft(modality="text", title="保修", text="保修期为两年，从购买之日算起。"),
]


def test_the_title_counts():
    assert rank("How long is the warranty?", DRAFTS)[0][0] == 1


def test_stems_and_chinese_words_match():
    assert rank("cleaning lamps", DRAFTS)[0][0] == 0
    assert rank("保修期多长", DRAFTS)[0][0] == 2


def test_nothing_in_common_is_an_empty_list():
    assert rank("zebra", DRAFTS) == []
    assert rank("warranty", []) == []


def test_a_missing_main_word_lowers_the_score():
    whole = rank("dry cloth", DRAFTS)[0][1]
    half = rank("dry submarine", DRAFTS)[0][1]
    assert whole > 0.9 > half


@given(st.text(max_size=80), st.lists(st.text(max_size=60), max_size=6))
def test_scores_are_shares_in_order(question, texts):
    found = rank(question, [Draft(modality="text", text=text) for text in texts])
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
