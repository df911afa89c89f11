"""Names of things: words of a question in both languages, plurals, and what is said in an answer."""

import pytest

from tools.vqa._names import KIN, names, noun_of, nouns_in, singular


@pytest.mark.parametrize(
    ("word", "noun"),
    [("dogs", "dog"), ("puppy", "dog"), ("mice", "mouse"), ("Wolves", "wolf"), ("buses", "bus"), ("cherries", "cherries"), ("cherry", "cherries"),
     ("aeroplane", "airplane"), ("fire trucks", "fire engine"), ("bicycle", "bicycle"), ("qwerty", ""), ("", "")],
)  # fmt: skip
def test_a_word_means_a_noun(word, noun):
    assert noun_of(word) == noun


def test_nouns_of_a_sentence_come_in_order_longest_first():
    assert [n for _, n in nouns_in("Is the hot dog left of the cat?")] == ["hot dog", "cat"]
    assert [n for _, n in nouns_in("自行车在小狗的左边吗")] == ["bicycle", "dog"]


def test_every_noun_can_be_said_in_chinese_and_found_again():
    for name in names().values():
        assert name.chinese, name.noun
        assert name.said("zh")
        if name.group != "photographs":
            assert noun_of(name.noun) == name.noun, name.noun


def test_kin_are_known():
    for noun, narrower in KIN.items():
        assert noun in names()
        assert set(narrower) <= set(names())


def test_singular_leaves_singulars():
    assert singular("bus") == "bus"
    assert singular("glass") == "glass"
