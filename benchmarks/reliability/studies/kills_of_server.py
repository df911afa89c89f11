"""kill -9 of the whole server while several clients upload, delete, chat, rate, remember and make keys; then it is started again."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

MOST_PROMISES = 60
"""The server is killed after at most so many promises of a trial."""
SEARCHED = 5
SETTLE_SECONDS = 240.0
PROMISE_SECONDS = 120.0
STORE = "kills"
BUSY = (429, 503)


class Promises:
    """What the server answered 2xx for, over all its lives."""

    def __init__(self) -> None:
        self.lock = threading.Condition()
        self.files: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.doubtful: set[str] = set()
        """Files whose deletion was asked for and never answered."""
        self.begun: dict[tuple[str, str], str] = {}
        """(conversation, words) of a turn whose answer had begun -> `begun`, or the id of the answer when it had ended."""
        self.facts: dict[str, str] = {}
        self.rated: dict[str, str] = {}
        self.keys: set[str] = set()
        self.revoked: set[str] = set()
        self.made = 0
        self.refused: list[str] = []
        """Requests that were answered with an error that is no sign of too much work."""
        self.streaming = threading.Event()

    def promise(self, change: Callable[[], Any]) -> None:
        """Note one."""
        with self.lock:
            change()
            self.made += 1
            self.lock.notify_all()


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial kills the server once, a third of them in the middle of an answer."""
    outcome, chance, promises, starts = Outcome(), random.Random(seed), Promises(), list[float]()
    service = Service(folder)
    starts.append(service.start())
    with service.client() as client:
        store = client.post("/v1/vector_stores", json={"name": STORE}).raise_for_status().json()["id"]
    try:
        for trial in range(trials):
            _work_until_killed(service, store, promises, chance, in_stream=trial % 3 == 0)
            starts.append(service.start())
            with service.client() as client:
                last = trial == trials - 1
                for wrong in _wrong(client, store, promises, chance, SEARCHED if not last else 50):
                    outcome.fail(f"seed {seed}, trial {trial}: {wrong}")
            outcome.done += 1
            tick(1)
    finally:
        service.kill()
    outcome.figures = {
        "promises": promises.made, "files": len(promises.files), "deletions": len(promises.deleted), "turns": len(promises.begun),
        "facts, ratings, keys": len(promises.facts) + len(promises.rated) + len(promises.keys) + len(promises.revoked),
        "lost or wrong": outcome.failed, "restart median s": round(statistics.median(starts[1:] or starts), 2),
        "restart longest s": round(max(starts[1:] or starts), 2),
    }  # fmt: skip
    return outcome


def _work_until_killed(service: Service, store: str, promises: Promises, chance: random.Random, in_stream: bool) -> None:
    stop = threading.Event()
    promises.streaming.clear()
    jobs: tuple[Callable[..., None], ...] = (_upload, _upload, _chat, _remember, _make_keys)
    seeds = [chance.getrandbits(32) for _ in jobs]

    def repeat(job: Callable[..., None], chance: random.Random) -> None:
        with service.client() as client:
            while not stop.is_set():
                try:
                    job(client, store, promises, chance)
                except httpx.HTTPStatusError as error:
                    if error.response.status_code not in BUSY:
                        promises.refused.append(f"{error.request.method} {error.request.url.path}: {error.response.status_code}")
                        return
                    time.sleep(0.5)
                except httpx.TransportError:
                    return

    threads = [threading.Thread(target=repeat, args=(job, random.Random(seed))) for job, seed in zip(jobs, seeds, strict=True)]
    for thread in threads:
        thread.start()
    if in_stream:
        promises.streaming.wait(PROMISE_SECONDS)
    else:
        until = promises.made + chance.randint(5, MOST_PROMISES)
        with promises.lock:
            promises.lock.wait_for(lambda: promises.made >= until, PROMISE_SECONDS)
        time.sleep(chance.uniform(0, 0.1))
    service.kill()
    stop.set()
    for thread in threads:
        thread.join()


def _upload(client: httpx.Client, store: str, promises: Promises, chance: random.Random) -> None:
    word = f"w{chance.getrandbits(60):015x}"
    text = f"The secret of {word} is that it lives in house {chance.randrange(999)}."
    sent = {"file": (f"{word}.txt", text)}
    file = client.post("/v1/files", files=sent, data={"purpose": "assistants"}).raise_for_status().json()["id"]
    client.post(f"/v1/vector_stores/{store}/files", json={"file_id": file}).raise_for_status()
    promises.promise(lambda: promises.files.__setitem__(file, word))
    if chance.random() < 0.2:
        with promises.lock:
            goes = chance.choice(sorted(promises.files))
            promises.doubtful.add(goes)
        if client.delete(f"/v1/files/{goes}").is_success:
            promises.promise(lambda: promises.deleted.add(goes))


