"""A language model in this process: any chat model of transformers, with pictures and sound where the model takes them.

Knows LangChain's chat-model interface and the conventions of `base.py`. Each call runs in a thread of its own, streams what the model
writes, and ends within one token when the caller goes away. Tool calls are held to the tools' schemas while they are written.

Reference: `Qwen/Qwen3.5-0.8B?quantize=int4`, a hub id that was pulled or a directory. Options: `device` (cuda, mps, cpu, or auto to spread
the model over what there is), `dtype`, `quantize` (int8, int4), `context` (tokens of prompt and answer), `thinking` (true).
"""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.base import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream, generate_from_stream
from langchain_core.language_models.model_profile import ModelProfile
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from assistant.chat_models._answering import answer
from assistant.chat_models._loading import Loaded, load, thinking
from assistant.chat_models._reading import Asked, Ended, Piece
from retrieval.decoding import Decoder
from retrieval.faults import Cancelled, NotInstalled, TimedOut
from retrieval.hosting.host import ModelHost
from retrieval.hosting.hosted import Hosted
from retrieval.hosting.residency import Resident
from retrieval.hosting.weights import Weights
from retrieval.items import ModelCard

OPTIONS = ("device", "dtype", "quantize", "context", "thinking")
_GRACE = 2.0
"""Seconds after the deadline within which the model's own thread should have said so."""
_LOOK = 0.05
"""Seconds between looks at a model that is busy."""


