"""What servers that call themselves OpenAI-compatible do differently: pure functions over the JSON of `/chat/completions`.

Nothing here is a repair of one product: each function names the habit it accepts, and leaves what is in order as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

THINKING = ("reasoning_content", "reasoning", "thinking")
"""Names under which servers send what a model thinks before it answers, beside `content`."""
KINDS: dict[str, tuple[str, ...]] = {"picture": ("image_url", "input_image", "image"), "sound": ("input_audio", "audio")}
"""Kind of medium -> the types of its content parts."""
_NAMED = {"picture": ("image", "vision", "picture", "multimodal"), "sound": ("audio", "sound", "speech")}
"""Kind of medium -> words of a refusal that mean it."""


def thought(message: Mapping[str, Any] | None) -> str:
    """What a message or a delta says was thought; empty when it says nothing, or says it in another form than text."""
    found = ((message or {}).get(name) for name in THINKING)
    return next((text for text in found if isinstance(text, str) and text), "")


def tidied(chunk: dict[str, Any]) -> dict[str, Any]:
    """A chunk of a stream with the fields the client needs: choices with a `delta`, whose tool calls have an `index` (None where the server
    counts none) and a `function`."""
    choices = chunk.get("choices") or []
    if all("delta" in choice and not (choice["delta"] or {}).get("tool_calls") for choice in choices):
        return chunk if "choices" in chunk else chunk | {"choices": []}
    return chunk | {"choices": [choice | {"delta": _delta(choice.get("delta") or {})} for choice in choices]}


def _delta(delta: dict[str, Any]) -> dict[str, Any]:
    calls = [call | {"function": call.get("function") or {}, "index": call.get("index")} for call in delta.get("tool_calls") or ()]
    return delta | {"tool_calls": calls}


def shown(contents: Iterable[Any]) -> frozenset[str]:
    """The kinds of media among the contents of messages."""
    types = {block.get("type") for content in contents if isinstance(content, list) for block in content if isinstance(block, dict)}
    return frozenset(kind for kind, names in KINDS.items() if types & set(names))


def refused(status: int, said: str, among: frozenset[str]) -> frozenset[str]:
    """Which of the kinds of media `among` a request a server refused, judging by its status and its words.

    A server that cannot take a part answers 400, 415 or 422; some fail with 500, which counts only if they name the medium. Where nothing
    is named, sound goes first: fewer models hear than see. A conversation over the model's context refuses nothing.
    """
    if "context" in said.lower():
        return frozenset()
    named = frozenset(kind for kind in among if any(word in said.lower() for word in _NAMED[kind]))
    if status == 500 or named:
        return named if status in (400, 415, 422, 500) else frozenset()
    if status not in (400, 415, 422):
        return frozenset()
    return among & {"sound"} or among


def without(payload: dict[str, Any], kinds: frozenset[str]) -> dict[str, Any]:
    """The request without the media of `kinds`; a content of which only words are left becomes plain text."""
    if not kinds:
        return payload
    types = {name for kind in kinds for name in KINDS[kind]}
    return payload | {"messages": [_lessened(message, types) for message in payload.get("messages", ())]}


def _lessened(message: dict[str, Any], types: set[str]) -> dict[str, Any]:
    content = message.get("content")
    if not isinstance(content, list) or not any(_of(block, types) for block in content):
        return message
    left = [block for block in content if not _of(block, types)]
    plain = all(isinstance(block, dict) and block.get("type") == "text" for block in left)
    return message | {"content": "\n".join(block["text"] for block in left) if plain else left}


def _of(block: Any, types: set[str]) -> bool:
    return isinstance(block, dict) and block.get("type") in types
