"""Every address of the API asked what nobody should ask: no 5xx, and every answer is what the OpenAPI document says."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from benchmarks.reliability._borrowed import borrowed
from benchmarks.reliability._orphans import orphans
from benchmarks.reliability._requests import ENDLESS, Asked, Requests
from benchmarks.reliability._statuses import of_class, told
from benchmarks.reliability.study import Outcome, Study, Tick

BATCH = 4_000
"""Requests that one app answers before a fresh one takes its place: what they store must not pile up for a night."""
SCHEMATHESIS = 20
"""One request in so many is made by Schemathesis, which is thorough and slow; the others by `_requests`."""
TOGETHER = 100
_UNSENT = (UnicodeError, ValueError, TypeError)
"""What the HTTP client itself refuses to send."""


def _started(stack: ExitStack, folder: Path) -> tuple[Any, dict[str, list[str]]]:
    """A client of a fresh app with something of every kind in it, and the ids by the variable of the path they fit."""
    app = borrowed("api_app")
    client = stack.enter_context(app.running(folder, **{"limits.body_bytes": 2**22, "limits.file_bytes": 2**21}))
    client.headers["Authorization"] = "Bearer local-token"
    store = client.post("/v1/vector_stores", json={"name": "shop"}).json()["id"]
    file, _ = app.ingest(client, store, "gale.md", app.WARRANTY)
    picture = client.post("/v1/files", files={"file": ("a.png", app.png())}).json()["id"]
    item = client.post("/v1/search", json={"query": "warranty", "collection": store}).json()["data"][0]["item_id"]
    chat = client.post("/v1/conversations", json={"collections": [store]}).json()["id"]
    entry = client.post(f"/v1/vector_stores/{store}/faq", json={"question": "Who are you?", "answer": "Gale."}).json()["id"]
    key = client.post("/v1/publishable_keys", json={"name": "k", "origins": ["http://localhost"], "collections": [store]}).json()
    return client, {
        "name": [store, "shop"], "file_id": [file, picture], "item_id": [item], "conversation_id": [chat], "entry_id": [entry],
        "model": ["assistant"], "device_id": ["kitchen_light"], "key": [key.get("key", "")], "key_id": [key.get("id", "")],
    }  # fmt: skip


def _own(requests: Requests, seed: int, first: int, count: int) -> Iterator[tuple[str, Asked]]:
    for n in range(first, first + count):
        yield f"request {n} of seed {seed}", requests.make(random.Random(f"{seed}/{n}"))


def _thorough(document: dict[str, Any], seed: int, count: int, each: Callable[[str, Asked], None]) -> None:
    """`count` requests made by Schemathesis, half of them to fit the document and half to break it."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis.errors import Unsatisfiable
    from schemathesis import GenerationMode

    rng = random.Random(f"{seed}/thorough")
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    operations = [operation for operation in operations if operation.path not in ENDLESS]

    def examples(operation: Any, mode: GenerationMode, size: int) -> list[Asked]:
        made: list[Asked] = []

        @seeded(seed)
        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=size, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
        def keep(case: Any) -> None:
            made.append(_sent(case))

        with suppress(Unsatisfiable):  # nothing breaks an operation without parameters
            keep()
        return made or [Asked(operation.method.upper(), operation.path)]

    while count > 0:
        operation, mode = rng.choice(operations), rng.choice((GenerationMode.POSITIVE, GenerationMode.NEGATIVE))
        made = examples(operation, mode, min(count, 10))[:count]
        for asked in made:
            each(f"Schemathesis, {operation.label} {mode.name}, seed {seed}", asked)
        count -= len(made)


def _sent(case: Any) -> Asked:
    """A case of Schemathesis as a request."""
    from requests import Request

    known = case.as_transport_kwargs(base_url="http://localhost")
    names = ("method", "url", "params", "json", "data", "files", "headers")
    prepared = Request(**{name: known[name] for name in names if known.get(name) is not None}).prepare()
    body = prepared.body if isinstance(prepared.body, bytes) else (prepared.body or "").encode("utf-8", "surrogatepass")
    headers = {name: str(value).encode("latin-1", "replace") for name, value in prepared.headers.items()}
    for unwanted in ("Content-Length", "User-Agent", "Authorization", "Transfer-Encoding"):
        headers.pop(unwanted, None)
    return Asked(prepared.method or "GET", (prepared.url or "/").removeprefix("http://localhost"), headers, body)


