"""Damaged files and broken uploads over HTTP to a real server process: below 500 or refused at the socket, and nothing is left behind."""

from __future__ import annotations

import random
import socket
from collections import Counter
from pathlib import Path

import httpx

from benchmarks.reliability._kinds import trial
from benchmarks.reliability._orphans import orphans
from benchmarks.reliability._statuses import of_class, told
from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

LIMITS = {"ASSISTANT_LIMITS_FILE_BYTES": str(2**20), "ASSISTANT_LIMITS_BODY_BYTES": str(2 * 2**20)}
TOGETHER = 20
MOST_GROWTH_MB = 400
"""Memory of the server over what it had after the first files; models that load on their first use are in it."""
SECONDS = 20
_NAMES = (
    "../../etc/passwd", "..%2f..%2fx", "..\\x", "C:\\x", "nul\x00.png", "a" * 4096, "CON", "a\u202egpj.exe", "😀.png", "a\nb.png", "", ".",
    'a"b;c.png',
)  # fmt: skip


def _broken(address: str, token: str, rng: random.Random) -> tuple[str, bytes]:
    """(what it is, the raw answer) of a request that no HTTP client would send; an empty answer is a closed connection."""
    host, port = address.removeprefix("http://").split(":")
    head = f"POST /v1/files HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
    form = "Content-Type: multipart/form-data; boundary=x\r\n"
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    kinds = {
        "length 10, body of 1 MB": head.encode() + form.encode() + b"Content-Length: 10\r\n\r\n" + b"y" * 2**20,
        "negative length": head.encode() + form.encode() + b"Content-Length: -1\r\n\r\n" + part + b"abc\r\n--x--\r\n",
        "two lengths": head.encode() + form.encode() + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        "length and chunks": head.encode() + form.encode() + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a chunk that is none": head.encode() + form.encode() + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        "chunks over the limit": head.encode() + form.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
        + (b"10000\r\n" + b"y" * 65536 + b"\r\n") * 41,
        "a header of 64 KB": head.encode() + b"X-A: " + b"a" * 65536 + b"\r\n\r\n",
        "1000 headers": head.encode() + b"".join(b"X-%d: a\r\n" % n for n in range(1000)) + b"\r\n",
        "no host": b"POST /v1/files HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "a host with a path": b"GET /v1/models HTTP/1.1\r\nHost: a/?x=/healthz\r\nConnection: close\r\n\r\n",
        "bytes": rng.randbytes(rng.randint(1, 300)) + b"\r\n\r\n",
        "a target that is none": b"GET http://evil.example/../../x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "an endless preamble": head.encode() + form.encode() + b"Content-Length: 1500000\r\n\r\n" + b"preamble " * 160_000,
        "a cut form": head.encode() + form.encode() + b"Content-Length: 4000\r\n\r\n" + part + b"abc",
    }  # fmt: skip
    name = rng.choice(sorted(kinds))
    answer = b""
    with socket.create_connection((host, int(port)), timeout=SECONDS) as line:
        try:
            line.sendall(kinds[name])
            if name in ("a cut form", "length 10, body of 1 MB", "bytes"):
                line.shutdown(socket.SHUT_WR)
            while data := line.recv(65536):
                answer += data
        except TimeoutError:
            raise
        except OSError:  # the server has answered, or hung up, before all was sent
            pass
    return name, answer


