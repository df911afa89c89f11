"""Gaps: what the assistant could not answer, or not to a person's content, kept as open questions of the collection that was asked.

Knows turns, conversations and the library's open questions; what becomes of them is decided by people (`retrieval.open_questions`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from assistant.conversations.base import Conversations, Message
from assistant.memory import Memory, Record
from assistant.reviews import Reviews
from retrieval.faq_records import OpenQuestion, Outcome
from retrieval.faults import Conflict, Fault, NotFound
from retrieval.library import Library

log = logging.getLogger(__name__)
Rating = Literal["up", "down", "none"]
FAILED = (500, 504)
"""Status of a failed turn whose question counts as unanswered; others are the person's, or those of a server that is down."""


def outcome_of(words: str, steps: Sequence[Mapping[str, Any]], *, refused: bool, unanswered: bool) -> Outcome | None:
    """Why the question of a turn in words alone is open; None when it is not, or when words could not have answered it."""
    if not words:
        return None
    if refused:
        looked = [step for step in steps if step.get("tool") == "search"]
        media = [step["arguments"].get("modalities") for step in looked]
        return "refused" if not steps or any(not wanted or "text" in wanted for wanted in media) else None
    return "unanswered" if unanswered and not steps else None


class Gaps:
    """Keeps open questions. `kept` false: nothing is ever kept (the setting `keep_questions`)."""

    def __init__(
        self, library: Library, conversations: Conversations, memory: Memory, *, kept: bool, reviews: Reviews | None = None
    ) -> None:
        """`reviews` are forgotten with the conversation that they are of."""
        self._reviews = reviews
        self._library, self._conversations, self._memory = library, conversations, memory
        self._kept = kept

    def after(self, record: Record, outcome: Outcome | None) -> None:
        """Keep the question of a turn that has ended. A turn never fails for it."""
        if not self._kept or outcome is None or record.attached or not record.collections:
            return
        turn = record.turn
        message = record.answer_id if turn.conversation else None
        try:
            self._library.faq.questions.record(
                record.words, outcome, record.collections[0].id, turn.owner, conversation=turn.conversation, message=message
            )
        except Fault as fault:
            log.warning("an open question was not kept: %s", fault)

    def rate(self, message_id: str, owner: str, rating: Rating, comment: str = "", conversation: str = "") -> OpenQuestion | None:
        """Keep what a person thinks of an answer, with the message; `down` also opens its question, anything else closes it again.

        Raises NotFound for an unknown message, Conflict for one that is no answer.
        """
        message = self._conversations.rate(message_id, owner, {} if rating == "none" else {"rating": rating, "comment": comment})
        if conversation and message.conversation != conversation:
            raise NotFound(f"There is no message '{message_id[:80]}' in that conversation.", hint="Check the ids.", param="message_id")
        if rating != "down":
            self._library.faq.questions.forget(owner, messages=[message_id], outcome="down")
            return None
        asked = self._asked(message, owner)
        if not self._kept or asked is None or not asked.text:
            return None
        chat = self._conversations.get(message.conversation, owner)
        places = self._memory.collections(chat.collections, owner)
        if not places:
            return None
        return self._library.faq.questions.record(
            asked.text, "down", places[0].id, owner, conversation=message.conversation, message=message_id, comment=comment
        )

    def rate_question(self, question: str, collection: str, owner: str, rating: Rating, comment: str = "") -> OpenQuestion | None:
        """The same for a turn that belongs to no stored conversation. Raises NotFound."""
        place = self._memory.collections((collection,) if collection else (), owner)
        if rating != "down" or not self._kept or not place:
            return None
        return self._library.faq.questions.record(question, "down", place[0].id, owner, comment=comment)

    def _asked(self, answer: Message, owner: str) -> Message | None:
        """The person's message before an answer."""
        if answer.role != "assistant":
            raise Conflict("Only answers are rated.", hint="Name a message of the assistant.", param="message_id")
        before = None
        for message in self._conversations.messages(answer.conversation, owner):
            if message.id == answer.id:
                return before
            before = message if message.role == "user" else before
        return before

    def delete_conversation(self, conversation: str, owner: str) -> None:
        """Delete a conversation with its messages and its open questions. Raises NotFound."""
        self._conversations.delete(conversation, owner)
        if self._reviews is not None:
            self._reviews.forget(owner, conversation=conversation)
        self._library.faq.questions.forget(owner, conversation=conversation)

    def forget_after(self, message_id: str, conversation: str, owner: str) -> None:
        """Delete a message and everything after it, their open questions too."""
        ids = [message.id for message in self._conversations.messages(conversation, owner)]
        self._conversations.forget_after(message_id, conversation, owner)
        gone = ids[ids.index(message_id) :] if message_id in ids else []
        self._library.faq.questions.forget(owner, messages=gone)
        if self._reviews is not None and gone:
            self._reviews.forget(owner, messages=gone)
