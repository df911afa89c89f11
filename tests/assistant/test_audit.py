"""The audit log: every use is in it, nothing of what was read is, and the database refuses to change or delete a row."""

import sqlite3

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
    assert set(Entry.model_fields) == {"id", "at", "owner", "why", "modalities", "consent", "deployment", "outcome"}


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
        for order in ("DELETE FROM use", "UPDATE use SET owner = 'nobody'"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                db.execute(order)
    db.close()
    assert len(audit.entries()) == 1


def test_looking_into_a_book_that_was_never_written_makes_no_file(audit, tmp_path):
    assert audit.entries() == []
    assert not list(tmp_path.iterdir())
