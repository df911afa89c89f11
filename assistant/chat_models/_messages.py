"""LangChain's messages in the shape of a chat template, and what is left out when they are too long. Knows no model and no tokenizer.

Media that the model does not take are left out; the lines that name them (`[image_1: photo.jpg]`) stay, so that it can still hand them to
a tool.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from assistant.chat_models._formats import described
from retrieval.content import Content
from retrieval.decoding import Decoder

FRAMES = 8
"""Pictures that stand for a video."""
_STEP = 4
"""Turns are left out this many at a time, so that the beginning of the prompt stays the same for a while and is not computed anew."""
_SHORTEST = 400
"""Characters of a tool's result that are always kept."""
EARLIER = "[Earlier turns of this conversation are left out.]"
_CUT = "\n[The rest is left out.]"
Block = dict[str, Any]
Summary = Callable[[Sequence[Sequence[BaseMessage]]], str | None]
"""What stands for turns that are left out; empty for nothing but a note, None where there is no room for it beside what is kept."""


class Media:
    """Turns the media of messages into what a processor takes. `digests` names those that were used, in order."""

    def __init__(self, takes: frozenset[str], decoder: Decoder | None, rate: int) -> None:
        """`takes` are the model's modalities; `decoder` opens sound and video; `rate` in Hz is what the model hears."""
        self._takes, self._decoder, self._rate = takes, decoder, rate
        self.digests: list[str] = []

    def blocks(self, block: Mapping[str, Any]) -> list[Block]:
        """One content block for the template; none for a medium that the model does not take or that came without bytes."""
        kind, data = block.get("type"), block.get("base64")
        if kind not in ("image", "audio", "video") or not data:
            return []
        made = getattr(self, f"_{kind}")(base64.b64decode(data))
        if made:
            self.digests.append(hashlib.sha256(str(data).encode()).hexdigest())
        return list(made)

    def _image(self, data: bytes) -> list[Block]:
        if "image" not in self._takes:
            return []
        from PIL import Image

        return [{"type": "image", "image": Image.open(io.BytesIO(data)).convert("RGB")}]

    def _audio(self, data: bytes) -> list[Block]:
        if "audio" not in self._takes or self._decoder is None:
            return []
        return [{"type": "audio", "audio": self._decoder.pcm(self._decoder.admit(data), self._rate)}]

    def _video(self, data: bytes) -> list[Block]:
        """A video as pictures of its parts: every model that sees takes them, and none needs a video reader."""
        if "image" not in self._takes or self._decoder is None:
            return []
        video: Content = self._decoder.admit(data)
        length = video.seconds or 0.0
        return [block for frame in self._decoder.frames(video, times(length)) for block in self._image(frame)]


def times(seconds: float) -> list[float]:
    """Where to look into a video of `seconds`: the middle of each of `FRAMES` equal parts, one look for less than a second."""
    count = FRAMES if seconds >= 1 else 1
    return [seconds * (n + 0.5) / count for n in range(count)]


