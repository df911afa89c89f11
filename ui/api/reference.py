"""`/docs` and `/openapi.json`: what the API takes, read off the routes. The page is whole in itself: no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse

from ui.api.auth import open_to_all

router = APIRouter(include_in_schema=False)
_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border-bottom:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}code,pre{font:14px/1.4 ui-monospace,monospace}
pre{overflow:auto;background:#8881;padding:.7rem;border-radius:.4rem}b{display:inline-block;min-width:4.5rem}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
"""Lets these rules stand inside the page, and no others."""


@router.get("/docs", dependencies=[Depends(open_to_all)])
async def page(request: Request) -> HTMLResponse:
    """Every address with its fields and an example."""
    schema = request.app.openapi()
    base = str(request.base_url).rstrip("/")
    groups: dict[str, list[str]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            groups.setdefault(tag, []).append(_operation(base, path, method, operation, schema))
    body = "".join(f"<h2>{html.escape(tag)}</h2>{''.join(rows)}" for tag, rows in groups.items())
    title = html.escape(schema["info"]["title"])
    intro = f"<p>{html.escape(schema['info']['description'])} <a href='/openapi.json'>openapi.json</a></p>"
    head = f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title><style>{_STYLE}</style>"
    policy = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"
    return HTMLResponse(f"{head}<h1>{title}</h1>{intro}{body}</html>", headers={"Content-Security-Policy": policy})


def _operation(base: str, path: str, method: str, operation: dict[str, Any], schema: dict[str, Any]) -> str:
    words = html.escape(operation.get("description") or operation.get("summary", ""))
    parameters = [f"{p['name']} ({p['in']})" for p in operation.get("parameters", ())]
    listed = f"<p>Parameters: <code>{html.escape(', '.join(parameters))}</code></p>" if parameters else ""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    name = body["$ref"].rsplit("/", 1)[-1] if body else ""
    fields = _fields(schema["components"]["schemas"].get(name, {})) if name else ""
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data", {}).get("schema", {})
    data = " -H 'Content-Type: application/json' -d '{...}'" if body else "".join(f" -F {n}=..." for n in form.get("properties", ()))
    curl = html.escape(f"curl -X {method.upper()} {base}{path}{data}")
    line = f"<b>{method.upper()}</b> <code>{html.escape(path)}</code> {words}"
    return f"<details><summary>{line}</summary>{listed}{fields}<pre>{curl}</pre></details>"


def _fields(model: dict[str, Any]) -> str:
    required = set(model.get("required", ()))
    rows = {name + (" (required)" if name in required else ""): _kind(field) for name, field in model.get("properties", {}).items()}
    return f"<pre>{html.escape(json.dumps(rows, indent=1, ensure_ascii=False))}</pre>"


def _kind(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " | ".join(dict.fromkeys(_kind(option) for option in field["anyOf"]))
    if "enum" in field:
        return " | ".join(str(value) for value in field["enum"])
    return str(field.get("type") or field.get("$ref", "any").rsplit("/", 1)[-1])


def install(app: FastAPI) -> None:
    """Add the page, and let the app describe itself in full."""
    app.router.routes.extend(router.routes)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            from ui.api.openapi import document  # the shapes of all answers, which a start does not wait for

            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the schema
