"""Replica: one process of Ray Serve that holds one back-end. Loaded only where Ray runs; the back-end is the one of the process runtime.

A call is bytes in and bytes out (`retrieval.serving.wire`), so that no pickle comes from a caller. Short calls of an encoder go together in
one batch, and whoever comes while it is at work goes into the next. Work runs in threads, so that a long call holds up no other.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ray import serve
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from retrieval.backends import call, load
from retrieval.batching import few_and_short
from retrieval.decoding import Decoder
from retrieval.faults import Fault, InvalidInput, Unavailable, Unreadable
from retrieval.hosting.host import ModelHost
from retrieval.serving.deployment import Deployment
from retrieval.serving.wire import Wire

HEARTBEAT = 0.25
"""Seconds between signs of life of a call that is watched: who asked can be seen to have left."""
FRAMED = "application/vnd.msgpack-frames"


class Replica:
    """The actor."""

    def __init__(self, deployment: str) -> None:
        """`deployment` is JSON. The model is loaded and tried, so that a replica that takes calls can answer them."""
        self._is = Deployment.model_validate_json(deployment)
        self._wire = Wire(self._is.package)
        self._pool = ThreadPoolExecutor(self._is.capacity.ongoing + 2, "model")
        self._worked = 0.0
        self._largest = 0
        self._hears = threading.local()
        self._heard_last: Any = None
        self._backend = _made(self._is)
        self._together.set_max_batch_size(self._is.capacity.batch)
        self._together.set_batch_wait_timeout_s(self._is.capacity.batch_seconds)
        self._try()

    async def __call__(self, request: Request) -> Response:
        """One call."""
        try:
            asked = self._wire.unpack(await request.body())
            if not isinstance(asked, dict):
                raise ValueError("a call is a map")
        except (ValueError, KeyError, TypeError) as error:
            return self._said(InvalidInput(f"The call cannot be read: {error}."))
        if asked.get("method") != "status" and asked.get("expects") != self._is.identity:
            return self._said(Unavailable(
                f"The cluster serves '{self._is.model}' as {self._is.name}, and this server was started for another model.",
                hint="Start `assistant cluster up` and the server again, with the same settings.", code="model_changed",
            ))  # fmt: skip
        if asked.get("watched"):
            return StreamingResponse(self._watched(asked), media_type=FRAMED)
        return self._said(await self._answered(asked))

    async def check_health(self) -> None:
        """Raises when the model no longer works. An answer to a real call shows as much as a trial."""
        if time.monotonic() - self._worked > self._is.capacity.health_seconds:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._try)

    def _try(self) -> None:
        if self._is.trial:
            found = self._run(self._wire.unpack(self._is.trial))
            if isinstance(found, Fault) and not isinstance(found, Unreadable):
                raise found

    def _said(self, value: Any) -> Response:
        if not isinstance(value, Fault) or value.status < 500:
            self._worked = time.monotonic()
        return Response(self._wire.pack(value), media_type="application/vnd.msgpack")

    async def _answered(self, asked: dict[str, Any]) -> Any:
        method, arguments = asked.get("method"), asked.get("arguments", ())
        if method == "describe":
            return await self._in_thread(self._described)
        if method == "status":
            return await self._in_thread(statuses)
        if method == self._is.together and not asked.get("part") and arguments and _joins(arguments[0]):
            return await self._together(arguments[0])
        return await self._in_thread(partial(self._run, asked))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _run(self, asked: dict[str, Any], **more: Any) -> Any:
        """What the back-end answers, or its fault."""
        method, part = asked.get("method"), asked.get("part", "")
        if method not in self._is.methods or part not in ("", *self._is.parts):
            return InvalidInput(f"'{part}.{method}' is not served.")
        try:
            backend = getattr(self._backend, part) if part else self._backend
            if asked.get("expected") is not None:
                self._hears.expected = self._heard_last = asked["expected"]
                backend.listen_for(lambda: getattr(self._hears, "expected", self._heard_last))
            return getattr(backend, method)(*asked.get("arguments", ()), **more)
        except Fault as fault:
            return fault
        except Exception as error:
            return _broken(error)

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0, batch_size_fn=lambda calls: sum(map(len, calls)))  # type: ignore[untyped-decorator]
    async def _together(self, calls: list[Sequence[Any]]) -> list[Any]:
        """Each caller's own rows of one batch; when the batch fails, each by itself, so that one content costs nobody else an answer."""
        self._largest = max(self._largest, len(calls))
        ask = partial(self._asked_together, self._is.together)
        found = await self._in_thread(partial(ask, [one for given in calls for one in given]))
        if isinstance(found, Fault) and len(calls) > 1:
            return [await self._in_thread(partial(ask, given)) for given in calls]
        if isinstance(found, Fault):
            return [found]
        ends = [sum(len(given) for given in calls[: n + 1]) for n in range(len(calls))]
        return [found[end - len(given) : end] for given, end in zip(calls, ends, strict=True)]

    def _asked_together(self, method: str, contents: Sequence[Any]) -> Any:
        return self._run({"method": method, "arguments": [contents]})

    def _described(self) -> dict[str, Any]:
        """Facts, parts and methods that this back-end has."""
        known: dict[str, Any] = {"identity": self._is.identity, "model": self._is.model, "pid": os.getpid(), "largest_batch": self._largest}
        facts: dict[str, Any] = {}
        for path in ("", *self._is.parts):
            backend = getattr(self._backend, path, None) if path else self._backend
            if backend is not None:
                facts[path] = {name: _fact(backend, name) for name in self._is.facts if _has(backend, name)}
        methods = [name for name in self._is.methods if _has(self._backend, name)]
        return {**known, "facts": facts, "methods": methods, "hears": _has(self._backend, "listen_for")}

    async def _watched(self, asked: dict[str, Any]) -> AsyncIterator[bytes]:
        """Frames: how far it is, what is to be seen, and at last the answer. Who leaves stops the work."""
        base = importlib.import_module(f"{self._is.package}.base")
        loop, frames, cancel = asyncio.get_running_loop(), asyncio.Queue[dict[str, Any]](), threading.Event()

        def tell(**frame: Any) -> None:
            loop.call_soon_threadsafe(frames.put_nowait, frame)

        look = (lambda number, content: tell(preview=[number, content])) if asked.get("previews") else None
        watch = base.Watch(progress=lambda share: tell(progress=float(share)), preview=look, cancel=cancel)
        work = loop.run_in_executor(self._pool, lambda: tell(answer=self._run(asked, watch=watch)))
        try:
            while True:
                try:
                    frame = await asyncio.wait_for(frames.get(), HEARTBEAT)
                except TimeoutError:
                    frame = {}
                body = self._wire.pack(frame)
                yield len(body).to_bytes(4, "big") + body
                if "answer" in frame:
                    self._worked = time.monotonic()
                    return
        finally:
            cancel.set()
            del work


