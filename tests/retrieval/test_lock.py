import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from retrieval.faults import DataLocked, StorageFull, Unavailable
from retrieval.lock import LOCK, SERVER, DirectoryLock, running_server, visiting, withdraw

HOLD = """
    import sys, time
    from pathlib import Path
    from retrieval.lock import DirectoryLock
    lock = DirectoryLock(Path(sys.argv[1]))
    lock.acquire()
    if len(sys.argv) > 2: lock.publish(sys.argv[2], "secret")
    print("held", flush=True)
    sys.stdin.readline()
    lock.release()
"""


@pytest.fixture
def hold(tmp_path):
    running = []

    def start(*address):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(HOLD), str(tmp_path / "data"), *address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        running.append(process)
        assert process.stdout.readline() == b"held\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


@pytest.mark.case("D09")
def test_a_second_process_is_refused_and_told_who_and_where(hold, tmp_path):
    process = hold("http://127.0.0.1:8000")
    with pytest.raises(DataLocked) as caught:
        DirectoryLock(tmp_path / "data").acquire()
    assert str(process.pid) in caught.value.message
    assert "http://127.0.0.1:8000" in caught.value.message
    assert "--data-dir" in caught.value.hint
    assert "secret" not in caught.value.message + caught.value.hint


def test_without_a_server_the_process_is_named(hold, tmp_path):
    process = hold()
    with pytest.raises(DataLocked, match=f"process {process.pid}"):
        DirectoryLock(tmp_path / "data").acquire()
    assert running_server(tmp_path / "data") is None


@pytest.mark.parametrize("end", ["release", "kill"])
def test_the_lock_ends_with_its_process(hold, tmp_path, end):
    process = hold("http://127.0.0.1:8000")
    if end == "kill":
        process.send_signal(signal.SIGKILL)
    else:
        process.communicate(b"\n")
    process.wait()
    assert running_server(tmp_path / "data") is None
    assert (tmp_path / "data" / SERVER).exists() == (end == "kill")
    lock = DirectoryLock(tmp_path / "data")
    lock.acquire()
    assert running_server(tmp_path / "data") is None
    lock.release()


def test_other_processes_find_the_server(hold, tmp_path):
    hold("http://127.0.0.1:8123")
    assert running_server(tmp_path / "data") == ("http://127.0.0.1:8123", "secret")


def test_this_process_finds_its_own_server_and_keeps_the_lock(tmp_path):
    lock = DirectoryLock(tmp_path / "data")
    lock.acquire()
    lock.publish("http://127.0.0.1:1", "t0ken")
    assert running_server(tmp_path / "data") == ("http://127.0.0.1:1", "t0ken")
    assert stat.S_IMODE((tmp_path / "data" / SERVER).stat().st_mode) == 0o600
    code = textwrap.dedent(HOLD).replace("lock.acquire()", "lock.acquire()  # must fail")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], capture_output=True, input=b"\n")
    assert b"DataLocked" in done.stderr
    assert str(os.getpid()).encode() in done.stderr
    lock.release()
    assert not (tmp_path / "data" / SERVER).exists()


def test_within_a_process_it_may_be_taken_again(tmp_path, hold):
    first, second = DirectoryLock(tmp_path / "data"), DirectoryLock(tmp_path / "data")
    first.acquire()
    second.acquire()
    first.release()
    first.release()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(HOLD), str(tmp_path / "data")], capture_output=True, input=b"\n")
    assert b"DataLocked" in done.stderr
    second.release()
    hold()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": 3}', json.dumps({"address": "http://x", "token": "t", "pid": 1})])
def test_a_stale_or_broken_server_file_means_no_server(tmp_path, text):
    (tmp_path / SERVER).write_text(text)
    assert running_server(tmp_path) is None
    assert running_server(tmp_path / "nowhere") is None


def test_a_server_file_of_an_earlier_process_is_not_believed(hold, tmp_path):
    hold()
    (tmp_path / "data" / SERVER).write_text(json.dumps({"address": "http://old", "token": "t", "pid": 1}))
    assert running_server(tmp_path / "data") is None


def test_a_place_that_cannot_be_used_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises((StorageFull, Unavailable)) as caught:
        DirectoryLock(tmp_path / "file" / "data").acquire()
    assert caught.value.hint
    assert not (tmp_path / "file" / LOCK).exists()


def test_a_withdrawn_server_waits_for_its_visitors_and_is_found_no_more(hold, tmp_path):
    hold("http://127.0.0.1:8123")
    ended = threading.Event()
    with visiting(tmp_path / "data"), visiting(tmp_path / "data"):
        thread = threading.Thread(target=lambda: (withdraw(tmp_path / "data", 60), ended.set()))
        thread.start()
        while running_server(tmp_path / "data") is not None:
            time.sleep(0.01)
        assert not ended.wait(0.3)
    assert ended.wait(30)
    thread.join()


def test_a_withdrawn_server_waits_no_longer_than_it_has_patience(tmp_path):
    with visiting(tmp_path):
        withdraw(tmp_path, 0.2)
    withdraw(tmp_path / "nowhere", 60)


def test_a_visitor_that_dies_is_not_waited_for(tmp_path):
    code = "import sys, os; from pathlib import Path; from retrieval.lock import visiting; visiting(Path(sys.argv[1])).__enter__(); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == 9
    withdraw(tmp_path, 60)
