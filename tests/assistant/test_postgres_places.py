"""Keys, accounts, reviews, the audit log and the rest in a database that two processes share: what one writes, the other sees at once."""

import asyncio
import threading
import time

import pytest
from langchain_core.messages import HumanMessage
from postgres_server import PASSWORD, server

from assistant import owned_rows
from assistant.accounts import Accounts
from assistant.audit import Audit
from assistant.build import build
from assistant.checkpoints import Checkpoints
from assistant.conversations.base import Message
from assistant.conversations.postgres import create
from assistant.keys import Keys
from assistant.memory import Memory
from assistant.publishable_keys import PublishableKeys, Terms
from assistant.reviews import Review, Reviews
from assistant.settings import read
from assistant.turns import Turn
from assistant.visits import Visit, Visits
from retrieval.content import Content
from retrieval.faults import Busy, Conflict, Fault, NotAllowed, Unavailable
from retrieval.postgres import Postgres
from tools.drawing_quota import DrawingQuota
from tools.facts import Facts


@pytest.fixture
def one(address):
    made = Postgres(address, PASSWORD)
    yield made
    made.close()


@pytest.fixture
def other(address):
    made = Postgres(address, PASSWORD)
    yield made
    made.close()


def at_once(*work):
    """Run all at the same time; what each gave or raised."""
    found, ready = [None] * len(work), threading.Barrier(len(work))

    def do(place, job):
        ready.wait()
        try:
            found[place] = job()
        except Fault as fault:
            found[place] = fault

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class TestKeys:
    def test_what_one_process_changes_counts_in_the_other_at_once(self, one, other):
        here, there = Keys(one), Keys(other)
        key, secret = here.create("phone", per_day=2)
        assert there.check(secret).owner == "phone"
        with pytest.raises(Conflict):
            there.create("phone")
        _, renewed = there.rotate("phone")
        assert (here.check(secret), here.check(renewed).id) == (None, key.id)
        here.use(here.get("phone"))
        there.use(there.get("phone"))
        with pytest.raises(Busy):
            here.use(here.get("phone"))
        there.revoke("phone")
        assert here.check(renewed) is None
        assert [entry.action for entry in Audit(one).entries()] == ["key.revoked", "key.rotated", "key.created"]

    def test_of_two_first_accounts_one_is_the_admin(self, one, other):
        made = at_once(*(lambda place=place: Accounts(place).add(f"ann {id(place)}", "a long pass phrase") for place in (one, other)))
        assert sorted(account.role for account in made) == ["admin", "user"]

    def test_sessions_open_and_end_everywhere(self, one, other):
        here, there = Accounts(one), Accounts(other)
        here.add("Ann", "a long pass phrase")
        there.add("Bob", "another pass phrase", "user")
        account, token = here.log_in("ann", "a long pass phrase")
        assert there.session(token).id == account.id
        with pytest.raises(NotAllowed):
            there.log_in("ann", "wrong")
        there.suspend("Bob")
        assert here.suspended("Bob")
        there.log_out(token)
        assert here.session(token) is None
        with pytest.raises(Conflict):
            there.remove("Ann")
        with pytest.raises(Conflict):
            here.add("ANN", "a long pass phrase")

    def test_publishable_keys_and_their_visits(self, one, other):
        key = PublishableKeys(one).create("shop", "ann", Terms(origins=("https://shop.example",), collections=("vs_1",), per_day=1))
        assert PublishableKeys(other).check(key.key).name == "shop"
        spent = at_once(*(lambda place=place: PublishableKeys(place).spend(key) for place in (one, other)))
        assert sorted(isinstance(result, Busy) for result in spent) == [False, True]
        Visits(one).add(visit := Visit(key=key.id, owner="ann", question="Zips?", media=("file-1",)))
        assert Visits(other).rate(visit.id, key.id, "up").question == "Zips?"
        assert Visits(one).counts(key.id)["up"] == 1
        assert Visits(other).outdated_media(time.time() + 1) == [("ann", "file-1")]


