import sqlite3
import threading
import time

import pytest

from assistant.conversations.sqlite import create as open_conversations
from retrieval import structure
from retrieval.database import Database, translated
from retrieval.faults import Unavailable
from retrieval.structure import Structure


@pytest.fixture
def large(monkeypatch):
    """Every file counts as a large one, whose pages are not read before somebody asks what was `found`."""
    may, check = threading.Event(), structure.check_structure
    monkeypatch.setattr(structure, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(structure, "check_structure", lambda *given: may.wait(10) and check(*given))
    monkeypatch.setattr(Structure, "may", may, raising=False)


def filled(path):
    database = Database(path)
    with database.write() as connection:
        for n in range(2000):
            connection.execute("INSERT INTO collections VALUES (?, ?, 'ann', ?, 0)", (f"vs_{n}", f"name {n}", "x" * 50))
    database.close()


def overwrite(path, share=0.7):
    """Spoil the last pages, where the newest rows are."""
    data = bytearray(path.read_bytes())
    for page in range(int(share * len(data)) // 4096, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = bytes(range(200))
    path.write_bytes(data)


def found(looked, seconds=10):
    """What a thread has found, once it has."""
    getattr(looked, "may", threading.Event()).set()
    deadline = time.monotonic() + seconds
    while looked.fault is None and not looked.sound and time.monotonic() < deadline:
        time.sleep(0.01)
    return looked.fault


def test_a_sound_file_large_or_small(tmp_path, monkeypatch):
    for limit in (2**30, 0):
        monkeypatch.setattr(structure, "AT_ONCE_BYTES", limit)
        filled(path := tmp_path / f"{limit}.db")
        database = Database(path)
        assert found(database.structure) is None
        assert database.structure.sound
        database.close()


@pytest.mark.case("D08")
def test_damage_in_a_large_file_is_told_to_everybody_who_uses_it(tmp_path, large):
    filled(path := tmp_path / "library.db")
    overwrite(path)
    database = Database(path)
    assert found(database.structure).code == "database_damaged"
    for use in (lambda: database.one("SELECT 1"), lambda: database.write().__enter__()):
        with pytest.raises(Unavailable) as caught:
            use()
        assert caught.value.code == "database_damaged"
        assert "restore" in caught.value.hint.lower()
    database.close()


def test_damage_stays_known_at_the_next_start(tmp_path, large):
    filled(path := tmp_path / "library.db")
    overwrite(path)
    for _ in range(2):
        Structure.may.clear()
        database = Database(path)
        assert found(database.structure) is not None
        database.close()
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT value FROM meta WHERE name = 'clean'").fetchone()[0] == "0"
    raw.close()


def test_a_file_that_was_not_closed_stays_so_until_all_of_it_was_read(tmp_path, monkeypatch):
    filled(path := tmp_path / "library.db")
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE meta SET value = '0' WHERE name = 'clean'")
    raw.close()
    with monkeypatch.context() as patched:
        patched.setattr(Structure, "look", lambda self, connection, now=False: None)  # it is closed before the thread is through
        Database(path).close()
    database = Database(path)
    assert not database.was_clean
    assert found(database.structure) is None
    database.close()
    after = Database(path)
    assert after.was_clean
    after.close()


def test_looking_ends_with_the_database(tmp_path, large):
    filled(path := tmp_path / "library.db")
    connection = sqlite3.connect(path)
    looking = Structure(path, "It", translated)
    looking.look(connection)
    looking.may.set()
    looking.close()
    looking.close()
    assert looking.fault is None
    connection.close()


def test_a_large_file_of_conversations_is_looked_at_in_the_same_way(tmp_path, large):
    Structure.may.set()
    conversations = open_conversations(tmp_path)
    one = conversations.create("local", "x" * 400_000)
    conversations.close()
    Structure.may.clear()
    overwrite(tmp_path / "conversations.db")
    conversations = open_conversations(tmp_path)
    assert found(conversations.structure).code == "database_damaged"
    with pytest.raises(Unavailable):
        conversations.messages(one.id, "local")
    with pytest.raises(Unavailable):
        conversations.create("local")
    conversations.close()
