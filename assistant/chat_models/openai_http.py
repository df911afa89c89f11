"""Any OpenAI-compatible server as the chat model: vLLM, Ollama, llama.cpp, SGLang, LM Studio, hosted.

Knows the wire of `/chat/completions`; knows no tool and no conversation. LangChain's ChatOpenAI does the talking; what is added here is
what it leaves open: errors as Faults that say what to do, bounded retries, and a model without eyes, which is asked again without the
pictures (their `[image_1: photo.jpg]` lines stay, so it can still hand them to a tool).

Reference: `http://localhost:11434/v1#qwen3-vl` (address, then the model's name after `#`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import openai
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from retrieval.embedders.base import Embedder
from retrieval.faults import Busy, Fault, InvalidInput, NotAllowed, NotFound, TimedOut, Unavailable

log = logging.getLogger(__name__)

RETRIES = 2
"""Times a call is repeated after a refused connection, 408, 409, 429 or 5xx, with the client's growing pause."""
CONNECT_SECONDS = 5.0
PICTURES = ("image_url", "input_image", "image")


class OpenAIHTTP(ChatOpenAI):
    """ChatOpenAI whose failures are Faults and whose pictures may be refused."""

    _blind: bool = PrivateAttr(default=False)
    """The server refused pictures once; they are left out from then on."""

    @property
    def _llm_type(self) -> str:
        return "openai_http"

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
        return without_pictures(payload) if self._blind else payload

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        with faults(str(self.openai_api_base), self.model_name):
            try:
                return super()._generate(messages, *args, **kwargs)
            except openai.APIStatusError as error:
                self._look_away(error, messages)
            return super()._generate(messages, *args, **kwargs)

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        with faults(str(self.openai_api_base), self.model_name):
            try:
                return await super()._agenerate(messages, *args, **kwargs)
            except openai.APIStatusError as error:
                self._look_away(error, messages)
            return await super()._agenerate(messages, *args, **kwargs)

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        with faults(str(self.openai_api_base), self.model_name):
            try:
                yield from super()._stream(messages, *args, **kwargs)
                return
            except openai.APIStatusError as error:  # only before the first piece: a status comes with the head of the answer
                self._look_away(error, messages)
            yield from super()._stream(messages, *args, **kwargs)

    async def _astream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        with faults(str(self.openai_api_base), self.model_name):
            try:
                async for chunk in super()._astream(messages, *args, **kwargs):
                    yield chunk
                return
            except openai.APIStatusError as error:
                self._look_away(error, messages)
            async for chunk in super()._astream(messages, *args, **kwargs):
                yield chunk

    def _look_away(self, error: openai.APIStatusError, messages: list[BaseMessage]) -> None:
        """Leave pictures out from now on when they may be why the server refused; otherwise raise `error`."""
        shown = any(isinstance(m.content, list) and any(_is_picture(b) for b in m.content) for m in messages)
        refused = error.status_code in (400, 415, 422) or (error.status_code == 500 and "image" in str(error.message).lower())
        if self._blind or not shown or not refused:
            raise error
        log.warning("%s refused the pictures (%s): asking without them from now on", self.openai_api_base, error.status_code)
        self._blind = True


def create(reference: str, *, embedder: Embedder | None = None, timeout: float = 120.0, api_key: str = "none") -> OpenAIHTTP:
    """A chat model on the server of `reference`; nothing is connected until the first call.

    `timeout` bounds the wait for an answer, and between two pieces of a stream, in seconds. `api_key` is sent as the bearer token.
    Raises InvalidInput for a malformed reference.
    """
    address, model = parse(reference)
    patience = openai.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout))
    return OpenAIHTTP(
        base_url=address,
        model=model,
        api_key=SecretStr(api_key or "none"),
        use_responses_api=False,
        stream_usage=True,
        timeout=patience,
        # Clients of its own: LangChain's are shared by the whole process, and break when a second event loop uses them.
        http_client=openai.DefaultHttpxClient(base_url=address, timeout=patience),
        http_async_client=openai.DefaultAsyncHttpxClient(base_url=address, timeout=patience),
        stream_chunk_timeout=timeout,
        max_retries=RETRIES,
        profile=ModelProfile(image_inputs=True, tool_calling=True),
    )


def parse(reference: str) -> tuple[str, str]:
    """(base address, model) of a reference. Raises InvalidInput that shows the expected form."""
    address, _, model = reference.partition("#")
    parts = urlsplit(address)
    form = 'Write chat_model = "openai_http:http://localhost:11434/v1#model-name" in assistant.toml.'
    if parts.username or parts.password:
        raise InvalidInput("The address of the chat model holds a password.", hint="Set OPENAI_API_KEY instead.", param="chat_model")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"'{reference}' names no http address.", hint=form, param="chat_model")
    if not model:
        raise InvalidInput(f"'{reference}' names no model.", hint=form, param="chat_model")
    return address.rstrip("/"), model


def without_pictures(payload: dict[str, Any]) -> dict[str, Any]:
    """The request without its pictures; a content of which only words are left becomes plain text."""
    return payload | {"messages": [_words_only(message) for message in payload.get("messages", ())]}


def _words_only(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if not isinstance(content, list) or not any(_is_picture(block) for block in content):
        return message
    left = [block for block in content if not _is_picture(block)]
    plain = all(isinstance(block, dict) and block.get("type") == "text" for block in left)
    return message | {"content": "\n".join(block["text"] for block in left) if plain else left}


def _is_picture(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in PICTURES


@contextmanager
def faults(address: str, model: str) -> Iterator[None]:
    """Turn the client's errors into Faults. The key never enters a message."""
    try:
        yield
    except (openai.APITimeoutError, TimeoutError) as error:
        hint = "Is the model still loading? Ask again, or raise limits.turn_seconds."
        raise TimedOut(f"{address} did not answer in time.", hint=hint) from error
    except openai.APIConnectionError as error:
        hint = "Start that server, or correct chat_model in assistant.toml (`reflex` needs no server)."
        raise Unavailable(f"No chat model answers at {address}.", hint=hint) from error
    except openai.APIStatusError as error:
        raise _refused(error, address, model) from error
    except openai.APIError as error:
        raise Unavailable(f"The chat model at {address} broke off.", hint="Look at that server's log, then ask again.") from error


def _refused(error: openai.APIStatusError, address: str, model: str) -> Fault:
    status, said = error.status_code, _said(error)
    if status in (401, 403):
        return NotAllowed(
            f"{address} refused the key ({status}).", hint="Set OPENAI_API_KEY to a key of that server.", code="chat_model_key"
        )
    if status == 404:
        return NotFound(f"{address} has no model '{model}'{said}.", hint=f"List its models: curl {address}/models", code="model_not_found")
    if status == 429:
        return Busy(f"The chat model at {address} is busy{said}.", hint="Ask again in a moment.")
    if status in (400, 413, 422):
        hint = "It needs a model with tool calling; a long conversation may be over its context."
        return InvalidInput(f"'{model}' at {address} refused the request{said}.", hint=hint, code="chat_model_refused")
    return Unavailable(f"The chat model at {address} failed with status {status}.", hint="Look at that server's log, then ask again.")


def _said(error: openai.APIStatusError) -> str:
    body: Any = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    message = inner.get("message") if isinstance(inner, dict) else body.get("message") or inner
    return f": {str(message)[:200].rstrip('.')}" if message else ""
