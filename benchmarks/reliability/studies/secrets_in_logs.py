"""Secrets sent through a real server on every way in, at every level and format of its log: none may be in a log, a number or an error."""

from __future__ import annotations

import base64
import io
import json
import random
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx

from benchmarks.reliability.service import Service
from benchmarks.reliability.study import Outcome, Study, Tick

PLANTED = 50
WAYS = (("debug", "json"), ("debug", "text"), ("info", "json"), ("warning", "text"), ("error", "json"), ("info", "text"))
"""(level, format) of the log; the talkative ones first."""
MOST_BYTES = 4096
"""Of the log of one request."""
SLACK_SECONDS = 60.0
KEY_LENGTH = 20
Plant = Callable[["Try", str], None]


class Try:
    """One server with one way to log, and what was planted in it."""

    def __init__(self, service: Service, client: httpx.Client) -> None:
        self.service, self.client = service, client
        self.errors: list[tuple[str, str]] = []
        """(secret, body) of error answers to requests whose secret must not come back."""
        self.requests = 0

    def send(self, method: str, path: str, secret: str = "", **options: Any) -> httpx.Response:
        """Send; with `secret`, an error must not give it back."""
        self.requests += 1
        answer = self.client.request(method, path, **options)
        if secret and answer.status_code >= 400:
            self.errors.append((secret, answer.text))
        return answer


