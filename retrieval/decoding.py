"""Decoder: hands untrusted bytes to a limited worker process and takes measured values back. Knows no media format itself.

The worker has bounded memory, writes no file, and is killed when a job takes too long; the job in flight then gets a Fault and the next
one a fresh worker. A crash of a decoder is therefore one refused file and never a stopped service. A worker that somebody else killed
costs nothing: its file is read once more. What a worker answers is checked, because a file may have taken it over.
"""

from __future__ import annotations

import contextlib
import io
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from queue import Empty, LifoQueue
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from retrieval.admission import check_size
from retrieval.content import Content
from retrieval.decoding_limits import DecodingLimits
from retrieval.decoding_process import Killed, Worker
from retrieval.faults import Busy, Fault, InvalidInput, TooLarge, Unavailable, UnsupportedType
from retrieval.hosting.circuit import Circuit
from retrieval.items import Draft

MAX_TIMES = 256
T = TypeVar("T")


def _nonsense() -> Unavailable:
    return Unavailable("The reader of files gave no proper answer.", hint="Send another file.", code="decoder_nonsense")


def _bytes(parts: list[Any]) -> list[bytes]:
    """Raises TypeError for anything else, and ValueError for nothing at all."""
    if not parts or not all(isinstance(part, bytes) and part for part in parts):
        raise TypeError("no bytes")
    return parts


def _sound(parts: list[Any]) -> NDArray[np.float32]:
    """Raises TypeError for anything but bytes, ValueError for samples that are no numbers."""
    samples = np.frombuffer(b"".join(parts), np.float32)
    if not np.isfinite(samples).all():
        raise ValueError("no numbers")
    return samples


def _stop_all(workers: set[Worker]) -> None:
    for worker in list(workers):
        worker.close()
    workers.clear()


