"""What people read around answers with high stakes: notices, refusals, what waits and what was decided. Knows the catalogue, no queue."""

from __future__ import annotations

import re
from typing import Any

from assistant.reviews import Review
from assistant.stakes import Kind
from retrieval.catalogue import say as said

_MARK = re.compile(r"\[(\d{1,3})\]")


def say(language: str, key: str, **values: object) -> str:
    """The sentence `stakes.KEY` of the catalogue."""
    return said("assistant", language, f"stakes.{key}", **values)


def matter(kind: Kind, language: str) -> str:
    """What a kind is about, to be put in a sentence."""
    return say(language, f"matter_{kind}")


def turn_to(kind: Kind, language: str) -> str:
    """Who knows instead; empty for kinds where nobody should be asked."""
    return say(language, f"turn_{kind}")


def declined(kind: Kind, language: str) -> str:
    """What is said where the operator wants no answer."""
    return "\n\n".join(part for part in (say(language, "declined", matter=matter(kind, language)), turn_to(kind, language)) if part)


def unknown(kind: Kind, language: str) -> str:
    """What is said where no source bears an answer out."""
    return f"{say(language, 'unknown', matter=matter(kind, language))}\n\n{turn_to(kind, language)}".strip()


def waiting(review: Review) -> str:
    """What the asker reads until a person has decided."""
    return say(review.language, "waits", id=review.id)


def decided(review: Review) -> str:
    """What the asker reads afterwards."""
    if review.state != "rejected":
        return review.answer
    parts = (say(review.language, "rejected"), review.reason, turn_to(review.kind, review.language))
    return "\n\n".join(part for part in parts if part)


def citations(review: Review) -> list[dict[str, Any]]:
    """The sources of what the asker gets: those whose mark still stands in it."""
    kept = {int(number) for number in _MARK.findall(review.answer)}
    return [source for source in review.citations if source.get("index") in kept]


def told(review: Review) -> dict[str, Any]:
    """`notice` and `high_stakes` of the asker's message, as `trace` has them."""
    state = {"kind": review.kind, "policy": "review", "review": review.id, "status": review.state}
    if review.state == "waiting":
        return {"high_stakes": state}
    more = "" if review.state == "rejected" else say(review.language, f"notice_{review.kind}")
    notice = f"{say(review.language, 'reviewed')} {more}".strip()
    return {"notice": notice, "high_stakes": state | {"reason": review.reason, "decided_at": int(review.decided_at)}}
