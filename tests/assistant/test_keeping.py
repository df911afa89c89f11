"""Keeping: what was told of an answer outlives a kill in the middle of it; a draft that is held back is never saved, nor is a late save."""

import asyncio
import threading

import pytest
from awkward_server import AwkwardServer, Reply

from assistant import keeping as module
from assistant.build import build
from assistant.conversations.sqlite import create
from assistant.keeping import Keeping
from assistant.memory import Memory
from assistant.progress import Progress
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content
from retrieval.faults import StorageFull, Unavailable

DRAFT = ("Take ", "4711 ", "mg ", "of ", "it ", "twice.")


@pytest.fixture
def each_word(monkeypatch):
    monkeypatch.setattr(module, "EVERY", 0.0)


@pytest.fixture
def saved(monkeypatch):
    """Every save of an answer: its text, its state, and its trace in words."""
    rows, real = [], Memory.keep_answer

    def keep(memory, record, text, media, annotations, trace, state):
        real(memory, record, text, media, annotations, trace, state)
        rows.append((text, state, str(trace)))

    monkeypatch.setattr(Memory, "keep_answer", keep)
    return rows


async def answered(tmp_path, words, question, **settings):
    with AwkwardServer(lambda body: Reply(words=words)) as server:
        chosen = {"data_dir": tmp_path / "data", "sample": False, "models.chat_model": f"openai_http:{server.address}#m"}
        assistant = build(read(chosen | settings))
        await assistant.start()
        chat = assistant.conversations.create("local").id
        events = [event async for event in assistant.run(Turn(contents=(Content.from_text(question),), conversation=chat))]
        kept = assistant.conversations.messages(chat, "local")
        await assistant.close()
    return events, kept


@pytest.mark.case("D02")
async def test_what_was_told_is_saved_while_the_answer_grows(tmp_path, each_word, saved):
    words = tuple(f"{n} " for n in range(20))
    _, kept = await answered(tmp_path, words, "count slowly")
    growing = [text for text, state, _ in saved if state == "running"]
    assert len(growing) >= 3
    assert growing == sorted(set(growing), key=len)
    assert all("".join(words).startswith(text) for text in growing)
    assert [state for _, state, _ in saved][-1] == "finished"
    assert kept[-1].text.split() == "".join(words).split()


@pytest.mark.case("D02")
async def test_an_answer_that_cannot_be_saved_is_no_answer(tmp_path, each_word, monkeypatch):
    """The database goes away in the middle of a turn: the client is told to come back, and the message is marked once it can be."""
    back = threading.Event()
    real = {name: getattr(Memory, name) for name in ("keep_answer", "keep_late")}
    marked = threading.Event()

    def refused(name):
        def keep(memory, *given):
            if given[-1] != "running" and not back.is_set():
                raise Unavailable("The database does not answer.", hint="Try again.")
            real[name](memory, *given)
            if given[-1] == "failed":
                marked.set()

        return keep

    for name in real:
        monkeypatch.setattr(Memory, name, refused(name))
    assistant = build(read({"data_dir": tmp_path / "data", "sample": False}))
    await assistant.start()
    chat = assistant.conversations.create("local").id
    events = [event async for event in assistant.run(Turn(contents=(Content.from_text("hello"),), conversation=chat))]
    assert (events[-1].type, events[-1].status) == ("failed", 503)
    assert not any(event.type == "finished" for event in events)
    assert assistant.conversations.messages(chat, "local")[-1].state == "running"
    back.set()
    assert await asyncio.to_thread(marked.wait, 10)
    assert assistant.conversations.messages(chat, "local")[-1].state == "failed"
    await assistant.close()


@pytest.mark.case("D02")
async def test_a_kill_leaves_the_words_and_the_mark(tmp_path, each_word, monkeypatch):
    """The file as it is in the middle of the answer, opened by the next process."""
    after = []

    def copied(memory, record, text, media, annotations, trace, state):
        keep(memory, record, text, media, annotations, trace, state)
        if state == "running" and text.startswith("0 1 2 "):
            there = tmp_path / f"copy{len(after)}"
            there.mkdir()
            for part in (tmp_path / "data").glob("conversations.db*"):
                (there / part.name).write_bytes(part.read_bytes())
            after.append((there, record.turn.conversation, text))

    keep = Memory.keep_answer
    monkeypatch.setattr(Memory, "keep_answer", copied)
    await answered(tmp_path, tuple(f"{n} " for n in range(9)), "count slowly")
    there, chat, text = after[0]
    store = create(there)
    assert store.interrupt_running() == 1
    asked, answer = store.messages(chat, "local")
    store.close()
    assert (asked.text, asked.state) == ("count slowly", "finished")
    assert (answer.text, answer.state) == (text, "interrupted")


async def test_an_answer_that_is_over_before_the_first_save_is_saved_once(tmp_path, saved, monkeypatch):
    monkeypatch.setattr(module, "EVERY", 3600.0)
    await answered(tmp_path, ("Hello ", "there."), "hello")
    assert [state for _, state, _ in saved] == ["finished"]


@pytest.mark.case("LLM02", "LLM09")
@pytest.mark.parametrize("policy", ["review", "cite", "decline"])
async def test_a_draft_that_is_held_back_is_never_saved(tmp_path, each_word, saved, policy):
    question = "How many mg of ibuprofen may my daughter of six take for her fever?"
    events, kept = await answered(tmp_path, DRAFT, question, **{"high_stakes.medical": policy})
    assert any(event.type == "noticed" for event in events)
    assert saved
    assert not [row for row in saved if "4711" in row[0] + row[2]]
    assert "4711" not in kept[-1].model_dump_json()


class Slow:
    """A memory whose first save waits until it is let go."""

    def __init__(self):
        self.rows, self.begun, self.go = [], threading.Event(), threading.Event()

    def keep_answer(self, record, text, media, annotations, trace, state):
        if state == "running":
            self.begun.set()
            assert self.go.wait(10)
        self.rows.append((text, state))


def test_a_late_save_does_not_undo_the_end(record):
    memory, progress = Slow(), Progress(text="half")
    keeping = Keeping(memory, record, progress)
    early = threading.Thread(target=keeping._save, args=("half", [], {}))
    early.start()
    assert memory.begun.wait(10)
    last = threading.Thread(target=keeping.end, args=("half", [], {}, "interrupted"))
    last.start()
    memory.go.set()
    early.join()
    last.join()
    keeping._save("half and more", [], {})
    assert memory.rows == [("half", "running"), ("half", "interrupted")]


async def test_a_full_disk_does_not_stop_the_answer_before_its_end(each_word, record, caplog):
    class Full:
        def keep_answer(self, *row):
            raise StorageFull("full", hint="Free some space.")

    keeping = Keeping(Full(), record, Progress(text="half"))
    await keeping.grown()
    assert "could not be saved" in caplog.text
    with pytest.raises(StorageFull):
        keeping.end("half", [], {}, "finished")


@pytest.fixture
def record(tmp_path):
    assistant = build(read({"data_dir": tmp_path / "own", "sample": False}))
    chat = assistant.conversations.create("local").id
    memory = Memory(assistant.library, assistant.conversations)
    yield memory.begin(Turn(contents=(Content.from_text("hello"),), conversation=chat), "")
    assistant.conversations.close()
