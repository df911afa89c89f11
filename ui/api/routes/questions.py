"""`/v1/vector_stores/{name}/questions`: what could not be answered, put together; and the cases that answered ones became.

`POST /v1/feedback` is where a thumb goes.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from retrieval.faq_records import MAX_QUESTION, Case, Cluster
from retrieval.faults import InvalidInput
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.errors import Body
from ui.api.paging import listed
from ui.api.routes.vector_stores import Strict, collection_of
from ui.api.services import Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1", tags=["faq"], dependencies=[Depends(user)])


class FeedbackRequest(Strict):
    """What a person thinks of an answer: a message of a stored conversation, or the question of a turn that was not stored."""

    rating: Literal["up", "down", "none"]
    comment: str = Field(default="", max_length=2000)
    message_id: str = Field(default="", max_length=80)
    conversation_id: str = Field(default="", max_length=80)
    """Alone: the newest answer of this conversation."""
    question: str = Field(default="", max_length=MAX_QUESTION)
    collection: str = Field(default="", max_length=200)
    """With `question`: the collection that was asked, by name or id; default `default`."""


def cluster_shape(cluster: Cluster) -> dict[str, Any]:
    """A cluster of open questions."""
    shown = cluster.model_dump(mode="json", exclude={"questions"})
    return {**shown, "object": "faq.open_question", "question_ids": list(cluster.questions), "latest_at": int(cluster.latest_at)}


@router.get("/vector_stores/{name}/questions")
async def listing(
    name: str, caller: User, assistant: Running, work: Worker, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """Open questions, those that ask the same together, the most asked first."""

    def run() -> list[Cluster]:
        return assistant.library.faq.questions.clusters(collection_of(name, assistant, caller.owner).id, caller.owner)

    found = await work(run)
    return listed([cluster_shape(cluster) for cluster in found[:limit]]) | {"has_more": len(found) > limit, "total": len(found)}


@router.delete("/vector_stores/{name}/questions/{question_id}")
async def dismiss(name: str, question_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """Take an open question, or with the id of a cluster all of its questions, off the list."""

    def run() -> int:
        found, questions = collection_of(name, assistant, caller.owner), assistant.library.faq.questions
        clusters: list[Cluster] = questions.clusters(found.id, caller.owner)
        together = next((cluster.questions for cluster in clusters if cluster.id == question_id), (question_id,))
        return int(questions.dismiss(together, found.id, caller.owner))

    return {"id": question_id, "object": "faq.open_question.deleted", "deleted": True, "count": await work(run)}


@router.get("/vector_stores/{name}/questions/cases")
async def cases(name: str, caller: User, assistant: Running, work: Worker, format: Literal["json", "jsonl"] = "json") -> Response:
    """The questions that were open once and are answered now; with `format=jsonl` as a file for `assistant eval grounding`."""

    def run() -> list[Case]:
        found: list[Case] = assistant.library.faq.questions.cases(collection_of(name, assistant, caller.owner).id, caller.owner)
        return found

    rows = [case.golden() for case in await work.light(run)]
    if format == "json":
        return Body(listed(rows))
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    headers = {"Content-Disposition": 'attachment; filename="cases.jsonl"'}
    return Response(lines, media_type="application/x-ndjson; charset=utf-8", headers=headers)


@router.post("/feedback")
async def feedback(
    caller: User, assistant: Running, work: Worker, body: Annotated[FeedbackRequest, Depends(json_body(FeedbackRequest))]
) -> dict[str, Any]:
    """Rate an answer; `down` puts its question on the list of open ones, `up` and `none` take it off again."""
    if not (body.message_id or body.conversation_id or body.question.strip()):
        raise refuse(InvalidInput, "feedback_of_what", param="message_id")

    def run() -> dict[str, Any]:
        gaps, message_id = assistant.gaps, body.message_id
        if not message_id and body.conversation_id:
            rows = assistant.conversations.messages(body.conversation_id, caller.owner)
            message_id = next((row.id for row in reversed(rows) if row.role == "assistant"), "")
            if not message_id:
                raise refuse(InvalidInput, "feedback_of_what", param="conversation_id")
        if message_id:
            opened = gaps.rate(message_id, caller.owner, body.rating, body.comment, body.conversation_id)
        else:
            opened = gaps.rate_question(body.question, body.collection, caller.owner, body.rating, body.comment)
        question = {"question_id": opened.id, "vector_store_id": opened.collection} if opened else {}
        return {"object": "feedback", "message_id": message_id or None, "rating": body.rating, "comment": body.comment, **question}

    return await work.light(run)
