"""Unanswered: what was said or typed in a live session and waits for an answer, and the turn that is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.live.options import LiveOptions
from assistant.turns import Turn
from retrieval.content import Content


@dataclass(frozen=True)
class Unanswered:
    """What was said or typed and not answered yet."""

    item: str
    text: str
    contents: tuple[Content, ...] = ()
    confidence: float | None = None
    """Of words that were heard."""
    sound: Content | None = None


def words_of(said: Sequence[Unanswered]) -> str:
    """All words, a line each."""
    return "\n".join(one.text for one in said if one.text.strip())


def as_turn(said: Sequence[Unanswered], options: LiveOptions, owner: str) -> Turn:
    """One turn of everything."""
    words = words_of(said)
    sure = [one.confidence for one in said if one.confidence is not None]
    return Turn(
        contents=((Content.from_text(words),) if words else ()) + tuple(content for one in said for content in one.contents),
        owner=owner, consent=options.consent or None, collections=(options.collection,) if options.collection else (),
        language=options.language, heard=min(sure) if len(sure) == len(said) else None,
        voice=next((one.sound for one in reversed(said) if one.sound is not None), None),
    )  # fmt: skip
