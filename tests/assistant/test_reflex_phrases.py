"""Unwrapping requests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.phrases import after_colon, asked_medium, bare, how_many, price_filter, quoted, search_query, topic


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("find me a red jacket please", "red jacket"),
        ("can you tell me about the warranty", "warranty"),
        ("do you have anything on refunds?", "refunds"),
        ("look up the opening hours of the museum for me pls", "opening hours of the museum"),
        ("what does the warranty cover?", "what does the warranty cover?"),
        ("帮我找一件防水外套", "防水外套"),
        ("请问营业时间是几点？", "营业时间是几点"),
        ("有没有关于退货的资料", "退货"),
        ("find", "find"),
    ],
)
def test_query(text, query):
    assert search_query(text) == query


@pytest.mark.parametrize(
    ("text", "condition", "rest"),
    [
        ("jackets under 60 euros", "price < 60", "jackets"),
        ("a tent cheaper than $400", "price < 400", "a tent"),
        ("shoes between 20 and 50 euros", "price >= 20 and price <= 50", "shoes"),
        ("bags up to 30 €", "price <= 30", "bags"),
        ("watches over 200 dollars", "price > 200", "watches"),
        ("两百块以下的外套", "price <= 200", "外套"),
        ("不超过50元的背包", "price <= 50", "背包"),
        ("children under 12", "", "children under 12"),
        ("a tent under a tree", "", "a tent under a tree"),
    ],
)
def test_price(text, condition, rest):
    assert price_filter(text) == (condition, rest)


@pytest.mark.parametrize(
    ("text", "kind", "rest"),
    [
        ("pictures of a harbour", "image", "a harbour"),
        ("three photos of cats", "image", "cats"),
        ("golden retriever pictures", "image", "golden retriever"),
        ("the recording where they talk about money", "audio", "they talk about money"),
        ("猫的图片", "image", "猫"),
        ("which image formats are supported", "", "which image formats are supported"),
        ("what is in the picture", "", "what is in the picture"),
    ],
)
def test_medium(text, kind, rest):
    assert asked_medium(text) == (kind, rest)


def test_quotes_and_colons():
    assert quoted('say "good night" now') == "good night"
    assert quoted("说“晚安”") == "晚安"
    assert after_colon("how does she feel: I left") == "I left"
    assert after_colon("at 9:30 we left") == ""


def test_counts():
    assert how_many("three different pictures of cats") == 3
    assert how_many("来三张图") == 3
    assert how_many("three dogs") is None


def test_topic():
    assert topic("how much does the camp lantern cost") == "camp lantern"
    assert topic("保修包括哪些内容") == "保修 内容"


@given(st.text(max_size=200))
def test_never_empties_what_was_said(text):
    assert bool(search_query(text)) == bool(text.strip()) or not text.strip(" ?？\t\n")
    bare(text), topic(text), price_filter(text), asked_medium(text), how_many(text)