class _Judge:
    """Asks, and judges the answer."""

    def __init__(self, outcome: Outcome, tick: Tick) -> None:
        self.outcome, self._tick = outcome, tick
        self.statuses: Counter[int] = Counter()
        self.slowest, self.unsent = 0.0, 0
        self.client: Any = None

    def ask(self, name: str, asked: Asked) -> None:
        """One request; the client itself holds the answer against the document."""
        began = time.perf_counter()
        try:
            headers = [(key.encode(), value) for key, value in asked.headers.items()]
            answer = self.client.request(asked.method, asked.path, content=asked.body, headers=headers, follow_redirects=False)
        except _UNSENT:
            self.unsent += 1
        except AssertionError as error:
            self.outcome.fail(f"{name}: {asked}: {str(error)[:600]}")
        except Exception as error:
            if "Invalid" in type(error).__name__ or "Protocol" in type(error).__name__:
                self.unsent += 1
            else:
                self.outcome.fail(f"{name}: {asked}: {type(error).__name__}: {str(error)[:300]}")
        else:
            self.statuses[answer.status_code] += 1
            self._judge(name, asked, answer)
        self.slowest = max(self.slowest, time.perf_counter() - began)
        self.outcome.done += 1
        self._tick(1)
        if self.outcome.done % TOGETHER == 0:
            self.canary(name)

    def _judge(self, name: str, asked: Asked, answer: Any) -> None:
        if answer.status_code >= 500 and answer.status_code != 503:
            self.outcome.fail(f"{name}: {asked}: {answer.status_code} {answer.text[:300]}")
        if answer.status_code >= 400 and ("Traceback" in answer.text or 'File "' in answer.text):
            self.outcome.fail(f"{name}: {asked}: shows its inside: {answer.text[:300]}")

    def canary(self, name: str) -> None:
        """A good request."""
        answer = self.client.post("/v1/search", json={"query": "What does the warranty cover?"})
        if answer.status_code != 200:
            self.outcome.fail(f"after {name} a good search was answered {answer.status_code}: {answer.text[:300]}")


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one request to the app in this process, and its answer."""
    outcome = Outcome()
    judge = _Judge(outcome, tick)
    for batch, first in enumerate(range(0, trials, BATCH)):
        size = min(BATCH, trials - first)
        here = folder / str(batch)
        here.mkdir()
        with ExitStack() as stack:
            judge.client, ids = _started(stack, here)
            document = judge.client.app.openapi()
            thorough = size // SCHEMATHESIS
            for name, asked in _own(Requests(document, ids), seed, first, size - thorough):
                judge.ask(name, asked)
            _thorough(document, seed + batch, thorough, judge.ask)
            judge.canary("the whole batch")
        for stray in orphans(here):
            outcome.fail(f"batch {batch} of seed {seed} left {stray}")
    answered = sum(judge.statuses.values())
    outcome.figures = {
        "requests": outcome.done, "answered": answered, "2xx": of_class(judge.statuses, 2), "4xx": of_class(judge.statuses, 4),
        "5xx": of_class(judge.statuses, 5),
        "not to be sent by an HTTP client": judge.unsent, "slowest answer s": round(judge.slowest, 2),
    }  # fmt: skip
    outcome.notes = [told(judge.statuses)]
    return outcome


STUDY = Study(
    name="fuzzed_api",
    title="Every address asked what nobody should ask",
    goal="520,000 requests: no 5xx, and every answer conforms to the OpenAPI document",
    unit="requests",
    trials={"fast": 300, "full": 3_000, "nightly": 520_000},
    run=run,
    covers=("J01", "J03", "J04", "J05", "J09"),
)
