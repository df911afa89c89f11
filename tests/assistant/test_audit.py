"""The audit log: what was done is in it, no content is, the database refuses to change or delete a row, and the chain shows who did it anyway."""

import sqlite3
import threading
import time

import pytest

from assistant.audit import Audit, Entry
from tools.emotion_use import Use


@pytest.fixture
def audit(tmp_path):
    book = Audit(tmp_path)
    yield book
    book.close()


def use(owner="anna", why="asked", modalities=("text", "audio"), outcome="allowed"):
    return Use(owner, why, modalities, True, "personal", outcome)


def test_who_when_what_why_and_with_what_consent(audit):
    audit.add(use())
    audit.add(use("bob", "tone", (), "emotion_forbidden"))
    newest, oldest = audit.entries()
    assert (oldest.owner, oldest.why, oldest.modalities, oldest.consent, oldest.deployment) == (
        "anna", "asked", ("text", "audio"), True, "personal",
    )  # fmt: skip
    assert (newest.outcome, newest.modalities) == ("emotion_forbidden", ())
    assert newest.at >= oldest.at > 1e9
    assert set(Entry.model_fields) == {"id", "at", "owner", "action", "subject", "why", "modalities", "consent", "deployment", "outcome"}


def test_one_person_a_page_at_a_time(audit):
    for number in range(5):
        audit.add(use("anna" if number % 2 else "bob"))
    assert [e.owner for e in audit.entries("anna")] == ["anna", "anna"]
    first = audit.entries(limit=2)
    assert [e.id for e in (*first, *audit.entries(limit=9, before=first[-1].id))] == [5, 4, 3, 2, 1]


