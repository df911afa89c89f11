"""`/v1/conversations`: stored chats, so that a page finds them again after a restart."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from assistant.conversations.base import Conversation, Message
from retrieval.faults import NotAllowed, NotFound
from tools.emotion_reading import FORBIDDEN
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.paging import listed
from ui.api.services import Assistant, Running
from ui.api.turns import collections
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/conversations", tags=["conversations"], dependencies=[Depends(user)])


class ConversationRequest(BaseModel):
    """What can be set of a conversation."""

    model_config = ConfigDict(extra="forbid")

    title: str | None = Field(default=None, max_length=200)
    collections: list[str] | None = Field(default=None, max_length=32)
    consent: bool | None = None
    metadata: dict[str, JsonValue] | None = Field(default=None, max_length=16)
    items: list[JsonValue] | None = Field(default=None, max_length=0)


def agreed(body: ConversationRequest, assistant: Assistant) -> None:
    """Consent cannot be given where the deployment forbids what it is for. Raises NotAllowed."""
    if body.consent and (deployment := assistant.settings.deployment) in FORBIDDEN:
        raise refuse(NotAllowed, "no_consent_here", param="consent", code="emotion_forbidden", deployment=deployment)


def shape(conversation: Conversation) -> dict[str, Any]:
    """A conversation in OpenAI's shape, with ours beside it."""
    shown = conversation.model_dump(mode="json", exclude={"owner"})
    return {**shown, "object": "conversation", "metadata": {"title": conversation.title}, "created_at": int(conversation.created_at)}


def message_shape(message: Message) -> dict[str, Any]:
    """A message; `content` and `text` are its words, `media` what was attached or shown."""
    media = [entry | {"url": f"/v1/files/{entry.get('file_id')}/content"} for entry in message.media]
    shown = message.model_dump(mode="json", exclude={"media"})
    return {**shown, "object": "message", "content": message.text, "media": media}


@router.post("")
async def create(
    caller: User, assistant: Running, work: Worker, body: Annotated[ConversationRequest, Depends(json_body(ConversationRequest))]
) -> dict[str, Any]:
    """A new conversation; send its id as `metadata.conversation` with each turn."""

    def run() -> Conversation:
        agreed(body, assistant)
        found = collections(body.collections, assistant, caller.owner) if body.collections else ()
        return assistant.conversations.create(caller.owner, body.title or "", found, bool(body.consent))

    return shape(await work.light(run))


@router.get("")
async def listing(
    caller: User, assistant: Running, work: Worker, query: Annotated[str, Query(max_length=500)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:  # fmt: skip
    """The caller's conversations, newest first; `query` searches titles and words."""
    return listed([shape(c) for c in await work.light(assistant.conversations.list, caller.owner, query, limit)])


@router.get("/{conversation_id}")
async def retrieve(conversation_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One conversation with its messages."""

    def run() -> dict[str, Any]:
        found = assistant.conversations.get(conversation_id, caller.owner)
        rows = assistant.conversations.messages(conversation_id, caller.owner)
        return shape(found) | {"messages": [message_shape(row) for row in rows]}

    return await work.light(run)


@router.post("/{conversation_id}")
@router.patch("/{conversation_id}")
async def change(
    conversation_id: str, caller: User, assistant: Running, work: Worker,
    body: Annotated[ConversationRequest, Depends(json_body(ConversationRequest))],
) -> dict[str, Any]:  # fmt: skip
    """Change the title, the collections or the consent."""

    def run() -> Conversation:
        agreed(body, assistant)
        found = None if body.collections is None else collections(body.collections, assistant, caller.owner)
        return assistant.conversations.change(
            conversation_id, caller.owner, title=body.title, collections=found, consent=body.consent
        )  # fmt: skip

    return shape(await work.light(run))


@router.delete("/{conversation_id}")
async def delete(conversation_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete a conversation with its messages."""
    await work.light(assistant.gaps.delete_conversation, conversation_id, caller.owner)
    return {"id": conversation_id, "object": "conversation.deleted", "deleted": True}


@router.get("/{conversation_id}/messages")
async def messages(conversation_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Its messages, oldest first."""
    return listed([message_shape(m) for m in await work.light(assistant.conversations.messages, conversation_id, caller.owner)])


@router.delete("/{conversation_id}/messages/{message_id}")
async def forget(conversation_id: str, message_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete a message and everything after it, to ask again from there."""

    def run() -> None:
        known = {m.id for m in assistant.conversations.messages(conversation_id, caller.owner)}
        if message_id not in known:
            raise refuse(NotFound, "message_missing", param="message_id", conversation=conversation_id[:80])
        assistant.gaps.forget_after(message_id, conversation_id, caller.owner)

    await work.light(run)
    return {"id": message_id, "object": "message.deleted", "deleted": True}
