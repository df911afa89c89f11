"""A database beside the wrong log, an old one or none: it is not opened, and why is said."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from assistant.conversations.base import Message
from assistant.conversations.sqlite import create
from retrieval.database import Database
from retrieval.faults import Unavailable

CHILD = """
import os, signal, sys
from pathlib import Path
from retrieval.database import Database
database = Database(Path(sys.argv[1]))
for n in range(int(sys.argv[2]), int(sys.argv[3])):
    with database.write() as connection:
        connection.execute("INSERT INTO meta VALUES (?, ?)", (f"name {n}", "x" * 3000))
if len(sys.argv) > 4:
    database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(path, first, last, *more):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(first), str(last), *more], env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    assert done.returncode == -signal.SIGKILL
    return path.with_name(f"{path.name}-wal")


def names(path):
    database = Database(path)
    found = {row["name"] for row in database.all("SELECT name FROM meta WHERE name LIKE 'name %'")}
    database.close()
    return found


def refused(path):
    with pytest.raises(Unavailable) as caught:
        Database(path)
    assert caught.value.code == "database_damaged"
    assert "restore" in caught.value.hint
    return caught.value.message


@pytest.fixture
def path(tmp_path):
    return tmp_path / "library.db"


@pytest.mark.case("D08")
def test_after_a_kill_it_opens_with_everything(path):
    killed(path, 0, 5)
    assert len(names(path)) == 5
    assert len(names(path)) == 5


@pytest.mark.case("D08")
def test_a_log_that_was_removed_is_missed(path):
    killed(path, 0, 2, "checkpoint")
    killed(path, 2, 5).unlink()
    assert "changes are missing" in refused(path)


@pytest.mark.case("D08")
def test_without_the_log_of_its_first_day_a_library_is_not_begun_anew(path):
    killed(path, 0, 5).unlink()
    assert "without its log" in refused(path)


@pytest.mark.case("D08")
def test_a_log_that_was_cut_off_is_missed(path):
    log = killed(path, 0, 5)
    log.write_bytes(log.read_bytes()[:-4096])
    assert "the last 1 changes" in refused(path)


@pytest.mark.case("D08")
def test_the_log_of_another_library_is_not_laid_over_this_one(path, tmp_path):
    (tmp_path / "other").mkdir()
    foreign = killed(tmp_path / "other" / "library.db", 0, 9)
    own = killed(path, 0, 3, "checkpoint")
    before = path.read_bytes()
    shutil.copy(foreign, own)
    assert "another library" in refused(path)
    assert path.read_bytes() == before, "nothing was changed by looking"
    own.unlink()
    assert len(names(path)) == 3


@pytest.mark.case("D08")
def test_an_older_log_of_the_same_library_brings_nothing_back(path, tmp_path):
    shutil.copy(killed(path, 0, 3), tmp_path / "old-log")
    log = killed(path, 3, 6, "checkpoint")
    shutil.copy(tmp_path / "old-log", log)
    assert "old or was removed" in refused(path)


@pytest.mark.case("D08")
def test_a_database_that_is_gone_is_not_begun_anew_over_its_blobs(path):
    killed(path, 0, 3, "checkpoint")
    path.unlink()
    assert "missing, empty" in refused(path)


@pytest.mark.case("D08")
def test_the_person_may_go_on_with_what_is_there(path):
    killed(path, 0, 5).unlink()
    refused(path)
    path.with_name("library.db-mark").unlink()
    assert names(path) == set()


@pytest.mark.case("D08")
def test_a_witness_that_cannot_be_read_says_nothing(path):
    killed(path, 0, 2)
    path.with_name("library.db-mark").write_bytes(b"\0" * 53)
    assert len(names(path)) == 2


@pytest.mark.case("D08")
@pytest.mark.parametrize("clean", [True, False])
def test_damaged_pages_are_found_at_the_start(path, clean):
    killed(path, 0, 40)
    if clean:
        names(path)
    else:
        raw = sqlite3.connect(path)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
    data = bytearray(path.read_bytes())
    for page in range(30, len(data) // 4096):
        data[page * 4096 : page * 4096 + 16] = os.urandom(16)
    path.write_bytes(data)
    assert "damaged" in refused(path)


@pytest.mark.case("D08")
def test_conversations_are_watched_over_alike(tmp_path):
    store = create(tmp_path)
    chat = store.create("ann")
    log = tmp_path / "conversations.db-wal"
    early = log.read_bytes()
    store.add(Message(id="msg_1", conversation=chat.id, role="user", text="keep this"), "ann")
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in ("conversations.db", "conversations.db-wal", "conversations.db-mark"):
        shutil.copy(tmp_path / name, folder / name)
    store.close()
    (folder / "conversations.db-wal").write_bytes(early)
    with pytest.raises(Unavailable, match="changes are missing"):
        create(folder)
    (folder / "conversations.db").write_bytes(b"not a database" * 500)
    with pytest.raises(Unavailable) as caught:
        create(folder)
    assert caught.value.code == "database_damaged"
