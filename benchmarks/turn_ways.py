"""Ways through one turn with one tool: bare HTTP calls, LangChain's `create_agent`, and ours. Measures nothing.

All ask the same model server twice and run the same `search` of ours in between, in this process; what they add to that is theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from assistant.service import Assistant
from assistant.turns import Turn
from benchmarks.model_server import MODEL
from benchmarks.turn_places import OWNER
from retrieval.content import Content
from tools.base import ToolContext
from tools.search import SearchArguments

Way = Callable[[str], Awaitable[bool]]
"""Asks a question; whether it was answered with its mark."""
CONNECTIONS = httpx.Limits(max_connections=64, max_keepalive_connections=64)


def _search(assistant: Assistant) -> Callable[[str], str]:
    """The tool, outside a turn."""
    places = assistant.resolve((), OWNER)

    def run(query: str) -> str:
        context = ToolContext(owner=OWNER, collections=places, language="en", open=lambda name: assistant.library.open_file(name, OWNER))
        return assistant.tools["search"].run(SearchArguments(query=query), context).text

    return run


def bare(assistant: Assistant, address: str) -> Way:
    """Two calls and the tool, with httpx: the limit."""
    search, client = _search(assistant), httpx.AsyncClient(base_url=address, limits=CONNECTIONS, timeout=60)
    schema = {"name": "search", "description": "Search.", "parameters": SearchArguments.model_json_schema()}
    more = {"model": MODEL, "tools": [{"type": "function", "function": schema}]}

    async def ask(question: str) -> bool:
        messages: list[dict[str, Any]] = [{"role": "system", "content": "Answer."}, {"role": "user", "content": question}]
        called = (await client.post("/chat/completions", json={"messages": messages, **more})).json()["choices"][0]["message"]
        call = called["tool_calls"][0]
        found = await asyncio.to_thread(search, question)
        messages += [called, {"role": "tool", "tool_call_id": call["id"], "content": found}]
        answer = (await client.post("/chat/completions", json={"messages": messages, **more})).json()
        return "[1]" in answer["choices"][0]["message"]["content"]

    return ask


def langchain(assistant: Assistant, address: str, *, stream: bool) -> Way:
    """`create_agent` with the same tool and nothing else: no memory, no citations, no events."""
    from langchain.agents import create_agent
    from langchain_core.tools import StructuredTool
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    search = _search(assistant)

    def searched(query: str, **more: Any) -> str:
        return search(query)

    tool = StructuredTool.from_function(searched, name="search", description="Search.", args_schema=SearchArguments)
    model = ChatOpenAI(
        base_url=address, model=MODEL, api_key=SecretStr("none"), max_retries=0,
        http_async_client=httpx.AsyncClient(limits=CONNECTIONS, timeout=60),
    )  # fmt: skip
    graph: Any = create_agent(model, [tool], system_prompt="Answer.")

    async def ask(question: str) -> bool:
        given = {"messages": [("user", question)]}
        if not stream:
            return "[1]" in str((await graph.ainvoke(given))["messages"][-1].text)
        text = ""
        async for chunk, _ in graph.astream(given, stream_mode="messages"):
            text += chunk.text if chunk.type == "AIMessageChunk" else ""
        return "[1]" in text

    return ask


def ours(assistant: Assistant, begun: list[str]) -> Way:
    """A turn in this process, of the next of the conversations `begun`; a one-off turn when there are none."""

    async def ask(question: str) -> bool:
        conversation = begun.pop() if begun else None
        turn = Turn(contents=(Content.from_text(question),), owner=OWNER, conversation=conversation)
        cited = answered = False
        async for event in assistant.run(turn):
            cited = cited or (event.type == "cited" and bool(event.citations))
            answered = answered or event.type == "finished"
        return cited and answered

    return ask


def served(client: httpx.AsyncClient, begun: list[str]) -> Way:
    """The same over HTTP, with connections kept. That nothing was found is an answer too: the reader doubts a few of the questions."""

    async def ask(question: str) -> bool:
        told = {"metadata": {"conversation": begun.pop()}} if begun else {}
        body = {"model": "assistant", "messages": [{"role": "user", "content": question}], **told}
        reply = await client.post("/v1/chat/completions", json=body)
        if reply.status_code != 200:
            return False
        told = reply.json()
        return bool(told["choices"][0]["message"]["annotations"]) or told["trace"]["refused"]

    return ask
