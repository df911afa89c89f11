"""LangSmith where it is off: what LangChain wraps for it runs where it is called, in no other thread and no other task."""

import asyncio
import threading

from langsmith import traceable

from assistant.tracing import trace_at_once


@traceable
async def where():
    return asyncio.current_task(), threading.current_thread()


async def test_a_call_that_nobody_traces_stays_in_its_task(monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "false")
    trace_at_once()
    threads = threading.active_count()
    assert await where() == (asyncio.current_task(), threading.current_thread())
    assert threading.active_count() == threads
