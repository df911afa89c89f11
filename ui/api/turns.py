"""A chat or responses request becomes a Turn: which message is the turn, what is history, whose collections. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from assistant.turns import Call, Past, Turn
from retrieval.faults import Fault, InvalidInput, NotFound, TooLarge
from ui.api.parts import MOST_PARTS, TextPart, contents, words
from ui.api.services import Assistant
from ui.api.shapes import InputItem, Message, Metadata
from ui.api.strict import loads
from ui.api.words import refuse

MODEL = "assistant"


@dataclass(frozen=True)
class Wishes:
    """What `metadata` and the headers say about a turn."""

    collections: tuple[str, ...] = ()
    conversation: str | None = None
    consent: bool | None = None
    """None leaves it to the conversation."""
    keep: bool = False
    language: str = ""
    tool: str = ""
    """What runs first, whatever the words say: a button was pressed."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Of `tool`."""


def wishes(request: Request, metadata: Metadata | None, collection: str | list[str] | None = None) -> Wishes:
    """Read `metadata` (its values may be strings, as OpenAI's are), then the headers."""
    given = metadata or {}
    named = collection or given.get("collection") or request.headers.get("x-collection") or ()
    names = [named] if isinstance(named, str) else named if isinstance(named, (list, tuple)) else None
    if names is None or not all(isinstance(name, str) for name in names) or len(names) > 32:
        raise InvalidInput("A collection is named by a string.", hint="Send its name or its id (vs_...).", param="metadata.collection")
    conversation = given.get("conversation") or request.headers.get("x-conversation")
    language = str(given.get("language") or "")[:2].lower()
    return Wishes(
        collections=tuple(str(name) for name in names),
        conversation=str(conversation)[:200] if conversation else None,
        consent=_yes(given["consent"]) if given.get("consent") is not None else None,
        keep=_yes(given.get("keep", "")),
        language=language if language in ("en", "zh") else "",
        tool=_tool(given.get("tool")),
        arguments=_arguments(given.get("arguments")) if given.get("tool") else {},
    )


def _yes(value: Any) -> bool:
    """The values of OpenAI's metadata are strings."""
    return str(value).lower() in ("true", "1", "yes")


def _tool(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise refuse(InvalidInput, "tool_named", param="metadata.tool")
    return value or ""


def _call(wish: Wishes, assistant: Assistant) -> Call:
    from assistant.direct import read_call  # brings LangChain along, and the server must not wait for it when it starts

    return read_call(assistant.tools, wish.tool, wish.arguments)


def _arguments(value: Any) -> dict[str, Any]:
    """The arguments of a named tool: an object, or one written as JSON, because the values of OpenAI's metadata are strings."""
    try:
        found = loads(value.encode()) if isinstance(value, str) and value.strip() else value or {}
    except (Fault, UnicodeEncodeError):
        found = None
    if not isinstance(found, dict):
        raise refuse(InvalidInput, "tool_arguments", param="metadata.arguments", code="invalid_arguments")
    return found


def collections(named: Sequence[str], assistant: Assistant, owner: str) -> tuple[str, ...]:
    """Ids of the named collections. Raises NotFound that lists the caller's own."""
    try:
        return assistant.resolve(named, owner)
    except NotFound as error:
        known = ", ".join(c.name for c in assistant.library.collections(owner)[:20])
        name = ", ".join(named)[:200]
        fault = refuse(NotFound, "collection", param="collection", code="collection_not_found", name=name, known=known or "-")
        raise fault from error


def check_model(model: str, known: Sequence[str], param: str = "model") -> None:
    """Raise NotFound (model_not_found) for a name that is not served here."""
    if model not in known:
        raise refuse(NotFound, "model", param=param, code="model_not_found", model=model[:80], known=", ".join(known))


def turn(
    messages: Sequence[Message | InputItem],
    wish: Wishes,
    assistant: Assistant,
    owner: str,
    *,
    spoken: bool = False,
    system: str = "",
    watched: bool = False,
) -> Turn:
    """The last user message as a turn with what stands before it as history. Blocking: decodes media. Raises Fault.

    In a stored conversation the history is on the server, so only that message counts. `watched`: the answer is streamed.
    """
    limits = assistant.settings.limits
    if len(messages) > limits.messages:
        raise refuse(TooLarge, "too_many_messages", param="messages", count=len(messages), limit=limits.messages)
    last = messages[-1] if messages else None
    if last is None or last.role != "user":
        raise refuse(InvalidInput, "no_user_message", param="messages")
    spoken_words = len(words(last.content))
    if spoken_words > limits.prompt_chars:
        raise refuse(
            TooLarge, "prompt_too_long", param="messages", code="context_length_exceeded", count=spoken_words, limit=limits.prompt_chars
        )
    if wish.conversation is not None:
        assistant.conversations.get(wish.conversation, owner)
    found = collections(wish.collections, assistant, owner) if wish.collections else ()
    call = _call(wish, assistant) if wish.tool else None
    new = contents(last.content, assistant, owner)
    if not new:
        raise refuse(InvalidInput, "no_user_message", param="messages")
    history = () if wish.conversation is not None else _history(messages[:-1], system, assistant, owner)
    return Turn(
        contents=new, owner=owner, conversation=wish.conversation, history=history, collections=found, consent=wish.consent, keep=wish.keep,
        language=wish.language, spoken=spoken, call=call, watched=watched,
    )  # fmt: skip


def _history(messages: Sequence[Message | InputItem], system: str, assistant: Assistant, owner: str) -> tuple[Past, ...]:
    media = [p for m in messages for p in _media(m)]
    if len(media) > MOST_PARTS:
        raise refuse(TooLarge, "too_many_messages", param="messages", count=len(media), limit=MOST_PARTS)
    past = [Past(role="system", text=system)] if system.strip() else []
    for message in messages:
        role = "assistant" if message.images else {"developer": "system", "tool": "", "function": ""}.get(message.role, message.role)
        text, shown = words(message.content), contents(_media(message), assistant, owner)
        if role and (text.strip() or shown):
            past.append(Past(role=role, text=text, contents=shown))
    total = sum(len(p.text) for p in past)
    limit = assistant.settings.limits.text_chars
    if total > limit:
        raise refuse(TooLarge, "prompt_too_long", param="messages", code="context_length_exceeded", count=total, limit=limit)
    return tuple(past)


def _media(message: Message | InputItem) -> list[Any]:
    """The parts of a message that are not words, and the pictures of an answer."""
    parts = message.content if isinstance(message.content, list) else []
    return [part for part in (*parts, *(message.images or ())) if not isinstance(part, TextPart)]
