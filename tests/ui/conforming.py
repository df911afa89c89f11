"""Holds answers to the app's own OpenAPI document: status, media type, body, events. Every test of the API passes through it."""

import json
import re
from functools import cached_property

import jsonschema_rs

OUTSIDE = {"/", "/docs", "/openapi.json", "/devices", "/voice"}
"""Pages for people; they are in no document."""


class Conformance:
    """`document` is what `/openapi.json` answers."""

    def __init__(self, document):
        self.document = document
        self._validators = {}

    @cached_property
    def _paths(self):
        found = []
        for path in self.document["paths"]:
            pattern = re.sub(r"\\{(\w+)\\}", lambda name: ".+" if name[1] == "model" else "[^/]+", re.escape(path))
            found.append((path.count("{"), path, re.compile(pattern + "$")))
        return sorted(found, key=lambda row: row[:2])

    def operation(self, method, path):
        """(template, operation) of a request; the one with fewer variables first, as the router has it. None outside the document."""
        for _, template, pattern in self._paths:
            if pattern.match(path) and method.lower() in self.document["paths"][template]:
                return template, self.document["paths"][template][method.lower()]
        return None

    def problem(self, method, path, status, headers, body):
        """What an answer does that the document does not say; empty when it conforms."""
        kind = headers.get("content-type", "").partition(";")[0]
        found = self.operation(method, path)
        if found is None:
            return self._error(status, kind, body) if status >= 400 and method != "HEAD" else ""
        template, operation = found
        said = operation["responses"].get(str(status))
        if said is None:
            return f"{method} {template} answered {status}, which is not documented: {body[:300]!r}"
        if "$ref" in said:
            said = self.document["components"]["responses"][said["$ref"].rpartition("/")[2]]
        content = said.get("content", {})
        if not content:
            return "" if not body else f"{method} {template} answered {status} with a body where none is documented"
        accepted = next((known for known in content if known == kind or _fits(known, kind)), None)
        if accepted is None:
            return f"{method} {template} answered {status} as {kind!r}; documented are {sorted(content)}"
        if kind == "application/json" and content[accepted].get("schema"):
            return self._invalid(content[accepted]["schema"], body, f"{method} {template} {status}")
        if "x-event-schema" in content[accepted]:
            return self._events(content[accepted]["x-event-schema"], body, f"{method} {template}")
        return ""

    def _error(self, status, kind, body):
        if kind != "application/json":
            return f"an error {status} as {kind!r}"
        return self._invalid({"$ref": "#/components/schemas/Error"}, body, f"an error {status}")

    def _events(self, schema, body, where):
        for line in body.decode().split("\n"):
            data = line.removeprefix("data: ")
            if line.startswith("data: ") and data != "[DONE]" and (problem := self._invalid(schema, data.encode(), where)):
                return problem
        return ""

    def _invalid(self, schema, body, where):
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(schema | {"components": self.document["components"]})
        try:
            value = json.loads(body)
        except ValueError:
            return f"{where}: the body is no JSON: {body[:200]!r}"
        error = next(iter(self._validators[key].iter_errors(value)), None)
        return f"{where}: {error.message[:400]} at {list(error.instance_path)}" if error else ""


def _fits(known, kind):
    return known == "*/*" or (known.endswith("/*") and kind.startswith(known[:-1]))


def hold(client):
    """Let every answer that `client` gets be checked."""
    conformance = Conformance(client.app.openapi())

    def check(answer):
        path = answer.request.url.path
        if path == "/v1/devices/events" and answer.status_code == 200:  # without an end
            return
        answer.read()
        problem = conformance.problem(answer.request.method, path, answer.status_code, answer.headers, answer.content)
        assert not problem, problem

    client.event_hooks = {"request": [], "response": [check]}
