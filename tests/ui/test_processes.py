"""Several API processes on one PostgreSQL database: real processes, one of which is killed, and a server that is restarted under load."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from postgres_server import PASSWORD, server

from assistant.settings import Settings
from retrieval.faults import InvalidInput
from ui.api.processes import check

pytestmark = [pytest.mark.slow]
START_SECONDS = 120


@contextmanager
def serving(folder, address, processes=2):
    """(parent process, client) of a service of several processes, all of which answer."""
    surroundings = {**os.environ, "OFFLINE": "1", "ASSISTANT_DATABASE": address, "ASSISTANT_DATABASE_PASSWORD": PASSWORD}
    surroundings |= {"ASSISTANT_SAMPLE": "false", "ASSISTANT_CONFIG": str(folder / "none.toml"), "ASSISTANT_LOG_LEVEL": "info"}
    command = [sys.executable, "-m", "ui.api.server", "--port", "0", "--processes", str(processes), "--data-dir", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        parent = subprocess.Popen(command, env=surroundings, stdout=log, stderr=log)
    try:
        published = folder / "data" / "server.json"
        wait(lambda: published.is_file() or parent.poll() is not None)
        assert parent.poll() is None, (folder / "log").read_text()
        found = json.loads(published.read_text())
        assert found["pid"] == parent.pid
        with httpx.Client(base_url=found["address"], headers={"Authorization": f"Bearer {found['token']}"}, timeout=60) as client:
            wait(lambda: len(ready(parent, folder)) == processes)
            yield parent, client
    finally:
        parent.terminate()
        parent.wait(60)
    assert parent.returncode == 0
    assert not published.exists()


def wait(condition, seconds=START_SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children(parent):
    return [int(pid) for pid in Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()]


def ready(parent, folder):
    """The processes that serve now, as the parent's log says."""
    served = {int(pid) for pid in re.findall(r"process (\d+) serves", (folder / "log").read_text())}
    return served & set(children(parent))


def ask(client, words, chat, met, tries=400):
    """Ask as a client does that comes back: until it is answered. `met` gets what it meets on the way."""
    body = {"model": "assistant", "messages": [{"role": "user", "content": words}], "metadata": {"conversation": chat}}
    for _ in range(tries):
        try:
            answer = httpx.post(f"{client.base_url}/v1/chat/completions", headers=dict(client.headers), json=body, timeout=60)
        except httpx.HTTPError as error:
            met.append(type(error).__name__)
            time.sleep(0.1)
            continue
        if answer.status_code == 200:
            return
        met.append((answer.status_code, answer.headers.get("retry-after"), answer.json()["error"]["code"]))
        time.sleep(0.2)
    raise AssertionError(met[-3:])


class Load:
    """People who talk, each in a conversation of their own, and never give up."""

    def __init__(self, client, people):
        self.client, self.met, self.stop = client, [], threading.Event()
        self.chats = [client.post("/v1/conversations", json={}).json()["id"] for _ in range(people)]
        self.said = {chat: [] for chat in self.chats}
        self.threads = [threading.Thread(target=self._talk, args=(chat,)) for chat in self.chats]
        for thread in self.threads:
            thread.start()

    def _talk(self, chat):
        number = 0
        while not self.stop.is_set():
            number += 1
            words = f"hello, this is number {number}"
            ask(self.client, words, chat, self.met)
            self.said[chat].append(words)

    def reach(self, turns):
        """Wait until everybody had so many more turns."""
        goal = {chat: len(said) + turns for chat, said in self.said.items()}
        wait(lambda: all(len(self.said[chat]) >= most for chat, most in goal.items()), 120)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(120)

    def check(self):
        """Everything that was acknowledged is there, answered, in its order."""
        for chat, said in self.said.items():
            messages = self.client.get(f"/v1/conversations/{chat}").json()["messages"]
            answered = [
                asked["content"] for asked, answer in pairwise(messages)
                if asked["role"] == "user" and answer["role"] == "assistant" and answer["state"] == "finished"
            ]  # fmt: skip
            places = [answered.index(words) for words in said]
            assert places == sorted(places)
            assert all(message["state"] != "running" for message in messages)


def test_one_of_two_processes_is_killed_under_load_and_then_the_database_restarts(tmp_path, address):
    with serving(tmp_path, address) as (parent, client):
        before = children(parent)
        assert len(before) == 2
        load = Load(client, people=3)
        try:
            load.reach(3)
            os.kill(before[0], signal.SIGKILL)
            load.reach(5)
            wait(lambda: len(children(parent)) == 2 and before[0] not in children(parent))
            wait(lambda: len(ready(parent, tmp_path)) == 2)
            statuses = {met[0] for met in load.met if isinstance(met, tuple)}
            assert statuses <= {503}  # while the new one loads

            load.met.clear()
            server().stop()
            wait(lambda: any(isinstance(met, tuple) and met[0] == 503 for met in load.met) or len(load.met) > 20, 60)
            time.sleep(1)
            server().start()
            load.reach(3)
        finally:
            load.end()
        refused = [met for met in load.met if isinstance(met, tuple)]
        assert refused
        assert all(status == 503 and after is not None for status, after, _ in refused), refused
        load.check()
        assert len(children(parent)) == 2


def test_what_one_process_wrote_the_other_reads(tmp_path, address):
    with serving(tmp_path, address) as (parent, client):
        chat = client.post("/v1/conversations", json={}).json()["id"]
        for number in range(8):
            ask(client, f"hello number {number}", chat, [])
        assert len(client.get(f"/v1/conversations/{chat}").json()["messages"]) == 16
        first = children(parent)[0]
        os.kill(first, signal.SIGSTOP)
        try:
            found = httpx.get(f"{client.base_url}/v1/conversations/{chat}", headers=dict(client.headers), timeout=60)
            assert len(found.json()["messages"]) == 16
        finally:
            os.kill(first, signal.SIGCONT)


def test_a_start_that_fails_is_told_by_the_parent(tmp_path, address):
    surroundings = {**os.environ, "OFFLINE": "1", "ASSISTANT_DATABASE": address, "ASSISTANT_DATABASE_PASSWORD": "wrong"}
    command = [sys.executable, "-m", "ui.api.server", "--port", "0", "--processes", "2", "--data-dir", str(tmp_path / "data")]
    ended = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    assert ended.returncode == 1
    assert "PostgreSQL refuses the password" in ended.stderr
    assert "wrong" not in ended.stderr


@pytest.mark.parametrize("processes", [0, 65])
def test_a_number_that_cannot_be_is_refused(processes):
    with pytest.raises(InvalidInput):
        check(Settings(), processes)


def test_several_processes_need_a_database_for_them():
    check(Settings(), 1)
    check(Settings(database="postgres://127.0.0.1/x"), 4)
    with pytest.raises(InvalidInput) as told:
        check(Settings(), 2)
    assert (told.value.code, told.value.param) == ("database_needed", "database")
