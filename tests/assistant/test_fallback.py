"""Chat models in a row: the next one answers when one cannot, before its first piece and never after it; the answer says who gave it."""

import pytest
from awkward_server import AwkwardServer, Reply

from assistant.build import build
from assistant.events import Failed, Finished, TextDelta, Thinking
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content


@pytest.fixture(scope="module")
def servers():
    with AwkwardServer() as first, AwkwardServer() as second:
        first.own_brain = lambda body: Reply(words=("From ", "the ", "first."), thought="hm", pause=0.01)
        second.own_brain = lambda body: Reply(words=("From ", "the ", "second."))
        yield first, second


@pytest.fixture
async def made(servers, tmp_path):
    for server in servers:
        server.reset()
    opened = []

    async def make(row, **flags):
        flags = {"sample": False, "models.chat_model": row, "limits.turn_seconds": 6.0, **flags}
        opened.append(build(read({"data_dir": tmp_path / "data", **flags})))
        await opened[-1].start()
        return opened[-1]

    yield make
    for assistant in opened:
        await assistant.close()


async def run(assistant, words="tell me a story about a lighthouse", **more):
    return [event async for event in assistant.run(Turn(contents=(Content.from_text(words),), **more))]


def row(*servers):
    return " | ".join(f"openai_http:{server.address}#{name}" for server, name in zip(servers, "ab", strict=False))


@pytest.mark.parametrize("behaviour", ["500", "429_for_long", "hang", "error_at_once"])
async def test_the_next_model_answers_before_the_first_piece(made, servers, behaviour):
    first, _ = servers
    first.behaviour = behaviour
    finished = (await run(await made(row(*servers))))[-1]
    assert isinstance(finished, Finished), finished
    assert (finished.text, finished.chat_model) == ("From the second.", "b")


async def test_the_preferred_model_answers_while_it_can_and_its_thoughts_are_apart(made, servers):
    assistant = await made(row(*servers))
    chat = assistant.conversations.create("local")
    events = await run(assistant, conversation=chat.id)
    assert (events[-1].text, events[-1].chat_model) == ("From the first.", "a")
    assert "".join(e.text for e in events if isinstance(e, Thinking)).strip() == "hm"
    kept = assistant.conversations.messages(chat.id, "local")[-1]
    assert (kept.text, kept.trace["thinking"].strip(), kept.trace["chat_model"]) == ("From the first.", "hm", "a")
    assert not servers[1].seen


async def test_after_the_first_piece_there_is_no_way_back(made, servers):
    first, second = servers
    first.brain = lambda body: Reply(words=("From ", "the ", "first."))
    first.behaviour = "stall"
    events = await run(await made(row(*servers), **{"limits.turn_seconds": 2.0}))
    assert any(isinstance(e, TextDelta) and e.text == "From " for e in events)
    assert isinstance(events[-1], Failed)
    assert not second.seen


async def test_a_wrong_key_is_told_and_not_hidden(made, servers):
    first, second = servers
    first.behaviour = "401"
    failed = (await run(await made(row(*servers))))[-1]
    assert (failed.status, failed.code) == (403, "chat_model_key")
    assert not second.seen


async def test_the_bundled_model_may_stand_last(made, servers):
    first, _ = servers
    first.behaviour = "500"
    finished = (await run(await made(f"{row(first)} | reflex"), "hello there"))[-1]
    assert finished.chat_model == "reflex"
    assert finished.text


async def test_when_none_can_answer_the_last_fault_is_told(made, servers):
    for server in servers:
        server.behaviour = "500"
    failed = (await run(await made(row(*servers))))[-1]
    assert (failed.status, failed.code) == (503, "unavailable")
    assert servers[1].address in failed.message
