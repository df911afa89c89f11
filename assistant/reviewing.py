"""Reviewing: what a person decides about a waiting answer, brought to the one who asked. Knows queue and conversations, not HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from assistant.conversations.base import Conversations
from assistant.review_words import citations, decided, told, waiting
from assistant.reviews import Decision, Review, Reviews
from retrieval.faults import Fault, InvalidInput, NotFound

if TYPE_CHECKING:
    from assistant.agent import Agent

log = logging.getLogger(__name__)


class Reviewing:
    """Decides, and delivers. `noted` takes (owner, action, subject, outcome, why) for the audit log."""

    def __init__(
        self, reviews: Reviews, conversations: Conversations, agent: Agent, noted: Callable[[str, str, str, str, str], object]
    ) -> None:
        self.reviews, self._conversations, self._agent, self._noted = reviews, conversations, agent, noted

    async def decide(self, review: str, decision: Decision, reviewer: str, *, answer: str = "", reason: str = "") -> Review:
        """Approve, edit or reject; the asker sees it when this returns. Raises NotFound, InvalidInput, and Conflict when it was decided."""
        if decision == "edited" and not answer.strip():
            raise InvalidInput("An edited answer needs words.", hint="Send `answer`, or approve the draft.", param="answer")
        if decision == "rejected" and not reason.strip():
            raise InvalidInput("A rejection needs a reason.", hint="Send `reason`: the asker reads it.", param="reason")
        known = await asyncio.to_thread(self.reviews.get, review)
        if decision == "approved" and not known.draft.strip():
            raise InvalidInput("The draft is empty.", hint="Edit it, or reject it.", param="decision")
        await asyncio.to_thread(self._noted, reviewer, f"review.{decision}", review, "allowed", known.kind)
        found = await asyncio.to_thread(
            lambda: self.reviews.decide(review, decision, reviewer, answer=answer.strip(), reason=reason.strip())
        )  # fmt: skip
        await self._deliver(found)
        return found

    async def catch_up(self) -> None:
        """Deliver what a killed process left undelivered. Called at start."""
        for review in await asyncio.to_thread(self.reviews.undelivered):
            try:
                await self._deliver(review)
            except Fault as fault:
                log.warning("a review was not delivered: %s", fault)

    async def _deliver(self, review: Review) -> None:
        if review.conversation is not None:
            if not await asyncio.to_thread(self._show, review):  # deleted while it was drafted, or by the retention
                await asyncio.to_thread(lambda: self.reviews.forget(review.owner, messages=[review.message]))
                return
            await self._agent.correct(review.conversation, review.message, _text(review))
        await asyncio.to_thread(self.reviews.delivered, review.id)

    def _show(self, review: Review) -> bool:
        """Bring the asker's message up to date; False when it is gone."""
        conversation = str(review.conversation)
        try:
            rows = self._conversations.messages(conversation, review.owner)
        except NotFound:
            return False
        message = next((row for row in rows if row.id == review.message), None)
        if message is None:
            return False
        answered = review.state in ("approved", "edited")
        changes = {
            "text": _text(review), "annotations": citations(review) if answered else [], "state": "finished",
            "media": list(review.media) if answered else [], "trace": message.trace | told(review),
        }  # fmt: skip
        self._conversations.add(message.model_copy(update=changes), review.owner)
        return True


def _text(review: Review) -> str:
    return waiting(review) if review.state == "waiting" else decided(review)
