"""The OpenAPI document: FastAPI's reading of the routes, with the bodies that are read by hand, every answer and every error.

Clients are generated from it, so what it says is held against what is answered: `tests/ui/conforming.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

from ui.api.answers.base import Error, Says
from ui.api.answers.table import ANSWERS, STREAM
from ui.api.auth import open_to_all

_REF = "#/components/schemas/{model}"
_ERRORS = {
    400: ("BadRequest", "Malformed, or a value out of range."), 401: ("NoKey", "No key, or a wrong one."),
    403: ("NotAllowed", "The caller may not do this, or another site's page asks."),
    404: ("NotFound", "No such thing, or it belongs to somebody else."),
    406: ("NotAcceptable", "The client takes no form this answers in."),
    408: ("TooSlow", "The request came too slowly."),
    409: ("Conflict", "It exists already, or is in another state."), 413: ("TooLarge", "Over a limit of the settings."),
    415: ("WrongType", "A kind of body or file that is not read."), 416: ("NoSuchRange", "The range lies outside."),
    422: ("Unreadable", "The right kind of file, but damaged or empty."), 429: ("Busy", "A queue or a quota is full."),
    500: ("Failed", "A fault of this server; it is in its log."), 502: ("NotPassedOn", "Another server did not take it."),
    503: ("NotReady", "Something is loading, full or missing."), 504: ("TooLong", "The work took longer than allowed."),
    507: ("NoRoom", "The disk is full; nothing was kept."),
}  # fmt: skip
"""Status -> name and meaning."""
_FURTHER = {202: "Taken.", 206: "The part that was asked for.", 304: "Unchanged.", 503: "Not ready yet."}
_WAIT = (429, 503, 504, 507)
_GENERIC = re.compile(r"(Listed|Counted)_(\w+?)_(?=\"|$)")


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an app."""
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    parts = schema.setdefault("components", {})
    shared: dict[str, Any] = {}
    parts["schemas"] = shared
    shared["Error"] = _described(Error, shared)
    parts["responses"] = {name: _error(status, meaning) for status, (name, meaning) in _ERRORS.items()}
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": "Needed from everywhere once a key exists."}}
    named: set[str] = set()
    for route in api_routes(app):
        if not route.include_in_schema:
            continue
        for method in sorted(route.methods or ()):
            operation = schema["paths"][route.path_format][method.lower()]
            _complete(operation, route, method, shared)
            identity = f"{operation.get('tags', ['other'])[0]}_{route.name}".replace(" ", "_")
            operation["operationId"] = identity if identity not in named else f"{identity}_{method.lower()}"
            named.add(operation["operationId"])
    return _renamed(schema)


def _complete(operation: dict[str, Any], route: APIRoute, method: str, shared: dict[str, Any]) -> None:
    """The body, the variables of the path, the answers and the key of one operation."""
    model = next(_models(route.dependant), None)
    if model is not None:
        content = {"application/json": {"schema": _described(model, shared, bare=True)}}
        operation["requestBody"] = {"required": True, "content": content}
    declared = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
    for name in re.findall(r"{(\w+)}", route.path_format):
        if name not in declared:
            place = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            operation.setdefault("parameters", []).insert(0, place)
    says = ANSWERS.get(f"{method} {route.path_format}", Says(media=("*/*",)))
    is_open = _is_open(route.dependant)
    operation["responses"] = _answers(says, shared) | {
        str(status): {"$ref": f"#/components/responses/{_ERRORS[status][0]}"}
        for status in _statuses(says, method, route.path_format, "requestBody" in operation, is_open)
    }
    if not is_open:
        operation["security"] = [{}, {"key": []}]


def _statuses(says: Says, method: str, path: str, body: bool, is_open: bool) -> list[int]:
    """Statuses of errors: what follows from how it is called, and what it says itself."""
    found = {400, 500, *says.errors}
    if not is_open:
        found |= {401, 403, 429, 503}
    if "{" in path or body:
        found.add(404)
    if method != "GET":
        found |= {408, 409, 413, 507}
    if body:
        found |= {415, 422, 504}
    return sorted(found - set(says.also))


def _answers(says: Says, shared: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {kind: {"schema": {}} for kind in says.media}
    if says.json is not None:
        content["application/json"] = {"schema": _described(says.json, shared, bare=True)}
    if says.events is not None:
        content[STREAM] = {"schema": {"type": "string"}, "x-event-schema": _described(says.events, shared, bare=True)}
    found: dict[str, Any] = {"200": {"description": "Done."} | ({"content": content} if content else {})}
    for status, shape in says.also.items():
        content = {"application/json": {"schema": _described(shape, shared, bare=True)}} if shape else {"*/*": {"schema": {}}}
        found[str(status)] = {"description": _FURTHER.get(status) or _ERRORS[status][1], "content": content}
    return found


def _error(status: int, meaning: str) -> dict[str, Any]:
    headers = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}} if status in _WAIT else {}
    content = {"application/json": {"schema": {"$ref": _REF.format(model="Error")}}}
    return {"description": meaning, "content": content} | ({"headers": headers} if headers else {})


def _described(shape: Any, shared: dict[str, Any], bare: bool = False) -> dict[str, Any]:
    """The schema of a shape, its parts put into `shared`; `bare` gives a reference to it where it has a name."""
    described = TypeAdapter(shape).json_schema(ref_template=_REF)
    shared.update(described.pop("$defs", {}))
    if bare and isinstance(shape, type) and issubclass(shape, BaseModel):
        name = re.sub(r"\W+", "_", shape.__name__)
        shared[name] = described
        return {"$ref": _REF.format(model=name)}
    return described


def _renamed(schema: dict[str, Any]) -> dict[str, Any]:
    """`Listed_FileObject_` as `FileObjectList`: names of generics read badly in a generated client."""

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {_plain(key): named(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [named(inner) for inner in value]
        return _plain(value) if isinstance(value, str) and value.startswith("#/") else value

    def _plain(name: str) -> str:
        return _GENERIC.sub(r"\2List", name)

    renamed: dict[str, Any] = named(schema)
    return renamed


def api_routes(app: FastAPI) -> list[APIRoute]:
    """The routes of the app."""
    return [route for route in app.routes if isinstance(route, APIRoute)]


def _is_open(dependant: Dependant) -> bool:
    return dependant.call is open_to_all or any(_is_open(inner) for inner in dependant.dependencies)


def _models(dependant: Dependant) -> Iterator[type[BaseModel]]:
    model = getattr(dependant.call, "model", None)
    if isinstance(model, type) and issubclass(model, BaseModel):
        yield model
    for inner in dependant.dependencies:
        yield from _models(inner)