class TransformersChat(BaseChatModel):
    """A chat model that runs here. Safe for threads; calls to one model wait for each other."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    reference: str
    models: ModelHost
    decoder: Decoder | None = None
    """Opens sound and video for a model that takes them; without it they are left out."""
    timeout: float
    """Seconds for one answer, waiting and loading included."""
    model_name: str

    @property
    def _llm_type(self) -> str:
        return "transformers"

    @cached_property
    def weights(self) -> Weights:
        """The model's files. Raises NotInstalled, InvalidInput."""
        return self.models.locate(self.reference, OPTIONS)

    @cached_property
    def resident(self) -> Resident[Loaded]:
        """The model, loaded at the first use. Raises NotInstalled, InvalidInput."""
        weights = self.weights
        return self.models.resident(weights, "chat", lambda: load(weights, self.models), quantizes=True)

    @property
    def card(self) -> ModelCard:
        """Its source and hash; of a model that is not here, that it is not."""
        takes = tuple(kind for kind in ("image", "audio") if (self.profile or {}).get(f"{kind}_inputs"))
        return Hosted(self.models, self.reference, "chat_model", allowed=OPTIONS).card(modalities=("text", *takes))

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, tool_choice: Any = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with `tools`; only these are ever called. `tool_choice` is a tool's name, `any`, `auto` or `none`."""
        return self.bind(tools=[convert_to_openai_tool(t) for t in tools], tool_choice=tool_choice, **kwargs)

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        found: queue.Queue[Any] = queue.Queue()
        cancelled, deadline = self._begin(messages, kwargs, found.put)
        try:
            while True:
                try:
                    piece = found.get(timeout=max(deadline + _GRACE - time.monotonic(), _LOOK))
                except queue.Empty:
                    raise _late(self.timeout) from None
                yield self._chunk(piece)
                if isinstance(piece, Ended):
                    return
        finally:
            cancelled.set()

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:  # fmt: skip
        loop = asyncio.get_running_loop()
        found: asyncio.Queue[Any] = asyncio.Queue()

        def send(piece: Any) -> None:
            with suppress(RuntimeError):  # the loop is gone, and with it whoever listened
                loop.call_soon_threadsafe(found.put_nowait, piece)

        cancelled, deadline = self._begin(messages, kwargs, send)
        try:
            while True:
                try:
                    piece = await asyncio.wait_for(found.get(), max(deadline + _GRACE - time.monotonic(), _LOOK))
                except TimeoutError:
                    raise _late(self.timeout) from None
                yield self._chunk(piece)
                if isinstance(piece, Ended):
                    return
        finally:
            cancelled.set()

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, **kwargs))

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:  # fmt: skip
        return await agenerate_from_stream(self._astream(messages, **kwargs))

    def _begin(self, messages: list[BaseMessage], kwargs: dict[str, Any], send: Callable[[Any], None]) -> tuple[threading.Event, float]:
        """Start the thread that writes the answer; it sends Pieces and at last Ended, or what went wrong."""
        asked = self._asked(messages, kwargs)
        cancelled, deadline = threading.Event(), time.monotonic() + self.timeout

        def work() -> None:
            try:
                with self.resident.use() as loaded, _turn(loaded, cancelled, deadline, self.timeout):
                    send(answer(loaded, asked, self.decoder, cancelled, deadline, send))
            except BaseException as error:
                send(error)

        threading.Thread(target=work, name="chat-model", daemon=True).start()
        return cancelled, deadline

    def _asked(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Asked:
        choice, tools = kwargs.get("tool_choice"), kwargs.get("tools") or ()
        if isinstance(choice, dict):
            choice = choice.get("function", {}).get("name", "any")
        named = [tool for tool in tools if tool["function"]["name"] == choice]
        must = bool(tools) and (bool(named) or choice in (True, "any", "required"))
        return Asked(messages, () if choice == "none" else named or tools, must, thinking(self.weights))

    def _chunk(self, found: Any) -> ChatGenerationChunk:
        """What the thread sent, for LangChain. Raises what went wrong there."""
        if isinstance(found, BaseException):
            raise found
        if isinstance(found, Ended):
            usage = UsageMetadata(
                input_tokens=found.tokens_in, output_tokens=found.tokens_out, total_tokens=found.tokens_in + found.tokens_out,
                input_token_details=InputTokenDetails(cache_read=found.reused),
            )  # fmt: skip
            last = {"finish_reason": found.finish, "model_name": self.model_name}
            return ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage, response_metadata=last))
        piece: Piece = found
        calls: list[ToolCallChunk] = []
        if piece.call is not None:
            arguments = json.dumps(piece.call.arguments, ensure_ascii=False)
            calls.append(
                ToolCallChunk(name=piece.call.name, args=arguments, id=piece.call.id, index=piece.call.number, type="tool_call_chunk")
            )
        thought = {"reasoning_content": piece.thought} if piece.thought else {}
        return ChatGenerationChunk(message=AIMessageChunk(content=piece.text, tool_call_chunks=calls, additional_kwargs=thought))


@contextmanager
def _turn(loaded: Loaded, cancelled: threading.Event, deadline: float, seconds: float) -> Iterator[None]:
    """Wait for the model to be free. Raises Cancelled, TimedOut."""
    while not loaded.lock.acquire(timeout=_LOOK):
        if cancelled.is_set():
            raise Cancelled("The answer was stopped.")
        if time.monotonic() > deadline:
            raise _late(seconds)
    try:
        yield
    finally:
        loaded.lock.release()


def _late(seconds: float) -> TimedOut:
    return TimedOut(
        f"The chat model did not answer within {seconds:g} s.", hint="Is it still loading? Ask again, or raise limits.turn_seconds."
    )


def create(reference: str = "", *, models: ModelHost, timeout: float = 300.0, decoder: Decoder | None = None) -> TransformersChat:
    """The chat model of `reference`; it is loaded when it is first asked. `timeout` is in seconds."""
    made = TransformersChat(reference=reference, models=models, decoder=decoder, timeout=timeout, model_name=reference.partition("?")[0])
    config: dict[str, Any] = {}
    with suppress(NotInstalled):  # the first question says so
        config = made.weights.config()
    sees, opens = "vision_config" in config, decoder is not None
    made.profile = ModelProfile(
        image_inputs=sees or not config, audio_inputs="audio_config" in config and opens, video_inputs=sees and opens, tool_calling=True,
    )  # fmt: skip
    return made
