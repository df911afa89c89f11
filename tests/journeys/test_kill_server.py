"""kill -9 of a real server while it ingests: whatever it acknowledged is there after the restart, and searchable.

Each round uploads and attaches files, kills the process at a random moment, and starts it again on the same data directory.
`ASSISTANT_KILLS` sets the rounds (5 by default, so that the suite stays quick; 50 for the full run).
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid

import httpx
import pytest

from retrieval.lock import running_server

ROUNDS = int(os.environ.get("ASSISTANT_KILLS", "5"))
pytestmark = pytest.mark.slow


def start(data_dir):
    environment = {**os.environ, "ASSISTANT_SAMPLE": "0", "OFFLINE": "1"}
    command = [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--data-dir", str(data_dir)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at its start"
        found = running_server(data_dir)
        if found:
            try:
                if httpx.get(f"{found[0]}/readyz", timeout=5).status_code == 200:
                    return process, httpx.Client(base_url=found[0], headers={"Authorization": f"Bearer {found[1]}"}, timeout=60)
            except httpx.HTTPError:
                pass
        time.sleep(0.05)
    raise AssertionError("the server was not ready within 60 s")


def ingest(client, store, acknowledged, stop):
    while not stop.is_set():
        word = "w" + uuid.uuid4().hex[:12]
        text = f"The secret of {word} is that it lives in house {random.randrange(999)}."
        try:
            file = client.post("/v1/files", files={"file": (f"{word}.txt", text)}, data={"purpose": "assistants"}).raise_for_status().json()
            client.post(f"/v1/vector_stores/{store}/files", json={"file_id": file["id"]}).raise_for_status()
        except httpx.HTTPError:
            return
        acknowledged.append((word, file["id"]))


def awaited(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nothing was acknowledged within 60 s"
        time.sleep(0.01)


def settled(client, store):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        answer = client.get(f"/v1/vector_stores/{store}").raise_for_status().json()
        if answer["file_counts"]["in_progress"] == 0:
            return answer["file_counts"]
        time.sleep(0.1)
    raise AssertionError("ingestion did not settle within 120 s")


@pytest.mark.case("D02")
def test_what_was_acknowledged_is_there_and_searchable(tmp_path):
    random.seed(7)
    acknowledged: list[tuple[str, str]] = []
    process, client = start(tmp_path)
    store = client.post("/v1/vector_stores", json={"name": "kill"}).raise_for_status().json()["id"]
    try:
        for number in range(ROUNDS):
            before, stop = len(acknowledged), threading.Event()
            writers = [threading.Thread(target=ingest, args=(client, store, acknowledged, stop)) for _ in range(2)]
            for writer in writers:
                writer.start()
            if number % 2 == 0:  # the other rounds may well kill the very first write
                awaited(lambda before=before: len(acknowledged) > before)
            time.sleep(random.uniform(0.05, 1.5))
            process.send_signal(signal.SIGKILL)
            stop.set()
            for writer in writers:
                writer.join()
            process.wait()
            client.close()
            process, client = start(tmp_path)
        counts = settled(client, store)
        assert len(acknowledged) >= ROUNDS // 2
        assert counts["failed"] == 0
        lost = []
        for word, file_id in acknowledged:
            found = (
                client.post("/v1/search", json={"query": f"secret of {word}", "k": 3, "collection": "kill"})
                .raise_for_status()
                .json()["data"]
            )
            if not any(word in hit["text"] for hit in found):
                lost.append((word, file_id))
        assert lost == []
        print(f"{ROUNDS} kills, {len(acknowledged)} acknowledged, 0 lost")
    finally:
        process.kill()
        process.wait()
        client.close()
