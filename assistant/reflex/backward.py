"""Looking back: questions about the conversation itself, "why?" and "what did I ask before?". Knows its words, no tool."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.catalogue import say

WHY, ASKED = "why", "asked"
"""Intents: the reasons of an answer, which the bundled model cannot give, and what the person said before."""
MOST = 5
"""Questions that are told, the newest."""
_BARE_WHY = re.compile(
    r"^\s*(?:but |and )?(?:why|how come|why not|why is that|why so|how so)\s*[?.!]*\s*$|^(?:那)?(?:为什么|"
    r"为啥|为何|凭什么)(?:呢|啊)?[？?。！]*$",
    re.IGNORECASE,
)
_TIME = r"(?:(?:just(?: now)?|before|earlier|first|last|so far|previously|a moment ago|until now|in this (?:chat|conversation))\s*)*"
_ASKED = re.compile(
    r"^\s*(?:and |so |sorry,? )?what (?:did|have|had) i (?:just |already |first |last )?(?:ask(?:ed)?|said|say)(?: you)?(?: about)?"
    rf"\s*{_TIME}[?.!]*\s*$"
    rf"|^\s*(?:and |so )?what (?:did|have) we (?:just )?(?:talk(?:ed)?|discuss(?:ed)?|sp[eo]ken?|said)(?: about)?\s*{_TIME}[?.!]*\s*$"
    r"|^我们(?:刚才|刚刚|之前|前面)?(?:聊|谈|说)(?:了|过|的)*(?:是|些)*什么[？?。呢了]*$"
    r"|^\s*(?:and |so )?what (?:was|were) my (?:first |last |previous |earlier |other )?(?:questions?|messages?)[?.!]*\s*$"
    r"|^我(?:刚才|刚刚|之前|前面|上次|上一次|先前)?(?:都)?(?:问|说)(?:了|过|的)*(?:是|些)*什么(?:问题|话)?[？?。呢了]*$"
    r"|^我(?:的)?(?:刚才|刚刚|之前|前面|上一个|上个|第一个)的?问题是(?:什么|啥)[？?。呢]*$",
    re.IGNORECASE,
)


def looks_back(words: str, answered: bool) -> str:
    """The intent of a question about the conversation; empty for another. `answered`: something was said that "why?" can mean."""
    if _ASKED.match(words):
        return ASKED
    return WHY if answered and _BARE_WHY.match(words) else ""


def told_back(intent: str, said: Sequence[str], language: str) -> str:
    """The answer; `said` is what the person said before, oldest first."""
    if intent == WHY:
        return say("assistant", language, "unsure.bundled")
    found = [words for words in said if words]
    if not found:
        return say("assistant", language, "talk.asked_nothing")
    quoted = say("assistant", language, "refuse.joint").join(f"“{words}”" for words in found[-MOST:])
    return say("assistant", language, "talk.asked", words=quoted)
