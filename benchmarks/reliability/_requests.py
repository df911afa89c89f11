"""Requests of the kind nobody should send, made from an OpenAPI document: nearly right bodies, wrong bytes, odd queries and headers.

Trial n of a seed is always the same request. Knows no server and judges no answer.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from benchmarks.reliability._damage import mutated

WORDS = (
    "assistant", "hello", "What does the warranty cover?", "default", "file-x", "", "\x00", "a\u202eb", "\U000e0041",
    "é", "e\u0301", "夹克",
    "😀" * 50,
    "../../etc/passwd", "<script>alert(1)</script>", "'; DROP TABLE files;--", "{{7*7}}", "data:image/png;base64,",
    "data:image/png;base64,!!!",
    "data:image/svg+xml;base64,PHN2Zy8+", "javascript:alert(1)", "http://169.254.169.254/", "(a+)+$", "x" * 5000, "\n" * 300, "NaN",
    "null", "-1",
)  # fmt: skip
NUMBERS: tuple[float, ...] = (0, 1, -1, 2, 7, 100, 10**9, -(10**12), 2**53, 2**63, 0.5, -0.0, 1e-300, 1e308)
_RAW = (
    b"NaN", b"1e999", b"-Infinity", b'"\\ud800"', b'"\\udfff\\ud800"', b"9" * 400, b"\xff\xfe", b"\xef\xbb\xbf", b"[" * 3000,
    b'{"a":' * 500,
    b"01", b"'x'", b"\x00", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"/* c */", b"undefined", b"0x10", b'"\t"', b'"\\x41"', b"1_000",
    b",,",
)  # fmt: skip
_HEADERS = ("Range", "X-Collection", "X-Conversation", "Accept-Language", "If-None-Match", "Content-Type", "Accept", "Origin", "Host",
            "Content-Encoding", "Transfer-Encoding", "X-Forwarded-For", "X-Forwarded-Host", "Idempotency-Key", "Last-Event-ID", "Cookie",
            "Prefer", "traceparent", "Expect", "X-Request-Id")  # fmt: skip
_VALUES = (b"", b"x", b"bytes=0-", b"bytes=-1", b"bytes=" + b"0-1," * 1000, b"bytes=9-1", b"zh", b"\xff\xfe", b"a" * 9000, b"*",
b"text/html", b"null",
           b"a/?", b"127.0.0.1", b"application/json; charset=utf-99", b"multipart/form-data", b"gzip", b"00-x", b"chunked",
           b"' OR 1=1--")  # fmt: skip
DRAWS = re.compile(r"/v1/(images|audio/speech|captions)|again$")
"""Addresses that paint or speak: a right request costs a second, so they are asked less often."""
ENDLESS = ("/v1/devices/events",)


@dataclass
class Asked:
    """A request."""

    method: str
    path: str
    headers: dict[str, bytes] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]} {self.headers} {self.body[:400]!r}"


class Requests:
    """Makes them. `ids` are names that exist, by the variable of the path they fit."""

    def __init__(self, document: dict[str, Any], ids: dict[str, list[str]]) -> None:
        self._schemas = document["components"]["schemas"]
        self._ids = ids
        self._operations = [
            (method.upper(), path, operation)
            for path, methods in sorted(document["paths"].items()) for method, operation in sorted(methods.items()) if path not in ENDLESS
        ]  # fmt: skip

    def make(self, rng: random.Random) -> Asked:
        """One request."""
        method, path, operation = rng.choice(self._operations)
        while DRAWS.search(path) and rng.random() < 0.97:
            method, path, operation = rng.choice(self._operations)
        if rng.random() < 0.02:
            method = rng.choice(("PUT", "PATCH", "TRACE", "BREW", "OPTIONS", "HEAD"))
        asked = Asked(method, self._path(path, rng) + self._query(operation, rng))
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            asked.headers["Content-Type"] = b"application/json"
            asked.body = self._json(content["application/json"]["schema"], rng)
        elif content:
            asked.headers["Content-Type"] = b"multipart/form-data; boundary=x"
            asked.body = self._form(content["multipart/form-data"]["schema"], rng)
        if rng.random() < 0.15:
            asked.headers[rng.choice(_HEADERS)] = rng.choice(_VALUES)
        return asked

    def _path(self, path: str, rng: random.Random) -> str:
        def filled(found: re.Match[str]) -> str:
            known = self._ids.get(found[1], [])
            if known and rng.random() < 0.7:
                return rng.choice(known)
            return quote(rng.choice(WORDS)[:3000], safe="" if rng.random() < 0.9 else "/") or "x"

        return re.sub(r"{(\w+)}", filled, path)

    def _query(self, operation: dict[str, Any], rng: random.Random) -> str:
        pairs = []
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "query" and rng.random() < 0.3:
                value = self.value(parameter["schema"], rng) if rng.random() < 0.6 else rng.choice((*WORDS, *NUMBERS))
                pairs += [f"{parameter['name']}={quote(str(value)[:3000])}"] * rng.choice((1, 1, 1, 2))
        return "?" + "&".join(pairs) if pairs else ""

    def value(self, schema: dict[str, Any], rng: random.Random, depth: int = 0) -> Any:
        """A value that mostly fits a schema."""
        if depth > 6 or (depth and rng.random() < 0.06):
            return rng.choice((None, True, [], {}, rng.choice(WORDS), rng.choice(NUMBERS)))
        if "$ref" in schema:
            return self.value(self._schemas[schema["$ref"].rpartition("/")[2]], rng, depth + 1)
        for joined in ("anyOf", "oneOf", "allOf"):
            if schema.get(joined):
                return self.value(rng.choice(schema[joined]), rng, depth + 1)
        if "enum" in schema or "const" in schema:
            return rng.choice(schema.get("enum") or [schema["const"]])
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, rng, depth)
        if kind == "array":
            return [self.value(schema.get("items", {}), rng, depth + 1) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
        if kind in ("integer", "number"):
            low, high = schema.get("minimum", 0), min(schema.get("maximum", 20), 20)
            return rng.randint(int(low), max(int(high), int(low))) if rng.random() < 0.7 else rng.choice(NUMBERS)
        return {"boolean": rng.random() < 0.5, "null": None}.get(kind, self._string(rng))

    def _string(self, rng: random.Random) -> str:
        known = [one for ids in self._ids.values() for one in ids]
        return rng.choice(known) if known and rng.random() < 0.2 else rng.choice(WORDS)

    def _object(self, schema: dict[str, Any], rng: random.Random, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        fields = schema.get("properties", {})
        made = {n: self.value(s, rng, depth + 1) for n, s in fields.items() if n in required or rng.random() < 2 / (len(fields) + 2)}
        if not fields and isinstance(schema.get("additionalProperties"), dict):
            made = {rng.choice(WORDS)[:60]: self.value(schema["additionalProperties"], rng, depth + 1) for _ in range(rng.randint(0, 2))}
        if required and rng.random() < 0.04:
            made.pop(rng.choice(sorted(required)), None)
        if rng.random() < 0.03:
            made[rng.choice(WORDS)[:60]] = rng.choice(WORDS)
        if made.get("model") in WORDS or "model" in required:
            made["model"] = "assistant" if rng.random() < 0.9 else rng.choice(WORDS)
        if "type" in made and "messages" not in fields and rng.random() < 0.5:
            made["type"] = rng.choice(("text", "image_url", "input_audio", "file"))
        return made

    def _json(self, schema: dict[str, Any], rng: random.Random) -> bytes:
        body = json.dumps(self.value(schema, rng), ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
        act = rng.random()
        if act < 0.65:
            return body
        if act < 0.8:  # one value or key exchanged for bytes that are no JSON, or that no row could hold
            places = [found.span() for found in re.finditer(rb'"[^"\\]*"|-?\d+(?:\.\d+)?|null|true|\[\]', body)]
            if places:
                start, end = rng.choice(places)
                return body[:start] + rng.choice(_RAW) + body[end:]
        if act < 0.9:
            return mutated(body, rng)
        return rng.choice(
            (*_RAW, b"", b"null", b"[]", b"{}", b'"x"', body + body, body[:-1], body + b"\x00", body[:1] + b'"a":1,"a":2,' + body[1:])
        )

    def _form(self, schema: dict[str, Any], rng: random.Random) -> bytes:
        parts = []
        for name, one in schema.get("properties", {}).items():
            for _ in range(rng.choice((1, 1, 1, 1, 0, 2))):
                if one.get("format") == "binary":
                    label = rng.choice(("a.txt", "a.png", "../../x", "a\u202egpj.exe", "", "CON", "%2e%2e%2fx", "a" * 3000)).encode()
                    data = rng.choice(
                        (
                            b"The warranty lasts two years.",
                            b"",
                            b"\x89PNG\r\n\x1a\n",
                            b"%PDF-1.4",
                            b"RIFF\x00\x00\x00\x00WAVE",
                            b"{}",
                            b"a,b\n1,2",
                        )
                    )
                    head = b'Content-Disposition: form-data; name="%s"; filename="%s"' % (name.encode(), label)
                    parts.append(head + rng.choice((b"", b"\r\nContent-Type: image/png", b"\r\nContent-Type: x")) + b"\r\n\r\n" + data)
                elif rng.random() < 0.4:
                    parts.append(b'Content-Disposition: form-data; name="%s"\r\n\r\n' % name.encode() + rng.choice(WORDS).encode())
        body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
        return mutated(body, rng) if rng.random() < 0.25 else body
