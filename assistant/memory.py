"""Memory of a turn: what came before it, what it brought, and what must be kept. Knows the stores, not the chat model.

A turn either belongs to a stored conversation (its messages are kept, the agent's memory is beside them), or brings its
whole history along, as clients of the OpenAI API do.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from assistant.checkpoints import Checkpoints
from assistant.conversations.base import Conversations, Message, State
from assistant.echoed import shown_before
from assistant.sample_collection import places_for
from assistant.turns import Turn
from retrieval.catalogue import language_of
from retrieval.content import Content
from retrieval.library import CollectionInfo, Library
from tools.base import Media
from tools.facts import Facts
from tools.generate_image import PICTURES


@dataclass
class Record:
    """One turn while it runs."""

    turn: Turn
    words: str
    """What was typed or heard."""
    language: str
    collections: tuple[CollectionInfo, ...]
    consent: bool
    media: list[Media]
    """Of the whole conversation, oldest first, this turn's last."""
    attached: list[Media]
    """Of this turn."""
    history: list[AnyMessage]
    """Messages before the turn, for a one-off turn; empty when the agent remembers them."""
    user_id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    answer_id: str = field(default_factory=lambda: f"msg_{uuid.uuid4().hex}")
    known: tuple[str, ...] = ()
    """Ids of the messages that the stored conversation still has."""
    curated: float = 0.0
    """Chance that a curated answer fits the words, when one surely does; else 0."""
    remembered: bool = False
    """The person asked for something that they once asked to be remembered."""

    def human(self) -> HumanMessage:
        """The turn as a chat model reads it; see `assistant/chat_models/base.py`."""
        human = _human(self.words, self.attached, self.language, self.collections, self.user_id)
        if self.curated:
            human.additional_kwargs["curated"] = self.curated
        if self.remembered:
            human.additional_kwargs["remembered"] = True
        if self.turn.call is not None:
            human.additional_kwargs["call"] = self.turn.call.model_dump(mode="json")
        return human


