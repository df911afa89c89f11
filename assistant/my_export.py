"""My export: everything that is kept of a person as one zip: a page to read, JSON for programs, and the files as they were given.

Knows every store; holds no secret of a key. Names of files are made harmless, because the archive is opened on another machine.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from assistant import owned_rows
from assistant.reviews import as_asked
from retrieval.blobs import storage_fault
from retrieval.faults import Fault

if TYPE_CHECKING:
    from assistant.service import Assistant

PAGE = 500
PIECE = 2**20
"""Bytes of a file that are in memory at once."""
ZIP64_BYTES = 2**30
"""From this size on an entry is written so that it may pass the 2 GiB of the old format."""
_UNSAFE = re.compile(r"[^\w .()\[\]-]+")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    ".user{background:#eef3ff;padding:.4rem .8rem}.assistant{padding:.4rem .8rem;white-space:pre-wrap}"
)


def write(assistant: Assistant, owner: str, out: BinaryIO) -> dict[str, int]:
    """Write the archive to `out`; how many of each kind are in it. Noted in the audit log first. Raises StorageFull."""
    assistant.audit.note(owner, "data.exported")
    parts = {name: list(rows) for name, rows in _parts(assistant, owner).items()}
    files = assistant.library.files(owner)
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            places: dict[str, str] = {}
            for file in files:
                try:
                    _, data = assistant.library.stream_file(file.id, owner)
                except Fault:  # deleted meanwhile, or damaged: the rest is exported all the same
                    continue
                places[file.id] = f"files/{file.id}-{_safe(file.name)}"
                with data, archive.open(places[file.id], "w", force_zip64=file.bytes > ZIP64_BYTES) as kept:
                    shutil.copyfileobj(data, kept, PIECE)
            parts["files"] = [file.model_dump(mode="json") | {"path": places.get(file.id)} for file in files]
            for name, rows in parts.items():
                archive.writestr(f"{name}.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str))
            archive.writestr("index.html", page(owner, parts))
    except OSError as error:
        raise storage_fault(error, assistant.settings.data_dir) from error
    return {name: len(rows) for name, rows in parts.items()}


def _parts(assistant: Assistant, owner: str) -> dict[str, Iterator[Any]]:
    return {
        "files": iter(()),
        "collections": (c.model_dump(mode="json") for c in assistant.library.collections(owner)),
        "items": _items(assistant, owner),
        "conversations": _conversations(assistant, owner),
        "memory": (fact.model_dump(mode="json") for fact in assistant.kit.facts.list(owner)),
        "audit": (entry.model_dump(mode="json") for entry in assistant.audit.entries(owner, limit=1_000_000)),
        "library": _library(assistant, owner),
        "other": _other(assistant, owner),
    }


def _items(assistant: Assistant, owner: str) -> Iterator[dict[str, Any]]:
    for collection in assistant.library.collections(owner):
        after = None
        while items := assistant.library.items(collection.id, owner, PAGE, after):
            yield from (item.model_dump(mode="json") for item in items)
            after = items[-1].id


def _conversations(assistant: Assistant, owner: str) -> Iterator[dict[str, Any]]:
    for chat in assistant.conversations.list(owner, limit=1_000_000):
        messages = [message.model_dump(mode="json") for message in assistant.conversations.messages(chat.id, owner)]
        yield chat.model_dump(mode="json") | {"messages": messages}


def _library(assistant: Assistant, owner: str) -> Iterator[dict[str, Any]]:
    """Questions, curated answers and whatever else the library keeps for the person."""
    for table, row in assistant.library.rows_of(owner):
        yield {"table": table} | row


def _other(assistant: Assistant, owner: str) -> Iterator[dict[str, Any]]:
    """Keys without their secrets, quotas, what visitors asked."""
    for source in owned_rows.databases(assistant.settings):
        for table, row in owned_rows.rows(source, owner):
            if table != "store":  # that is `memory`
                yield {"database": owned_rows.name_of(source), "table": table} | (as_asked(row) if table == "review" else row)


def _safe(name: str) -> str:
    return (_UNSAFE.sub("_", name).strip(" .") or "file")[-100:]


def page(owner: str, parts: dict[str, list[Any]]) -> str:
    """The page to read. Everything a person or a model wrote is escaped, and the page may load nothing."""
    told = [f"<h1>{_text(owner)}</h1><p>{time.strftime('%Y-%m-%d %H:%M')}</p>"]
    told.append("<h2>Files · 文件</h2>" + _table(("name", "kind", "bytes", "added"), (
        (f'<a href="{html.escape(str(f["path"]), quote=True)}">{_text(f["name"])}</a>' if f.get("path") else _text(f["name"]),
         _text(f["media_type"]), str(f["bytes"]), _when(f["created_at"])) for f in parts["files"]
    )))  # fmt: skip
    told.append("<h2>Conversations · 对话</h2>")
    for chat in parts["conversations"]:
        said = "".join(f'<div class="{_text(m["role"])}">{_text(m["text"])}</div>' for m in chat["messages"])
        told.append(f"<h3>{_text(chat['title'] or chat['id'])}</h3><p>{_when(chat['created_at'])}</p>{said}")
    told.append("<h2>Memory · 记忆</h2>" + _table(("fact", "told"), ((_text(f["text"]), _when(f["updated_at"])) for f in parts["memory"])))
    entries = ((_when(e["at"]), _text(e["action"]), _text(e["subject"]), _text(e["outcome"])) for e in parts["audit"])
    told.append("<h2>Audit log · 审计日志</h2>" + _table(("when", "action", "what", "outcome"), entries))
    for name in ("collections", "items", "library", "other"):
        told.append(f'<h2><a href="{name}.json">{name}.json</a></h2><p>{len(parts[name])}</p>')
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}"><title>{_text(owner)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{"".join(told)}</body></html>'


def _table(columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{''.join(f'<th>{column}</th>' for column in columns)}</tr>{body}</table>"


def _text(value: Any) -> str:
    return html.escape(str(value), quote=True)


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
