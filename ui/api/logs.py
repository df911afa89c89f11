"""The log: one line a record, JSON or words, with the request's id and without content. Knows logging, no route.

Without content is a matter of form, not of care: of a message the words that stand in our source are written, of its values only numbers,
ids, and names and codes of our own; of an error its type and where it came from, never its message. What other libraries say is theirs, so
only that they said something is written. The setting `log_content` writes everything, for looking for a mistake with data of one's own.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.request_context import RequestContext, current

if TYPE_CHECKING:
    from assistant.settings import Settings

OURS = ("assistant", "retrieval", "tools", "ui", "uvicorn")
"""Packages whose messages are literals with values apart; tests/ui/test_logs.py reads every one of ours."""
LINE = 1500
"""Bytes of one line."""
OF_A_REQUEST = 4096
"""Bytes of all lines of one request."""
FRAMES = 6
"""Places of an error that are told, the innermost."""
HIDDEN = "…"
PROBES = ("/healthz", "/readyz", "/metrics")
"""Routes that machines ask every few seconds."""
_ROOT = Path(__file__).resolve().parents[2]
_ID = re.compile(r"(?:file|item|vs|conv|msg|req|key|pub|fact|ans|faq|q|resp|job)[-_][0-9a-f]{24,64}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PLACE = re.compile(r"%(?:\((\w+)\))?[-#0 +]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[hlL]?([diouxXeEfFgGcrsa%])")

access = logging.getLogger("ui.api.access")
"""One line a request."""


@cache
def _own_names() -> frozenset[str]:
    """Roles of models and parts of the start: words of ours that say which part a message is about."""
    from assistant.profiles import Models

    return frozenset({*Models.model_fields, "router", "sample", "library", "image", "audio", "video", "text", "http", "https"})


def shown(value: Any) -> str | int | float | bool | None:
    """A value as it may stand in a log: numbers, our own ids, names and codes; the type of an error; else nothing."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return kind_of(value)
    if isinstance(value, str) and (_ID.match(value) or value in _own_names()):
        return value
    return HIDDEN


def kind_of(error: BaseException) -> str:
    """`Unreadable(image_truncated)`, `KeyError`: an error without its message."""
    from retrieval.faults import Fault

    code = f"({error.code})" if isinstance(error, Fault) and re.fullmatch(r"[a-z][a-z0-9_]{0,60}", error.code) else ""
    return type(error).__name__ + code


def message_of(record: logging.LogRecord, content: bool = False) -> str:
    """The message of a record, its values as they may be shown."""
    if content:
        return record.getMessage()
    if record.name.partition(".")[0] not in OURS:
        return "a message of a library (set log_content to read it)"
    text = str(record.msg) if isinstance(record.msg, str) else HIDDEN
    if not record.args:
        return text
    values = record.args if isinstance(record.args, dict) else iter(record.args)

    def place(found: re.Match[str]) -> str:
        if found[2] == "%":
            return "%"
        value = shown(values.get(found[1]) if isinstance(values, dict) else next(values, None))
        try:
            return found[0] % ({found[1]: value} if found[1] else value) if not isinstance(value, str) else value
        except (TypeError, ValueError):
            return HIDDEN

    return _PLACE.sub(place, text)


def places_of(error: BaseException) -> list[str]:
    """`retrieval/ingestion.py:105 ingest`, innermost last, and the kinds of the errors that led to it; no message, no line of source."""
    found, seen = [], 0
    cause: BaseException | None = error
    while cause is not None and seen < 3:
        frames = traceback.extract_tb(cause.__traceback__)[-FRAMES:]
        found.append([*(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames), kind_of(cause)])
        cause, seen = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__), seen + 1
    return [step for steps in reversed(found) for step in steps]


def _short(path: str) -> str:
    """The path of a source file without where it is installed."""
    parts = Path(path).parts
    if "site-packages" in parts:
        return "/".join(parts[len(parts) - parts[::-1].index("site-packages") :])
    return str(Path(path).relative_to(_ROOT)) if path.startswith(str(_ROOT)) else parts[-1]


