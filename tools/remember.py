"""remember: keeps what a person asks to be remembered across chats, finds it again and forgets it. Knows the facts, not who asks how.

Nothing is kept or deleted without an explicit wish in the words of the turn itself: a document that says "remember this" wishes nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from retrieval.faults import NotAllowed
from tools.base import Effect, Tool, ToolContext, ToolResult
from tools.facts import LONGEST, Fact, Facts
from tools.grounding import stands_in
from tools.kit import Kit
from tools.phrasing import tell

TOLD = 3
"""Facts quoted as the answer to a question at most."""
_TO_KEEP = re.compile(
    r"\b(?:remember|memori[sz]e|memory|mind|don'?t forget|do not forget|note|write (?:this|that|it) down|save|store)\b"
    r"|记住|记得|记下|记一下|别忘|不要忘|牢记|保存",
    re.IGNORECASE,
)
_TO_FORGET = re.compile(
    r"\b(?:forget|delete|remove|erase|wipe|clear|unlearn|(?:stop|don'?t|do not|no longer) remember(?:ing)?)\b"
    r"|忘|删|清空|清除|别记|别再记|不要记|不要再记",
    re.IGNORECASE,
)

_EVERYTHING = re.compile(r"\b(?:everything|all|memory|memories)\b|一切|所有|全部|记忆", re.IGNORECASE)


class RememberArguments(BaseModel):
    """What to do with which fact."""

    action: Literal["keep", "recall", "forget", "forget_all"] = Field(
        description="keep a fact the person explicitly asks to remember; recall what they told earlier; forget one fact; forget_all."
    )
    text: str = Field(
        default="", max_length=LONGEST,
        description="keep: the fact in the person's own words. recall: their question, empty for everything. forget: the fact.",
    )  # fmt: skip


class RememberTool(Tool):
    """Memory across chats."""

    name = "remember"
    description = (
        "Keep a fact only when the person explicitly asks you to remember it, recall what they asked you to remember in earlier chats "
        "(their name, pets, preferences), or forget it."
    )
    arguments = RememberArguments
    cost = "fast"
    effect = "acts"
    foreign = False

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def effect_of(self, arguments: dict[str, Any]) -> Effect:
        """To recall only reads."""
        return "reads" if arguments.get("action") == "recall" else "acts"

    def grave(self, arguments: dict[str, Any]) -> bool:
        """What was forgotten as a whole cannot be told again."""
        return arguments.get("action") == "forget_all"

    def asked_for(self, arguments: dict[str, Any], context: ToolContext, read: Sequence[dict[str, Any]] = ()) -> bool:
        """Whether the person wishes it, and the fact is one of their own words."""
        wish = _TO_KEEP if arguments.get("action") == "keep" else _TO_FORGET
        everything = arguments.get("action") == "forget_all"
        plain = stands_in(str(arguments.get("text") or ""), context.words) and (not everything or bool(_EVERYTHING.search(context.words)))
        return plain or not wish.search(context.words)  # without a wish `run` refuses, and there is nothing to say yes to

    def run(self, args: RememberArguments, context: ToolContext) -> ToolResult:
        """What was kept, found or forgotten, said in a sentence. Raises NotAllowed without a wish of the person, Conflict when full."""
        context.check()
        facts = self._kit.facts
        if not facts.enabled(context.owner):
            return _result(context, args.action, "remember.off", [])
        if args.action == "recall":
            return _recall(facts, args.text, context)
        wish = _TO_KEEP if args.action == "keep" else _TO_FORGET
        agreed = any(tool == self.name and RememberArguments.model_validate(given) == args for tool, given in context.agreed)
        if not agreed and not wish.search(context.words):
            raise NotAllowed(
                tell(context.language, "remember.not_asked"), hint=tell(context.language, "remember.not_asked_hint"), code="not_asked"
            )
        if args.action == "keep":
            kept = facts.add(context.owner, args.text)
            return _result(context, "keep", "remember.kept", [kept], fact=kept.text)
        return _forget(facts, args, context)


def _recall(facts: Facts, question: str, context: ToolContext) -> ToolResult:
    """The facts a question is about; the chat model that reads the result also gets what is near, because it can tell what fits."""
    if not question.strip():
        everything = facts.list(context.owner)
        key = "remember.everything" if everything else "remember.nothing"
        return _result(context, "recall", key, everything, facts=_lines(everything))
    about = list(facts.about(context.owner, question))[:TOLD]
    near = about or list(facts.near(context.owner, question))
    if about:
        sentences = [tell(context.language, "remember.told", date=_day(fact.updated_at), fact=fact.text) for fact in about]
        return _result(context, "recall", "remember.answer", near, facts="\n".join(sentences))
    result = _result(context, "recall", "remember.nothing_about", near)
    return result.model_copy(update={"text": tell(context.language, "remember.everything", facts=_lines(near))}) if near else result


def _forget(facts: Facts, args: RememberArguments, context: ToolContext) -> ToolResult:
    if args.action == "forget_all":
        count = facts.forget_all(context.owner)
        return _result(context, "forget_all", "remember.forgotten_all" if count else "remember.nothing", [])
    everything = facts.list(context.owner)
    same = [fact for fact in everything if args.text.strip().casefold() in (fact.text.casefold(), fact.id)]
    about = same or list(facts.about(context.owner, args.text) if args.text.strip() else everything)
    if len(about) == 1:
        gone = facts.forget(context.owner, about[0].id)
        return _result(context, "forget", "remember.forgotten", [], fact=gone.text)
    key = "remember.which" if about else "remember.nothing_about" if everything else "remember.nothing"
    return _result(context, "forget", key, about, facts=_lines(about))


def _result(context: ToolContext, action: str, key: str, about: Sequence[Fact], **values: Any) -> ToolResult:
    said = tell(context.language, key, **values)
    data = {"action": action, "facts": [{"id": fact.id, "text": fact.text} for fact in about]}
    return ToolResult(text=said, answer=said, data=data)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(f"- {fact.text} ({_day(fact.updated_at)})" for fact in facts)


def _day(when: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(when))


def create(kit: Kit) -> RememberTool:
    """The tool."""
    return RememberTool(kit)
