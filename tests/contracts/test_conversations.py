"""Contract of every conversation store: durable, owned, searchable."""

import pytest
from postgres_server import PASSWORD

from assistant.conversations.base import Message
from retrieval.backends import load, names
from retrieval.faults import NotFound
from retrieval.postgres import Postgres


@pytest.fixture(params=names("assistant.conversations"))
def place(request, tmp_path):
    if request.param != "postgres":
        yield request.param, tmp_path
        return
    database = Postgres(request.getfixturevalue("address"), PASSWORD)
    yield request.param, database
    database.close()


@pytest.fixture
def reopen(place):
    return lambda: load("assistant.conversations", place[0])(place[1])


@pytest.fixture
def store(reopen):
    made = reopen()
    yield made
    made.close()


def message(conversation, number, role="user", **more):
    return Message(id=f"msg_{number}", conversation=conversation, role=role, text=f"words {number}", **more)


@pytest.mark.case("D03")
def test_what_was_said_survives_reopening(store, reopen):
    chat = store.create("ann", collections=("vs_1",))
    store.add(message(chat.id, 1, media=[{"handle": "image_1"}]), "ann")
    store.add(message(chat.id, 2, "assistant", annotations=[{"index": 1}], trace={"refused": True}), "ann")
    reopened = reopen()
    first, second = reopened.messages(chat.id, "ann")
    assert (first.text, first.media) == ("words 1", [{"handle": "image_1"}])
    assert second.annotations == [{"index": 1}]
    assert second.trace == {"refused": True}
    assert reopened.get(chat.id, "ann").title == "words 1"
    reopened.close()


def test_foreign_and_missing_look_the_same(store):
    chat = store.create("ann")
    store.add(message(chat.id, 1), "ann")
    for call in (
        lambda: store.get(chat.id, "bob"),
        lambda: store.messages(chat.id, "bob"),
        lambda: store.delete(chat.id, "bob"),
        lambda: store.change(chat.id, "bob", title="x"),
        lambda: store.add(message(chat.id, 9), "bob"),
        lambda: store.get("conv_none", "bob"),
    ):
        with pytest.raises(NotFound):
            call()
    assert store.list("bob") == []
    assert [m.id for m in store.messages(chat.id, "ann")] == ["msg_1"]


def test_a_message_cannot_be_moved_into_another_conversation(store):
    ann, bob = store.create("ann"), store.create("bob")
    store.add(message(ann.id, 1), "ann")
    store.add(message(bob.id, 1), "bob")
    assert store.messages(ann.id, "ann")[0].text == "words 1"
    assert store.messages(bob.id, "bob") == []


def test_list_is_newest_first_and_finds_words_literally(store):
    first, second = store.create("ann"), store.create("ann")
    store.add(message(second.id, 2), "ann")
    store.add(message(first.id, 1).model_copy(update={"text": "100% cotton_shirt"}), "ann")
    assert [c.id for c in store.list("ann")] == [first.id, second.id]
    assert [c.id for c in store.list("ann", "100%")] == [first.id]
    assert [c.id for c in store.list("ann", "%")] == [first.id]
    assert store.list("ann", "x_s") == []


def test_forget_after_keeps_what_came_before(store):
    chat = store.create("ann")
    for number in (1, 2, 3):
        store.add(message(chat.id, number), "ann")
    store.forget_after("msg_2", chat.id, "ann")
    assert [m.id for m in store.messages(chat.id, "ann")] == ["msg_1"]


def test_a_rating_stays_with_its_message_and_makes_nothing_newer(store):
    chat = store.create("ann")
    store.add(message(chat.id, 1, "assistant"), "ann")
    newer = store.create("ann")
    assert store.rate("msg_1", "ann", {"rating": "down"}).trace["feedback"] == {"rating": "down"}
    assert store.messages(chat.id, "ann")[0].trace["feedback"] == {"rating": "down"}
    assert store.list("ann")[0].id == newer.id
    assert "feedback" not in store.rate("msg_1", "ann", {}).trace
    for known, owner in (("msg_1", "bob"), ("msg_9", "ann")):
        with pytest.raises(NotFound):
            store.rate(known, owner, {"rating": "up"})


