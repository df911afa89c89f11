"""Words of different sound for one thing."""

import pytest

from retrieval.synonyms import concepts, meanings, usual


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I return an item?", "I want to send something back"),
        ("How much is shipping?", "What does delivery cost?"),
        ("运费是多少", "邮费怎么算"),
        ("怎么退货", "How do I return it?"),
        ("How do I get a refund?", "How do I get my money back?"),
        ("What is COVID-19?", "What is the corona virus?"),
    ],
)
def test_one_thing_has_one_name(one, other):
    assert set(concepts(one)) & set(concepts(other))


def test_different_things_stay_apart():
    assert set(concepts("运费是多少")) != set(concepts("房费是多少"))
    assert not set(concepts("Saturday")) & set(concepts("Sunday"))


def test_order_is_kept_and_words_stand_once():
    assert concepts("zebra stripes, zebra") == ("zebra", "stripe")


def test_a_question_of_common_words_keeps_them():
    assert concepts("Who are you?")
    assert concepts("你是谁")
    assert concepts("") == ()


def test_the_usual_names_for_an_index_of_words():
    assert usual("能退吗") == ("退货",)
    assert usual("可以退货吗") == ()
    assert usual("Can I return it?") == ()


def test_chinese_words_without_a_group_mean_the_same_as_english_ones():
    assert set(meanings("学生买夹克用现金")) == set(meanings("student buy jacket cash"))
    assert "夹克" in concepts("学生买夹克")
