import sqlite3
import threading

import pytest

from retrieval import database as module
from retrieval.database import Database
from retrieval.faults import Conflict, Fault, InvalidInput, StorageFull, Unavailable
from retrieval.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION


@pytest.fixture
def database(tmp_path):
    made = Database(tmp_path / "library.db")
    yield made
    made.close()


def put(database, name, value="1"):
    with database.write() as connection:
        connection.execute("INSERT INTO meta VALUES (?, ?)", (name, value))


def undone(database, work):
    with database.write() as connection:
        work(connection)
        raise InvalidInput("no")


def names(database):
    return {row["name"] for row in database.all("SELECT name FROM meta")} - {"library", "clean", "commits"}


def test_settings_that_durability_rests_on(database):
    with database.write() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_all_or_none(database):
    put(database, "kept")
    with pytest.raises(InvalidInput):
        undone(database, lambda connection: connection.execute("INSERT INTO meta VALUES ('lost', '1')"))
    assert names(database) == {"kept"}


def test_nested_writes_are_one_transaction(database):
    seen = []
    with pytest.raises(InvalidInput):
        undone(database, lambda _: (put(database, "inner"), seen.append(names(database))))
    assert seen == [{"inner"}]
    assert names(database) == set()


def test_other_threads_see_only_what_is_committed(database):
    seen = []
    with database.write():
        put(database, "new")
        reader = threading.Thread(target=lambda: seen.append(names(database)))
        reader.start()
        reader.join()
    assert seen == [set()]
    assert names(database) == {"new"}


def test_actions_follow_the_commit_and_only_the_commit(database):
    done = []
    with pytest.raises(InvalidInput):
        undone(database, lambda _: database.after_commit(lambda: done.append("never")))
    with database.write():
        put(database, "x")
        database.after_commit(lambda: done.append(names(database)))
        assert done == []
    assert done == [{"x"}]


def test_reading_cannot_write(database):
    with pytest.raises(Fault), database.read() as connection:
        connection.execute("INSERT INTO meta VALUES ('x', '1')")


def test_many_threads_write_without_losing_any(database):
    threads = [threading.Thread(target=lambda n=n: [put(database, f"{n}-{k}") for k in range(20)]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(database)) == 120


def test_it_comes_back_and_knows_whether_it_was_closed(tmp_path):
    first = Database(tmp_path / "library.db")
    put(first, "kept")
    library = first.library_id
    first.close()
    first.close()
    second = Database(tmp_path / "library.db")
    assert (second.was_clean, second.library_id, names(second)) == (True, library, {"kept"})
    for connection in (second._writer, *second._readers):
        connection.close()  # what a kill leaves behind: a database that was never marked as closed
    third = Database(tmp_path / "library.db")
    assert not third.was_clean
    third.close()


def test_after_closing_nothing_works(database):
    database.close()
    with pytest.raises(Unavailable):
        database.one("SELECT 1")
    with pytest.raises(Unavailable), database.write():
        raise AssertionError


@pytest.mark.case("D06")
def test_a_full_disk_is_no_acknowledgement(database):
    put(database, "before")
    with database.write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(StorageFull) as caught:
        put(database, "big", "x" * 100_000)
    assert caught.value.hint
    assert names(database) == {"before"}
    with database.write() as connection:
        connection.execute("PRAGMA max_page_count=1000000")
    put(database, "big", "x" * 100_000)
    assert names(database) == {"before", "big"}


@pytest.mark.case("D08")
def test_damage_is_refused_after_an_unclean_end(tmp_path):
    path = tmp_path / "library.db"
    database = Database(path)
    with database.write() as connection:
        for n in range(2000):
            connection.execute("INSERT INTO meta VALUES (?, ?)", (f"name {n}", "x" * 50))
    database.close()
    raw = sqlite3.connect(path)
    raw.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
    raw.commit()
    raw.close()
    data = bytearray(path.read_bytes())
    for page in range(8, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = bytes(range(200))
    path.write_bytes(data)
    with pytest.raises(Unavailable) as caught:
        Database(path)
    assert caught.value.code == "database_damaged"
    assert "restore" in caught.value.hint.lower()


@pytest.mark.case("D08")
@pytest.mark.parametrize("content", [b"not a database at all, but text\n" * 200, b"SQLite format 3\0" + b"\1" * 5000])
def test_what_is_no_database_is_refused(tmp_path, content):
    (tmp_path / "library.db").write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        Database(tmp_path / "library.db")
    assert caught.value.code == "database_damaged"


def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "library.db"
    Database(path).close()
    raw = sqlite3.connect(path)
    raw.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    raw.close()
    with pytest.raises(Conflict, match="newer"):
        Database(path)


def test_migrations_run_once_in_order_and_whole(tmp_path, monkeypatch):
    path = tmp_path / "library.db"
    Database(path).close()
    ran = []

    def first(connection):
        ran.append(1)
        connection.execute("CREATE TABLE added (x)")

    def broken(connection):
        ran.append(2)
        raise sqlite3.OperationalError("no")

    monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, first, broken))
    with pytest.raises(Unavailable):
        Database(path)
    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, first, lambda connection: ran.append(3)))
    Database(path).close()
    Database(path).close()
    assert ran == [1, 2, 1, 3]


@pytest.mark.case("D11")
@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_a_database_of_an_older_version_gets_the_tables_of_this_one(tmp_path, version):
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    raw = sqlite3.connect(old)
    for statement in SCHEMA:
        raw.execute(statement)
    for migrate in MIGRATIONS[: version - 1]:
        migrate(raw)
    raw.execute("INSERT INTO meta VALUES ('library', 'kept'), ('clean', '1')")
    raw.execute(f"PRAGMA user_version={version}")
    raw.commit()
    raw.close()
    opened, fresh = Database(old), Database(new)
    assert opened.library_id == "kept"
    tables = "SELECT sql FROM sqlite_master ORDER BY name"
    assert [row[0] for row in opened.all(tables)] == [row[0] for row in fresh.all(tables)]
    opened.close()
    fresh.close()


def test_a_copy_is_whole_while_others_write(database, tmp_path):
    put(database, "first")
    database.copy(tmp_path / "copy.db")
    put(database, "second")
    copy = sqlite3.connect(tmp_path / "copy.db")
    found = {row[0] for row in copy.execute("SELECT name FROM meta")}
    assert "first" in found
    assert "second" not in found
    copy.close()
    assert database.size() > 4096


def test_closing_waits_for_readers(tmp_path):
    database = Database(tmp_path / "library.db")
    inside, leave, result = threading.Event(), threading.Event(), []

    def read():
        with database.read() as connection:
            inside.set()
            leave.wait(5)
            result.append(connection.execute("SELECT count(*) FROM meta WHERE name IN ('library', 'clean')").fetchone()[0])

    reader = threading.Thread(target=read)
    reader.start()
    inside.wait(5)
    closer = threading.Thread(target=database.close)
    closer.start()
    leave.set()
    closer.join()
    reader.join()
    assert result == [2]
