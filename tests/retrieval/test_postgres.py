"""PostgreSQL under us: transactions, and what breaks and comes back. Over a real server."""

import threading
import time
from contextlib import suppress

import pytest
from postgres_server import PASSWORD, server

from retrieval.faults import Busy, InvalidInput, NotAllowed, Taken, Unavailable
from retrieval.postgres import Postgres
from retrieval.postgres_address import checked
from retrieval.presence import Presence

TABLE = (
    "CREATE TABLE IF NOT EXISTS note (place INTEGER PRIMARY KEY AUTOINCREMENT, words TEXT NOT NULL UNIQUE, data BLOB, flag INTEGER) STRICT",
)


@pytest.fixture
def database(address):
    made = Postgres(address, PASSWORD)
    made.install(TABLE)
    yield made
    made.close()


def put(database, words, data=b"", flag=True):
    with database.write() as db:
        db.execute("INSERT INTO note (words, data, flag) VALUES (?, ?, ?)", (words, data, flag))


def words(database):
    return [row["words"] for row in database.all("SELECT words FROM note ORDER BY place")]


class TestTransactions:
    def test_values_come_back_as_they_were(self, database):
        put(database, "a\x00b % ' \ufffe 外套", b"\x00\xff", True)
        (row,) = database.all("SELECT * FROM note")
        assert (row["words"], row["data"], row[3]) == ("a\x00b % ' \ufffe 外套", b"\x00\xff", 1)
        assert row.keys() == ["place", "words", "data", "flag"]
        assert dict(row)["flag"] == 1

    def test_a_block_that_fails_leaves_no_trace(self, database):
        def broken_off():
            with database.write() as db:
                db.execute("INSERT INTO note (words) VALUES ('a')")
                with database.write() as inner:
                    inner.execute("INSERT INTO note (words) VALUES ('b')")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            broken_off()
        assert words(database) == []

    def test_a_statement_that_failed_unheeded_is_no_success(self, database):
        put(database, "a")

        def unheeded():
            with database.write() as db:
                db.execute("INSERT INTO note (words) VALUES ('b')")
                with suppress(Taken):
                    db.execute("INSERT INTO note (words) VALUES ('a')")

        with pytest.raises(Unavailable):
            unheeded()
        assert words(database) == ["a"]

    def test_what_was_read_stays_still(self, database):
        put(database, "a")
        other = Postgres(database.address, PASSWORD)
        with database.still() as db:
            before = db.execute("SELECT count(*) FROM note").fetchone()[0]
            put(other, "b")
            assert db.execute("SELECT count(*) FROM note").fetchone()[0] == before
        assert len(words(database)) == 2
        other.close()

    def test_many_threads_share_few_connections(self, address):
        database = Postgres(address, PASSWORD, most=2)
        database.install(TABLE)
        threads = [threading.Thread(target=put, args=(database, f"n{number}")) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(words(database)) == sorted(f"n{number}" for number in range(20))
        database.close()

    def test_a_name_is_held_by_one(self, database):
        with database.locked("sweep") as mine, database.locked("sweep") as again, database.locked("other") as other:
            assert (mine, again, other) == (True, False, True)

    def test_who_waits_too_long_for_a_row_is_told(self, database):
        with database.write() as db:
            db.lock("x")
            other = Postgres(database.address, PASSWORD)

            def waits():
                with other.write() as second:
                    second.execute("--pg SET LOCAL lock_timeout = '50ms'")
                    second.lock("x")

            with pytest.raises(Busy):
                waits()
            other.close()


PAIR = (
    "CREATE TABLE IF NOT EXISTS first_table (name TEXT PRIMARY KEY)",
    "CREATE INDEX IF NOT EXISTS first_by_name ON first_table (name)",
    "CREATE TABLE IF NOT EXISTS second_table (name TEXT PRIMARY KEY)",
    "CREATE INDEX IF NOT EXISTS second_by_name ON second_table (name)",
)


class TestProcessThatStarts:
    """Another process makes its tables while somebody writes: an index holds its table's writers up, even one that is there already."""

    @pytest.fixture
    def starting(self, address, database):
        """(a writer that has begun, the thread of a process that installs)"""
        database.install(PAIR)
        other = Postgres(address, PASSWORD)
        yield threading.Thread(target=other.install, args=(PAIR,))
        other.close()

    def test_it_waits_for_nobody_where_all_is_there(self, database, starting):
        with database.write() as db:
            db.execute("INSERT INTO second_table VALUES ('a')")
            starting.start()
            starting.join(10)
            assert not starting.is_alive()
            db.execute("INSERT INTO first_table VALUES ('a')")

    def test_nobody_is_refused_where_its_version_is_new(self, database, starting):
        with database.write() as db:
            db.execute("DELETE FROM installed")
        with database.write() as db:
            db.execute("INSERT INTO second_table VALUES ('a')")
            starting.start()
            time.sleep(0.5)
            db.execute("INSERT INTO first_table VALUES ('a')")
        starting.join(10)
        assert not starting.is_alive()


class TestServerThatGoes:
    def test_after_a_restart_no_broken_connection_is_handed_out(self, database):
        put(database, "a")
        server().restart()
        put(database, "b")
        assert words(database) == ["a", "b"]

    def test_while_it_is_away_it_is_said_and_afterwards_it_goes_on(self, database):
        put(database, "a")
        server().stop()
        try:
            for _ in range(2):
                with pytest.raises(Unavailable) as told:
                    put(database, "lost")
                assert (told.value.code, told.value.retryable, told.value.retry_after > 0) == ("database_unavailable", True, True)
                assert "127.0.0.1" not in told.value.message
        finally:
            server().start()
        put(database, "b")
        assert words(database) == ["a", "b"]

    def test_what_was_acknowledged_survives_a_kill(self, database):
        done, stop = [], threading.Event()

        def write():
            number = 0
            while not stop.is_set():
                number += 1
                try:
                    put(database, f"n{number}")
                except Unavailable:
                    return
                done.append(f"n{number}")

        writing = threading.Thread(target=write)
        writing.start()
        deadline = time.monotonic() + 30
        while len(done) < 50 and time.monotonic() < deadline:
            time.sleep(0.01)
        server().kill()
        stop.set()
        writing.join()
        server().start()
        assert len(done) >= 50
        assert set(done) <= set(words(database))

    def test_a_process_is_seen_alive_until_it_ends(self, database):
        other = Postgres(database.address, PASSWORD)
        here, there = Presence(database), Presence(other)
        one, two = here.show(), there.show()
        assert here.show() == one
        with database.write() as db:
            assert (here.lives(db, one), here.lives(db, two), here.lives(db, "nobody")) == (True, True, False)
        there.close()
        with database.write() as db:
            assert not here.lives(db, two)
        server().restart()
        with database.write() as db:
            assert not here.lives(db, one)
        again = here.show()
        with other.write() as db:
            assert (there.lives(db, again), there.lives(db, one)) == (True, False)
        here.close()
        other.close()

    @pytest.mark.parametrize(("change", "code"), [
        (lambda address: (address, "wrong"), "database_refused"),
        (lambda address: (address + "_none", PASSWORD), "database_refused"),
        (lambda address: ("postgres://tester@127.0.0.1:1/x", PASSWORD), "database_unavailable"),
    ])  # fmt: skip
    def test_what_is_wrong_at_the_start_is_named(self, address, change, code):
        with pytest.raises(Unavailable) as told:
            Postgres(*change(address)).answers()
        assert (told.value.code, told.value.retryable) == (code, code == "database_unavailable")
        assert PASSWORD not in told.value.message


class TestAddress:
    @pytest.mark.parametrize("address", ["postgres://u:secret@h/n", "postgres://h/n?password=secret", "postgresql://:secret@h/n"])
    def test_a_password_in_it_is_refused_and_not_repeated(self, address):
        with pytest.raises(InvalidInput) as told:
            checked(address)
        assert "secret" not in str(told.value.to_dict())

    @pytest.mark.parametrize("address", ["mysql://h/n", "postgres://h", "postgres://h/", "h/n"])
    def test_other_addresses_are_refused(self, address):
        with pytest.raises(InvalidInput):
            checked(address)

    @pytest.mark.parametrize("address", [
        "postgres://db.example/n", "postgres://localhost,db.example/n", "postgres:///n?host=db.example", "postgres://127.0.0.1/n?hostaddr=10.0.0.1",
    ])  # fmt: skip
    def test_offline_is_this_machine_alone(self, address):
        assert checked(address)
        with pytest.raises(NotAllowed):
            checked(address, offline=True)

    @pytest.mark.parametrize("address", ["postgres://u@localhost:5433/n", "postgres:///n?host=/run/postgresql", "postgres://[::1]/n"])
    def test_this_machine_has_several_names(self, address):
        assert checked(address, offline=True) == address
