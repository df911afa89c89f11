"""Finds the server that holds the data directory, or runs the API in this process for as long as a command lasts.

Every command talks HTTP to one of the two, so there is one code path. Knows no command and prints nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.faults import DataLocked, Fault, TimedOut, Unavailable
from ui.chat.client import Api, ApiFault, Json, Stream, fault_of

if TYPE_CHECKING:
    from assistant.settings import Settings
    from ui.api.server import Bound

READY_SECONDS = 180.0
"""The first start exports the text encoder and reads the sample collection; later ones take a second."""
STOP_SECONDS = 60.0
OTHERS_SECONDS = 600.0
START_SECONDS = 30.0
"""How long a server that has the data directory may take until it says where it listens."""
SAMPLE_SECONDS = 5.0
"""The documents that the first questions are about are read by then; the rest goes on behind the answer."""
LOG = "assistant.log"


class Client(Api):
    """The HTTP API as the command line uses it, beyond what the chat page needs."""

    @property
    def headers(self) -> dict[str, str]:
        """What tells the service who calls, for another client of the same address."""
        return dict(self._headers)

    def post(self, path: str, body: Json) -> Json:
        """A JSON request. Raises ApiFault."""
        return self._json("POST", path, json=body)

    def get(self, path: str, **params: Any) -> Json:
        """A JSON answer. Raises ApiFault."""
        return self._json("GET", path, params=params or None)

    def follow(self, path: str, **body: Any) -> Stream:
        """A request whose answer comes as events; iterating the Stream gives them, closing it stops the work."""
        import httpx

        http = self._client(httpx.Timeout(None, connect=5.0, write=60.0))
        return Stream(http, http.build_request("POST", path, **body))

    def download(self, path: str, tell: Callable[[int], None] = lambda count: None, **params: Any) -> Iterator[bytes]:
        """The bytes of an answer, piece by piece; `tell` gets how many items it holds first. Raises ApiFault."""
        import httpx

        try:
            with self._http.stream("GET", path, params=params) as answer:
                if answer.is_error:
                    answer.read()
                    raise fault_of(answer)
                tell(int(answer.headers.get("x-items", 0)))
                yield from answer.iter_bytes()
        except httpx.HTTPError as error:
            raise ApiFault(str(error) or type(error).__name__, down=isinstance(error, httpx.ConnectError)) from error

    def remove(self, path: str, **params: Any) -> Json:
        """A JSON answer to a deletion that may take long. Raises ApiFault."""
        return self._json("DELETE", path, params=params, timeout=None)

    def delete(self, path: str) -> None:
        """Delete what is there. Raises ApiFault."""
        self._send("DELETE", path)

    def recipe_of(self, name: str, data: bytes) -> Json:
        """The `recipe` inside a PNG, and the `file_id` of a stored one with the same bytes. Raises ApiFault."""
        return self._json("POST", "/v1/images/recipe", files={"file": (name, data)})

    def bulk(self, path: str, data: bytes) -> Json:
        """What bulk ingestion asks, as MessagePack. Raises ApiFault."""
        return self._json("POST", path, files={"file": ("bulk", data)}, timeout=None)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def collection_id(self, name: str, *, make: bool = False) -> str:
        """Id of the collection called `name` (or with that id); made when missing if `make`. Raises ApiFault."""
        found = [c for c in self.collections() if name in (c.get("id"), c.get("name"))]
        if found:
            return str(found[0]["id"])
        if make:
            return str(self.make_collection(name)["id"])
        known = ", ".join(str(c.get("name")) for c in self.collections()) or "none yet"
        raise ApiFault(f"There is no collection '{name}'.", f"Known: {known}.", 404)

    def transcribe(self, name: str, data: bytes, language: str = "") -> Json:
        """Words of a recording. Raises ApiFault."""
        fields = {"model": "assistant", "language": language}
        return self._json("POST", "/v1/audio/transcriptions", files={"file": (name, data)}, data=fields)

    def attached(self, collection: str) -> list[Json]:
        """All files of a collection with their status."""
        return self._data(f"/v1/vector_stores/{collection}/files", params={"limit": 10_000})

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Return when every part is ready or has failed; a sample collection that is still being read is waited for a moment only.

        Raises Unavailable when the start failed, TimedOut.
        """
        began = time.monotonic()
        while (waited := time.monotonic() - began) < seconds:
            state = self.readiness()
            parts = {key: str(value) for key, value in (state.get("parts") or {}).items()}
            loading = {key for key, value in parts.items() if value == "loading"}
            done = bool(parts) and not loading and "start" not in parts
            if state.get("status") == "ready" or done or (loading == {"sample"} and waited > SAMPLE_SECONDS):
                return
            if state.get("status") == "failed":
                raise Unavailable(parts.get("start", "").removeprefix("failed: ") or "The server could not start.")
            time.sleep(0.05)
        raise TimedOut("The server is still loading.", hint="Wait a moment and try again; `assistant doctor` tries every part.")


