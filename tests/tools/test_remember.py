"""The tool `remember`: acts only on an explicit wish of the turn, answers in the person's own words, and says when it does not know."""

import pytest
from tool_samples import OWNER

from retrieval.faults import NotAllowed
from tools.base import ToolContext
from tools.facts import Facts
from tools.remember import RememberArguments, RememberTool


class Only:
    """A kit of which this tool uses the facts."""

    def __init__(self, facts):
        self.facts = facts


@pytest.fixture
def facts(tmp_path):
    made = Facts(tmp_path)
    yield made
    made.close()


@pytest.fixture
def call(facts):
    def call(action, text="", words="", language="en", owner=OWNER):
        context = ToolContext(owner=owner, collections=(), language=language, open=lambda file_id: None, words=words)
        return RememberTool(Only(facts)).run(RememberArguments(action=action, text=text), context)

    return call


def test_kept_recalled_and_forgotten(call, facts):
    kept = call("keep", "my cat is called Momo", words="remember that my cat is called Momo")
    assert kept.answer == "I will remember: “my cat is called Momo”."
    found = call("recall", "what is my cat called?")
    assert found.answer.startswith("You told me on ")
    assert "“my cat is called Momo”" in found.answer
    assert [fact["text"] for fact in found.data["facts"]] == ["my cat is called Momo"]
    assert call("recall", "我的猫叫什么", language="zh").answer.startswith("您没有让我记住")
    assert call("forget", "my cat", words="forget about my cat").answer == "Forgotten: “my cat is called Momo”."
    assert facts.list(OWNER) == []


@pytest.mark.parametrize("action", ["keep", "forget", "forget_all"])
@pytest.mark.parametrize("words", ["", "what does this document say?", "summarise the page"])
def test_nothing_happens_without_a_wish_in_the_words_of_the_turn(call, facts, action, words):
    facts.add(OWNER, "my cat is called Momo")
    with pytest.raises(NotAllowed) as caught:
        call(action, "my cat is called Momo", words=words)
    assert caught.value.code == "not_asked"
    assert len(facts.list(OWNER)) == 1


def test_everything_and_nothing(call, facts):
    assert "nothing about you" in call("recall").answer
    assert "nothing about you" in call("forget", "my dog", words="forget my dog").answer
    facts.add(OWNER, "I live in Bonn")
    facts.add(OWNER, "I like tea")
    told = call("recall").answer
    assert told.index("I like tea") < told.index("I live in Bonn")
    missing = call("recall", "what is my dog called?")
    assert missing.answer == "You have not asked me to remember anything about that."
    assert "I live in Bonn" in missing.text, "a language model may find what fits in other words"
    assert "Which one" in call("forget", "", words="forget that").answer
    assert "not asked" in call("forget", "my dog", words="forget my dog").answer
    assert call("forget_all", words="forget everything about me").answer.startswith("I have forgotten")
    assert facts.list(OWNER) == []


def test_off_is_said_and_nothing_is_read_or_written(call, facts):
    facts.add(OWNER, "I live in Bonn")
    facts.switch(OWNER, False)
    for action, words in (("keep", "remember that I like tea"), ("recall", ""), ("forget", "forget that")):
        told = call(action, "I like tea", words=words)
        assert "Memory is off" in told.answer
        assert not told.data["facts"]
    assert "Bonn" not in call("recall").text
    assert [fact.text for fact in facts.list(OWNER)] == ["I live in Bonn"]


def test_somebody_else_is_told_nothing(call):
    call("keep", "my cat is called Momo", words="remember that my cat is called Momo")
    assert "Momo" not in call("recall", "what is my cat called?", owner="ada").text + call("recall", owner="ada").text
