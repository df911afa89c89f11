"""Our own parsers of what strangers write, each with seeds, and a check of whatever it makes of a text. Damages nothing itself.

A check returns what is wrong, or nothing; a Fault is an answer, any other exception is a failure.
"""

from __future__ import annotations

import email.message
import ipaddress
import json
import sqlite3
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Parser:
    """`check` takes bytes that were a seed once."""

    seeds: tuple[bytes, ...]
    check: Callable[[bytes], str]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode("utf-8")


def address(data: bytes) -> str:
    """What passes the guard is the same address when it is read again, and names no private place in any spelling."""
    from retrieval.addresses import checked, is_public

    parts = checked(_text(data))
    host = parts.hostname or ""
    if checked(parts.geturl()) != parts or not host.isascii() or set(host) & set("/?#@\\ "):
        return f"{parts.geturl()!r} is another address when it is read again"
    if "@" in parts.netloc or "\\" in parts.geturl() or parts.scheme not in ("http", "https"):
        return f"{parts.geturl()!r} passed"
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return "" if not is_public(host) or literal.is_global else f"{host} counts as public"


def name(data: bytes) -> str:
    """A label without folders and control characters, and a header that it cannot break out of."""
    from retrieval.admission import MAX_LABEL, file_label
    from ui.api.media import disposition

    shown = file_label(_text(data))
    if len(shown) > MAX_LABEL or any(c in "/\\" or unicodedata.category(c) in ("Cc", "Cf") for c in shown):
        return f"the label {shown!r}"
    header = disposition(_text(data), "attachment")
    header.encode("latin-1")
    message = email.message.Message()
    message["Content-Disposition"] = header
    found = message.get_filename("")
    fine = "\n" not in header and "\r" not in header and message.get_content_disposition() == "attachment" and not set(found) & set("/\\")
    return "" if fine else f"the header {header!r}"


def strict_json(data: bytes) -> str:
    """What is let in can be written again, stored as UTF-8, and is what the standard library reads."""
    from ui.api.strict import loads

    value = loads(data)
    written = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    return "" if json.loads(written) == value else "it does not come back"


def events(data: bytes) -> str:
    """A stream is read to its end whatever stands in it; what we write comes back."""
    from ui.api.streams import sse
    from ui.chat.client import lines_of

    text = _text(data)
    if any(not isinstance(value, dict) for value in lines_of(iter(text.split("\n")))):
        return "a line that is no object"
    written = sse({"delta": text}, event="x").decode()
    return "" if [line["delta"] for line in lines_of(iter(written.split("\n")))] == [text] else "what was written does not come back"


@cache
def _rows() -> sqlite3.Connection:
    from retrieval.filter_sql import register

    connection = sqlite3.connect(":memory:", check_same_thread=False)
    register(connection)
    connection.execute("CREATE TABLE items (metadata TEXT)")
    rows = ({"price": 59.9, "category": "kettles"}, {"price": "12", "tags": ["a", None]}, {})
    connection.executemany("INSERT INTO items VALUES (?)", [(json.dumps(row),) for row in rows])
    return connection


def condition(data: bytes) -> str:
    """A filter becomes SQL that SQLite runs, with every value bound."""
    from retrieval.filter_sql import where

    sql, values = where(_text(data))
    _rows().execute(f"SELECT count(*) FROM items WHERE {sql}", values).fetchone()  # noqa: S608 - that is what is tried
    return ""


def condition_as_json(data: bytes) -> str:
    """The same in its JSON form."""
    from retrieval.filter_json import from_mapping
    from retrieval.filter_sql import where
    from ui.api.strict import loads

    value = loads(data)
    if isinstance(value, dict):
        sql, values = where(from_mapping(value))
        _rows().execute(f"SELECT count(*) FROM items WHERE {sql}", values).fetchone()  # noqa: S608
    return ""


def questions(data: bytes) -> str:
    """A file of questions and answers gives rows and named problems."""
    from retrieval.faq_files import read

    for kind in ("faq.csv", "faq.jsonl", "faq.json", "faq.md"):
        try:
            rows, problems = read(data, kind)
        except Exception as fault:
            _faults_only(fault)
            continue
        if any(not row.question.strip() or not row.answer.strip() for row in rows) or any(problem.line < 0 for problem in problems):
            return f"{kind} gave a row without words"
    return ""


def sentences(data: bytes) -> str:
    """A file of sentences for the home is a book, or says in which line it is not."""
    from tools.intents.book import Book
    from tools.yaml_files import checked, parse

    checked(Book, parse(_text(data), "own.yaml"), "own.yaml")
    return ""


def manifest(data: bytes) -> str:
    """The manifest of an index is believed only when it is sealed as it was written."""
    from pydantic import ValidationError

    from retrieval.index_files import Manifest

    try:
        found = Manifest.model_validate_json(data)
    except ValidationError:
        return ""
    return "" if found != found.sealed() or found == _MANIFEST() else f"a changed manifest is believed: {found}"


