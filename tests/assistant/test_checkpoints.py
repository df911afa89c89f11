"""What the agent remembers of stored conversations: rows of messages, only new ones written, nothing lost and nothing left behind."""

import sqlite3

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from assistant import checkpoints as module
from assistant.checkpoints import AT_THE_END, Checkpoints
from assistant.conversations.sqlite import create
from retrieval.faults import StorageFull


@pytest.fixture
def conversations(tmp_path):
    made = create(tmp_path)
    yield made
    made.close()


@pytest.fixture
def talk(conversations):
    return conversations.create("anna").id


def messages(count, start=0):
    made = []
    for number in range(start, start + count):
        call = {"name": "search", "args": {"query": "x"}, "id": f"c{number}", "type": "tool_call"}
        made += [
            HumanMessage(f"question {number}", id=f"h{number}", additional_kwargs={"words": "q", "media": []}),
            AIMessage("", id=f"a{number}", tool_calls=[call]),
            ToolMessage("found", id=f"t{number}", tool_call_id=f"c{number}", name="search", artifact={"evidence": [{"number": 1}]}),
        ]
    return made


def written(conversations):
    """Number of rows that `remember` wrote, call by call."""
    counts, remember = [], conversations.remember

    def counted(conversation, start, rows):
        counts.append(len(rows))
        remember(conversation, start, rows)

    conversations.remember = counted
    return counts


def test_what_was_kept_is_there_after_a_restart(conversations, talk):
    Checkpoints(conversations).keep(talk, messages(3))
    assert Checkpoints(conversations).messages(talk) == messages(3)


def test_only_what_is_new_is_written(conversations, talk):
    kept, counts = Checkpoints(conversations), written(conversations)
    said = messages(50)
    kept.keep(talk, said)
    kept.keep(talk, [*said, HumanMessage("more", id="m")])
    kept.keep(talk, [*kept.messages(talk)])
    assert counts == [150, 1]


def test_an_end_that_was_deleted_is_gone(conversations, talk):
    kept = Checkpoints(conversations)
    said = messages(4)
    kept.keep(talk, said)
    kept.keep(talk, [*said[:3], HumanMessage("again", id="again")])
    assert [message.id for message in Checkpoints(conversations).messages(talk)] == ["h0", "a0", "t0", "again"]


def test_what_is_no_longer_known_is_read_again(conversations, talk, monkeypatch):
    monkeypatch.setattr(module, "KNOWN", 5)
    kept, other = Checkpoints(conversations), conversations.create("anna").id
    kept.keep(talk, messages(3))
    kept.keep(other, messages(3, start=7))
    kept.keep(talk, [*messages(3), AIMessage("end", id="end")])
    assert Checkpoints(conversations).messages(talk) == [*messages(3), AIMessage("end", id="end")]
    assert kept.messages(other) == messages(3, start=7)


def test_a_deleted_conversation_leaves_no_row_and_takes_none(conversations, talk, tmp_path):
    kept = Checkpoints(conversations)
    kept.keep(talk, messages(2))
    conversations.delete(talk, "anna")
    kept.keep(talk, messages(3))
    with sqlite3.connect(tmp_path / "conversations.db") as database:
        assert database.execute("SELECT count(*) FROM remembered").fetchone()[0] == 0


def test_after_a_write_that_failed_everything_is_written_anew(conversations, talk, monkeypatch):
    kept, said = Checkpoints(conversations), messages(2)
    kept.keep(talk, said)

    def full(*given):
        raise StorageFull("No room.")

    with monkeypatch.context() as patched:
        patched.setattr(conversations, "remember", full)
        with pytest.raises(StorageFull):
            kept.keep(talk, messages(3))
    kept.keep(talk, messages(4))
    assert Checkpoints(conversations).messages(talk) == messages(4)


class TestAsCheckpointer:
    async def put(self, kept, talk, said, **more):
        checkpoint = empty_checkpoint()
        checkpoint["channel_values"] = {"messages": said}
        return await kept.aput({"configurable": {"thread_id": talk, "checkpoint_ns": "", **more}}, checkpoint, {}, {})

    async def test_a_step_is_kept_and_taken_up(self, conversations, talk):
        kept = Checkpoints(conversations)
        assert await kept.aget_tuple({"configurable": {"thread_id": talk}}) is None
        config = await self.put(kept, talk, messages(1))
        assert config["configurable"]["checkpoint_id"]
        found = await Checkpoints(conversations).aget_tuple({"configurable": {"thread_id": talk}})
        assert found.checkpoint["channel_values"]["messages"] == messages(1)
        assert [one async for one in kept.alist({"configurable": {"thread_id": talk}})]

    async def test_the_last_answer_waits_for_whoever_wants_to_keep_it_with_more(self, conversations, talk):
        kept, said = Checkpoints(conversations), messages(1)
        await self.put(kept, talk, said, **{AT_THE_END: True})
        await self.put(kept, talk, [*said, AIMessage("done", id="end")], **{AT_THE_END: True})
        assert Checkpoints(conversations).messages(talk) == said
        assert kept.messages(talk)[-1].text == "done"
        kept.flush(talk)
        assert Checkpoints(conversations).messages(talk)[-1].text == "done"

    async def test_what_an_earlier_version_kept_is_taken_over(self, conversations, talk, tmp_path):
        conversations.close()
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "conversations.db")) as saver:
            saver.serde = JsonPlusSerializer(allowed_msgpack_modules=None)
            await self.put(saver, talk, messages(1))
            await self.put(saver, talk, messages(2))
        again = create(tmp_path)
        kept = Checkpoints(again)
        assert kept.messages(talk) == messages(2)
        kept.keep(talk, messages(3))
        assert Checkpoints(again).messages(talk) == messages(3)
        again.close()
        with sqlite3.connect(tmp_path / "conversations.db") as database:
            assert database.execute("SELECT count(*) FROM checkpoints").fetchone()[0] == 0
