"""Served: a back-end that another process holds, asked over HTTP. Knows addresses, retries and faults; knows no model and needs no Ray.

All calls compute something and change nothing, so one that was lost with its replica is asked again. What the model itself says, good or
bad, arrives as it was said; a cluster that does not answer is Unavailable, one that is full is Busy, both with 503 and Retry-After.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

import httpx

from retrieval.faults import Busy, Cancelled, Fault, TimedOut, Unavailable
from retrieval.serving.wire import Wire

TRIES = 4
"""Of one call when nobody is at the address, or its connection breaks."""
PATIENCE = 30.0
"""Seconds of tries while somebody is there and has no replica to give the call to: a new one is on its way."""
PAUSE, LONGEST_PAUSE = 0.1, 0.8
"""Seconds before the second try; twice as long before each further one, up to the longest."""
RETRY_SECONDS = 2
FULL = "backpressure"
"""In what Serve answers when its queue is full."""


class _Tries:
    """The tries of one call."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._until = time.monotonic() + PATIENCE
        self._broken = 0
        self._pause = PAUSE

    def broke(self, error: Exception) -> None:
        """A connection was not made, or it broke: wait for the next try. Raises after the last one."""
        self._broken += 1
        if self._broken >= TRIES:
            raise self._fault from error
        self._wait()

    def none_free(self) -> None:
        """There was no replica, or it died: wait for the next try. Raises when patience is at its end."""
        if time.monotonic() > self._until:
            raise self._fault
        self._wait()

    def _wait(self) -> None:
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


