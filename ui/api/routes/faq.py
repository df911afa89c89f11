"""`/v1/vector_stores/{name}/faq`: curated answers of a collection, one by one and as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from starlette.datastructures import FormData

from retrieval import faq_files
from retrieval.faq_records import MAX_ANSWER, MAX_FORMS, MAX_QUESTION, Entry, Imported, Problem, Row
from retrieval.faults import NotFound
from ui.api.auth import User, user
from ui.api.body import form, json_body, multipart
from ui.api.paging import Paged
from ui.api.routes.vector_stores import Strict, collection_of
from ui.api.services import Assistant, Running
from ui.api.uploads import one, read
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/vector_stores/{name}/faq", tags=["faq"], dependencies=[Depends(user)])
Forms = Annotated[list[Annotated[str, Field(max_length=MAX_QUESTION)]], Field(max_length=MAX_FORMS)]
Tags = Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)]
PROBLEMS = 100
"""Problems of a file that are listed."""
_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv"}


class EntryRequest(Strict):
    """A new curated answer. `closes` names open questions that it answers: they become its paraphrases and regression cases."""

    question: str = Field(max_length=MAX_QUESTION)
    answer: str = Field(max_length=MAX_ANSWER)
    paraphrases: Forms = Field(default=[])
    tags: Tags = Field(default=[])
    language: Literal["", "en", "zh"] = ""
    closes: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=1000)


class EntryChange(Strict):
    """What to change; what is left out stays."""

    question: str | None = Field(default=None, max_length=MAX_QUESTION)
    answer: str | None = Field(default=None, max_length=MAX_ANSWER)
    paraphrases: Forms | None = None
    tags: Tags | None = None
    language: Literal["en", "zh"] | None = None


def entry_shape(entry: Entry) -> dict[str, Any]:
    """An entry."""
    shown = entry.model_dump(mode="json", exclude={"item", "collection"})
    return {
        **shown, "object": "faq.entry", "item_id": entry.item, "vector_store_id": entry.collection,
        "created_at": int(entry.created_at), "changed_at": int(entry.changed_at),
    }  # fmt: skip


def import_shape(done: Imported, problems: Sequence[Problem]) -> dict[str, Any]:
    """What came of an import; `problems` name the lines that were passed over."""
    return {
        "object": "faq.import", "added": done.added, "updated": done.updated, "unchanged": done.unchanged, "refused": len(problems),
        "problems": [asdict(problem) for problem in problems[:PROBLEMS]],
    }  # fmt: skip


@router.get("")
async def listing(name: str, caller: User, assistant: Running, work: Worker, page: Paged) -> dict[str, Any]:
    """The curated answers of a collection."""

    def run() -> list[Entry]:
        return assistant.library.faq.all(collection_of(name, assistant, caller.owner).id, caller.owner)

    return page.of(await work.light(run), entry_shape, lambda entry: entry.created_at)


@router.post("")
async def create(
    name: str, caller: User, assistant: Running, work: Worker, body: Annotated[EntryRequest, Depends(json_body(EntryRequest))]
) -> dict[str, Any]:
    """Add a curated answer, and close the open questions it answers."""

    def run() -> Entry:
        found = collection_of(name, assistant, caller.owner)
        row = Row(body.question, body.answer, tuple(body.paraphrases), tuple(body.tags), body.language)
        return assistant.library.faq.add(row, found.id, caller.owner, closes=body.closes)

    return entry_shape(await work(run))


@router.post("/import", openapi_extra=multipart("file"))
async def bring_in(name: str, caller: User, assistant: Running, work: Worker, fields: Annotated[FormData, Depends(form)]) -> dict[str, Any]:
    """Put a CSV, JSONL or Markdown file of questions and answers in; again: changed answers are updated, the rest stays."""
    upload = one(fields)
    data = await read(upload, assistant.settings.limits.file_bytes)

    def run() -> dict[str, Any]:
        found = collection_of(name, assistant, caller.owner)
        rows, problems = faq_files.read(data, upload.filename or "")
        done = assistant.library.faq.merge(rows, found.id, caller.owner, (upload.filename or "")[:200])
        return import_shape(done, problems)

    return await work(run)


@router.get("/export")
async def take_out(name: str, caller: User, assistant: Running, work: Worker, format: Literal["jsonl", "csv"] = "jsonl") -> Response:
    """The curated answers as a file that can be put in again."""

    def run() -> str:
        entries = assistant.library.faq.all(collection_of(name, assistant, caller.owner).id, caller.owner)
        return faq_files.to_csv(entries) if format == "csv" else faq_files.to_jsonl(entries)

    headers = {"Content-Disposition": f'attachment; filename="faq.{format}"'}
    return Response(await work.light(run), media_type=f"{_TYPES[format]}; charset=utf-8", headers=headers)


@router.get("/{entry_id}")
async def retrieve(name: str, entry_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One curated answer."""
    return entry_shape(await work.light(_entry, name, entry_id, assistant, caller.owner))


@router.patch("/{entry_id}")
async def change(
    name: str, entry_id: str, caller: User, assistant: Running, work: Worker, body: Annotated[EntryChange, Depends(json_body(EntryChange))]
) -> dict[str, Any]:
    """Change a curated answer; its ids stay."""

    def run() -> Entry:
        known = _entry(name, entry_id, assistant, caller.owner)
        given = {key: value for key, value in body.model_dump().items() if value is not None}
        new = {field: given.get(field, getattr(known, field)) for field in ("question", "answer", "paraphrases", "tags", "language")}
        row = Row(new["question"], new["answer"], tuple(new["paraphrases"]), tuple(new["tags"]), new["language"])
        return assistant.library.faq.change(known.id, row, caller.owner)

    return entry_shape(await work(run))


@router.delete("/{entry_id}")
async def delete(name: str, entry_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Delete a curated answer with its item and its cases."""

    def run() -> str:
        known = _entry(name, entry_id, assistant, caller.owner)
        assistant.library.faq.remove(known.id, caller.owner)
        return known.id

    return {"id": await work.light(run), "object": "faq.entry.deleted", "deleted": True}


def _entry(name: str, entry_id: str, assistant: Assistant, owner: str) -> Entry:
    found = collection_of(name, assistant, owner)
    entry: Entry = assistant.library.faq.get(entry_id, owner)
    if entry.collection != found.id:
        raise refuse(NotFound, "faq_entry", param="entry_id", entry=entry_id[:80], collection=found.name)
    return entry
