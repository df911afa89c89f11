"""Characters that nobody sees and a language model reads: they are taken out of what it is shown, and of nothing that is stored.

A sentence written in tag characters is invisible on a page and plain to a model; the same goes for runs of variation selectors, and
characters that turn the reading direction make a person read another text than the model does.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AnyMessage

Handler = Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
_INVISIBLE = re.compile(
    "[\U000e0000-\U000e0fff\u202a-\u202e\u2060-\u2069\u200b\u200e\u200f\u061c\u00ad\u180e\ufeff\ufff9-\ufffb]|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]"
)


def visible(text: str) -> str:
    """`text` without what nobody sees. Joiners stay, which emoji and several scripts need."""
    return _INVISIBLE.sub("", text)


def shown(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """The messages as a language model gets them; those with nothing invisible are the same objects."""
    found = []
    for message in messages:
        plain = _plain(message.content)
        found.append(message if plain == message.content else message.model_copy(update={"content": plain}))
    return found


def _plain(content: Any) -> Any:
    if isinstance(content, str):
        return visible(content)
    if not isinstance(content, list):
        return content
    return [{**part, "text": visible(str(part["text"]))} if isinstance(part, dict) and "text" in part else _plain(part) for part in content]


class Visible(AgentMiddleware[Any, Any, Any]):
    """Shows a language model what a person could have seen."""

    async def awrap_model_call(self, request: ModelRequest[Any], handler: Handler) -> ModelResponse[Any]:
        """`reflex` reads the words as they are: it obeys no sentence."""
        if request.model._llm_type == "reflex":
            return await handler(request)
        return await handler(request.override(messages=shown(request.messages)))