class Decoder:
    """A small pool of limited worker processes. Safe to use from several threads; jobs beyond the pool wait their turn."""

    def __init__(self, limits: object = None, workers: int = 0) -> None:
        """`workers` processes at most; 0 takes `decoders` of the limits."""
        self._limits = DecodingLimits.of(limits) if limits is not None else DecodingLimits()
        self._turns = threading.BoundedSemaphore(workers or getattr(limits, "decoders", 2))
        self._circuit = Circuit(
            "The reader of files", getattr(limits, "worker_failures", 5), getattr(limits, "worker_rest_seconds", 5.0)
        )  # fmt: skip
        self._idle: LifoQueue[Worker] = LifoQueue()
        self._lock = threading.Lock()
        self._all: set[Worker] = set()
        self._closed = False
        self.restarts = 0
        """Workers that were replaced because they ended or could not go on."""
        self._finalizer = weakref.finalize(self, _stop_all, self._all)
        self._idle.put(self._spawn())

    def readiness(self) -> str:
        """`ready`, `loading` or `failed: why`. Looks at the processes, and starts one where none is alive."""
        if self._circuit.open:
            return "failed: The reader of files keeps stopping. It is tried again in a moment."
        with self._lock:
            alive = [worker for worker in self._all if worker.process.poll() is None]
        if alive:
            return "ready" if any(worker.greeted(0) for worker in alive) else "loading"
        if not self._closed:
            with contextlib.suppress(Unavailable, OSError):
                self._idle.put(self._spawn())
        return "loading"

    def alive(self) -> int:
        """Workers that are there, busy or idle."""
        with self._lock:
            return sum(worker.process.poll() is None for worker in self._all)

    def _spawn(self) -> Worker:
        with self._lock:
            if self._closed:
                raise Unavailable("The decoder is closed.", hint="Start the service again.")
            worker = Worker(self._limits)
            self._all.add(worker)
            return worker

    @contextlib.contextmanager
    def _lent(self) -> Iterator[Worker]:
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

    def _next(self) -> Worker:
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

    def _drop(self, worker: Worker) -> None:
        with self._lock:
            self._all.discard(worker)
            self.restarts += 1
        worker.close()

    def _replace(self, worker: Worker) -> None:
        """A fresh worker starts while the fault is still on its way to the caller."""
        self._drop(worker)
        with contextlib.suppress(Unavailable, OSError):
            self._idle.put(self._spawn())

    def _ask(self, understood: Callable[[list[Any]], T], op: str, **job: Any) -> T:
        """What `understood` makes of the parts of the answer. A job whose worker was killed is done once more."""
        for _ in range(2):
            self._circuit.check()
            try:
                with self._lent() as worker:
                    parts = worker.run({"op": op, **job})
                    try:
                        found = understood(parts)
                    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                        worker.usable = False
                        raise _nonsense() from error
            except Killed:
                self._circuit.failed()
                continue
            except Busy:
                raise
            except Fault:
                self._circuit.worked()
                raise
            self._circuit.worked()
            return found
        raise Unavailable("The reader of files was stopped.", hint="Send the file again in a moment.", code="decoder_killed")

    def admit(self, data: bytes, name: str = "", declared: str = "") -> Content:
        """The measured Content of a file: type by its first bytes, pictures written again, sound and video timed in seconds.

        `name` and `declared` (a media type) only tell kinds of text apart. Raises TooLarge, UnsupportedType, Unreadable, TimedOut, Busy.
        """
        check_size(data, self._limits)
        safe = name[:4096].encode("utf-8", "replace").decode("utf-8")

        def understood(parts: list[Any]) -> Content:
            (answer,) = parts
            return Content.model_validate({**answer, "data": data} if answer["data"] is None else answer)

        return self._ask(understood, "admit", data=data, name=safe, declared=declared[:200].encode("utf-8", "replace").decode("utf-8"))

    def read(self, content: Content) -> list[Draft]:
        """The drafts of an admitted file in reading order; a picture is one draft. Text content (a typed message) has none.

        Raises TooLarge, UnsupportedType, Unreadable, TimedOut, Busy.
        """
        if content.modality == "text":
            return []

        def understood(parts: list[Any]) -> list[Draft]:
            return [Draft.model_validate(part) for part in parts]

        return self._ask(understood, "read", data=content.data, name=content.name, media_type=content.media_type)

    def pcm(self, content: Content, rate: int = 16_000) -> NDArray[np.float32]:
        """Mono samples in -1 to 1 at `rate` Hz, shape (n,); the sound track of a video, empty when it has none.

        Raises UnsupportedType for content without sound, TooLarge beyond the limit of seconds, Unreadable, TimedOut, Busy.
        """
        if content.modality not in ("audio", "video"):
            raise UnsupportedType("This content has no sound.", hint="Send a recording or a video.")
        if not 1000 <= rate <= 192_000:
            raise InvalidInput(f"{rate} is not a sample rate.", hint="Choose 1000 to 192000 Hz.", param="rate")
        return self._ask(_sound, "pcm", data=content.data, media_type=content.media_type, rate=rate)

    def page(self, content: Content, number: int, scale: float = 2.0) -> bytes:
        """PNG of page `number` (from 1) of a PDF at `scale` times 72 dots an inch, less where it would pass the pixel limit.

        Raises UnsupportedType for other content, InvalidInput for a page that is not there, Unreadable, TimedOut, Busy.
        """
        if content.media_type != "application/pdf":
            raise UnsupportedType("Only a PDF has pages to show.", hint="Open the file itself.")
        scale = min(max(float(scale), 0.1), 10.0)
        (png,) = self._ask(_bytes, "page", data=content.data, number=int(number), scale=scale)
        return png

    def view(self, content: Content) -> bytes:
        """PNG of a 3D model from a corner. Raises UnsupportedType for other content, TooLarge, Unreadable, TimedOut, Busy."""
        if not content.media_type.startswith("model/"):
            raise UnsupportedType("Only a 3D model has views.", hint="Send a model.")
        (png,) = self._ask(_bytes, "view", data=content.data, media_type=content.media_type)
        return png

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

        def understood(parts: list[Any]) -> dict[float, bytes]:
            return dict(zip(rising, _bytes(parts), strict=True))

        shown = self._ask(understood, "frames", data=content.data, media_type=content.media_type, times=rising)
        return [shown[max(0.0, float(time))] for time in times]

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