def run(trials: int, seed: int, folder: Path, tick: Tick) -> Outcome:
    """Each trial is one secret; every `PLANTED` of them go through a server of their own."""
    outcome, longest, sizes = Outcome(), 0, Counter[str]()
    chance = random.Random(seed)
    for number, (level, form) in zip(range(0, trials, PLANTED), cycle(WAYS), strict=False):
        secrets = [f"zq{chance.randbytes(KEY_LENGTH // 2).hex()}" for _ in range(min(PLANTED, trials - number))]
        place = folder / f"{number}-{level}-{form}"
        environment = {
            "ASSISTANT_LOG_LEVEL": level, "ASSISTANT_LOG_FORMAT": form, "OPENAI_API_KEY": secrets[0],
            "ASSISTANT_MODELS_CHAT_MODEL": "openai_http:http://127.0.0.1:9/v1#away | reflex",
        }  # fmt: skip
        with Service(place, environment) as service, service.client(timeout=SLACK_SECONDS) as client:
            work = Try(service, client)
            _warm(work)
            for secret, plant in zip(secrets, cycle(PLANTS), strict=False):
                with suppress(httpx.HTTPError):
                    plant(work, secret)
                tick(1)
            told = {"metrics": client.get("/metrics").text, "readiness": client.get("/readyz").text}
        told["log"] = service.log.read_text("utf-8", "replace")
        told |= {path.name: path.read_text("utf-8", "replace") for path in service.data.glob("*.log")}
        _look(outcome, f"seed {seed}, {level} {form}", secrets, told, work.errors)
        longest = max(longest, _longest(outcome, told["log"], form, level))
        sizes["bytes"] += len(told["log"].encode())
        sizes["requests"] += work.requests
        outcome.done += len(secrets)
    outcome.figures = {
        "secrets found": outcome.failed, "log bytes a request, most": longest,
        "log bytes a request, mean": round(sizes["bytes"] / max(1, sizes["requests"])),
        "ways to log": min(len(WAYS), -(-trials // PLANTED)),
    }  # fmt: skip
    return outcome


def _look(outcome: Outcome, where: str, secrets: list[str], told: dict[str, str], errors: list[tuple[str, str]]) -> None:
    for index, secret in enumerate(secrets):
        plant = PLANTS[index % len(PLANTS)].__name__
        outcome_of = [name for name, text in told.items() if any(form in text for form in _forms(secret))]
        if outcome_of:
            outcome.fail(f"{where}: the secret of {plant} is in {', '.join(outcome_of)}")
    for secret, body in errors:
        if secret in body:
            outcome.fail(f"{where}: an error gives back the secret of {PLANTS[secrets.index(secret) % len(PLANTS)].__name__}")


def _forms(secret: str) -> Iterator[str]:
    """The secret, and its middle: a log may cut or mask."""
    yield secret
    yield secret[4:16]
    yield base64.b64encode(secret.encode()).decode()[:-4]


def _longest(outcome: Outcome, log: str, form: str, level: str) -> int:
    """Bytes of the log of the request that has most; in JSON every line must be one."""
    spent: Counter[str] = Counter()
    for line in log.splitlines():
        if form == "json" and not line.startswith(("API ", "Stopped.")):  # the command's own words
            try:
                request = str(json.loads(line).get("request", ""))
            except ValueError:
                outcome.fail(f"{level} {form}: a line is no JSON object: {line[:80]!r}")
                continue
        else:
            request = line.partition("request=")[2].partition(" ")[0]
        if request:
            spent[request] += len(line.encode()) + 1
    most = max(spent.values(), default=0)
    if most > MOST_BYTES:
        outcome.fail(f"{level} {form}: the log of one request has {most} bytes")
    return most


def _warm(work: Try) -> None:
    made = work.send("POST", "/v1/vector_stores", json={"name": "things"})
    if made.is_error:
        raise RuntimeError("the server takes no collection")


def _ask(work: Try, words: str, **more: Any) -> httpx.Response:
    body = {"model": "assistant", "messages": [{"role": "user", "content": words}], **more}
    return work.send("POST", "/v1/chat/completions", json=body)


# Ways in: each takes a secret to one place.


def environment_key(work: Try, secret: str) -> None:
    """The key of the chat model's server, which is away: the first secret of each server is in its environment."""
    _ask(work, "What is the capital of the moon?")


def document(work: Try, secret: str) -> None:
    """The text of a document that is read, searched and quoted."""
    text = f"# Codes\n\nThe code of the safe is {secret}.\n"
    file = work.send("POST", "/v1/files", secret, files={"file": ("codes.md", text.encode())}, data={"purpose": "assistants"}).json()["id"]
    work.send("POST", "/v1/vector_stores/things/files", secret, json={"file_id": file})
    _ask(work, "What is the code of the safe?", metadata={"collection": "things"})


def question(work: Try, secret: str) -> None:
    """What is asked."""
    _ask(work, f"Who is {secret}?", metadata={"collection": "things"})


def stream_left(work: Try, secret: str) -> None:
    """A question whose asker leaves in the middle of the answer."""
    body = {"model": "assistant", "stream": True, "messages": [{"role": "user", "content": f"Tell me everything about {secret}"}]}
    with work.client.stream("POST", "/v1/chat/completions", json=body) as answer:
        next(answer.iter_bytes(), b"")


def file_name(work: Try, secret: str) -> None:
    """The name of a file that cannot be read."""
    work.send("POST", "/v1/files", files={"file": (f"{secret}.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40)})
    work.send("POST", "/v1/files", files={"file": (f"{secret}.pdf", b"%PDF-1.7\n1 0 obj\n<< /Length 99999 >>\nstream\n")})


def damaged_content(work: Try, secret: str) -> None:
    """Words inside files that their reader fails at."""
    for name, data in (
        ("a.json", b'{"a": "' + secret.encode()),
        ("a.csv", b"\0" + secret.encode()),
        ("a.docx", b"PK\3\4" + secret.encode()),
    ):
        answer = work.send("POST", "/v1/files", secret, files={"file": (name, data)})
        if answer.status_code == 200:
            work.send("POST", "/v1/vector_stores/things/files", secret, json={"file_id": answer.json()["id"]})


def picture_text(work: Try, secret: str) -> None:
    """A comment in a picture."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    said, buffer = PngInfo(), io.BytesIO()
    said.add_text("Comment", secret)
    Image.new("RGB", (40, 40), "red").save(buffer, "PNG", pnginfo=said)
    url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]
    work.send("POST", "/v1/chat/completions", secret, json={"model": "assistant", "messages": [{"role": "user", "content": parts}]})


def wrong_key(work: Try, secret: str) -> None:
    """A key that is none, and one that is broken in two."""
    for value in (f"Bearer {secret}", f"Basic {secret}", secret, f"Bearer {secret}\x0b{secret}"):
        with suppress(httpx.HTTPError, ValueError):
            work.send("GET", "/v1/models", secret, headers={"Authorization": value})


def password(work: Try, secret: str) -> None:
    """A password of an account, right and wrong."""
    work.send("POST", "/v1/sessions", secret, json={"name": "nobody", "password": secret})
    work.send("POST", "/v1/sessions", secret, json={"name": "nobody", "password": [secret]})


def address(work: Try, secret: str) -> None:
    """A path and a query that lead nowhere."""
    for path in (f"/{secret}", f"/v1/files/{secret}", f"/v1/conversations/{secret}?after={secret}", f"/v1/audit?limit={secret}"):
        work.send("GET", path)
    with suppress(httpx.HTTPError):
        work.client.request(secret[:7].upper(), f"/v1/{secret}")


def broken_json(work: Try, secret: str) -> None:
    """A body that is no JSON, or of the wrong kind."""
    for body in (f'{{"model": "{secret}', f'{{"model": {{"{secret}": 1}}}}', f'{{"messages": "{secret}", "temperature": "{secret}"}}'):
        work.send("POST", "/v1/chat/completions", content=body.encode(), headers={"Content-Type": "application/json"})


def fetched(work: Try, secret: str) -> None:
    """An address with a password in it, which is not fetched."""
    part = {"type": "image_url", "image_url": {"url": f"http://user:{secret}@127.0.0.1:9/{secret}.png"}}
    work.send("POST", "/v1/chat/completions", json={"model": "assistant", "messages": [{"role": "user", "content": [part]}]})


def remembered(work: Try, secret: str) -> None:
    """What is to be remembered, and the name of a collection and of a conversation."""
    work.send("POST", "/v1/memory", json={"text": f"My cat is called {secret}."})
    work.send("POST", "/v1/vector_stores", json={"name": secret})
    work.send("POST", "/v1/conversations", json={"title": secret})
    _ask(work, f"Remember that my password is {secret}.")


def searched(work: Try, secret: str) -> None:
    """What is searched for, drawn, said and felt."""
    work.send("POST", "/v1/search", json={"query": secret, "filter": {secret: {"$no": secret}}})
    work.send("POST", "/v1/search", json={"query": secret})
    work.send("POST", "/v1/audio/speech", json={"model": "x", "input": secret, "voice": secret})
    work.send("POST", "/v1/emotion", json={"text": f"I hate {secret}"})
    work.send("POST", "/v1/route", json={"input": f"turn on the {secret}"})


def tool_arguments(work: Try, secret: str) -> None:
    """Arguments of a tool that is named, right and wrong."""
    for arguments in ({"query": secret}, {secret: secret}, f"{{{secret}"):
        _ask(work, "go", metadata={"tool": "search", "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)})
    work.send(
        "POST", "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": secret, "arguments": {secret: 1}}}
    )


def headers(work: Try, secret: str) -> None:
    """Headers that are wrong, one of them the id of the request."""
    for name in ("X-Request-Id", "X-Collection", "X-Conversation", "Traceparent", "Origin", "Accept-Language", "Cookie", "Range"):
        work.send("GET", "/v1/models", headers={name: f"{secret} {secret}"})


def raw_bytes(work: Try, secret: str) -> None:
    """What is no HTTP, and a body that never ends as promised."""
    host, _, port = work.service.address.removeprefix("http://").partition(":")
    for data in (
        f"{secret} {secret}\r\n{secret}\r\n\r\n", f"GET /{secret} HTTP/1.1\r\nHost: {secret}/?\r\n\r\n",
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
        f'{{"query": "{secret}',
        f"GET / HTTP/1.1\r\nHost: localhost\r\n{secret}\x1b[31m\n{secret}: \x00\r\n\r\n",
    ):  # fmt: skip
        work.requests += 1
        with socket.create_connection((host, int(port)), timeout=5) as sent:
            sent.sendall(data.encode())
            sent.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while sent.recv(4096):
                    pass


PLANTS: tuple[Plant, ...] = (
    environment_key, document, question, stream_left, file_name, damaged_content, picture_text, wrong_key, password, address, broken_json,
    fetched, remembered, searched, tool_arguments, headers, raw_bytes,
)  # fmt: skip

STUDY = Study(
    name="secrets_in_logs",
    title="Secrets sent through every way in, looked for in logs, numbers and errors",
    goal="0 of 50 secrets in any log, /metrics or error, at every level and format of the log; at most 4 KB of log a request.",
    unit="secrets",
    trials={"fast": 50, "full": 100, "nightly": 1200},
    run=run,
)