def _chat(client: httpx.Client, store: str, promises: Promises, chance: random.Random) -> None:
    conversation = client.post("/v1/conversations", json={}).raise_for_status().json()["id"]
    for number in range(3):
        words = f"What is the secret number {number} of {chance.getrandbits(40):x}?"
        body = {
            "model": "assistant",
            "stream": True,
            "metadata": {"conversation": conversation},
            "messages": [{"role": "user", "content": words}],
        }
        ended = False
        with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data: {") and (conversation, words) not in promises.begun:
                    promises.promise(lambda words=words: promises.begun.setdefault((conversation, words), ""))  # type: ignore[misc]
                    promises.streaming.set()
                ended = line == "data: [DONE]"
        if not ended:
            return
        found = client.get(f"/v1/conversations/{conversation}/messages").raise_for_status().json()["data"]
        answer_id = found[-1]["id"]
        promises.promise(lambda words=words, answer_id=answer_id: promises.begun.__setitem__((conversation, words), answer_id))  # type: ignore[misc]
        client.post("/v1/feedback", json={"message_id": answer_id, "rating": "up"}).raise_for_status()
        promises.promise(lambda answer_id=answer_id: promises.rated.__setitem__(answer_id, conversation))  # type: ignore[misc]


def _remember(client: httpx.Client, store: str, promises: Promises, chance: random.Random) -> None:
    text = f"My locker has the code {chance.getrandbits(40):x}"
    fact = client.post("/v1/memory", json={"text": text}).raise_for_status().json()["id"]
    promises.promise(lambda: promises.facts.__setitem__(fact, text))
    time.sleep(chance.uniform(0, 0.3))


def _make_keys(client: httpx.Client, store: str, promises: Promises, chance: random.Random) -> None:
    sent = {"name": f"site-{chance.getrandbits(60):x}", "origins": ["https://shop.example"], "collections": [STORE]}
    key = client.post("/v1/publishable_keys", json=sent).raise_for_status().json()["id"]
    if chance.random() < 0.5:
        client.delete(f"/v1/publishable_keys/{key}").raise_for_status()
        promises.promise(lambda: promises.revoked.add(key))
    else:
        promises.promise(lambda: promises.keys.add(key))
    time.sleep(chance.uniform(0, 0.3))


def _wrong(client: httpx.Client, store: str, promises: Promises, chance: random.Random, searched: int) -> list[str]:
    """What is not as promised, in words."""
    wrong, promises.refused = promises.refused, []
    files = {file["id"] for file in _pages(client, "/v1/files", 10_000)}
    promises.files = {file: word for file, word in promises.files.items() if file in files or file not in promises.doubtful}
    wrong += [f"acknowledged file is lost: {file}" for file in promises.files.keys() - promises.deleted - files]
    wrong += [f"deleted, and there again: {file}" for file in promises.deleted & files]
    counts = _settled(client, store)
    wrong += [f"{counts['failed']} files were given up"] if counts["failed"] else []
    alive = sorted(promises.files.keys() & files)
    for file in chance.sample(alive, min(searched, len(alive))):
        word = promises.files[file]
        found = client.post("/v1/search", json={"query": f"secret of {word}", "k": 3, "collection": STORE}).raise_for_status().json()
        wrong += [] if any(word in hit["text"] for hit in found["data"]) else [f"acknowledged, and not found: {file}"]
    facts = {fact["id"]: fact["text"] for fact in client.get("/v1/memory").raise_for_status().json()["data"]}
    wrong += [f"acknowledged fact is lost: {fact}" for fact in promises.facts.keys() - facts.keys()]
    keys = {key["id"] for key in client.get("/v1/publishable_keys").raise_for_status().json()["data"]}
    wrong += [f"acknowledged key is lost: {key}" for key in promises.keys - keys]
    wrong += [f"revoked key works again: {key}" for key in promises.revoked & keys]
    return wrong + _wrong_conversations(client, promises)


def _wrong_conversations(client: httpx.Client, promises: Promises) -> list[str]:
    wrong, known = [], dict[str, list[dict[str, Any]]]()
    for (conversation, words), answer in promises.begun.items():
        if conversation not in known:
            known[conversation] = client.get(f"/v1/conversations/{conversation}/messages").raise_for_status().json()["data"]
        said = known[conversation]
        place = next((n for n, message in enumerate(said) if message["role"] == "user" and words in json.dumps(message)), None)
        if place is None or place + 1 >= len(said):
            wrong.append(f"a turn whose answer had begun is lost: {conversation}, {words}")
            continue
        state = said[place + 1].get("state")
        if state not in (("finished",) if answer else ("finished", "interrupted")):
            wrong.append(f"the answer to {words!r} is {state}")
    for answer, conversation in promises.rated.items():
        message = next((message for message in known.get(conversation, []) if message["id"] == answer), {})
        if "up" not in json.dumps(message.get("trace", {}).get("feedback", {})):
            wrong.append(f"acknowledged rating is lost: {answer}")
    return wrong


def _pages(client: httpx.Client, path: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        after = {"after": found[-1]["id"]} if found else {}
        page = client.get(path, params={"limit": min(limit, 1000), **after}).raise_for_status().json()
        found += page["data"]
        if not page.get("has_more") or not page["data"]:
            return found


def _settled(client: httpx.Client, store: str) -> dict[str, int]:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        counts: dict[str, int] = client.get(f"/v1/vector_stores/{store}").raise_for_status().json()["file_counts"]
        if not counts["in_progress"]:
            return counts
        if time.monotonic() > deadline:
            raise RuntimeError(f"reading did not settle: {counts}")
        time.sleep(0.1)


STUDY = Study(
    name="kills_of_server",
    title="kill -9 of the whole server under mixed work",
    goal="500 of 500 kills: 0 acknowledged uploads, deletions, turns, ratings, facts and keys lost; ready again within 5 s.",
    unit="kills",
    trials={"fast": 2, "full": 10, "nightly": 500},
    run=run,
    covers=("D02", "D03"),
)