class TestBooks:
    def test_there_is_one_chain_whoever_writes(self, one, other):
        for _ in range(3):
            at_once(*(lambda place=place: Audit(place).note("ann", "file.deleted", "file-1") for place in (one, other, one, other)))
        found = Audit(one).verify()
        assert (found.ok, found.entries) == (True, 12)
        Audit(other).note("bob", "key.created")
        assert Audit(other).erase("ann") == 12
        assert Audit(one).verify(found.head).ok
        assert [entry.owner for entry in Audit(one).entries("bob")] == ["bob"]
        assert Audit(one).trim(time.time() + 1) == 13
        assert Audit(other).verify().ok

    def test_nobody_can_change_a_row_by_an_ordinary_statement(self, one):
        Audit(one).note("ann", "key.created")
        for statement in ("UPDATE entry SET why = 'x'", "DELETE FROM entry"):

            def change(statement=statement):
                with one.write() as db:
                    db.execute(statement)

            with pytest.raises(Fault):
                change()
        assert Audit(one).verify().ok

    def test_a_change_of_the_book_shows(self, one):
        for _ in range(3):
            Audit(one).note("ann", "key.created")
        with one.write() as db:
            db.execute("--pg ALTER TABLE entry DISABLE TRIGGER USER")
            db.execute("DELETE FROM entry WHERE id = 3")
        assert Audit(one).verify().fault == "rows at the end are missing"

    def test_a_review_is_decided_once(self, one, other):
        review = Review(owner="ann", kind="medical", language="en", question="?", draft="!", message="msg_1")
        Reviews(one).add(review)
        assert Reviews(other).list("ann") == []
        Reviews(one).delivered(review.id)
        assert [found.id for found in Reviews(other).list("ann", state="waiting", visitors=False)] == [review.id]
        decided = at_once(*(lambda place=place: Reviews(place).decide(review.id, "approved", "bob") for place in (one, other)))
        assert sorted(isinstance(result, Conflict) for result in decided) == [False, True]
        assert Reviews(one).get(review.id).answer == "!"
        assert Reviews(other).forget("ann") == 1

    def test_what_was_drawn_counts_everywhere(self, one, other):
        with DrawingQuota(one, per_day=2).room("ann", 2) as count:
            count(2)
        assert DrawingQuota(other, per_day=2).used("ann") == 2
        with pytest.raises(Busy), DrawingQuota(other, per_day=2).room("ann", 1):
            pass