@cache
def _MANIFEST() -> Any:
    from retrieval.index_files import Manifest

    return Manifest(
        format=1, library="lib", space="minilm", kind="flat", dimension=384, count=7, generation=9, sha256="ab" * 32, file="minilm-0.faiss"
    ).sealed()


def markdown(data: bytes) -> str:
    """No answer shows a picture or hides where a link goes; a label is one line without markdown."""
    from markdown_it import MarkdownIt

    from ui.chat.inert import answer, label

    reader, text = MarkdownIt("commonmark", {"html": False}), _text(data)
    found = [token for block in reader.parse(answer(text)) for token in (block, *(block.children or ()))]
    if any(token.type == "image" or (token.type == "link_open" and token.markup != "autolink") for token in found):
        return "a picture or a named link survived"
    plain = [token.type for block in reader.parse(label(text)) for token in (block, *(block.children or ()))]
    return (
        ""
        if set(plain) <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
        else f"a label with {sorted(set(plain))}"
    )


def kind(data: bytes) -> str:
    """The first bytes tell a kind that has a reader, or a fault."""
    from retrieval.media_types import EXTENSION_OF, sniff

    found = sniff(data, "x.md").media_type
    return "" if found in EXTENSION_OF else f"the kind {found}"


def span(data: bytes) -> str:
    """A Range header is a span inside the file."""
    from ui.api.media import span as found

    start, end = found(_text(data), 1000)
    return "" if 0 <= start < end <= 1000 else f"{start} to {end}"


def encoding(data: bytes) -> str:
    """Text in any encoding is text that UTF-8 can hold."""
    from retrieval.text_encoding import decode

    decode(data).encode("utf-8")
    return ""


def _faults_only(error: Exception) -> None:
    from retrieval.faults import Fault

    if not isinstance(error, Fault):
        raise error


_YAML = b"""language: en
intents:
  lights_on:
    action: on
    sentences:
      - (turn|switch) on [the] {devices}
      - "{devices} on"
    tests:
      - {say: turn on the kitchen light, devices: [kitchen_light]}
"""
PARSERS: dict[str, Parser] = {
    "address": Parser((b"http://a.example/x?y#z", b"https://[2606:4700::1111]:8443/", b"http://0x7f.1/", b"http://a\\@b/",
    b"http://b\xc3\xbccher.example/",
                       b"http://a#@b/", b"http://[::ffff:127.0.0.1]/", b"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/"), address),
    "file name": Parser((b"a.pdf", b"../../etc/passwd", "a\u202egpj.exe".encode(), "夹克.docx".encode(), b'q"uo;te.txt', b"CON",
    b"a%2f..%5c.txt"), name),
    "strict JSON": Parser((b'{"model":"a","messages":[{"role":"user","content":"hi \\ud83d\\ude00"}],"n":1.5e3}', b"[1,null,true]"),
    strict_json),
    "event stream": Parser((b'data: {"a": 1}\n\ndata: [DONE]\n\n', b": hi\nevent: x\ndata: {\n\n"), events),
    "filter": Parser((b"price < 100 and category in ('a', \"b\") or not (x != null)", b"name contains 'a' and tags = 'b'"), condition),
    "filter as JSON": Parser((b'{"price": {"lt": 100}, "c": {"in": [1, "x"]}}',
    b'{"type":"and","filters":[{"type":"eq","key":"a","value":1}]}'), condition_as_json),
    "questions file": Parser((b"question,answer\nWho?,Gale.\n", b'{"question": "Who?", "answer": "Gale."}\n', b"## Who?\n\nGale.\n"),
    questions),
    "home sentences": Parser((_YAML, b"intents: {}\nlists: {a: [b]}\n"), sentences),
    "index manifest": Parser((b"",), manifest),
    "markdown": Parser((b"Two years [1]. ![a](http://x/y.png) [a](http://x) `c` \n\n- a\n> b",
    b"[a]: http://x\n![a][a] <http://x.y> :red[a] $x$"), markdown),
    "kind of file": Parser((b"\x89PNG\r\n\x1a\n", b"RIFF\x04\x00\x00\x00WEBP", b"%PDF-1.7", b"PK\x03\x04", b"OFF\n8 6 12\n",
    b"solid a\nfacet normal 0 0 0"), kind),
    "range": Parser((b"bytes=0-99", b"bytes=-5", b"bytes=5-"), span),
    "text encoding": Parser(("Grüße 夹克".encode("utf-16"), "Grüße".encode("cp1252"), "夹克保修".encode("gb18030"), b"\xef\xbb\xbfabc"),
    encoding),
}  # fmt: skip


def seeds(which: str) -> tuple[bytes, ...]:
    """The seeds of a parser."""
    return PARSERS[which].seeds if which != "index manifest" else (_MANIFEST().model_dump_json().encode(),)
