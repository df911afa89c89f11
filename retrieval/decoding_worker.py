"""The child process that decodes what nobody trusts. Run as `python -m retrieval.decoding_worker LIMITS_AS_JSON` by the Decoder only.

It takes one job at a time from standard input and answers on standard output (see `decoding_wire`). Before the first job it gives up
what decoding does not need: memory beyond the limit, files (none can be written), core dumps, processes, and where the kernel allows it
the network. Decoders are imported by the first job that needs them, so that the worker starts in a moment.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, BinaryIO

from retrieval import backends
from retrieval.decoding_limits import ANSWER_BYTES, DecodingLimits
from retrieval.decoding_wire import receive, send
from retrieval.faults import Fault, InvalidInput, TooLarge, Unreadable, UnsupportedType

OPEN_FILES = 48
RETIRE_BYTES = 400 * 2**20
"""Resident bytes after a job above which the worker asks to be replaced."""
_FORBIDDEN = (
    "socket.connect",
    "socket.bind",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "os.remove",
)
_CLONE_NEWNET, _CLONE_NEWUSER = 0x40000000, 0x10000000


def _confine(limits: DecodingLimits) -> None:
    """Give up what decoding does not need. Limits hold for C code too; the audit hook adds a clear stop for Python code."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "unshare") and libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # without privileges; refused in some containers, then the hook remains
    resource.setrlimit(resource.RLIMIT_AS, (limits.decode_bytes, limits.decode_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def forbid(event: str, arguments: tuple[Any, ...]) -> None:
        writes = (
            event == "open"
            and isinstance(arguments[2], int)
            and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            and arguments[0] != os.devnull
        )
        if writes or event in _FORBIDDEN:
            raise PermissionError("a decoder may not do this")

    sys.addaudithook(forbid)


@cache
def _reader_names() -> dict[str, str]:
    """Media type -> name of the reader. Reader modules import their parsers only when they read, so looking costs little."""
    found = {}
    for name in backends.names("retrieval.readers"):
        module = importlib.import_module(f"retrieval.readers.{name}")
        found.update({media_type: name for media_type in module.MEDIA_TYPES})
    return found


def _admit(job: dict[str, Any], limits: DecodingLimits) -> Iterator[Any]:
    from retrieval.admission import admit

    content = admit(job["data"], job["name"], job["declared"], limits)
    answer = content.model_dump()
    if content.data == job["data"]:
        answer["data"] = None  # unchanged: spare the pipe
    yield answer


def _read(job: dict[str, Any], limits: DecodingLimits) -> Iterator[Any]:
    name = _reader_names().get(job["media_type"])
    if name is None:
        raise UnsupportedType(f"There is no reader for {job['media_type']}.", hint="Send a document, picture, sound or video.")
    create = importlib.import_module(f"retrieval.readers.{name}").create
    for draft in create(limits).read(job["data"], job["name"]):
        yield draft.model_dump()


def _pcm(job: dict[str, Any], limits: DecodingLimits) -> Iterator[Any]:
    from retrieval.recordings import samples

    for piece in samples(job["data"], job["media_type"], job["rate"], limits):
        yield piece.tobytes()


def _page(job: dict[str, Any], limits: DecodingLimits) -> Iterator[Any]:
    from retrieval.pages import open_pdf, page_at, rendered
    from retrieval.pictures import to_png

    with open_pdf(job["data"], limits) as document:
        yield to_png(rendered(page_at(document, job["number"]), limits, scale=job["scale"])).data


def _frames(job: dict[str, Any], limits: DecodingLimits) -> Iterator[Any]:
    from retrieval.pictures import to_jpeg
    from retrieval.recordings import frames_at

    for _, image in frames_at(job["data"], job["media_type"], job["times"], limits):
        yield to_jpeg(image).data


def _view(job: dict[str, Any], limits: DecodingLimits) -> Iterator[Any]:
    from retrieval.meshes import opened
    from retrieval.pictures import to_png
    from retrieval.rendering import VIEWS, render

    yield to_png(render(opened(job["data"], job["media_type"], limits), next(iter(VIEWS)))).data


_JOBS: dict[str, Callable[[dict[str, Any], DecodingLimits], Iterator[Any]]] = {
    "admit": _admit, "read": _read, "pcm": _pcm, "page": _page, "frames": _frames, "view": _view,
}  # fmt: skip


def _fault(error: BaseException) -> Fault:
    """The Fault to send back. Texts of decoders stay here: they may hold addresses or parts of the file."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, MemoryError):
        return TooLarge("The file needs more memory than is allowed.", hint="Send a smaller one.", code="too_much_memory")
    return Unreadable("The file is damaged or of a kind that is not read.", hint="Open it in its own program, save it again and send that.")


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def _bound_time(limits: DecodingLimits) -> None:
    """Processor time for the next job, so that an orphan or a loop in C ends even when nobody kills it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + 2 * limits.decode_seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def serve(requests: BinaryIO, answers: BinaryIO, limits: DecodingLimits) -> None:
    """Answer jobs until the other side closes: `{"part": ...}` for each part, then `{"end": true, "retire": bool}` or a fault."""
    while (job := receive(requests, limits.file_bytes * 2 + ANSWER_BYTES)) is not None:
        _bound_time(limits)
        retire = False
        last: dict[str, Any] = {"end": True}
        try:
            if job.get("op") not in _JOBS:
                raise InvalidInput("The decoder does not know this job.")
            for part in _JOBS[job["op"]](job, limits):
                send(answers, {"part": part})
        except BrokenPipeError:
            return
        except Exception as error:
            retire = isinstance(error, MemoryError)
            last = {
                "fault": type(_fault(error)).__name__,
                **{key: getattr(_fault(error), key) for key in ("message", "hint", "param", "code")},
            }
        del job
        with contextlib.suppress(OSError, IndexError, ValueError):
            retire = retire or _resident() > RETIRE_BYTES
        send(answers, last | {"retire": retire})


def main() -> None:
    """Entry of the process."""
    limits = DecodingLimits(**json.loads(sys.argv[1]))
    # Frames keep a descriptor of their own: whatever a C library prints goes nowhere.
    answers = os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    _confine(limits)
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        send(answers, {"ready": True})
        serve(sys.stdin.buffer, answers, limits)


if __name__ == "__main__":
    main()
