"""`reflex`: the chat model without a language model. It routes, fills in arguments, chains tools, and answers by quoting evidence.

Knows LangChain's chat-model interface and the conventions of `base.py`. Each call looks at the messages anew and keeps nothing in
between, so the same conversation always goes the same way. It writes no fact of its own: what no tool supports, it refuses.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.base import LanguageModelInput
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from assistant.reflex.conversation import Call, Conversation, Say
from assistant.reflex.cross_reader import CrossReader
from assistant.reflex.head import open_head
from assistant.reflex.manner import mannered, opens
from assistant.reflex.reader import Reader
from assistant.reflex.router import Router
from assistant.reflex.situation import read_situation
from retrieval.embedders.base import Embedder
from retrieval.embedders.minilm_int8 import MiniLMInt8
from retrieval.faults import InvalidInput
from retrieval.items import ModelCard

_WORD = re.compile(r"\s*\S+|\s+$")
_CARDS = Path(__file__).parent.parent / "reflex"
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]{5,}")


def _recorded(name: str) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((_CARDS / f"{name}.card.json").read_text("utf-8"))
    return card


class Reflex(BaseChatModel):
    """The bundled chat model. Deterministic; safe to call from several threads."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    router: Router
    reader: Reader
    model_name: str = "reflex"
    trained: dict[str, float] = Field(default_factory=dict)
    """Scores of a further training of the router, before and after; empty for the one that ships."""

    @property
    def _llm_type(self) -> str:
        return "reflex"

    @property
    def card(self) -> ModelCard:
        """The cards of its trained parts as one."""
        router, reader, cross = (_recorded(name) for name in ("router", "reader", "cross_reader"))
        return ModelCard(
            name="reflex", role="chat_model", source="training/router", licence="Apache-2.0", modalities=("text",),
            bytes=router["bytes"] + reader["bytes"] + cross["bytes"], sha256=router["sha256"],
            scores={
                "routing": router["scores"]["heldout"],
                "right_sentence_en": reader["scores"]["en_right_sentence"],
                "right_sentence_zh": reader["scores"]["zh_right_sentence"],
                "abstains_off_topic": reader["scores"]["en_abstains_article_gone"],
                "right_sentence_in_other_words": cross["scores"]["written_en_right_sentence"],
                **self.trained,
            },
            limits="No language model: it quotes and refuses, and does not summarise, reason or chat freely.",
        )  # fmt: skip

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with `tools`; only these are ever called."""
        return self.bind(tools=[convert_to_openai_tool(t) for t in tools], **kwargs)

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        situation = read_situation(messages)
        bound = tuple(t["function"]["name"] for t in kwargs.get("tools") or ())
        move = Conversation(self.router, self.reader, bound).next(situation)
        first: dict[str, Any] = {"model_name": self.model_name, "answered_by": self.model_name}
        if move.route is not None:
            first["route"] = move.route
        if isinstance(move, Call):
            identity = hashlib.sha256(f"{situation.identity}{situation.words}{len(messages)}{move.tool}".encode()).hexdigest()[:20]
            yield _chunk("", first, calls=(move.tool, json.dumps(move.arguments, ensure_ascii=False), f"call_{identity}"))
            yield _chunk("", {"finish_reason": "tool_calls"})
            return
        manner = "" if move.asked else str(kwargs.get("manner") or "")
        tools = [outcome.tool for outcome in situation.outcomes]
        text = mannered(move.text, manner, situation.language, opened=opens(manner, tools, refused=move.refused))
        yield from self._speak(replace(move, text=text), first, run_manager)

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        """The same from an event loop: thought about in one thread, where LangChain would fetch each word from one."""
        for chunk in await asyncio.to_thread(lambda: list(self._stream(messages, stop, **kwargs))):
            if run_manager is not None:
                await run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
            yield chunk

    def _speak(self, move: Say, first: dict[str, Any], run_manager: CallbackManagerForLLMRun | None) -> Iterator[ChatGenerationChunk]:
        pieces = _pieces(move.text)
        for place, piece in enumerate(pieces):
            chunk = _chunk(piece, first if place == 0 else {})
            if run_manager is not None:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        last: dict[str, Any] = {} if pieces else first
        last |= {"finish_reason": "stop"} | ({"refused": True} if move.refused else {}) | ({"asked": move.asked} if move.asked else {})
        last |= {"unanswered": True} if move.unanswered else {}
        yield _chunk("", last)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: CallbackManagerForLLMRun | None = None, **kwargs: Any
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))


def _chunk(text: str, metadata: dict[str, Any], calls: tuple[str, str, str] | None = None) -> ChatGenerationChunk:
    tool_calls: list[ToolCallChunk] = []
    if calls is not None:
        name, arguments, identity = calls
        tool_calls.append(ToolCallChunk(name=name, args=arguments, id=identity, index=0, type="tool_call_chunk"))
    return ChatGenerationChunk(message=AIMessageChunk(content=text, tool_call_chunks=tool_calls, response_metadata=metadata))


def _pieces(text: str) -> list[str]:
    """Word by word; runs of Chinese four characters at a time."""
    found: list[str] = []
    for word in _WORD.findall(text):
        cut = _CHINESE_RUN.search(word)
        found += [word[i : i + 4] for i in range(0, len(word), 4)] if cut else [word]
    return found


def create(reference: str, *, embedder: Embedder | None, cache_dir: Path, timeout: float) -> BaseChatModel:
    """The bundled chat model; it never waits for anything. `reference` is the directory of a router trained further on own turns.

    What its reader needs beside the text encoder is kept in `cache_dir`.

    Raises InvalidInput for any other reference.
    """
    if reference and not Path(reference).is_dir():
        raise InvalidInput(
            f"The chat model 'reflex' takes no reference but the directory of a trained router, and got '{reference}'.",
            hint='Write: chat_model = "reflex"', param="chat_model",
        )  # fmt: skip
    reader = Reader(_reading_encoder(embedder, cache_dir), CrossReader(cache_dir))
    # The router was trained on the vectors of the encoder as it ships.
    embedder = getattr(embedder, "unadapted", embedder)
    head = open_head(Path(reference)) if reference else None
    scores = _scores(Path(reference)) if reference else {}
    return Reflex(router=Router(embedder, head), reader=reader, trained=scores)


def _reading_encoder(embedder: Embedder | None, cache_dir: Path) -> Embedder | None:
    """The encoder of the reader, which embeds ten sentences a turn: in 8 bits they take less than half the time, and of 704 questions all
    but one get the same answer. None where words alone are to compare."""
    return embedder if embedder is None or embedder.space.startswith(MiniLMInt8.space) else MiniLMInt8(cache_dir)


def _scores(folder: Path) -> dict[str, float]:
    """Of the further training, before and after."""
    path = folder / "card.json"
    found: dict[str, float] = json.loads(path.read_text("utf-8"))["scores"] if path.is_file() else {}
    return found