class Connection:
    """The way to a cluster. Safe for threads; connects at the first call."""

    def __init__(self, address: str, seconds: float = 300.0) -> None:
        """`address` as `http://HOST:PORT`; `seconds` is how long one call may take."""
        self.address, self._seconds = address.rstrip("/"), seconds
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def client(self) -> httpx.Client:
        """The connections that are kept."""
        with self._lock:
            if self._client is None:
                limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
                timeout = httpx.Timeout(self._seconds, connect=5.0)
                self._client = httpx.Client(timeout=timeout, limits=limits, trust_env=False)
            return self._client

    def answers(self) -> bool:
        """Whether somebody serves models there."""
        try:
            return self.client().get(f"{self.address}/-/healthz", timeout=2.0).is_success
        except httpx.HTTPError:
            return False

    def serves(self) -> set[str]:
        """The names of what is deployed there; none when nobody answers."""
        try:
            answer = self.client().get(f"{self.address}/-/routes", timeout=2.0)
            return {str(route).strip("/") for route in answer.json()} if answer.is_success else set()
        except (httpx.HTTPError, ValueError):
            return set()

    def post(self, name: str, body: bytes) -> bytes:
        """The answer of one call. Raises Unavailable, Busy, TimedOut."""
        tries = _Tries(self.away(name))
        while True:
            try:
                answer = self.client().post(f"{self.address}/{name}", content=body)
            except httpx.ReadTimeout as error:
                raise self._slow(name) from error
            except httpx.TransportError as error:
                tries.broke(error)
                continue
            if answer.is_success:
                return answer.content
            self._refused(tries, name, answer)

    def frames(self, name: str, body: bytes) -> Generator[bytes]:
        """The frames of one call that is watched, anew when they break off. Raises as `post`."""
        tries = _Tries(self.away(name))
        while True:
            try:
                with self.client().stream("POST", f"{self.address}/{name}", content=body) as answer:
                    if answer.is_success:
                        yield from _framed(answer)  # who asks stops at the answer; an end before it is a replica's
                        raise httpx.RemoteProtocolError("The answer broke off.")
                    answer.read()
                self._refused(tries, name, answer)
            except httpx.ReadTimeout as error:
                raise self._slow(name) from error
            except httpx.TransportError as error:
                tries.broke(error)

    def _refused(self, tries: _Tries, name: str, answer: httpx.Response) -> None:
        """Wait for the next try, or raise."""
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and FULL in answer.text:
            raise _soon(Busy("The models have more work than they can do now.", hint=f"Try again in {RETRY_SECONDS} s."))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Unavailable(
                f"The cluster at {self.address} serves no {name}.", hint="Start it with the same settings: assistant cluster up.",
                code="models_unavailable",
            )  # fmt: skip
        if answer.status_code == httpx.codes.REQUEST_TIMEOUT:
            raise self._slow(name)
        tries.none_free()

    def away(self, name: str) -> Fault:
        """The fault of a cluster that does not answer."""
        return _soon(Unavailable(
            f"The models at {self.address} do not answer ({name}).",
            hint="`assistant cluster status` shows them, `assistant cluster up` starts them.", code="models_unavailable",
        ))  # fmt: skip

    def _slow(self, name: str) -> TimedOut:
        return TimedOut(f"The model ({name}) took longer than {self._seconds:g} s.", hint="Ask for less at once, or add replicas.")

    def close(self) -> None:
        """Give the connections back."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None


def _soon(fault: Fault) -> Fault:
    fault.status, fault.retry_after = 503, RETRY_SECONDS  # type: ignore[attr-defined]
    return fault


def _framed(answer: httpx.Response) -> Iterator[bytes]:
    """Each frame: four bytes of length, then so many. Raises RemoteProtocolError when the last one is cut."""
    kept = b""
    for piece in answer.iter_raw():
        kept += piece
        while len(kept) >= 4 and len(kept) >= 4 + (size := int.from_bytes(kept[:4], "big")):
            yield kept[4 : 4 + size]
            kept = kept[4 + size :]
    if kept:
        raise httpx.RemoteProtocolError("The answer broke off.")


class Served:
    """One deployment as its callers see the back-end itself: attributes and methods that it has there are here, others are not."""

    methods: tuple[str, ...] = ()
    """Of the interface, and what some back-ends have beyond it."""
    facts: tuple[str, ...] = ()
    """The same of attributes."""
    parts: tuple[str, ...] = ()
    """Attributes that are back-ends of their own."""
    together = ""
    """The method whose calls go through the model in batches."""

    def __init__(self, connection: Connection, name: str, package: str, identity: str) -> None:
        """`identity` is that of the model which the settings name (`Deployment.identity`)."""
        self._connection, self._name, self._package, self._identity = connection, name, package, identity
        self._wire = Wire(package)
        self._lock = threading.Lock()
        self._known: dict[str, Any] = {}
        self._part = ""

    def described(self) -> dict[str, Any]:
        """Facts and methods of the back-end, asked once. Raises Unavailable, also for a cluster that serves another model."""
        with self._lock:
            if not self._known:
                self._known = self.call("describe")
            return self._known

    def call(self, method: str, *arguments: Any, **more: Any) -> Any:
        """What the back-end answers. Raises its faults, and those of the connection."""
        found = self._wire.unpack(self._connection.post(self._name, self._asked(method, arguments, more)))
        if isinstance(found, Fault):
            raise found
        return found

    def watched(self, method: str, arguments: tuple[Any, ...], watch: Any) -> Any:
        """The same of a call that lasts: `watch` is told how far it is, and may stop it. Raises Cancelled."""
        body = self._asked(method, arguments, {"watched": True, "previews": watch.preview is not None})
        furthest = 0.0
        with closing(self._connection.frames(self._name, body)) as frames:
            for data in frames:
                if watch.cancel.is_set():
                    raise Cancelled("It was stopped.")
                frame = self._wire.unpack(data)
                if (share := frame.get("progress", -1.0)) >= furthest:
                    furthest = share
                    watch.progress(share)
                if "preview" in frame:
                    watch.preview(*frame["preview"])
                if "answer" in frame:
                    if isinstance(frame["answer"], Fault):
                        raise frame["answer"]
                    return frame["answer"]
        raise self._connection.away(self._name)

    def fact(self, name: str) -> Any:
        """An attribute of the back-end. Raises AttributeError where it has none, and the fault of one that cannot be told."""
        facts = self.described()["facts"].get(self._part, {})
        if name not in facts:
            raise AttributeError(name)
        if isinstance(facts[name], Fault):
            raise facts[name]
        return facts[name]

    def __getattr__(self, name: str) -> Any:
        if name in self.facts:
            return self.fact(name)
        if name in self.methods and name in self.described()["methods"]:
            return self._method(name)
        raise AttributeError(name)

    def _method(self, name: str) -> Callable[..., Any]:
        return lambda *arguments: self.call(name, *arguments)

    def _asked(self, method: str, arguments: tuple[Any, ...], more: dict[str, Any]) -> bytes:
        part = {"part": self._part} if self._part else {}
        return self._wire.pack({"method": method, "arguments": list(arguments), "expects": self._identity, **part, **more})