class Formatter(logging.Formatter):
    """One line a record. `content` writes messages and errors whole."""

    def __init__(self, kind: str = "json", *, content: bool = False) -> None:
        super().__init__()
        self._json, self._content = kind == "json", content

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields = self._fields(record)
        line = self._line(fields)
        while len(line.encode("utf-8", "replace")) > LINE and fields.get("at"):
            fields["at"] = fields["at"][len(fields["at"]) // 2 + 1 :]
            line = self._line(fields)
        if len(line.encode("utf-8", "replace")) > LINE:
            fields["message"] = fields["message"][: LINE // 8] + HIDDEN
            fields.pop("error_message", None)
            line = self._line(fields)
        return line

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        request = current()
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        fields: dict[str, Any] = {
            "time": at,
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record, self._content),
        }
        if request is not None:
            fields["request"] = request.id
        fields.update(getattr(record, "fields", {}))
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            fields |= {"error": kind_of(error), "at": places_of(error)}
            if self._content:
                fields["error_message"] = str(error)
        return fields

    def _line(self, fields: dict[str, Any]) -> str:
        if self._json:
            return json.dumps(fields, default=lambda value: HIDDEN)  # ASCII: line ends, escapes and lone surrogates cannot get out
        words = f"{fields['time']} {fields['level']} {fields['logger']}: {fields['message']}"
        rest = " ".join(f"{k}={v}" for k, v in fields.items() if k not in ("time", "level", "logger", "message", "at"))
        line = f"{words} {rest} {' < '.join(reversed(fields.get('at', [])))}".rstrip()
        return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line).encode("utf-8", "backslashreplace").decode()


class OursAndWarnings(logging.Filter):
    """Lets through what we say, and of other libraries only what matters: without content their small talk tells nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        return record.levelno >= logging.WARNING or record.name.partition(".")[0] in OURS


class Handler(logging.Handler):
    """Writes each line with one system call, and never fails: a full disk costs lines, which are counted, and nothing else."""

    lost = 0
    """Lines that could not be written, of this process."""

    def __init__(self, formatter: logging.Formatter, write: Callable[[bytes], int]) -> None:
        """`write` takes bytes and says how many it took; it may raise OSError."""
        super().__init__()
        self.setFormatter(formatter)
        self._write, self._torn = write, False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, within what a request may spend."""
        try:
            whole = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            if _fits(current(), whole):
                line = b"\n" * self._torn + whole
                self._torn = self._write(line) < len(line)
                Handler.lost += self._torn
        except Exception:
            Handler.lost += 1


def _fits(request: RequestContext | None, line: bytes) -> bool:
    """Whether its request may still spend the line, which is counted; one always fits at the end, that of the access log."""
    if request is None or not request.bounded:
        return True
    most = OF_A_REQUEST if b'"ui.api.access"' in line or b" ui.api.access:" in line else OF_A_REQUEST - 600
    if request.logged + len(line) > most:
        return False
    request.logged += len(line)
    return True


def to_descriptor(descriptor: int) -> Callable[[bytes], int]:
    """What writes to an open file."""
    return lambda line: os.write(descriptor, line)


def configure(settings: Settings) -> None:
    """Let the whole process log as the settings say, to standard error. For a server's own process; called once."""
    kind = settings.log_format or ("text" if sys.stderr.isatty() else "json")
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    handler = Handler(Formatter(kind, content=settings.log_content), to_descriptor(2))
    if not settings.log_content:
        handler.addFilter(OursAndWarnings())
    root.addHandler(handler)
    root.setLevel((settings.log_level or ("warning" if kind == "text" else "info")).upper())
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    lost = logging.getLogger("ui.api.lost")
    threading.excepthook = lambda found: lost.error("a thread ended", exc_info=found.exc_value)
    sys.unraisablehook = lambda found: lost.error("an error had nowhere to go", exc_info=found.exc_value)


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """The line of one request: the pattern of its route, never the address that was sent."""
    level = logging.DEBUG if route in PROBES else logging.WARNING if status >= 500 else logging.INFO
    fields = {"method": method if method.isascii() and method.isalpha() and len(method) < 8 else "OTHER", "route": route}
    access.log(level, "answered", extra={"fields": fields | {"status": status, "ms": round(seconds * 1000, 1)}})