@pytest.mark.case("D03")
def test_running_messages_become_interrupted(store, reopen):
    chat = store.create("ann")
    store.add(message(chat.id, 1, "assistant", state="running"), "ann")
    store.close()
    reopened = reopen()
    assert reopened.interrupt_running() == 1
    assert reopened.messages(chat.id, "ann")[0].state == "interrupted"
    assert reopened.interrupt_running() == 0
    reopened.close()


def test_change_and_delete(store):
    chat = store.create("ann")
    store.add(message(chat.id, 1), "ann")
    assert store.change(chat.id, "ann", title="Coats", consent=True).consent
    assert store.get(chat.id, "ann").title == "Coats"
    store.delete(chat.id, "ann")
    with pytest.raises(NotFound):
        store.messages(chat.id, "ann")


def test_parts_of_a_conversation_are_told_without_the_rest(store):
    chat = store.create("ann")
    store.add(message(chat.id, 1, media=[{"handle": "image_1"}]), "ann")
    store.add(message(chat.id, 2, "assistant", trace={"steps": []}), "ann")
    store.add(message(chat.id, 3), "ann")
    store.add(message(chat.id, 4, "assistant", media=[{"handle": "image_2"}, {"handle": "audio_1"}]), "ann")
    assert list(store.ids(chat.id, "ann")) == ["msg_1", "msg_2", "msg_3", "msg_4"]
    assert [entry["handle"] for entry in store.media(chat.id, "ann")] == ["image_1", "image_2", "audio_1"]
    assert store.said_before("msg_3", chat.id, "ann") == "words 1"
    assert store.said_before("msg_5", chat.id, "ann") == "words 3"
    for call in (store.ids, store.media, lambda chat, owner: store.said_before("msg_3", chat, owner)):
        with pytest.raises(NotFound):
            call(chat.id, "bob")


def test_what_an_agent_remembers_is_kept_by_rows_and_goes_with_the_conversation(store, reopen):
    chat = store.create("ann").id
    store.remember(chat, 0, [("msgpack", b"a"), ("msgpack", b"b"), ("msgpack", b"c")])
    store.remember(chat, 1, [("msgpack", b"B")])
    store.remember(chat, 2, [])
    reopened = reopen()
    assert list(reopened.memory(chat)) == [("msgpack", b"a"), ("msgpack", b"B")]
    reopened.close()
    store.delete(chat, "ann")
    store.remember(chat, 0, [("msgpack", b"late")])
    assert list(store.memory(chat)) == []


def test_what_is_written_together_is_there_whole_or_not_at_all(store, reopen):
    chat = store.create("ann")

    def broken_off():
        with store.together():
            store.add(message(chat.id, 1), "ann")
            store.remember(chat.id, 0, [("msgpack", b"a")])
            store.add(message("conv_none", 2), "ann")

    with pytest.raises(NotFound):
        broken_off()
    assert store.messages(chat.id, "ann") == []
    assert list(store.memory(chat.id)) == []
    with store.together():
        store.add(message(chat.id, 1), "ann")
        store.add(message(chat.id, 2, "assistant"), "ann")
    reopened = reopen()
    assert len(reopened.messages(chat.id, "ann")) == 2
    reopened.close()


def test_nothing_is_lost_of_characters_that_databases_dislike(store, reopen):
    odd = "a\x00b \ufffe % _ ' \" \\ \U0001f9e5 \u2028"
    chat = store.create("ann", title=odd)
    store.add(Message(id="msg_1", conversation=chat.id, role="user", text=odd, trace={"words": odd}), "ann")
    reopened = reopen()
    assert reopened.get(chat.id, "ann").title == odd
    assert (reopened.messages(chat.id, "ann")[0].text, reopened.messages(chat.id, "ann")[0].trace) == (odd, {"words": odd})
    assert [found.id for found in reopened.list("ann", "a\x00b")] == [chat.id]
    reopened.close()


def test_words_are_found_whatever_the_case_of_their_latin_letters(store):
    chat = store.create("ann", title="Winter COAT Über")
    assert [found.id for found in store.list("ann", "coat")] == [chat.id]
    assert store.list("ann", "über") == []