class Memory:
    """Begins and keeps turns."""

    def __init__(self, library: Library, conversations: Conversations, language: str = "", facts: Facts | None = None) -> None:
        self._facts = facts
        self._library = library
        self._conversations = conversations
        self.checkpoints = Checkpoints(conversations)
        """What agents remember of conversations."""
        self._language = language

    def collections(self, names: Sequence[str], owner: str) -> tuple[CollectionInfo, ...]:
        """The named collections (ids or names). Raises NotFound.

        When none is named: `default`, or the sample as long as that is empty; and the pictures made here, because what was drawn is
        found again like anything else.
        """
        return tuple(self._library.collection(place, owner) for place in self.places(names, owner))

    def places(self, names: Sequence[str], owner: str) -> tuple[str, ...]:
        """Ids of `collections`, without counting what is in them."""
        if names:
            return tuple(self._library.collection_id(name, owner) for name in names)
        return places_for(self._library, owner, PICTURES)

    def curated(self, words: str, collections: Sequence[CollectionInfo], owner: str) -> float:
        """Chance, 0 to 1, that a curated answer of the collections fits; 0 unless one surely does. 1 means the very words of an entry."""
        found = self._library.faq.match(words, [c.id for c in collections], owner)
        return found.probability if found is not None and found.sure else 0.0

    def remembers(self, words: str, owner: str) -> bool:
        """Whether a question of the person is about something that they asked to be remembered."""
        return self._facts is not None and bool(self._facts.answering(owner, words))

    def begin(self, turn: Turn, heard: str) -> Record:
        """The turn with what came before it; the files that it brought are stored. Raises NotFound."""
        words = turn.text or heard
        language = turn.language or self._language or language_of(words)
        if turn.conversation is None:
            collections = self.collections(turn.collections, turn.owner)
            media, history = self._past(turn, language, collections)
            consent = bool(turn.consent)
            known: tuple[str, ...] = ()
        else:
            chat = self._conversations.get(turn.conversation, turn.owner)
            collections = self.collections(turn.collections or chat.collections, turn.owner)
            media = _each_once([_media(entry) for entry in self._conversations.media(chat.id, turn.owner)])
            history, known = [], tuple(self._conversations.ids(chat.id, turn.owner))
            consent = chat.consent if turn.consent is None else turn.consent
        attached = self._keep([c for c in turn.contents if c.modality != "text"], turn.owner, media)
        record = Record(turn, words, language, collections, consent, media + attached, attached, history, known=known)
        if not attached and turn.call is None:
            record.curated = self.curated(words, collections, turn.owner)
            record.remembered = self.remembers(words, turn.owner)
        return record

    def store(self, record: Record, *more: AnyMessage) -> None:
        """Store the person's message of a stored conversation, and let the agent remember `more`, if any; durable when it returns."""
        if record.turn.conversation is None:
            return
        try:
            with self._conversations.together():
                self._save(record, record.user_id, "user", record.words, [_entry(m) for m in record.attached], "finished")
                self._save(record, record.answer_id, "assistant", "", [], "running")
                if more:
                    self.recall(record, *more)
        except BaseException:
            self.checkpoints.forget(record.turn.conversation)
            raise

    def asked_before(self, record: Record) -> str:
        """The person's words of the turn before; empty for the first one."""
        if record.turn.conversation is None:
            return next((past.text for past in reversed(record.turn.history) if past.role == "user"), "")
        return self._conversations.said_before(record.user_id, record.turn.conversation, record.turn.owner)

    def keep_answer(self, record: Record, text: str, media: list[dict[str, Any]], annotations: list[dict[str, Any]],
                    trace: dict[str, Any], state: State) -> None:  # fmt: skip
        """Store the answer of a stored conversation, and what the agent remembers of it; durable when it returns."""
        if record.turn.conversation is not None:
            try:
                with self._conversations.together():
                    if state != "running":
                        self.checkpoints.flush(record.turn.conversation)
                    self._save(record, record.answer_id, "assistant", text, media, state, annotations, trace)
            except BaseException:
                self.checkpoints.forget(record.turn.conversation)
                raise

    def keep_late(self, record: Record, text: str, media: list[dict[str, Any]], annotations: list[dict[str, Any]],
                  trace: dict[str, Any], state: State) -> None:  # fmt: skip
        """The same of an answer that other turns may have followed: what is remembered by now stays, and what was deleted stays away."""
        if (conversation := record.turn.conversation) is None:
            return
        with self._conversations.together():
            messages = self._conversations.messages(conversation, record.turn.owner)
            if any(message.id == record.answer_id and message.state in ("running", "interrupted") for message in messages):
                self._save(record, record.answer_id, "assistant", text, media, state, annotations, trace)

    def recall(self, record: Record, *more: AnyMessage) -> list[AnyMessage]:
        """What the agent remembers of the conversation of a turn, without what was deleted there (regenerate, edit); then `more`.

        It is kept like that; durable when it returns.
        """
        conversation = str(record.turn.conversation)
        remembered = self.checkpoints.messages(conversation)
        known = {record.user_id, *record.known}
        gone = (place for place, message in enumerate(remembered) if isinstance(message, HumanMessage) and message.id not in known)
        current = [*repaired(remembered[: next(gone, len(remembered))]), *more]
        self.checkpoints.keep(conversation, current)
        return current

    def answer_instead(self, record: Record, answer: AIMessage) -> None:
        """Let the agent remember `answer` as the one of this turn, and nothing that it drafted."""
        remembered = self.recall(record)
        place = next((place for place, message in enumerate(remembered) if message.id == record.user_id), None)
        asked = [*remembered, record.human()] if place is None else remembered[: place + 1]
        self.checkpoints.keep(str(record.turn.conversation), [*asked, answer])

    def correct(self, conversation: str, answer: AIMessage) -> None:
        """Let the agent remember `answer` in place of the one with its id; nothing when that is forgotten."""
        remembered = self.checkpoints.messages(conversation)
        self.checkpoints.keep(conversation, [answer if message.id == answer.id else message for message in remembered])

    def _save(self, record: Record, identity: str, role: Any, text: str, media: list[dict[str, Any]], state: State,
              annotations: list[dict[str, Any]] | None = None, trace: dict[str, Any] | None = None) -> None:  # fmt: skip
        message = Message(
            id=identity, conversation=str(record.turn.conversation), role=role, text=text, media=media,
            annotations=annotations or [], trace=trace or {}, state=state, created_at=time.time(),
        )  # fmt: skip
        self._conversations.add(message, record.turn.owner)

    def _keep(self, contents: Sequence[Content], owner: str, before: Sequence[Media]) -> list[Media]:
        counts: dict[str, int] = {}
        for media in before:
            counts[media.modality] = counts.get(media.modality, 0) + 1
        kept: list[Media] = []
        for content in contents:
            counts[content.modality] = counts.get(content.modality, 0) + 1
            file = self._library.add_file(content, owner, purpose="chat")
            kept.append(
                Media(f"{content.modality}_{counts[content.modality]}", file.id, content.modality, content.media_type, content.name)
            )
        return kept

    def _past(self, turn: Turn, language: str, collections: tuple[CollectionInfo, ...]) -> tuple[list[Media], list[AnyMessage]]:
        media: list[Media] = []
        messages: list[AnyMessage] = []
        for past in turn.history:
            brought = [c for c in past.contents if c.modality != "text"]
            if past.role == "assistant":
                again, exchange = shown_before(self._library, turn.owner, brought, media)
                media = _each_once([*media, *again])
                messages += [*exchange, AIMessage(past.text)]
                continue
            attached = self._keep(brought, turn.owner, media)
            media += attached
            if past.role == "user":
                message = _human(past.text, attached, language, collections, f"msg_{uuid.uuid4().hex}")
                if self.remembers(past.text, turn.owner):
                    message.additional_kwargs["remembered"] = True
                messages.append(message)
            else:
                messages.append(SystemMessage(past.text))
        return media, messages


