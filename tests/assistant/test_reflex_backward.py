"""Questions about the conversation itself."""

import pytest

from assistant.reflex.backward import ASKED, MOST, WHY, looks_back, told_back


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("what did I ask before?", ASKED), ("What did I just ask you?", ASKED), ("what did I say", ASKED), ("what was my last question", ASKED),
        ("what did I ask you about earlier?", ASKED), ("我刚才问了什么", ASKED), ("我之前说了什么？", ASKED), ("我的上一个问题是什么", ASKED),
        ("what did we talk about?", ASKED), ("我们刚才聊了什么", ASKED), ("what did we talk about in the meeting?", ""),
        ("why?", WHY), ("为什么呢？", WHY),
        ("what did I tell you about my cat?", ""), ("what did I say in the recording?", ""), ("why is it red?", ""), ("我问他什么时候来", ""),
    ],
)  # fmt: skip
def test_what_looks_back(words, intent):
    assert looks_back(words, answered=True) == intent


def test_why_needs_an_answer():
    assert looks_back("why?", answered=False) == ""


def test_what_was_asked_is_told_the_newest_last():
    assert told_back(ASKED, ["how long?", "", "how much?"], "en") == "You asked: “how long?” and “how much?”."
    assert told_back(ASKED, [str(n) for n in range(9)], "zh").count("“") == MOST
    assert told_back(ASKED, [""], "zh") == "这是您在这里说的第一句话。"