def _made(deployment: Deployment) -> Any:
    create = load(deployment.package, deployment.backend)
    models = ModelHost(deployment.cache_dir, deployment.model_bytes)
    return call(
        create, reference=deployment.reference, cache_dir=deployment.cache_dir, models=models, decoder=Decoder(workers=1),
        modality=deployment.modality, offline=deployment.offline, words=None,
    )  # fmt: skip


def _joins(contents: Sequence[Any]) -> bool:
    """Whether contents are few and short, as questions are: passages would hold up the questions that go with them."""
    return all(one.modality == "text" for one in contents) and few_and_short([one.text for one in contents])


def _has(backend: Any, name: str) -> bool:
    try:
        getattr(backend, name)
    except AttributeError:
        return False
    except Fault:
        return True
    return True


def _fact(backend: Any, name: str) -> Any:
    try:
        return getattr(backend, name)
    except Fault as fault:
        return fault


def _broken(error: Exception) -> Fault:
    fault = Fault(f"{type(error).__name__}: {error}", hint="This is a mistake in the program. Please report it.")
    fault.__cause__ = error
    return fault


def statuses() -> list[dict[str, Any]]:
    """Every deployment of this cluster as Ray sees it."""
    found = []
    for name, application in sorted(serve.status().applications.items()):
        for deployment in application.deployments.values():
            states = {str(getattr(state, "value", state)): count for state, count in deployment.replica_states.items()}
            found.append({
                "name": name, "state": str(application.status.value), "health": str(deployment.status.value),
                "running": states.get("RUNNING", 0), "starting": states.get("STARTING", 0),
                "message": " ".join(f"{application.message} {deployment.message}".split()),
            })  # fmt: skip
    return found
