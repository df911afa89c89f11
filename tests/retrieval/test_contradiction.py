"""What two questions of nearly the same words may differ in."""

import pytest

from retrieval.contradiction import contradicts, negated, numbers, other_kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Does it fit the iPhone 12?", "Does it fit the iPhone 13?"),
        ("Can I return it?", "Can I not return it?"),
        ("Can I log in?", "I cannot log in"),
        ("When do you open?", "When do you close?"),
        ("Are you open on Monday?", "Are you open on Sunday?"),
        ("Is the G40 waterproof?", "Is the G50 waterproof?"),
        ("保修两年吗", "保修三年吗"),
        ("可以退货吗", "不可以退货吗？"),
        ("怎么上传文件", "怎么下载文件"),
        ("周六营业吗", "周日营业吗"),
    ],
)
def test_these_cannot_ask_the_same(one, other):
    assert contradicts(one, other)
    assert contradicts(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Isn't it waterproof?", "Is it waterproof?"),
        ("Is the warranty two years?", "Do you give a 2 year warranty?"),
        ("能不能退货", "可以退货吗"),
        ("有没有无线网络", "有无线网络吗"),
        ("What is COVID-19?", "What is the coronavirus?"),
        ("What is SARS-CoV-2?", "What is COVID-19?"),
        ("Are you open on Sunday?", "Open Sundays?"),
        ("你好，不好意思，怎么退货", "怎么退货"),
    ],
)
def test_these_may(one, other):
    assert not contradicts(one, other)


def test_numbers_are_the_same_however_they_are_written():
    assert numbers("twenty days") == numbers("20 days") == numbers("二十天")
    assert numbers("第十二个") == {"12"}
    assert numbers("一下") == frozenset()


def test_a_question_that_offers_both_denies_nothing():
    assert not negated("能不能去")
    assert not negated("Does it work or not?")
    assert negated("why is it not working")


def test_kinds_of_answer():
    assert other_kind("When do you open?", "Where do you open?")
    assert other_kind("多少钱", "在哪里")
    assert not other_kind("When does it come?", "How long does it take?")
    assert not other_kind("What are your opening hours?", "When do you open?")
