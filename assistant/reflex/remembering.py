"""Wishes about memory in clear words: remember this, what do you know about me, forget that. Knows words of both languages, no fact.

A trained router would guess; what is kept about a person must rest on words that say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from assistant.events import Candidate
from assistant.reflex.router import Route, Step
from assistant.reflex.situation import Situation
from retrieval.catalogue import say

TOOL = "remember"
_PLEASE = r"^\s*(?:(?:please|pls|ok(?:ay)?|hey|and|also|now|so|then|(?:can|could|would|will) you|i want you to|i'd like you to)\b[,!]?\s*)*"
_OWN = r"(?:my|i|i'm|i've|i'd|we|we're|our|mine|me)\b"
_VERB = r"(?:remember|memori[sz]e|keep in mind|bear in mind|don'?t forget|do not forget|(?:make|take) a note|note(?: down)?)"
_KEEP = (
    re.compile(rf"{_PLEASE}{_VERB}(?:\s+for me)?(?:\s+(?:that|this)\b\s*:?|\s*[:,])\s*(?P<fact>\S.*)$", re.IGNORECASE),
    re.compile(rf"{_PLEASE}(?:remember|memori[sz]e|don'?t forget|do not forget)\s+(?P<fact>{_OWN}.+)$", re.IGNORECASE),
    re.compile(rf"^(?P<fact>.+?)\s*[.,;!]+\s*(?:please )?{_VERB} (?:that|this|it)(?: please| for me)?[.!\s]*$", re.IGNORECASE),
    re.compile(
        r"^\s*(?:请|麻烦|帮我|给我|你要|你|要)*(?:记住|记下来?|记一下|牢记)(?:了|一下|这件事|这一点|这点|[：:，,\s])*(?P<fact>\S.*)$"
    ),
    re.compile(r"^\s*(?:请|麻烦|帮我|你要|你|要)*(?:记得|别忘了?|不要忘了?|不要忘记)[：:，,\s]*(?P<fact>我.+)$"),
    re.compile(r"^(?P<fact>.+?)[，,。；!！]\s*(?:请|帮我|你要)?(?:记住|记下来?|记一下)(?:了|吧|哦|啊|这个|这点|它)*[。！!]*$"),
)
_KEEP_THAT = re.compile(
    rf"{_PLEASE}(?:remember|memori[sz]e|note(?: down)?|keep in mind|don'?t forget) (?:that|this|it)(?: for me| please)?[.!\s]*$"
    r"|^\s*(?:请|帮我)*(?:记住|记下|记一下)(?:这个|它|这点|这一点|吧|了)*[。！!]*$",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\bwhat (?:do you|have you|did you) (?:know|remember(?:ed)?|ke(?:ep|pt)|learn(?:ed)?|note[d]?) (?:about|of) me\b"
    r"|\bwhat (?:have i told|did i tell) you(?: about me| to remember)?\s*[?.!]*$|\bwhat (?:did|have) i ask(?:ed)? you to remember\b"
    r"|\b(?:list|show)(?: me)? (?:your memory|everything you (?:know|remember)|what you (?:know|remember))(?: (?:about|of) me)?\b"
    r"|你(?:都)?(?:知道|记得|记住|记)了?(?:关于|有关)?我的?(?:什么|哪些|多少)|关于我[，,]?你(?:都)?(?:知道|记得|记住)了?(?:什么|哪些)"
    r"|我(?:都)?(?:让|叫|要)你记(?:住|得|下)?了?(?:什么|哪些)|你记住了(?:我的?)?(?:什么|哪些)",
    re.IGNORECASE,
)
_FORGET_ALL = re.compile(
    rf"{_PLEASE}(?:forget|delete|erase|wipe|clear|remove)\s+(?:absolutely )?(?:everything|all)(?: that)?(?: of it)?"
    r"(?: (?:you|i)(?: have| 've)? (?:know|remember|told you|asked you to remember|kept))?(?: (?:about|of|on) me)[.!\s]*$"
    rf"|{_PLEASE}(?:forget|delete|erase|wipe|clear)\s+(?:everything|all)(?: that)? (?:you (?:know|remember|kept)|i told you)\b.*$"
    rf"|{_PLEASE}(?:delete|erase|wipe|clear) (?:all )?(?:of )?your memory(?: (?:of|about) me)?[.!\s]*$"
    r"|^\s*(?:请|把)*(?:关于我的|我的|我让你记住?的)?(?:一切|所有(?:事情?|记忆)?|全部)(?:都)?(?:忘掉|忘了|删掉|删除|清空)吧?[。！!]*$"
    r"|^\s*请?(?:忘掉|忘记|忘了|删除|清空)(?:关于我的|我的)?(?:一切|所有|全部)(?:的?(?:记忆|事情?))?[。！!]*$",
    re.IGNORECASE,
)
_FORGET = (
    re.compile(
        rf"{_PLEASE}(?:forget|unlearn|stop remembering)(?: about)?(?: the fact)?(?: that| what i (?:said|told you) about)?\s+"
        rf"(?P<fact>{_OWN}.+)$",
        re.IGNORECASE,
    ),
    re.compile(r"^\s*请?(?:忘掉|忘记|忘了|别再?记(?:着|住)?|不要再?记(?:着|住)?)(?P<fact>我.+)$"),
    re.compile(r"^\s*请?把(?P<fact>我.+?)(?:的事情?)?(?:忘掉|忘了|删掉|删除)吧?[。！!]*$"),
)
_FORGET_THAT = re.compile(
    rf"{_PLEASE}(?:forget|delete|remove|unlearn)(?: about)? (?:that|this|it)(?: one)?,?(?: again| please)?[.!\s]*$"
    r"|^\s*请?(?:忘掉|忘了|忘记|删掉|删除|别记)(?:这个|它|那个|这件事|这条|那条|这一条|了|吧)+[。！!]*$",
    re.IGNORECASE,
)
_DO_YOU = re.compile(
    r"^\s*(?:and )?(?:do|can|don'?t) you (?:still )?(?:remember|recall) (?:(?:who|what|when|where) (?:i|my)|my|our|me)\b"
    r"|^你?(?:还)?记不记?得我|^你?(?:还)?记得我.*(?:吗|什么|谁|哪|几|多少|[?？])",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(\s*(?:please )?(?:can|could|would|will) you (?:please )?(?:remember|memori[sz]e|keep|bear|note|make|forget)\b.*?)\s*\?\s*$",
    re.IGNORECASE,
)
"""A request in the form of a question: its question mark asks nothing."""
_ASKS = re.compile(r"[?？]\s*$|吗[。！]*$|^\s*(?:when|how|what|who|where|why|whether)\b", re.IGNORECASE)


def wish(situation: Situation) -> dict[str, Any] | None:
    """The arguments of a call of `remember` that the newest turn asks for; None when it asks for something else."""
    words = _POLITE.sub(r"\1", situation.words.strip())
    if _LIST.search(words):
        return {"action": "recall", "text": ""}
    if _FORGET_ALL.match(words):
        return {"action": "forget_all", "text": ""}
    if situation.remembered or _DO_YOU.match(words):
        return {"action": "recall", "text": words[:500]}
    if _KEEP_THAT.match(words):
        return _keep(situation.previous_words)
    if _FORGET_THAT.match(words):
        return _forget_that(situation)
    for pattern in _FORGET:
        if found := pattern.match(words):
            return {"action": "forget", "text": _fact(found)}
    found = next((found for pattern in _KEEP if (found := pattern.match(words))), None)
    return _keep(_fact(found)) if found else None


def _keep(fact: str) -> dict[str, Any] | None:
    """A wish to keep, unless what should be kept is itself a question or nothing."""
    return {"action": "keep", "text": fact[:500]} if fact.strip() and not _ASKS.search(fact) else None


def _fact(found: re.Match[str]) -> str:
    return re.sub(r"(?:[\s,]+please)?[\s.!。！，,]+$", "", f"{found['fact']} ", flags=re.IGNORECASE).strip()[:500]


def _forget_that(situation: Situation) -> dict[str, Any] | None:
    """`forget that` means the fact the turn before spoke of; without one it is small talk."""
    last = next((outcome for outcome in reversed(situation.previous_outcomes) if outcome.tool == TOOL), None)
    if last is not None:
        facts = (last.artifact.get("data") or {}).get("facts") or []
        return {"action": "forget", "text": str(facts[0]["text"]) if len(facts) == 1 else ""}
    before = wish(Situation(words=situation.previous_words)) if situation.previous_words else None
    return {"action": "forget", "text": before["text"]} if before and before["action"] == "keep" else None


def to_remember(route: Route, words: str, language: str) -> Route:
    """`route` with one step, the memory, and the reason for it."""
    first = Candidate(tool=TOOL, score=1.0, reason=say("assistant", language, "route.remember"))
    return Route(candidates=(first, *route.candidates), plan=(TOOL,), intent=TOOL, steps=(Step(tool=TOOL, words=words),))


def offered(tools: Sequence[str], situation: Situation) -> dict[str, Any] | None:
    """The wish of the newest turn when the memory is among `tools`."""
    return wish(situation) if TOOL in tools else None
