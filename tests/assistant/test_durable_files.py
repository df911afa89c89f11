"""Every file that keeps what was acknowledged syncs each commit: a loss of power takes nothing back, a revoked key stays revoked."""

import sqlite3
from contextlib import closing

import pytest

from assistant.audit import Audit
from assistant.conversations.sqlite import create
from assistant.credentials import Credentials
from assistant.publishable_keys import PublishableKeys
from assistant.reviews import Reviews
from assistant.visits import Visits
from tools.drawing_quota import DrawingQuota
from tools.facts import Facts

FULL = 2
OPENED = {
    "keys": Credentials, "publishable_keys": PublishableKeys, "visits": Visits, "audit": Audit, "quota": DrawingQuota, "reviews": Reviews,
    "facts": Facts,
}  # fmt: skip


@pytest.mark.case("D05")
@pytest.mark.parametrize("name", OPENED)
def test_each_commit_is_synced(tmp_path, name):
    tables = OPENED[name](tmp_path)._tables
    with tables.read() as db:
        assert db.execute("PRAGMA synchronous").fetchone()[0] == FULL
    tables.close()


@pytest.mark.case("D05")
def test_those_of_conversations_too_and_of_what_the_agent_remembers(tmp_path):
    store = create(tmp_path)
    assert store._db.execute("PRAGMA synchronous").fetchone()[0] == FULL
    store.close()
    with closing(sqlite3.connect(tmp_path / "conversations.db")) as another:  # as the agent's memory opens it
        assert another.execute("PRAGMA synchronous").fetchone()[0] == FULL
        assert another.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