def test_it_is_only_added_to_and_outlives_the_process(audit, tmp_path):
    audit.add(use())
    audit.close()
    with sqlite3.connect(tmp_path / "audit.db") as db:
        for order in ("DELETE FROM entry", "UPDATE entry SET owner = 'nobody'"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                db.execute(order)
    db.close()
    assert len(audit.entries()) == 1


def test_looking_into_a_book_that_was_never_written_makes_no_file(audit, tmp_path):
    assert audit.entries() == []
    assert not list(tmp_path.iterdir())


def tamper(folder, order, *values):
    """Change the file as somebody would who knows SQLite."""
    with sqlite3.connect(folder / "audit.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(order, values)
    db.close()


class TestNotes:
    def test_whatever_must_be_answerable_for(self, audit):
        first = audit.note("anna", "key.created", "key_1", why="by bob")
        audit.note("anna", "tool.blocked", "control_device", outcome="tainted")
        newest, oldest = audit.entries()
        assert (oldest.id, oldest.action, oldest.subject, oldest.outcome, oldest.why) == (
            first,
            "key.created",
            "key_1",
            "allowed",
            "by bob",
        )
        assert (newest.action, newest.outcome) == ("tool.blocked", "tainted")
        assert [e.action for e in audit.entries(action="key")] == ["key.created"]
        assert [e.action for e in audit.entries(action="tool.blocked")] == ["tool.blocked"]
        assert audit.entries(action="ke") == []

    @pytest.mark.case("G02")
    def test_one_line_each_whatever_is_given(self, audit):
        audit.note("anna\r\nbob", "file.deleted", "file\x1b[31m\u2028\u202e" + "x" * 900, why="\ud800")
        (entry,) = audit.entries()
        assert entry.owner == "anna  bob"
        assert entry.subject.startswith("file [31m  xx")
        assert len(entry.subject) == 200
        assert audit.verify().ok

    @pytest.mark.parametrize("action", ["", "Key", "key..made", "key made", "a" * 41, "key.\n"])
    def test_an_action_is_a_code(self, audit, action):
        with pytest.raises(ValueError, match="names no action"):
            audit.note("anna", action)

    def test_several_processes_and_threads_add_to_one_chain(self, audit, tmp_path):
        other = Audit(tmp_path)
        work = [threading.Thread(target=lambda book=book: [book.note("anna", "a.b") for _ in range(5)]) for book in (audit, other) * 2]
        for thread in work:
            thread.start()
        for thread in work:
            thread.join()
        other.close()
        assert audit.verify().entries == 20
        assert audit.verify().ok


class TestChain:
    def test_an_untouched_book_holds_and_its_head_can_be_noted(self, audit):
        assert audit.verify() == audit.verify("")
        audit.note("anna", "key.created")
        noted = audit.verify().head
        audit.note("anna", "key.revoked")
        assert audit.verify(noted).ok
        assert audit.verify("0" * 64).fault == "the head that was noted is not in it"

    @pytest.mark.parametrize(("order", "broken"), [
        ("UPDATE entry SET owner = 'nobody' WHERE id = 2", 2),
        ("UPDATE entry SET at = at + 1 WHERE id = 3", 3),
        ("UPDATE entry SET outcome = 'allowed', sha256 = former WHERE id = 2", 2),
        ("UPDATE entry SET consent = 1 WHERE id = 1", 1),
        ("DELETE FROM entry WHERE id = 2", 3),
        ("DELETE FROM entry WHERE id = 1", 2),
        ("DELETE FROM entry WHERE id = 4", 4),
        ("DELETE FROM entry", 1),
        ("UPDATE entry SET at = 0, owner = '', action = 'erased', subject = '', outcome = '', why = '', salt = '' WHERE id = 2", 2),
    ])  # fmt: skip
    def test_what_is_changed_behind_its_back_shows(self, audit, tmp_path, order, broken):
        for action in ("key.created", "key.revoked", "file.deleted", "device.action"):
            audit.note("anna", action, "x", outcome="refused")
        audit.close()
        tamper(tmp_path, order)
        found = audit.verify()
        assert not found.ok
        assert found.broken == broken, found

    def test_a_person_is_forgotten_and_the_chain_still_holds(self, audit, tmp_path):
        for number in range(6):
            audit.note("anna" if number % 3 else "bob", "file.deleted", "file-canary" if number % 3 else "file-2")
        assert audit.erase("anna") == 4
        audit.scrub()
        found = audit.verify()
        assert (found.ok, found.erased, found.entries) == (True, 4, 7)
        assert {e.owner for e in audit.entries()} == {"", "bob"}
        audit.close()
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"anna" not in left
        assert b"canary" not in left
        assert audit.erase("anna") == 0
        assert audit.erase("") == 0
        assert audit.trim(before=1.0) == 0  # an emptied row has no time, and is not old for that

    def test_old_entries_leave_from_the_beginning_and_the_rest_still_holds(self, audit):
        for _ in range(5):
            audit.note("anna", "file.deleted")
        assert audit.trim(before=0, most=3) == 2
        assert audit.verify().ok
        assert [e.action for e in audit.entries()] == ["audit.trimmed", *["file.deleted"] * 3]
        assert audit.trim(before=time.time() + 1) == 3
        assert audit.trim(before=time.time() + 1) == 0
        assert audit.verify().ok
        assert audit.note("anna", "file.deleted") == 8
        assert audit.verify().ok

    def test_a_book_of_the_first_version_is_taken_over_in_place(self, tmp_path):
        with sqlite3.connect(tmp_path / "audit.db") as db:
            db.executescript(OLD)
            for number in range(3):
                row = (1e9 + number, f"person {number}", "asked", "text,audio", 1, "personal", "allowed")
                db.execute("INSERT INTO use (at, owner, why, modalities, consent, deployment, outcome) VALUES (?,?,?,?,?,?,?)", row)
        db.close()
        book = Audit(tmp_path)
        assert [(e.id, e.at, e.owner, e.action, e.modalities) for e in book.entries()] == [
            (number + 1, 1e9 + number, f"person {number}", "emotion", ("text", "audio")) for number in (2, 1, 0)
        ]
        assert book.note("anna", "key.created") == 4
        book.close()
        assert book.verify().ok
        with pytest.raises(sqlite3.IntegrityError, match="only added to"), sqlite3.connect(tmp_path / "audit.db") as db:
            db.execute("DELETE FROM entry")
        db.close()
        book.close()


OLD = """
CREATE TABLE IF NOT EXISTS use (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, owner TEXT NOT NULL, why TEXT NOT NULL, modalities TEXT NOT NULL,
  consent INTEGER NOT NULL, deployment TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS use_of_owner ON use (owner, id);
CREATE TRIGGER IF NOT EXISTS use_is_not_changed BEFORE UPDATE ON use BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER IF NOT EXISTS use_is_not_deleted BEFORE DELETE ON use BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
"""
