"""Turns through the real assistant: real stores, real tools, the bundled models. A scripted chat model stands in only where a
language model's misbehaviour is the subject."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from media_samples import wav

from assistant.agent import Agent
from assistant.build import build
from assistant.events import Cited, Failed, Finished, Routed, TextDelta, ToolFinished, ToolStarted
from assistant.settings import read
from assistant.transcribers.base import Transcript
from assistant.turns import Past, Turn
from retrieval.content import Content
from retrieval.faults import DataLocked
from tools.langchain import as_langchain

HANDBOOK = """# Gale G40 handbook

## Warranty
The warranty covers zips and seams for two years from the day of purchase. Batteries are excluded from the warranty.

## Care
Wash the jacket at thirty degrees. Do not iron the reflective strips.
"""


@pytest.fixture
async def assistant(tmp_path):
    made = build(read({"data_dir": tmp_path / "data", "sample": False}))
    await made.start()
    file = made.library.add_file(made.admit(HANDBOOK.encode(), "handbook.md"), "local")
    made.library.ingest(file.id, made.resolve((), "local")[0], "local")
    yield made
    await made.close()


async def run(assistant, text, **more):
    contents = (Content.from_text(text),) if text else ()
    turn = Turn(contents=contents + more.pop("contents", ()), **more)
    return [event async for event in assistant.run(turn)]


def only(events, kind):
    return [event for event in events if isinstance(event, kind)]


async def test_a_question_is_answered_with_a_citation_that_resolves(assistant):
    events = await run(assistant, "What does the warranty cover?")
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert not finished.refused
    assert "zips and seams" in finished.text
    (citation, *_) = only(events, Cited)[0].citations
    assert f"[{citation.index}]" in finished.text
    assert "zips and seams" in assistant.library.item(citation.item_id, "local").text
    assert citation.title
    assert only(events, Routed)[0].plan == ("search",)
    assert only(events, ToolFinished)[0].ok
    assert "".join(e.text for e in only(events, TextDelta)).strip() == finished.text


async def test_a_question_the_library_cannot_answer_is_refused(assistant):
    finished = (await run(assistant, "Who was the first emperor of Rome?"))[-1]
    assert finished.refused
    assert "[" not in finished.text or "Closest" in finished.text


async def test_small_talk_needs_no_tool(assistant):
    events = await run(assistant, "hello there")
    assert only(events, ToolStarted) == []
    assert events[-1].text
    assert not events[-1].refused


async def test_chinese_turns_are_answered_in_chinese(assistant):
    finished = (await run(assistant, "你好"))[-1]
    assert finished.language == "zh"
    assert any("\u4e00" <= c <= "\u9fff" for c in finished.text)


async def test_a_conversation_is_remembered_and_survives_a_restart(assistant, tmp_path):
    chat = assistant.conversations.create("local")
    await run(assistant, "What does the warranty cover?", conversation=chat.id)
    await run(assistant, "hello", conversation=chat.id)
    user, answer, *_ = assistant.conversations.messages(chat.id, "local")
    assert (user.text, answer.state) == ("What does the warranty cover?", "finished")
    assert answer.annotations[0]["type"] == "citation"
    assert answer.trace["steps"][0]["tool"] == "search"
    state = await assistant.agent.remembering.aget_state({"configurable": {"thread_id": chat.id}})
    assert [m.text for m in state.values["messages"] if isinstance(m, HumanMessage)] == ["What does the warranty cover?", "hello"]


async def test_a_turn_writes_what_is_new_in_a_few_commits_however_long_the_conversation_is(assistant, tmp_path):
    chat = assistant.conversations.create("local")

    def state():
        with sqlite3.connect(tmp_path / "data" / "conversations.db") as database:
            commits = int(database.execute("SELECT value FROM meta WHERE name = 'commits'").fetchone()[0])
            return commits, database.execute("SELECT count(*), total(length(value)) FROM remembered").fetchone()

    told = []
    for _ in range(6):
        commits, (rows, size) = state()
        await run(assistant, "What does the warranty cover?", conversation=chat.id)
        after, (more, larger) = state()
        told.append((after - commits, more - rows, round((larger - size) / 100)))
    assert told[0][:2] == (4, 4)  # asked, called, found, answered
    assert {one[:2] for one in told} == {(4, 4)}
    assert max(one[2] for one in told) <= min(one[2] for one in told) + 2


async def test_regenerating_forgets_the_old_answer(assistant):
    chat = assistant.conversations.create("local")
    await run(assistant, "hello", conversation=chat.id)
    first = assistant.conversations.messages(chat.id, "local")[0]
    assistant.conversations.forget_after(first.id, chat.id, "local")
    await run(assistant, "What does the warranty cover?", conversation=chat.id)
    state = await assistant.agent.remembering.aget_state({"configurable": {"thread_id": chat.id}})
    assert [m.text for m in state.values["messages"] if isinstance(m, HumanMessage)] == ["What does the warranty cover?"]


async def test_a_made_picture_can_be_named_by_the_next_turn(assistant):
    chat = assistant.conversations.create("local")
    events = await run(assistant, "draw a red star", conversation=chat.id)
    assert isinstance(events[-1], Finished), events[-1]
    events = await run(assistant, "make it green", conversation=chat.id)
    finished = only(events, ToolFinished)[0]
    assert (finished.tool, finished.ok) == ("edit_image", True), finished
    handles = [m["handle"] for message in assistant.conversations.messages(chat.id, "local") for m in message.media]
    assert handles == ["image_1", "image_2"]


async def test_history_that_a_client_sends_along_is_used(assistant):
    past = (Past(role="user", text="What does the warranty cover?"), Past(role="assistant", text="Zips and seams [1]."))
    assert isinstance((await run(assistant, "thanks", history=past))[-1], Finished)


async def test_an_empty_turn_is_a_fault(assistant):
    failed = (await run(assistant, ""))[-1]
    assert isinstance(failed, Failed)
    assert failed.code == "empty_turn"
    assert failed.status == 400


async def test_a_second_process_is_told_who_has_the_data(assistant, tmp_path):
    with pytest.raises(DataLocked):
        build(read({"data_dir": tmp_path / "data", "sample": False}))


class Scripted(BaseChatModel):
    """Says what the script says: a list of tool calls, or words."""

    script: list[Any]
    seen: list[list[BaseMessage]] = []
    pause: float = 0.0

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools, **more):
        return self.bind(tools=[convert_to_openai_tool(t) for t in tools])

    def _stream(self, messages, stop=None, run_manager=None, **more) -> Iterator[ChatGenerationChunk]:
        import time

        self.seen.append(list(messages))
        step = self.script[min(len(self.seen), len(self.script)) - 1]
        if isinstance(step, str):
            for word in step.split(" "):
                time.sleep(self.pause)
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=word + " "))
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        else:
            calls = [{"name": n, "args": json.dumps(a), "id": f"call_{len(self.seen)}_{i}", "index": i} for i, (n, a) in enumerate(step)]
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=calls))

    def _generate(self, messages, stop=None, run_manager=None, **more) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **more))


def with_model(assistant, script, **more):
    model = Scripted(script=script, seen=[], **more)
    agent = Agent(
        model, [as_langchain(t) for t in assistant.tools.values()], assistant.agent.memory, assistant.library,
        hear=assistant.voice.transcribe, speak=assistant.voice.speak, model_calls=4,
    )  # fmt: skip
    return agent, model


async def test_marks_of_a_language_model_that_nothing_supports_are_taken_out(assistant):
    agent, _ = with_model(
        assistant, [[("search", {"query": "warranty"})], "The warranty covers zips and seams for two years [1]. Whales sing opera [1] [9]."]
    )
    events = [e async for e in agent.run(Turn(contents=(Content.from_text("warranty?"),)))]
    assert events[-1].text == "The warranty covers zips and seams for two years [1]. Whales sing opera."


@pytest.mark.parametrize(("confidence", "begins"), [(0.3, "I may have misheard: “turn of the light”."), (0.9, "Done.")])
async def test_words_that_may_be_wrong_are_told_before_the_answer(assistant, confidence, begins):
    agent, _ = with_model(assistant, ["Done."])
    agent.hear = lambda sound, language: Transcript(text="turn of the light", language="en", confidence=confidence)
    sound = assistant.admit(wav(np.full(8_000, 0.1, np.float32)), "ask.wav")
    chat = assistant.conversations.create("local")
    events = [e async for e in agent.run(Turn(contents=(sound,), conversation=chat.id))]
    asked, answer = assistant.conversations.messages(chat.id, "local")
    await agent.close()
    assert events[-1].text.startswith(begins)
    assert events[-1].text.strip().endswith("Done.")
    assert asked.text == "turn of the light"
    assert (answer.trace["heard"], answer.trace["heard_confidence"]) == ("turn of the light", confidence)


async def test_a_tool_that_fails_is_explained_to_the_model_and_to_the_face(assistant):
    agent, model = with_model(assistant, [[("look", {"question": "what is it?", "image": "image_9"})], "I cannot see it."])
    events = [e async for e in agent.run(Turn(contents=(Content.from_text("look"),)))]
    step = only(events, ToolFinished)[0]
    assert not step.ok
    assert step.hint
    told = next(m for m in model.seen[-1] if isinstance(m, ToolMessage))
    assert told.status == "error"
    assert "image_9" in told.text


@pytest.mark.parametrize("calls", [[("rm_rf", {})], [("search", {"query": 5, "k": "x"})], [("search", {})]])
async def test_hostile_calls_end_in_an_answer_not_a_crash(assistant, calls):
    agent, _ = with_model(assistant, [calls, "Done."])
    events = [e async for e in agent.run(Turn(contents=(Content.from_text("go"),)))]
    assert isinstance(events[-1], Finished), events[-1]


async def test_endless_tool_calls_are_stopped(assistant):
    agent, model = with_model(assistant, [[("search", {"query": "warranty"})]])
    events = [e async for e in agent.run(Turn(contents=(Content.from_text("go"),)))]
    assert isinstance(events[-1], Finished)
    assert len(model.seen) == 4


async def test_closing_the_stream_stops_the_work_and_keeps_what_was_said(assistant):
    agent, _ = with_model(assistant, ["word " * 200], pause=0.02)
    chat = assistant.conversations.create("local")
    async with aclosing(agent.run(Turn(contents=(Content.from_text("go on"),), conversation=chat.id))) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    await asyncio.sleep(0.1)
    answer = assistant.conversations.messages(chat.id, "local")[-1]
    await agent.close()
    assert answer.state == "interrupted"
    assert 0 < len(answer.text.split()) < 200


async def test_a_risky_action_waits_for_a_yes_of_the_person(assistant):
    chat = assistant.conversations.create("local")

    def lock():
        return next(d.state for d in assistant.kit.devices.devices() if d.kind == "lock")

    before = lock()
    asked = (await run(assistant, "unlock the front door", conversation=chat.id))[-1]
    assert "?" in asked.text
    assert lock() == before
    events = await run(assistant, "yes, please", conversation=chat.id)
    assert only(events, ToolFinished)[0].ok, events[-1]
    assert only(events, Routed)[0].plan == ("control_device",)
    assert lock() != before


async def test_a_yes_to_nothing_acts_on_nothing(assistant):
    chat = assistant.conversations.create("local")
    await run(assistant, "unlock the front door", conversation=chat.id)
    await run(assistant, "what does the warranty cover?", conversation=chat.id)
    events = await run(assistant, "yes", conversation=chat.id)
    assert only(events, ToolStarted) == []
