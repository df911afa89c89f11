"""One shape for every error: `{"error": {"message", "type", "param", "code", "hint"}}`. No input, path or traceback is ever echoed."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from retrieval.blobs import REFUSED, storage_fault
from retrieval.database import translated
from retrieval.faults import Fault, InvalidInput, NotFound
from ui.api.words import refuse, translate

log = logging.getLogger(__name__)

RETRY_SECONDS = 1
LONGEST = 600
"""Characters of a message; a name that was sent may be in it, and that may be any length."""
_BY_STATUS = {405: "method_not_allowed", 404: "not_found", 413: "too_large", 415: "unsupported_type", 416: "range_not_satisfiable"}


def language_of(request: Request) -> str:
    """`zh` when the reader prefers Chinese, else `en`."""
    return "zh" if request.headers.get("accept-language", "").strip().lower().startswith("zh") else "en"


def response(fault: Fault, language: str = "en") -> JSONResponse:
    """The answer for a fault; a retryable one says when to come back."""
    shape = {key: value[:LONGEST] if isinstance(value, str) else value for key, value in translate(fault, language).to_dict().items()}
    headers = {"Retry-After": str(getattr(fault, "retry_after", RETRY_SECONDS))} if fault.retryable else {}
    if fault.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Body({"error": shape}, status_code=fault.status, headers=headers)


class Body(JSONResponse):
    """A JSON answer that cannot fail: what UTF-8 cannot hold is replaced."""

    def render(self, content: Any) -> bytes:
        """Compact UTF-8."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.add_exception_handler(Fault, _fault)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(sqlite3.Error, _database)
    app.add_exception_handler(OSError, _system)


async def _fault(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Fault)
    return response(error, language_of(request))


async def _database(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, sqlite3.Error)
    log.warning("a database refused: %s", error)
    return response(translated(error, "A database of the data directory"), language_of(request))


async def _system(request: Request, error: Exception) -> JSONResponse:
    """A disk that is full or failing, or too many open files; any other error of the system is a fault of this program."""
    assert isinstance(error, OSError)
    if error.errno not in REFUSED:
        raise error
    log.warning("the system refused: %s (%s)", error, error.errno)
    return response(storage_fault(error, Path("data")), language_of(request))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return response(from_validation(error.errors()), language_of(request))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return response(refuse(NotFound, "no_route"), language_of(request))
    if error.status_code == 405:
        fault: Fault = refuse(InvalidInput, "wrong_method", method=request.method)
    else:
        fault = InvalidInput(str(error.detail) if error.status_code < 500 else "The request failed.")
    fault.status, fault.code = error.status_code, _BY_STATUS.get(error.status_code, "invalid_request")
    answer = response(fault, language_of(request))
    answer.headers.update(error.headers or {})
    return answer


def from_validation(errors: Sequence[Any]) -> Fault:
    """A Fault for the first error of pydantic's: which field and what was expected, never what was sent."""
    first = errors[0]
    path = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header")]
    field = _path(path)
    if first["type"] == "extra_forbidden":
        return refuse(InvalidInput, "unknown_field", param=field, field=field[:80])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, Fault):
        return cause
    expected = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    return refuse(InvalidInput, "invalid_field", param=field or None, message=f"{field or 'The request'}: {expected}.")


def from_pydantic(error: ValidationError) -> Fault:
    """The same for a model that was validated by hand."""
    return from_validation(error.errors(include_url=False, include_input=False))


def _path(parts: Sequence[str]) -> str:
    """`messages[0].content`; the names of union members that pydantic adds are left out."""
    path = ""
    for part in parts:
        if part.isdigit():
            path += f"[{part}]"
        elif part.isidentifier() and not part[0].isupper() and part not in ("str", "list", "dict", "int", "bool", "float"):
            path += f".{part}" if path else part
    return path[:200]
