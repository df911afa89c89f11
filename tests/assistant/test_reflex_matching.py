"""Features of sentences."""

import numpy as np

from assistant.reflex.matching import FEATURES, Passage, Rarity, lexical_features, support_features
from assistant.reflex.sentences import IDF_BUCKETS

RARITY = Rarity(np.ones(IDF_BUCKETS, np.float32))
PASSAGE = Passage(1, "Washing wool\nWash it at 30 degrees. Dry it flat.", "Care")


def values(candidate):
    return dict(zip(FEATURES, candidate.values.tolist(), strict=True))


def test_headings_are_context_and_no_answers():
    found = lexical_features("how do I wash wool", [PASSAGE], RARITY)
    assert [c.sentence.text for c in found] == ["Wash it at 30 degrees.", "Dry it flat."]
    assert values(found[0])["with_previous"] == 1.0


def test_a_sentence_that_repeats_the_question_is_no_answer():
    assert lexical_features("camp lantern", [Passage(1, "camp lantern")], RARITY) == []


def test_unseen_words_count_as_missing():
    plain = values(lexical_features("how do I wash wool", [PASSAGE], RARITY)[0])
    acted = values(lexical_features("how do I wash wool", [PASSAGE], RARITY, frozenset({"wool"}))[0])
    assert acted["passage"] < plain["passage"]


def test_support_features_have_one_length():
    found = lexical_features("how do I wash wool", [PASSAGE], RARITY)
    stacked = np.stack([c.values for c in found])
    assert (
        support_features(stacked, np.array([0.9, 0.1], np.float32)).shape
        == support_features(stacked[:1], np.array([0.9], np.float32)).shape
    )
