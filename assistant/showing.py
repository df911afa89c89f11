"""Pictures and sounds for a chat model that sees or hears. Knows LangChain's blocks and the conventions of `chat_models/base.py`."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AnyMessage, HumanMessage

from retrieval.content import Content
from retrieval.faults import Fault, NotFound

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
MOST_SECONDS = 60.0
"""Of a sound or video that is shown; a longer one is left to the tools, because a model reads some twenty tokens of each second."""


class ShowMedia(AgentMiddleware[Any, Any, Any]):
    """Puts the newest media of the conversation before a chat model that can take them; the saved history holds only their ids."""

    NEWEST = 6
    """Media shown at most, of all kinds together."""

    def __init__(self, modalities: frozenset[str], wave: Callable[[Content], bytes]) -> None:
        """`modalities` that the chat model takes (image, audio, video); `wave` makes a WAV file of any sound."""
        super().__init__()
        self._modalities, self._wave = modalities, wave

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """Add the bytes of the newest media to the messages that brought them, for this call only."""
        left = self.NEWEST
        shown: list[AnyMessage] = []
        for message in reversed(request.messages):
            media = message.additional_kwargs.get("media", ()) if isinstance(message, HumanMessage) else ()
            wanted = [m["file_id"] for m in media if m["modality"] in self._modalities][: max(left, 0)]
            blocks = [block for file_id in wanted if (block := self._block(request.runtime.context, file_id))]
            left -= len(blocks)
            content = [{"type": "text", "text": message.text}, *blocks]
            shown.append(message.model_copy(update={"content": content}) if blocks else message)
        return await handler(request.override(messages=shown[::-1]))

    def _block(self, context: Any, file_id: str) -> dict[str, Any] | None:
        try:
            content: Content = context.open(file_id)
        except NotFound:
            return None  # deleted since: the line with its name still tells the model that there was one
        if content.modality == "image":
            return {"type": "image", "base64": base64.b64encode(content.data).decode(), "mime_type": content.media_type}
        if (content.seconds or 0.0) > MOST_SECONDS:
            return None
        if content.modality == "video":
            return {"type": "video", "base64": base64.b64encode(content.data).decode(), "mime_type": content.media_type}
        try:
            return {"type": "audio", "base64": base64.b64encode(self._wave(content)).decode(), "mime_type": "audio/wav"}
        except Fault:
            return None  # no sound in it that can be decoded: a tool says why when it is asked