class _Uploader:
    """Sends, and judges the answer."""

    def __init__(self, service: Service, seed: int, outcome: Outcome) -> None:
        self._service, self._seed, self._outcome = service, seed, outcome
        self._client = service.client(timeout=SECONDS * 3)
        self.statuses: Counter[int] = Counter()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def file(self, n: int, rng: random.Random) -> None:
        """A damaged file as an upload; what was let in is looked at in every way there is and taken away again."""
        kind, data = trial(self._seed, n)
        name = rng.choice(_NAMES) if rng.random() < 0.2 else f"x.{kind}"
        answer = self._client.post("/v1/files", files={"file": (name, data, rng.choice(("image/png", "application/pdf", "")))})
        self._judge(f"file {n} of seed {self._seed} ({kind}, {name[:40]!r})", answer)
        if answer.status_code != 200:
            return
        identity = answer.json()["id"]
        for look in ("content", "thumbnail", "evidence"):
            shown = self._client.get(f"/v1/files/{identity}/{look}")
            self._judge(f"{look} of file {n} of seed {self._seed} ({kind})", shown)
            if shown.headers.get("x-content-type-options") != "nosniff" or "text/html" in shown.headers.get("content-type", ""):
                self._outcome.fail(f"{look} of file {n} of seed {self._seed}: headers {dict(shown.headers)}")
        self._judge(f"deleting file {n} of seed {self._seed}", self._client.delete(f"/v1/files/{identity}"))

    def broken(self, n: int, rng: random.Random) -> None:
        """A request that is broken as HTTP."""
        try:
            name, answer = _broken(self._service.address, self._service.token, rng)
        except TimeoutError:
            self._outcome.fail(f"broken request {n} of seed {self._seed}: no answer in {SECONDS} s")
            return
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
        self.statuses[status] += 1
        if status >= 500 or 200 <= status < 300:
            self._outcome.fail(f"broken request {n} of seed {self._seed}, {name}: {answer[:200]!r}")

    def canary(self, where: str) -> None:
        """A good file goes in and out, and nothing is left of it or of any before it."""
        answer = self._client.post("/v1/files", files={"file": ("canary.txt", b"The canary sings.")})
        if answer.status_code != 200:
            self._outcome.fail(f"after {where} a good file was answered {answer.status_code}: {answer.text[:200]}")
            return
        self._client.delete(f"/v1/files/{answer.json()['id']}")
        for stray in orphans(self._service.data):
            self._outcome.fail(f"after {where}: {stray}")

    def _judge(self, where: str, answer: httpx.Response) -> None:
        self.statuses[answer.status_code] += 1
        if answer.status_code < 400:
            return
        error = answer.json().get("error", {}) if answer.headers.get("content-type") == "application/json" else {}
        named = {"message", "type", "param", "code"} <= set(error)
        if answer.status_code >= 500 or not named or "Traceback" in answer.text or str(self._service.data) in answer.text:
            self._outcome.fail(f"{where}: {answer.status_code} {answer.text[:300]}")


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one upload; every tenth is broken as HTTP already."""
    outcome = Outcome()
    with Service(folder / "server", environment=LIMITS) as service:
        uploader = _Uploader(service, seed, outcome)
        memory = most = 0.0
        for n in range(trials):
            rng = random.Random(f"{seed}/upload/{n}")
            (uploader.broken if n % 10 == 9 else uploader.file)(n, rng)
            if n % TOGETHER == TOGETHER - 1 or n == trials - 1:
                uploader.canary(f"upload {n} of seed {seed}")
                memory, most = memory or service.memory(), max(most, service.memory())
            outcome.done += 1
            tick(1)
        uploader.close()
        if most - memory > MOST_GROWTH_MB:
            outcome.fail(f"the server grew by {most - memory:.0f} MB over {trials} uploads of seed {seed}")
        crossed = {path for path in folder.rglob("*") if path.is_file() and service.folder not in path.parents}
        for path in crossed:
            outcome.fail(f"a file was written outside the data folder: {path.relative_to(folder)}")
    outcome.figures = {
        "uploads": outcome.done, "taken": uploader.statuses[200],
        "refused 4xx": of_class(uploader.statuses, 4), "closed without an answer": uploader.statuses[0],
        "5xx": of_class(uploader.statuses, 5),
        "server grew MB": round(most - memory),
    }  # fmt: skip
    outcome.notes = [told(uploader.statuses)]
    return outcome


STUDY = Study(
    name="fuzzed_uploads",
    title="Damaged and broken uploads to a real server",
    goal="20,000 uploads end to end: no 5xx, a good file is taken after them, no file is left behind",
    unit="uploads",
    trials={"fast": 80, "full": 1_000, "nightly": 20_000},
    run=run,
    covers=("U12", "LLM10"),
)
