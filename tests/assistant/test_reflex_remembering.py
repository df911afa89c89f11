"""Which words are a wish about memory, and which only look like one."""

import pytest

from assistant.reflex.remembering import to_remember, wish
from assistant.reflex.router import Router
from assistant.reflex.situation import Outcome, Situation

MOMO = "my cat is called Momo"


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("remember that my cat is called Momo", MOMO),
        ("Please remember that my cat is called Momo.", MOMO),
        ("Could you remember that my cat is called Momo, please?", MOMO),
        ("remember: my cat is called Momo", MOMO),
        ("remember my cat is called Momo", MOMO),
        ("Keep in mind that I am allergic to nuts", "I am allergic to nuts"),
        ("don't forget that I live in Bonn", "I live in Bonn"),
        ("My cat is called Momo. Remember that.", "My cat is called Momo"),
        ("记住我的猫叫Momo", "我的猫叫Momo"),
        ("请记住：我对花生过敏。", "我对花生过敏"),
        ("记得我住在北京", "我住在北京"),
        ("我的猫叫Momo，记住了", "我的猫叫Momo"),
    ],
)
def test_a_wish_to_keep(words, fact):
    assert wish(Situation(words=words)) == {"action": "keep", "text": fact}


@pytest.mark.parametrize(
    "words",
    [
        "what does the warranty cover?", "do you remember the warranty?", "remember when we drew a dog?", "hello", "remember",
        "remember that", "find the photo of the memory card", "how do I forget my password?", "forget it", "forget that",
        "turn off the light", "I can't remember where the manual is", "draw my cat", "你好", "忘了密码怎么办", "别忘了关灯",
        "delete the file", "what do you know about the kettle?", "forget about the warranty", "记忆卡多少钱？", "does it remember my settings?",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_wish(words):
    assert wish(Situation(words=words)) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("what do you know about me?", {"action": "recall", "text": ""}),
        ("What did I ask you to remember?", {"action": "recall", "text": ""}),
        ("你知道关于我的什么？", {"action": "recall", "text": ""}),
        ("你记得我的哪些事", {"action": "recall", "text": ""}),
        ("do you remember my cat's name?", {"action": "recall", "text": "do you remember my cat's name?"}),
        ("你还记得我的猫叫什么吗？", {"action": "recall", "text": "你还记得我的猫叫什么吗？"}),
        ("forget everything you know about me", {"action": "forget_all", "text": ""}),
        ("忘掉关于我的一切", {"action": "forget_all", "text": ""}),
        ("forget that my cat is called Momo", {"action": "forget", "text": MOMO}),
        ("忘掉我的猫叫Momo", {"action": "forget", "text": "我的猫叫Momo"}),
        ("把我的猫的事忘掉", {"action": "forget", "text": "我的猫"}),
    ],
)
def test_other_wishes(words, expected):
    assert wish(Situation(words=words)) == expected


def test_a_question_that_a_fact_answers_is_a_wish_to_recall():
    words = "what is my cat called?"
    assert wish(Situation(words=words)) is None
    assert wish(Situation(words=words, remembered=True)) == {"action": "recall", "text": words}


def test_that_is_what_was_said_before():
    assert wish(Situation(words="remember that", previous_words="My cat is called Momo")) == {
        "action": "keep", "text": "My cat is called Momo"
    }  # fmt: skip
    assert wish(Situation(words="remember that", previous_words="what is that?")) is None
    assert wish(Situation(words="forget that", previous_words="remember that my cat is called Momo")) == {"action": "forget", "text": MOMO}
    told = Outcome("remember", {}, "", {"data": {"facts": [{"id": "fact_1", "text": MOMO}]}}, False)
    for words in ("forget that", "Forget it, please.", "忘掉这个"):
        assert wish(Situation(words=words, previous_words="x", previous_outcomes=[told]))["text"] == MOMO
    both = Outcome("remember", {}, "", {"data": {"facts": [{"id": "1", "text": "a"}, {"id": "2", "text": "b"}]}}, False)
    assert wish(Situation(words="forget that", previous_outcomes=[both])) == {"action": "forget", "text": ""}


def test_the_route_says_so():
    words = "remember that my cat is called Momo"
    route = to_remember(Router(None).route(words, [], []), words, "en")
    assert (route.plan, route.candidates[0].tool) == (("remember",), "remember")
    assert "remember" in route.candidates[0].reason
