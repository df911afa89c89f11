"""Decoder: hands untrusted bytes to a limited worker process and takes measured values back. Knows no media format itself.

The worker has bounded memory, writes no file, and is killed when a job takes too long; the job in flight then gets a Fault and the next
one a fresh worker. A crash of a decoder is therefore one refused file and never a stopped service.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval import faults
from retrieval.admission import check_size
from retrieval.content import Content
from retrieval.decoding_limits import ANSWER_BYTES, DecodingLimits
from retrieval.decoding_wire import receive, send
from retrieval.faults import Busy, Fault, InvalidInput, TimedOut, TooLarge, Unavailable, Unreadable, UnsupportedType
from retrieval.items import Draft

_ROOT = Path(__file__).resolve().parents[1]
MAX_TIMES = 256


class _Worker:
    """One child process. Not safe for two threads at once: the Decoder lends it to one."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits
        # Nothing of this process's environment goes along: keys and tokens live there.
        environment = {
            "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "retrieval.decoding_worker", json.dumps(limits.to_dict())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd="/", start_new_session=True,
        )  # fmt: skip
        self.usable = True

    def run(self, job: dict[str, Any]) -> list[Any]:
        """The parts of the answer. Raises the Fault of the job; after a crash or time-out `usable` is False."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.process.kill()

        timer = threading.Timer(self._limits.decode_seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return self._exchange(job)
        except (OSError, ValueError) as error:
            raise self._lost(late.is_set()) from error
        except BaseException:
            self.usable = self.usable and self._settled
            raise
        finally:
            timer.cancel()
            timer.join()
            if late.is_set():
                self.usable = False

    def _exchange(self, job: dict[str, Any]) -> list[Any]:
        self._settled = False
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        send(self.process.stdin, job)
        parts, size = [], 0
        while True:
            answer = receive(self.process.stdout, ANSWER_BYTES)
            if answer is None:
                raise ConnectionError
            if "part" not in answer:
                break
            size += _size(answer["part"])
            if size > ANSWER_BYTES:
                raise TooLarge("The file unpacks to more than is allowed.", hint="Split it into smaller files.", code="unpacked_too_large")
            parts.append(answer["part"])
        self._settled = True
        self.usable = not answer.get("retire", False)
        if "fault" in answer:
            raise _fault(answer)
        return parts

    def _lost(self, late: bool) -> Fault:
        self.usable = False
        if late:
            return TimedOut(
                f"Reading the file took longer than {self._limits.decode_seconds:g} seconds.",
                hint="Send a smaller one, or raise limits.decode_seconds.",
            )  # fmt: skip
        return Unreadable(
            "The file made its decoder stop: it is damaged or needs too much memory.",
            hint="Open it in its own program, save it again, smaller, and send that.", code="decoder_stopped",
        )  # fmt: skip

    def close(self) -> None:
        """Kill the process and wait for it."""
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self.process.wait()


def _size(part: Any) -> int:
    if isinstance(part, bytes):
        return len(part)
    data = part.get("data") if isinstance(part, dict) else None
    return 1000 + (len(data) if isinstance(data, bytes) else 0)


def _fault(answer: dict[str, Any]) -> Fault:
    kind = getattr(faults, str(answer["fault"]), Unreadable)
    if not (isinstance(kind, type) and issubclass(kind, Fault)):
        kind = Unreadable
    return kind(str(answer["message"]), hint=str(answer["hint"]), param=answer["param"], code=answer["code"])


def _stop_all(workers: set[_Worker]) -> None:
    for worker in list(workers):
        worker.close()
    workers.clear()


class Decoder:
    """A small pool of limited worker processes. Safe to use from several threads; jobs beyond the pool wait their turn."""

    def __init__(self, limits: object = None, workers: int = 2) -> None:
        self._limits = DecodingLimits.of(limits) if limits is not None else DecodingLimits()
        self._turns = threading.BoundedSemaphore(workers)
        self._idle: LifoQueue[_Worker] = LifoQueue()
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        self._closed = False
        self._finalizer = weakref.finalize(self, _stop_all, self._all)
        self._idle.put(self._spawn())

    def _spawn(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise Unavailable("The decoder is closed.", hint="Start the service again.")
            worker = _Worker(self._limits)
            self._all.add(worker)
            return worker

    @contextlib.contextmanager
    def _lent(self) -> Iterator[_Worker]:
        if not self._turns.acquire(timeout=self._limits.decode_seconds):
            raise Busy("Too many files are being read.", hint="Try again in a moment.")
        try:
            worker = self._next()
            try:
                yield worker
            finally:
                if worker.usable:
                    self._idle.put(worker)
                else:
                    self._replace(worker)
        finally:
            self._turns.release()

    def _next(self) -> _Worker:
        """An idle worker that is alive, else a new one."""
        while not self._closed:
            try:
                worker = self._idle.get_nowait()
            except Empty:
                break
            if worker.process.poll() is None:
                return worker
            self._drop(worker)
        return self._spawn()

    def _drop(self, worker: _Worker) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.close()

    def _replace(self, worker: _Worker) -> None:
        """A fresh worker starts while the fault is still on its way to the caller."""
        self._drop(worker)
        with contextlib.suppress(Unavailable, OSError):
            self._idle.put(self._spawn())

    def _parts(self, op: str, **job: Any) -> list[Any]:
        with self._lent() as worker:
            return worker.run({"op": op, **job})

    def admit(self, data: bytes, name: str = "", declared: str = "") -> Content:
        """The measured Content of a file: type by its first bytes, pictures written again, sound and video timed in seconds.

        `name` and `declared` (a media type) only tell kinds of text apart. Raises TooLarge, UnsupportedType, Unreadable, TimedOut, Busy.
        """
        check_size(data, self._limits)
        safe = name[:4096].encode("utf-8", "replace").decode("utf-8")
        (answer,) = self._parts("admit", data=data, name=safe, declared=declared[:200].encode("utf-8", "replace").decode("utf-8"))
        if answer["data"] is None:
            answer["data"] = data
        return Content.model_validate(answer)

    def read(self, content: Content) -> list[Draft]:
        """The drafts of an admitted file in reading order; a picture is one draft. Text content (a typed message) has none.

        Raises TooLarge, UnsupportedType, Unreadable, TimedOut, Busy.
        """
        if content.modality == "text":
            return []
        parts = self._parts("read", data=content.data, name=content.name, media_type=content.media_type)
        return [Draft.model_validate(part) for part in parts]

    def pcm(self, content: Content, rate: int = 16_000) -> NDArray[np.float32]:
        """Mono samples in -1 to 1 at `rate` Hz, shape (n,); the sound track of a video, empty when it has none.

        Raises UnsupportedType for content without sound, TooLarge beyond the limit of seconds, Unreadable, TimedOut, Busy.
        """
        if content.modality not in ("audio", "video"):
            raise UnsupportedType("This content has no sound.", hint="Send a recording or a video.")
        if not 1000 <= rate <= 192_000:
            raise InvalidInput(f"{rate} is not a sample rate.", hint="Choose 1000 to 192000 Hz.", param="rate")
        parts = self._parts("pcm", data=content.data, media_type=content.media_type, rate=rate)
        return np.frombuffer(b"".join(parts), np.float32)

    def page(self, content: Content, number: int, scale: float = 2.0) -> bytes:
        """PNG of page `number` (from 1) of a PDF at `scale` times 72 dots an inch, less where it would pass the pixel limit.

        Raises UnsupportedType for other content, InvalidInput for a page that is not there, Unreadable, TimedOut, Busy.
        """
        if content.media_type != "application/pdf":
            raise UnsupportedType("Only a PDF has pages to show.", hint="Open the file itself.")
        scale = min(max(float(scale), 0.1), 10.0)
        (png,) = self._parts("page", data=content.data, number=int(number), scale=scale)
        return bytes(png)

    def view(self, content: Content) -> bytes:
        """PNG of a 3D model from a corner. Raises UnsupportedType for other content, TooLarge, Unreadable, TimedOut, Busy."""
        if not content.media_type.startswith("model/"):
            raise UnsupportedType("Only a 3D model has views.", hint="Send a model.")
        (png,) = self._parts("view", data=content.data, media_type=content.media_type)
        return bytes(png)

    def frames(self, content: Content, times: Sequence[float]) -> list[bytes]:
        """JPEG of the frame shown at each of `times` (seconds, at most 256), in the order asked; past the end it is the last frame.

        Raises UnsupportedType for content that is no video, TooLarge, Unreadable, TimedOut, Busy.
        """
        if content.modality != "video":
            raise UnsupportedType("Only a video has frames.", hint="Send a video.")
        if len(times) > MAX_TIMES:
            raise TooLarge(f"{len(times)} frames are too many.", hint=f"Ask for at most {MAX_TIMES}.", param="times")
        rising = sorted({max(0.0, float(time)) for time in times})
        if not rising:
            return []
        parts = self._parts("frames", data=content.data, media_type=content.media_type, times=rising)
        shown = dict(zip(rising, parts, strict=True))
        return [bytes(shown[max(0.0, float(time))]) for time in times]

    def close(self) -> None:
        """Stop the workers; jobs in flight fail with Unreadable, later ones with Unavailable."""
        with self._lock:
            self._closed = True
        self._finalizer()


def pixels(content: Content) -> NDArray[np.uint8]:
    """The picture of an admitted content as RGB, shape (height, width, 3), transparent parts on white.

    In this process, without a worker: only for pictures that passed `Decoder.admit` or came from a reader or a tool, because those were
    written by our own encoder. Raises UnsupportedType for other content.
    """
    if content.modality != "image":
        raise UnsupportedType("This content is not a picture.", hint="Send a picture.")
    with Image.open(io.BytesIO(content.data), formats=("PNG", "JPEG", "WEBP")) as image:
        if "A" in image.getbands() or "transparency" in image.info:
            shown = image.convert("RGBA")
            flat = Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown)
            return np.asarray(flat.convert("RGB"))
        return np.asarray(image.convert("RGB"))
