"""Guard: what becomes of a turn with high stakes. Joins the recogniser, the operator's policies, the words for people and the review queue.

Knows no model and no graph: `assistant/run.py` asks it before a turn, and hands it the held draft afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant import crisis
from assistant.citations import check
from assistant.cited_only import cited_only
from assistant.events import Noticed
from assistant.held import DOES, Held
from assistant.high_stakes import Recogniser, about
from assistant.review_words import declined, matter, say, unknown, waiting
from assistant.reviews import Review, Reviews
from assistant.stakes import HighStakes, Kind, Stakes
from tools.base import Evidence

if TYPE_CHECKING:
    from assistant.memory import Record

_GOES_ON = re.compile(
    r"^(?:and|or|but|what if|what about|how about|then|so|also|is it|is that|does it|should i|can i|why|how much|how many|how long"
    r"|which one"
    r"|那|还有|如果|要是|可以吗|多少|多久|为什么|怎么办|呢|严重吗|能)|(?:呢|too|then|instead)[?？!.。]*$", re.IGNORECASE,
)  # fmt: skip
_SHORT = 60
"""Characters of a question that goes on with the one before."""


@dataclass(frozen=True)
class Settled:
    """What is said in place of a held draft."""

    text: str
    noticed: Noticed
    refused: bool = False
    shows: bool = False
    """What the draft showed may be seen."""


class Guard:
    """One per assistant. `noted` takes (owner, action, subject, outcome, why) for the audit log."""

    def __init__(
        self, policies: HighStakes, recogniser: Recogniser, reviews: Reviews, noted: Callable[[str, str, str, str, str], object]
    ) -> None:
        self._policies, self._recogniser, self._reviews, self._noted = policies, recogniser, reviews, noted

    def judge(self, record: Record, before: str = "") -> Stakes | None:
        """What the person's words are about; `before` are their words of the turn before, which a short question may go on with."""
        call = record.turn.call
        if not record.words or (call is not None and call.tool in DOES):
            return None
        if record.remembered and not self._recogniser.plainly(record.words):  # of what they once told, the person is the source
            return None
        kind = self._recogniser.kind(record.words)
        if kind is None and before and len(record.words) <= _SHORT and _GOES_ON.search(record.words.strip()):
            kind = self._recogniser.kind(before)
        return self._of(kind)

    def about(self, text: str) -> Stakes | None:
        """The same of the text of a document or picture."""
        return self._of(about([text]))

    def _of(self, kind: Kind | None) -> Stakes | None:
        policy = self._policies.policy(kind) if kind is not None else None
        return Stakes(kind=kind, policy=policy) if kind is not None and policy is not None else None

    def at_once(self, stakes: Stakes, record: Record) -> Settled | None:
        """What is said without asking anything; None where an answer is drafted first."""
        if stakes.policy not in ("help", "decline"):
            return None
        language, kind = record.language, stakes.kind
        if stakes.policy == "help":  # of this nothing is noted
            return Settled(crisis.help_text(language), Noticed(kind=kind, policy="help"))
        self._noted(record.turn.owner, "stakes.answered", record.answer_id, stakes.policy, kind)
        return Settled(declined(kind, language), Noticed(kind=kind, policy=stakes.policy))

    def settle(self, held: Held, record: Record, evidence: Sequence[Evidence], *, refused: bool) -> Settled:
        """What is said in place of the draft. With `review` it is put in the queue, durably. Raises TooLarge, StorageFull."""
        stakes = held.stakes
        assert stakes is not None
        if stakes.policy == "decline":
            found = Settled(declined(stakes.kind, record.language), Noticed(kind=stakes.kind, policy="decline"))
        elif stakes.policy == "review":
            found = self._queued(held, stakes, record, evidence)
        else:
            found = _cited(held, stakes, record, evidence, refused=refused)
        self._noted(record.turn.owner, "stakes.answered", record.answer_id, stakes.policy, stakes.kind)
        return found

    def told(self, review: str) -> None:
        """Who asked can read that it waits: from now on it can be decided."""
        self._reviews.delivered(review)

    def _queued(self, held: Held, stakes: Stakes, record: Record, evidence: Sequence[Evidence]) -> Settled:
        drafted, turn, language = check(held.text, evidence), record.turn, record.language
        review = Review(
            owner=turn.owner, visitor=bool(turn.only), kind=stakes.kind, language=language, question=record.words, draft=drafted.text,
            citations=tuple({"type": "citation"} | c.model_dump(mode="json") for c in drafted.citations),
            media=tuple(event.media.model_dump(mode="json") | {"name": event.media.caption} for event in held.shown),
            conversation=turn.conversation, message=record.answer_id,
        )  # fmt: skip
        self._reviews.add(review)
        notice = say(language, "reviewed_here", matter=matter(stakes.kind, language))
        return Settled(waiting(review), Noticed(kind=stakes.kind, policy="review", notice=notice, review=review.id))


def _own_words(held: Held) -> str:
    """The draft where every line of it is what the person once told: of that they are the source. Empty otherwise."""
    lines = [line.strip() for line in held.text.splitlines() if line.strip()]
    return held.text if lines and all(any(line in told for told in held.recalled) for line in lines) else ""


def _cited(held: Held, stakes: Stakes, record: Record, evidence: Sequence[Evidence], *, refused: bool) -> Settled:
    kind, language = stakes.kind, record.language
    told = Noticed(kind=kind, policy="cite", notice=say(language, f"notice_{kind}"), spoken=say(language, f"spoken_{kind}"))
    text = "" if refused else cited_only(held.text, evidence, record.words) or _own_words(held)
    if text:
        return Settled(text, told, shows=True)
    if held.tools and all(tool in DOES for tool in held.tools):
        return Settled(say(language, "acted"), told, shows=True)
    return Settled(unknown(kind, language), told, refused=True)
