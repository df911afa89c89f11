"""Streams of `/chat/completions` as plain JSON, both ways. Knows the client of OpenAI, no model and no message.

A request is plain JSON when it gets here, and LangChain reads each piece of the answer as a dictionary. The client would walk through the
whole request to see whether anything in it is not, and make an object of each piece that is taken apart at once: with twenty tools and an
answer of some words that takes longer than the rest of the call. Retries, errors and time limits stay the client's.
"""

from __future__ import annotations

from typing import Any

from openai import AsyncOpenAI, AsyncStream

_OPTIONS = {"extra_headers": "headers", "extra_query": "params", "extra_body": "extra_json", "timeout": "timeout"}
"""Arguments of `create` that are not part of the request, and what the client calls them further inside."""


class PlainCompletions:
    """`client.chat.completions` whose streams are dictionaries."""

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client.chat.completions, name)

    async def create(self, **payload: Any) -> Any:
        """The answer; raises what the client raises."""
        if not payload.get("stream"):
            return await self._client.chat.completions.create(**payload)
        options: Any = {_OPTIONS[name]: payload.pop(name) for name in _OPTIONS if name in payload}
        return await self._client.post(
            "/chat/completions", body=payload, options=options | {"security": {"bearer_auth": True}}, cast_to=object, stream=True,
            stream_cls=AsyncStream[object],
        )  # fmt: skip
