import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import DENSE_WEIGHT, blend, hybrid, inverse_frequency, ranked, spread, trusted
from retrieval.stores.base import Scored

NAMES = st.sampled_from("abcdefgh")
LEXICAL = st.dictionaries(NAMES, st.floats(0, 50)).map(lambda d: [Scored(k, v) for k, v in sorted(d.items(), key=lambda i: -i[1])])
COSINES = st.dictionaries(NAMES, st.floats(-1, 1))


@given(LEXICAL, COSINES, st.floats(0, 60), st.floats(0, 1))
def test_scores_lie_between_0_and_1_and_miss_nobody(lexical, cosines, ideal, weight):
    scores = hybrid(lexical, cosines, ideal, weight)
    assert scores.keys() == {hit.item_id for hit in lexical} | cosines.keys()
    assert all(0 <= score <= 1 + 1e-9 for score in scores.values())


def test_meaning_and_words_are_weighed():
    lexical, cosines = [Scored("words", 10.0)], {"meaning": 0.9}
    assert ranked(hybrid(lexical, cosines, 10, DENSE_WEIGHT["en"])) == ["meaning", "words"]
    assert ranked(hybrid(lexical, cosines, 10, DENSE_WEIGHT["zh"])) == ["words", "meaning"]


def test_cosines_count_as_far_as_they_tell_passages_apart():
    telling = [0.7, *[0.4] * 20]
    alike = [0.72, *[0.7] * 20]
    assert trusted(0.7, telling) == 0.7
    assert trusted(0.7, alike) == pytest.approx(0.7 * 0.02 / 0.15)
    assert trusted(0.7, alike[:3]) == 0.7  # too few to say


@given(st.lists(st.floats(-1, 1), max_size=60), st.floats(0, 1))
def test_trust_lies_between_nothing_and_the_share(cosines, share):
    assert 0 <= trusted(share, cosines) <= share


def test_a_chance_match_of_one_word_does_not_count_in_full():
    chance = [Scored("chance", 1.0)]
    assert (
        hybrid(chance, {"right": 0.5, "chance": 0.2}, 20.0, 0.7)["right"]
        > hybrid(chance, {"right": 0.5, "chance": 0.2}, 20.0, 0.7)["chance"]
    )
    assert hybrid(chance, {"right": 0.5, "chance": 0.2}, 0.0, 0.7)["chance"] > 0.4


@given(st.lists(st.dictionaries(NAMES, st.floats(0, 1)), min_size=1, max_size=3))
def test_blending_keeps_everybody_and_the_scale(parts):
    scores = blend(parts)
    assert scores.keys() == set().union(*parts)
    assert all(0 <= score <= 1 for score in scores.values())


def test_no_part_of_a_query_drowns_another():
    words = {"text-1": 0.31, "text-2": 0.22, "both": 0.30}
    picture = {"picture-1": 0.99, "picture-2": 0.97, "both": 0.98, "far": 0.90}
    order = ranked(blend([words, picture]))
    assert order[0] == "both"
    assert {"text-1", "picture-1"} == set(order[1:3])


def test_spread_and_ranked():
    assert spread({"a": 3, "b": 1, "c": 2}) == {"a": 1, "b": 0, "c": 0.5}
    assert spread({"a": 2}) == {"a": 1}
    assert spread({}) == {}
    assert ranked({"b": 1, "a": 1, "c": 2}) == ["c", "a", "b"]


def test_rarity():
    assert inverse_frequency(100, 1) == pytest.approx(math.log(99.5 / 1.5))
    assert inverse_frequency(100, 99) == 1e-6
    assert inverse_frequency(0, 0) == 1e-6
