"""Phone numbers and e-mail addresses: when they are asked for, and which sentence has them."""

import pytest

from assistant.reflex.hits import hits_of
from assistant.reflex.reaching import general, reached, way

CLAIMS = "Claims are settled in Leeds. Ring 0113 496 0000, room 12."
SHOP = "We are open on Monday. Write to hello@shop.example or call +44 20 7946 0018 until 17:00."


def found(*texts):
    return hits_of(
        [
            {"number": n, "hit": {"probability": 0.4, "item": {"id": f"i{n}", "title": f"Page {n}", "text": text, "modality": "text"}}}
            for n, text in enumerate(texts, 1)
        ]
    )


@pytest.mark.parametrize(
    "question",
    ["What is your phone number?", "what's your email address", "give me the e-mail address of the team", "how can I reach you by phone?",
     "Which number should I call?", "你们的电话是多少？", "客服邮箱是什么？", "请告诉我热线电话"],
)  # fmt: skip
def test_asked_for(question):
    assert way(question)


@pytest.mark.parametrize(
    "question",
    [
        "how do I reset my phone?",
        "what is email marketing?",
        "draw a phone",
        "can I use my phone to pay?",
        "email my mother",
        "我的手机丢了",
    ],
)
def test_not_asked_for(question):
    assert way(question) is None
    assert reached(question, found(SHOP), "en") == ""


def test_the_sentence_that_has_it_is_quoted():
    quote = "“Write to hello@shop.example or call +44 20 7946 0018 until 17:00.” [2]"
    assert reached("What is your phone number?", found("We close at 17:00 on 24-12-2026.", SHOP), "en") == quote
    assert reached("your e-mail address?", found("Open 9:30 to 18:30.", SHOP), "en") == ""
    assert reached("what is your e-mail address?", found("Open 9:30 to 18:30.", SHOP), "en") == quote


def test_somebody_who_is_named_must_be_in_it():
    assert reached("what is the phone number of the claims department?", found(SHOP, CLAIMS), "en") == ""
    assert reached("what is the phone number for claims?", found(SHOP, CLAIMS), "en") == "“Ring 0113 496 0000, room 12.” [2]"
    assert reached("what is Ada Lovelace's phone number?", found(SHOP, CLAIMS), "en") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Order 20261122 is late.",
        "It weighs 4100 g and costs 449.00 EUR.",
        "From 2024-01-05 to 2025-01-05.",
        "a@b",
        "Call me on 05-01-2025.",
    ],
)
def test_other_numbers_are_no_phone(text):
    assert reached("what is your phone number?", found(text), "en") == ""


@pytest.mark.parametrize(
    "text", ["请拨打 400 820 1234。", "Tel.: 555-0142-77", "(020) 7946 0018", "Telephone +1 (555) 010-9999, room 4", "热线：95588123"]
)
def test_numbers_to_dial(text):
    assert reached("what is your phone number?", found(text), "en").endswith(" [1]")


def test_it_is_looked_for_under_contact():
    assert (general("your phone number"), general("你们的电话")) == ("your phone number contact", "你们的电话 联系")
