"""Every chat model: binds tools, calls only those, streams, answers after a result, and works inside LangChain's `create_agent`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool, tool

from retrieval.backends import names
from retrieval.faults import InvalidInput

ITEM = {
    "id": "item_1", "collection": "vs_1", "owner": "local", "modality": "text", "title": "Warranty",
    "text": "The warranty covers defects of material for two years.", "metadata": {}, "locator": {"page": 1},
}  # fmt: skip
RESULT: dict[str, Any] = {
    "text": "[1] The warranty covers defects of material for two years.", "answer": "", "refused": False, "shown": [], "data": {},
    "evidence": [{"number": 1, "hit": {"item": ITEM, "score": 0.9, "probability": 0.9, "ranks": {}}}],
}  # fmt: skip


@tool(response_format="content_and_artifact")
def search(query: str, k: int = 5) -> tuple[str, dict[str, Any]]:
    """Search the collections."""
    return RESULT["text"], RESULT


def human(words: str) -> HumanMessage:
    """A turn as the agent hands it over."""
    extra = {"words": words, "language": "en", "media": [], "collections": [{"id": "vs_1", "name": "default", "items": 1}]}
    return HumanMessage(words, id="msg_1", additional_kwargs=extra)


def make_reflex() -> BaseChatModel:
    """The bundled model, without a sentence embedding."""
    from assistant.chat_models.reflex import create

    return create("", embedder=None, cache_dir=Path("unused"), timeout=30)  # type: ignore[arg-type]


MAKERS: dict[str, Callable[[], BaseChatModel]] = {"reflex": make_reflex}


@pytest.fixture(params=sorted(MAKERS))
def model(request: pytest.FixtureRequest) -> BaseChatModel:
    """Each back-end that runs without a server."""
    return MAKERS[request.param]()


def chunks(model: BaseChatModel, messages: Sequence[Any], tools: Sequence[BaseTool] = (search,)) -> list[AIMessageChunk]:
    """The chunks of one streamed call."""
    found = list(model.bind_tools(list(tools)).stream(list(messages)))
    assert all(isinstance(c, AIMessageChunk) for c in found)
    return found  # type: ignore[return-value]


def whole(found: Sequence[AIMessageChunk]) -> AIMessageChunk:
    """The chunks added up."""
    total = found[0]
    for chunk in found[1:]:
        total = total + chunk
    return total


def test_every_backend_has_a_factory() -> None:
    assert set(MAKERS) <= set(names("assistant.chat_models"))


def test_a_question_becomes_a_call_of_a_bound_tool(model: BaseChatModel) -> None:
    message = whole(chunks(model, [human("What does the warranty cover?")]))
    assert [c["name"] for c in message.tool_calls] == ["search"]
    assert "warranty" in message.tool_calls[0]["args"]["query"]
    assert message.tool_calls[0]["id"]


def test_name_and_id_stand_on_the_first_call_chunk_only(model: BaseChatModel) -> None:
    calls = [c for chunk in chunks(model, [human("What does the warranty cover?")]) for c in chunk.tool_call_chunks]
    assert calls[0]["name"] == "search"
    assert all(not c["name"] and not c["id"] for c in calls[1:])
    assert json.loads("".join(c["args"] or "" for c in calls))


def test_a_result_is_answered_in_words_with_marks(model: BaseChatModel) -> None:
    asked = human("What does the warranty cover?")
    call = whole(chunks(model, [asked]))
    done = AIMessage("", tool_calls=call.tool_calls)
    result = ToolMessage(RESULT["text"], tool_call_id=str(call.tool_calls[0]["id"]), name="search", artifact=RESULT)
    found = chunks(model, [asked, done, result])
    assert not whole(found).tool_calls
    assert "[1]" in whole(found).text
    assert sum(bool(c.text) for c in found) > 3, "the answer streams"


def test_nothing_bound_means_no_call(model: BaseChatModel) -> None:
    assert not model.invoke([human("What does the warranty cover?")]).tool_calls


def test_works_in_an_agent(model: BaseChatModel) -> None:
    done = create_agent(model, [search]).invoke({"messages": [human("What does the warranty cover?")]})
    kinds = [type(m).__name__ for m in done["messages"]]
    assert kinds == ["HumanMessage", "AIMessage", "ToolMessage", "AIMessage"]
    assert "two years" in done["messages"][-1].text


async def test_streams_in_an_agent(model: BaseChatModel) -> None:
    texts = [
        chunk.text
        async for chunk, _ in create_agent(model, [search]).astream(
            {"messages": [human("What does the warranty cover?")]}, stream_mode="messages"
        )
        if isinstance(chunk, AIMessageChunk) and chunk.text
    ]
    assert len(texts) > 3
    assert "two years" in "".join(texts)


def test_reflex_refuses_a_reference() -> None:
    from assistant.chat_models.reflex import create

    with pytest.raises(InvalidInput, match="takes no reference"):
        create("llama", embedder=None, cache_dir=Path("unused"), timeout=1)  # type: ignore[arg-type]
