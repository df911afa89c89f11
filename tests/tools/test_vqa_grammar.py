"""Grammar: what a count, a list and a colour sound like in English; Chinese needs no plural."""

import pytest

from tools.vqa._grammar import is_many, one_of, plural, with_article
from tools.vqa._names import names, noun_of
from tools.vqa._questions import understand
from tools.vqa._saying import counted, several, verdict


@pytest.mark.parametrize(
    ("noun", "many"),
    [("star", "stars"), ("mouse", "mice"), ("fishing rod", "fishing rods"), ("cherries", "cherries"), ("scissors", "pairs of scissors"),
     ("potato", "potatoes"), ("bus", "buses"), ("dress", "dresses"), ("sheep", "sheep"), ("strawberry", "strawberries"), ("key", "keys"), ("fox", "foxes")],
)  # fmt: skip
def test_plurals(noun, many):
    assert plural(noun) == many
    assert plural(many) == many or noun == "scissors"


def test_every_plural_is_understood_as_its_noun():
    lost = [n for n, name in names().items() if name.group != "photographs" and noun_of(plural(n).removeprefix("pairs of ")) != n]
    assert not lost


@pytest.mark.parametrize("word", ["suitcases", "canoes", "horses", "cookies", "houses", "tulips", "potatoes", "buses"])
def test_a_plural_is_cut_to_the_noun_that_is_known(word):
    assert plural(noun_of(word)) == word


@pytest.mark.parametrize(
    ("count", "colour", "noun", "said"),
    [(3, "", "star", "I count 3 stars."), (1, "", "star", "I count 1 star."), (0, "", "star", "I count no stars."), (2, "red", "car", "I count 2 red cars."),
     (1, "", "cherries", "I count 1 cherry."), (1, "", "scissors", "I count 1 pair of scissors."), (2, "", "bread", "I count bread 2 times."),
     (1, "", "", "I count 1 separate thing."), (2, "blue", "", "I count 2 blue things.")],
)  # fmt: skip
def test_a_count_is_a_sentence(count, colour, noun, said):
    assert counted(count, colour, noun, "en") == said


def test_a_count_in_chinese():
    assert counted(3, "red", "星星", "zh") == "图里的红色星星，我数到3个。"
    assert counted(0, "", "星星", "zh") == "图里我没有找到星星。"


def test_lists_have_articles_and_plurals():
    assert [several(1, "", "owl", "en"), several(1, "red", "car", "en"), several(2, "", "dog", "en"), several(1, "", "grapes", "en")] == [
        "an owl", "a red car", "2 dogs", "grapes"]  # fmt: skip
    assert several(2, "red", "汽车", "zh") == "2个红色汽车"
    assert with_article("orange circle") == "an orange circle"
    assert is_many("dogs")
    assert not is_many("bus")
    assert one_of("dog") == "dog"


@pytest.mark.parametrize(("question", "said"), [("有猫吗？", "没有。"), ("猫在狗的左边吗？", "不是。")])
def test_chinese_denies_in_the_words_of_the_question(question, said):
    assert verdict(False, understand(question), 0.5, (), "zh", "").text == said