@contextmanager
def connected(data_dir: Path | None = None, *, ready: bool = True) -> Iterator[Client]:
    """A Client of the server that holds the data directory; starts one in this process when none runs.

    With `ready`, waits until the models are loaded. Raises Fault (the settings are wrong, the directory is locked, a port is taken).
    """
    from assistant.settings import read

    settings = read({"data_dir": data_dir})
    with ExitStack() as held:
        client = _reached(settings, held)
        if ready:
            client.wait_until_ready()
        yield client


def _reached(settings: Settings, held: ExitStack) -> Client:
    """A Client of a server that answers: one that runs, or one in this process.

    Another process may be just starting, or just ending: then it is waited for. Raises DataLocked when that takes too long.
    """
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with ExitStack() as attempt:
                client = _found(settings, attempt) or _started(settings, attempt)
                held.push(attempt.pop_all())
            return client
        except (DataLocked, ApiFault) as fault:
            if time.monotonic() > deadline or (isinstance(fault, ApiFault) and not fault.down):
                raise
        time.sleep(0.2)


def _found(settings: Settings, held: ExitStack) -> Client | None:
    """A Client of a server that runs, which then does not end before `held` does; None when there is none."""
    from retrieval.lock import running_server, visiting

    if not settings.data_dir.is_dir():
        return None
    with ExitStack() as visit:
        visit.enter_context(visiting(settings.data_dir))
        running = running_server(settings.data_dir)
        if running is None:
            return None
        client = visit.enter_context(closing(Client(*running)))
        client.readiness()
        held.push(visit.pop_all())
        return client


def _started(settings: Settings, held: ExitStack) -> Client:
    return held.enter_context(closing(Client(*held.enter_context(_server_here(settings)))))


@contextmanager
def _server_here(settings: Settings) -> Iterator[tuple[str, str]]:
    """Serve in a thread, on loopback and a free port; (address, token). Raises what the start fails with.

    Stops at the end, once the other commands that found this server have ended.
    """
    from ui.api import heap

    heap.starting()
    from retrieval.lock import withdraw
    from ui.api.server import bind

    _log_to(settings.data_dir / LOG)
    bound = bind(settings.model_copy(update={"host": "127.0.0.1", "port": 0, "wyoming_port": 0}), log_level="critical")
    failures: list[Fault] = []

    def run() -> None:
        try:
            bound.run()
        except Fault as fault:
            failures.append(fault)

    thread = threading.Thread(target=run, name="api", daemon=True)
    thread.start()
    try:
        _wait_until_standing(bound, thread, failures)
        try:
            yield bound.address, bound.token
        except Exception:
            withdraw(settings.data_dir, OTHERS_SECONDS)
            raise
        withdraw(settings.data_dir, OTHERS_SECONDS)
    finally:
        bound.stop()
        thread.join(STOP_SECONDS)


def _wait_until_standing(bound: Bound, thread: threading.Thread, failures: list[Fault]) -> None:
    """Return once the assistant stands (models may still load). Raises the Fault that the start failed with."""
    deadline = time.monotonic() + READY_SECONDS
    with closing(Client(bound.address, bound.token)) as client:
        while time.monotonic() < deadline:
            if bound.failure is not None or not thread.is_alive():
                thread.join(STOP_SECONDS)
                raise bound.failure or (failures[0] if failures else Unavailable("The API could not start here."))
            with suppress(ApiFault):
                if "start" not in (client.readiness().get("parts") or {"start": ""}):
                    return
            time.sleep(0.02)
    raise TimedOut("The API did not start in time.", hint="Run `assistant doctor` to see what is slow.")


def _log_to(path: Path) -> None:
    """What a server would write to its log goes to a file: the terminal belongs to the answer."""
    from ui.api.logs import Formatter

    root = logging.getLogger()
    if root.handlers:
        return
    root.addHandler(logging.NullHandler())
    if path.parent.is_dir():
        handler = logging.FileHandler(path, delay=True, encoding="utf-8")
        handler.setFormatter(Formatter("text"))
        handler.setLevel(logging.WARNING)
        root.addHandler(handler)
