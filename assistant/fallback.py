"""Fallback: chat models in a row. One that cannot answer before its first piece makes way for the next; knows no back-end.

After the first piece there is no way back: the person has read it. A refusal of the request (a wrong key, an unknown model) is no reason to
ask another model either, because somebody has to correct it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, closing
from typing import Any

from langchain_core.language_models.base import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from retrieval.faults import Busy, Fault, TimedOut, Unavailable

log = logging.getLogger(__name__)
_MAKES_WAY = (Unavailable, TimedOut, Busy, TimeoutError)


class Fallback(BaseChatModel):
    """Asks the first of `models`, and the next when it is unavailable, too slow or busy.

    The first chunk of an answer carries `response_metadata["answered_by"]`, the name of the model that gives it.
    """

    models: tuple[BaseChatModel, ...]
    """At least one, the preferred one first."""
    patience: float
    """Seconds until the first piece after which the next model is asked; the last one may take as long as it likes."""

    @property
    def _llm_type(self) -> str:
        return "fallback"

    @property
    def model_name(self) -> str:
        """The name of the preferred model."""
        return _name(self.models[0])

    @property
    def remote(self) -> bool:
        """Whether one of the models runs on another machine."""
        return any(getattr(model, "remote", False) for model in self.models)

    @property
    def sees(self) -> bool:
        """Whether the preferred model takes pictures."""
        return bool(getattr(self.models[0], "sees", True))

    def reach(self, seconds: float) -> str:
        """Whether one of them answers, each within `seconds`; what is wrong with those before it. Raises the first Fault when none does."""
        wrong: list[Fault] = []
        for model in self.models:
            try:
                told = model.reach(seconds) if hasattr(model, "reach") else ""
            except Fault as fault:
                wrong.append(fault)
                continue
            return " ".join([*(f"{one.message} {one.hint}" for one in wrong), told]).strip()
        raise wrong[0]

    async def aclose(self) -> None:
        """Close the connections of the models that have any."""
        for model in self.models:
            if (release := getattr(model, "aclose", None)) is not None:
                await release()

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The row of models with `tools`, in the one form that all of them take."""
        return self.bind(
            tools=[convert_to_openai_tool(t) for t in tools], **({"tool_choice": tool_choice} if tool_choice else {}), **kwargs
        )

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for model in self.models:
            last = model is self.models[-1]
            async with aclosing(model._astream(messages, stop, **kwargs)) as pieces:  # type: ignore[type-var]
                begun: list[ChatGenerationChunk] = []
                try:
                    async with asyncio.timeout(None if last else self.patience):
                        async for piece in pieces:
                            begun.append(piece)
                            if _says(piece):
                                break
                except _MAKES_WAY as error:
                    if last:
                        raise
                    _told(model, error)
                    continue
                for piece in _signed(begun, model):
                    yield piece
                async for piece in pieces:
                    yield piece
                return

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        for model in self.models:
            with closing(model._stream(messages, stop, **kwargs)) as pieces:  # type: ignore[type-var]
                begun: list[ChatGenerationChunk] = []
                try:
                    for piece in pieces:
                        begun.append(piece)
                        if _says(piece):
                            break
                except _MAKES_WAY as error:
                    if model is self.models[-1]:
                        raise
                    _told(model, error)
                    continue
                yield from _signed(begun, model)
                yield from pieces
                return

    def _generate(self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))


def _says(piece: ChatGenerationChunk) -> bool:
    """Whether a piece holds anything that a person or a tool could have taken up by now."""
    message = piece.message
    calls = message.tool_call_chunks if isinstance(message, AIMessageChunk) else ()
    return bool(piece.text or calls or message.additional_kwargs)


def _signed(begun: list[ChatGenerationChunk], model: BaseChatModel) -> list[ChatGenerationChunk]:
    if begun:
        begun[0].message.response_metadata["answered_by"] = _name(model)
    return begun


def _told(model: BaseChatModel, error: BaseException) -> None:
    log.warning("the chat model '%s' cannot answer (%s): asking the next one", _name(model), error or "it took too long")


def _name(model: BaseChatModel) -> str:
    return str(getattr(model, "model_name", model._llm_type))