def template_messages(
    messages: Sequence[BaseMessage], media: Media, *, listed: bool, native: bool, tools: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """`messages` for `apply_chat_template`.

    `listed`: contents are lists of blocks, as processors want them, else strings. `native`: the template knows tools; otherwise `tools`
    are described in the system prompt, calls and results become text, and neighbours of one role become one message.
    """
    found = [_one(message, media, native) for message in messages]
    if not native:
        if tools:
            told = {"type": "text", "text": described(tools)}
            system = found.pop(0) if found and found[0]["role"] == "system" else {"role": "system", "content": []}
            found.insert(0, {"role": "system", "content": [*system["content"], told]})
        found = _joined(found)
    if not listed:
        found = [message | {"content": "\n".join(block["text"] for block in message["content"])} for message in found]
    return found


def _one(message: BaseMessage, media: Media, native: bool) -> dict[str, Any]:
    if isinstance(message, AIMessage):
        return _answer(message, native)
    text = [{"type": "text", "text": str(message.text)}] if message.text else []
    if isinstance(message, ToolMessage):
        if native:
            return {"role": "tool", "name": message.name or "", "tool_call_id": message.tool_call_id, "content": text}
        return {"role": "user", "content": [{"type": "text", "text": f"<tool_response>\n{message.text}\n</tool_response>"}]}
    if isinstance(message, SystemMessage):
        return {"role": "system", "content": text}
    shown = [made for block in message.content_blocks for made in media.blocks(block)]
    return {"role": "user", "content": [*shown, *text]}  # pictures first: so the models were taught


def _answer(message: AIMessage, native: bool) -> dict[str, Any]:
    calls = [{"name": call["name"], "arguments": call["args"]} for call in message.tool_calls]
    words = str(message.text)
    if not native:
        written = [f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>" for call in calls]
        return {"role": "assistant", "content": [{"type": "text", "text": "\n".join(filter(None, [words, *written]))}]}
    found: dict[str, Any] = {"role": "assistant", "content": [{"type": "text", "text": words}] if words else []}
    return found | ({"tool_calls": [{"type": "function", "function": call} for call in calls]} if calls else {})


def _joined(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbours of one role as one message: many templates refuse two in a row."""
    found: list[dict[str, Any]] = []
    for message in messages:
        if found and found[-1]["role"] == message["role"]:
            found[-1] = message | {"content": [*found[-1]["content"], *message["content"]]}
        else:
            found.append(message)
    return found


def fitting(
    messages: Sequence[BaseMessage], fits: Callable[[Sequence[BaseMessage]], bool], summary: Summary = lambda turns: ""
) -> list[BaseMessage] | None:
    """`messages`, or what is left of them when the oldest turns go, and then the ends of long results of tools; None when nothing fits.

    The system prompt and the newest turn always stay. Where turns went stands what `summary` says of them, or a note. `fits` was asked
    last for what is returned.
    """
    if fits(messages):
        return list(messages)
    system = [m for m in messages if isinstance(m, SystemMessage)]
    turns = _turns([m for m in messages if not isinstance(m, SystemMessage)])
    left: list[BaseMessage] = []
    noted: list[BaseMessage] | None = None
    for gone in [*range(_STEP, len(turns) - 1, _STEP), len(turns) - 1]:
        kept = [message for turn in turns[gone:] for message in turn]
        left = [*system, *([_marked(kept[0], EARLIER), *kept[1:]] if gone > 0 else kept)]
        if not fits(left):
            continue
        text = summary(turns[:gone]) if gone > 0 else ""
        if text == "":
            return left
        noted = noted or left
        if text is not None and fits(told := [*system, _marked(kept[0], text), *kept[1:]]):
            return told
    if noted is not None and fits(noted):
        return noted
    while (shorter := _shorter(left)) is not None:
        left = shorter
        if fits(left):
            return left
    return None


def _turns(messages: Sequence[BaseMessage]) -> list[list[BaseMessage]]:
    """Each begins with what a person said."""
    found: list[list[BaseMessage]] = []
    for message in messages:
        if isinstance(message, HumanMessage) or not found:
            found.append([])
        found[-1].append(message)
    return found


def _marked(message: BaseMessage, missing: str) -> BaseMessage:
    """The message with first lines that say what is missing before it."""
    content = message.content
    line: Any = missing + "\n" + content if isinstance(content, str) else [{"type": "text", "text": missing + "\n"}, *content]
    return message.model_copy(update={"content": line})


def _shorter(messages: Sequence[BaseMessage]) -> list[BaseMessage] | None:
    """Half of the longest result of a tool gone; None when all are short."""
    results = [m for m in messages if isinstance(m, ToolMessage) and len(m.text) > _SHORTEST]
    if not results:
        return None
    longest = max(results, key=lambda m: len(m.text))
    half = str(longest.text).removesuffix(_CUT)[: len(longest.text) // 2] + _CUT
    return [m.model_copy(update={"content": half}) if m is longest else m for m in messages]