def repaired(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages, with an answer to each tool call that a killed process left open: a chat model refuses a call without a result."""
    answered = {m.tool_call_id for m in messages if isinstance(m, ToolMessage)}
    found: list[AnyMessage] = []
    for message in messages:
        found.append(message)
        for call in message.tool_calls if isinstance(message, AIMessage) else ():
            if call["id"] not in answered:
                lost = ToolMessage("Interrupted before it finished.", tool_call_id=call["id"], name=call["name"], status="error")
                found.append(lost)
    return found


def _human(words: str, media: Sequence[Media], language: str, collections: Sequence[CollectionInfo], identity: str) -> HumanMessage:
    lines = [f"[{m.handle}: {m.name or m.media_type}]" for m in media]
    return HumanMessage(
        content="\n".join([words, *lines]).strip(),
        id=identity,
        additional_kwargs={
            "words": words,
            "language": language,
            "media": [_entry(m) for m in media],
            "collections": [{"id": c.id, "name": c.name, "items": c.items, "waiting": c.waiting} for c in collections],
        },
    )


def _each_once(media: Sequence[Media]) -> list[Media]:
    """Every handle where it came last: what was shown again is the newest."""
    last = {one.handle: place for place, one in enumerate(media)}
    return [one for place, one in enumerate(media) if last[one.handle] == place]


def _entry(media: Media) -> dict[str, Any]:
    return {
        "handle": media.handle,
        "file_id": media.file_id,
        "modality": media.modality,
        "media_type": media.media_type,
        "name": media.name,
    }


def _media(entry: dict[str, Any]) -> Media:
    return Media(entry["handle"], entry["file_id"], entry["modality"], entry.get("media_type", ""), entry.get("name", ""))