class TestMemory:
    def test_facts_are_one_persons_in_every_process(self, one, other):
        here, there = Facts(one), Facts(other)
        fact = here.add("ann", "my cat is called Fen")
        at_once(lambda: here.add("ann", "my dog is called Bo"), lambda: there.add("ann", "my dog is called Bo"))
        assert len(there.list("ann")) == 2
        assert [found.text for found in there.answering("ann", "what is my cat called?")] == ["my cat is called Fen"]
        assert there.change("ann", fact.id, "my cat is called Finn").text == here.list("ann")[0].text
        there.switch("ann", False)
        assert here.answering("ann", "what is my cat called?") == []
        assert (here.list("bob"), here.forget_all("ann"), there.list("ann")) == ([], 2, [])

    def test_an_agent_sees_what_another_process_kept(self, one, other):
        here, there = create(one), create(other)
        talk = here.create("ann").id
        first, second = Checkpoints(here), Checkpoints(there)
        first.keep(talk, [HumanMessage("a", id="1")])
        second.keep(talk, [*second.messages(talk), HumanMessage("b", id="2")])
        assert [message.id for message in first.messages(talk)] == ["1", "2"]
        first.keep(talk, [*first.messages(talk), HumanMessage("c", id="3")])
        second.keep(talk, [HumanMessage("z", id="9")])  # it knew nothing of 3
        assert [message.id for message in first.messages(talk)] == ["9"]
        here.close()
        there.close()

    def test_answers_of_a_living_process_are_left_alone_and_those_of_a_dead_one_are_told(self, one, other):
        here, there = create(one), create(other)
        talk = here.create("ann").id
        here.add(Message(id="msg_1", conversation=talk, role="assistant", state="running"), "ann")
        assert (there.interrupt_running(), there.messages(talk, "ann")[0].state) == (0, "running")
        here.close()
        assert there.messages(talk, "ann")[0].state == "interrupted"
        there.close()

    def test_an_answer_whose_end_was_lost_with_the_database_is_told_by_all_at_once(self, one, other):
        here, there = create(one), create(other)
        talk = here.create("ann").id
        lost, growing = (Message(id=f"msg_{n}", conversation=talk, role="assistant", state="running") for n in (1, 2))
        for message in (lost, growing):
            here.add(message, "ann")
        server().restart()
        assert [message.state for message in here.messages(talk, "ann")] == ["interrupted"] * 2
        here.add(growing.model_copy(update={"text": "it goes on"}), "ann")
        for reader in (here, there):
            assert [message.state for message in reader.messages(talk, "ann")] == ["interrupted", "running"]
        here.close()
        there.close()

    async def test_a_turn_that_was_saved_without_being_told_so_is_marked(self, address, tmp_path, monkeypatch):
        """The database takes the beginning of a turn and goes away before it says so, on one connection: the process stays known."""
        monkeypatch.setenv("ASSISTANT_DATABASE_PASSWORD", PASSWORD)
        assistant = build(read({"data_dir": tmp_path / "data", "sample": False, "database": address}))
        await assistant.start()
        chat = assistant.conversations.create("local").id
        store = Memory.store

        def cut(memory, record, *more):
            store(memory, record, *more)
            raise Unavailable("The database does not answer.", hint="Try again.")

        monkeypatch.setattr(Memory, "store", cut)
        events = [event async for event in assistant.run(Turn(contents=(Content.from_text("hello"),), conversation=chat))]
        assert (events[-1].type, events[-1].status) == ("failed", 503)
        deadline = time.monotonic() + 20
        while assistant.conversations.messages(chat, "local")[-1].state == "running":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert assistant.conversations.messages(chat, "local")[-1].state == "failed"
        await assistant.close()


def test_a_persons_rows_are_found_and_leave(one, other):
    Keys(one).create("phone", owner="ann")
    Facts(one).add("ann", "my cat is called Fen")
    with DrawingQuota(one, per_day=2).room("ann", 1) as count:
        count(1)
    Reviews(one).add(Review(owner="ann", kind="medical", language="en", question="?", draft="!", message="msg_1"))
    Facts(one).add("bob", "my cat is called Bo")
    found = dict(owned_rows.rows(other, "ann"))
    assert set(found) == {"keys", "store", "drawn", "review"}
    assert "digest" not in found["keys"]
    assert owned_rows.delete(other, "ann") == {"store": 1, "drawn": 1, "review": 1}
    assert [table for table, _ in owned_rows.rows(one, "ann")] == ["keys"]
    assert owned_rows.delete(other, "ann", credentials=True) == {"keys": 1}
    owned_rows.tidy(other)
    assert len(Facts(one).list("bob")) == 1


def test_every_table_is_somebodys_or_known_to_be_nobodys(one):
    """Else a deletion of somebody's data would miss it."""
    create(one).close()
    Audit(one).note("ann", "key.created")
    Keys(one).create("phone")
    PublishableKeys(one).list("ann")
    Visits(one).newest("x")
    Reviews(one).list("ann")
    Facts(one).list("ann")
    DrawingQuota(one, per_day=1).used("ann")
    tables = {row[0] for row in one.all("--pg SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}
    columns = "--pg SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'owner'"
    owned = {row[0] for row in one.all(columns)}
    assert tables - owned == {*owned_rows.FOLLOWERS, *owned_rows.PLACES, "message", "remembered", "numbered", "installed"}
