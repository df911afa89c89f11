"""Any OpenAI-compatible server as the chat model: vLLM, Ollama, llama.cpp, SGLang, LM Studio, hosted.

Knows the wire of `/chat/completions`; knows no tool and no conversation. LangChain's ChatOpenAI does the talking; what is added here is
what it leaves open: errors as Faults that say what to do, bounded retries, what the model thinks kept apart from what it says, and a model
without eyes or ears, which is asked again without the pictures or sounds (their `[image_1: photo.jpg]` lines stay, so it can still hand
them to a tool).

Reference: `http://localhost:11434/v1#qwen3-vl` (address, then the model's name after `#`).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import openai
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from assistant.chat_models import _dialects as dialects
from assistant.chat_models._plain import PlainCompletions
from assistant.chat_models._refusals import faults
from retrieval.faults import InvalidInput, Unavailable

log = logging.getLogger(__name__)

RETRIES = 2
"""Times a call is repeated after a refused connection, 408, 409, 429 or 5xx: after the `Retry-After` of the server (up to two minutes),
else with the client's growing pause."""
CONNECT_SECONDS = 5.0


class OpenAIHTTP(ChatOpenAI):
    """ChatOpenAI whose failures are Faults, whose thoughts arrive as `additional_kwargs["reasoning_content"]`, and whose pictures and
    sounds may be refused."""

    _refused: frozenset[str] = PrivateAttr(default=frozenset())
    """Kinds of media the server refused once; they are left out from then on."""
    _offline: bool = PrivateAttr(default=False)

    @property
    def sees(self) -> bool:
        """False once the server has refused a picture."""
        return "picture" not in self._refused

    @property
    def _llm_type(self) -> str:
        return "openai_http"

    @property
    def remote(self) -> bool:
        """Whether the model runs on another machine than this one."""
        return not _loopback(urlsplit(str(self.openai_api_base)).hostname or "")

    async def aclose(self) -> None:
        """Close the connections; the model is not used after it."""
        self.root_client.close()
        await self.root_async_client.close()

    def reach(self, seconds: float) -> str:
        """Ask the server which models it has, and this one for a word when it is not among them; what is worth knowing, or nothing.

        Each answer may take `seconds`. Raises the Faults of a turn.
        """
        self._check_allowed()
        client = self.root_client.with_options(timeout=seconds, max_retries=0)
        with faults(str(self.openai_api_base), self.model_name):
            try:
                names = {model.id for model in client.models.list().data}
            except openai.NotFoundError:  # not every server has a list
                names = set()
            if names & {self.model_name, f"{self.model_name}:latest"}:
                return ""
            client.chat.completions.create(model=self.model_name, messages=[{"role": "user", "content": "Say yes."}], max_tokens=1)
        return f"{self.openai_api_base} does not list '{self.model_name}', but answers."

    def _check_allowed(self) -> None:
        if self._offline and self.remote:
            hint = "Start without OFFLINE=1, or choose a chat model on this machine."
            raise Unavailable(f"This service is offline, and {self.openai_api_base} is on another machine.", hint=hint, code="offline")

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check_allowed()
        payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
        return dialects.without(payload, self._refused)

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(dialects.tidied(chunk), default_chunk_class, base_generation_info)
        choices = chunk.get("choices") or [{}]
        if made is not None and (text := dialects.thought(choices[0].get("delta"))):
            made.message.additional_kwargs["reasoning_content"] = text
        return made

    def _create_chat_result(self, response: Any, generation_info: dict[str, Any] | None = None) -> ChatResult:
        made = super()._create_chat_result(response, generation_info)
        body: dict[str, Any] = response if isinstance(response, dict) else response.model_dump(warnings=False)
        for generation, choice in zip(made.generations, body.get("choices") or (), strict=False):
            if text := dialects.thought(choice.get("message")):
                generation.message.additional_kwargs["reasoning_content"] = text
        return made

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        with faults(str(self.openai_api_base), self.model_name):
            while True:
                known = self._refused
                try:
                    return super()._generate(messages, *args, **kwargs)
                except openai.APIStatusError as error:
                    self._leave_out(error, messages, known)

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        with faults(str(self.openai_api_base), self.model_name):
            while True:
                known = self._refused
                try:
                    return await super()._agenerate(messages, *args, **kwargs)
                except openai.APIStatusError as error:
                    self._leave_out(error, messages, known)

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        with faults(str(self.openai_api_base), self.model_name):
            while True:
                known = self._refused
                try:
                    yield from super()._stream(messages, *args, **kwargs)
                    return
                except openai.APIStatusError as error:  # only before the first piece: a status comes with the head of the answer
                    self._leave_out(error, messages, known)

    async def _astream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        with faults(str(self.openai_api_base), self.model_name):
            while True:
                known = self._refused
                try:
                    async for chunk in super()._astream(messages, *args, **kwargs):
                        yield chunk
                    return
                except openai.APIStatusError as error:
                    self._leave_out(error, messages, known)

    def _leave_out(self, error: openai.APIStatusError, messages: list[BaseMessage], known: frozenset[str]) -> None:
        """Leave out from now on the media that may be why the server refused; raise `error` when there are none.

        `known` is what was left out of the refused request: another turn may have learned more in the meantime.
        """
        sent = dialects.shown(message.content for message in messages) - known
        lost = dialects.refused(error.status_code, str(error.message), sent)
        if not lost:
            raise error
        names = " and ".join(f"{kind}s" for kind in sorted(lost))
        log.warning("%s refused the %s (%s): asking without them from now on", self.openai_api_base, names, error.status_code)
        self._refused = self._refused | lost


def create(reference: str, *, timeout: float = 120.0, api_key: str = "none", offline: bool = False) -> OpenAIHTTP:
    """A chat model on the server of `reference`; nothing is connected until the first call.

    `timeout` bounds the wait for an answer, and between two pieces of a stream, in seconds. `api_key` is sent as the bearer token.
    With `offline` only a server of this machine is asked. Raises InvalidInput for a malformed reference.
    """
    address, model = parse(reference)
    patience = openai.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout))
    made = OpenAIHTTP(
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
        profile=ModelProfile(image_inputs=True, audio_inputs=True, tool_calling=True),
    )
    made._offline = offline
    made.async_client = PlainCompletions(made.root_async_client)
    return made


def parse(reference: str) -> tuple[str, str]:
    """(base address, model) of a reference. Raises InvalidInput that shows the expected form."""
    address, _, model = reference.partition("#")
    parts = urlsplit(address)
    form = 'Write chat_model = "openai_http:http://localhost:11434/v1#model-name" in assistant.toml.'
    if not address:
        hint = f"{form} Or set OPENAI_BASE_URL=http://localhost:11434/v1#model-name."
        raise InvalidInput("No server is named for the chat model.", hint=hint, param="chat_model")
    if parts.username or parts.password:
        raise InvalidInput("The address of the chat model holds a password.", hint="Set OPENAI_API_KEY instead.", param="chat_model")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(f"'{reference}' names no http address.", hint=form, param="chat_model")
    if not model:
        raise InvalidInput(f"'{reference}' names no model.", hint=form, param="chat_model")
    return address.rstrip("/"), model


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
