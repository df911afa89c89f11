"""Conversations, accounts and the rest of a data directory, brought into PostgreSQL."""

import pytest
from postgres_server import PASSWORD

from assistant.accounts import Accounts
from assistant.audit import Audit
from assistant.conversations.base import Message
from assistant.conversations.postgres import create
from assistant.conversations.sqlite import create as create_here
from assistant.keys import Keys
from assistant.moving import move_rest
from retrieval.faults import Conflict
from retrieval.postgres import Postgres
from tools.facts import Facts


@pytest.fixture
def database(address):
    made = Postgres(address, PASSWORD)
    yield made
    made.close()


def test_everything_is_there_and_goes_on(database, tmp_path):
    here = create_here(tmp_path)
    talk = here.create("ann", title="Coats").id
    here.add(Message(id="msg_1", conversation=talk, role="user", text="a\x00b"), "ann")
    here.remember(talk, 0, [("msgpack", b"\x00")])
    here.close()
    _, secret = Keys(tmp_path).create("phone", per_day=3)
    Accounts(tmp_path).add("Ann", "a long pass phrase")
    Facts(tmp_path).add("ann", "my cat is called Fen")
    book = Audit(tmp_path)
    for _ in range(3):
        book.note("ann", "file.deleted")
    book.trim(1e12)
    head = book.verify().head
    book.close()

    moved = move_rest(tmp_path, database)
    assert (moved["message"], moved["keys"], moved["accounts"], moved["store"]) == (1, 1, 1, 1)
    there = create(database)
    assert there.messages(talk, "ann")[0].text == "a\x00b"
    assert list(there.memory(talk)) == [("msgpack", b"\x00")]
    there.add(Message(id="msg_2", conversation=talk, role="assistant"), "ann")
    assert list(there.ids(talk, "ann")) == ["msg_1", "msg_2"]
    there.close()
    assert Keys(database).check(secret).name == "phone"
    Accounts(database).log_in("Ann", "a long pass phrase")
    assert [fact.text for fact in Facts(database).list("ann")] == ["my cat is called Fen"]
    assert Audit(database).verify(head).ok
    Audit(database).note("ann", "key.created")
    assert Audit(database).verify(head).ok
    with pytest.raises(Conflict):
        move_rest(tmp_path, database)
