"""Which known question a new one asks, with the encoder that comes along."""

import numpy as np
import pytest
from library_samples import minilm

from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.question_matching import SURE, Forms, normalised, probability

KNOWN = {
    "return": ["How do I return an item?", "怎么退货？"],
    "shipping": ["How much is shipping?", "运费是多少？"],
    "sunday": ["Are you open on Sunday?", "周日营业吗？"],
    "phone12": ["Does the case fit the iPhone 12?"],
    "cancel": ["How do I cancel my subscription?", "怎么取消订阅？"],
    "refund": ["How long does a refund take?", "退款多久到账？"],
}


@pytest.fixture(scope="module")
def forms():
    pairs = [(entry, text) for entry, texts in KNOWN.items() for text in texts]
    vectors = minilm().embed([Content.from_text(text) for _, text in pairs])
    return Forms([entry for entry, _ in pairs], [text for _, text in pairs], vectors)


def answer(forms, text):
    """The entry that is surely meant, or None."""
    if known := forms.exact(text):
        return known
    found = forms.find(text, minilm().embed([Content.from_text(text)])[0])
    best = max(found, key=lambda candidate: probability(candidate, language_of(text)))
    return best.entry if probability(best, language_of(text)) >= SURE[language_of(text)] else None


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("how do i return an item", "return"),
        ("HOW MUCH IS SHIPPING???", "shipping"),
        ("How much does shipping cost?", "shipping"),
        ("What is the cost of delivery?", "shipping"),
        ("How can I return something?", "return"),
        ("Are you open on Sundays?", "sunday"),
        ("How can I cancel the subscription?", "cancel"),
        ("请问怎么退货", "return"),
        ("如何退货", "return"),
        ("邮费是多少", "shipping"),
        ("星期天营业吗", "sunday"),
        ("如何取消订阅", "cancel"),
    ],
)
def test_other_words_find_the_entry(forms, text, entry):
    assert answer(forms, text) == entry


@pytest.mark.parametrize(
    "text",
    [
        "Does the case fit the iPhone 13?", "Are you open on Monday?", "Can I not return an item?", "Who was the first emperor of Rome?",
        "How do I start my subscription?", "How do I wash a jacket?", "周六营业吗", "房费是多少", "怎么开通订阅", "谁是第一个皇帝", "", "?",
    ],
)  # fmt: skip
def test_other_questions_do_not(forms, text):
    assert answer(forms, text) is None


def test_words_of_courtesy_case_and_marks_do_not_count():
    assert normalised("Please, How do I return it?") == normalised("how do i return it")
    assert normalised("请问 怎么退货？") == normalised("怎么退货")
    assert normalised("What's new") == normalised("whats new")
    assert normalised("！？") == ""


def test_nothing_known_finds_nothing():
    assert Forms([], [], np.zeros((0, 3), np.float32)).find("anything", np.zeros(3, np.float32)) == []


def test_the_nearest_form_is_told(forms):
    vector = minilm().embed([Content.from_text("邮费是多少")])[0]
    best = forms.find("邮费是多少", vector)[0]
    assert (best.entry, best.form) == ("shipping", "运费是多少？")
