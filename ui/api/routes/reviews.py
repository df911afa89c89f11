"""`/v1/reviews`: answers with high stakes that wait for a person, for those who decide and for those who asked.

Who decides sees the draft: an admin, and for visitors of a page the owner of its key. Who asked sees the state, and in time the answer.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.review_words import citations
from assistant.reviews import LONGEST_ANSWER, LONGEST_REASON, Decision, Review, State
from retrieval.faults import NotAllowed, NotFound
from retrieval.items import Citation
from ui.api.auth import Caller, User, user
from ui.api.body import json_body
from ui.api.paging import listed
from ui.api.routes.items import place
from ui.api.services import Assistant, Running
from ui.api.words import refuse
from ui.api.work import Worker

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], dependencies=[Depends(user)])
DECISIONS: dict[str, Decision] = {"approve": "approved", "edit": "edited", "reject": "rejected"}


class DecisionRequest(BaseModel):
    """What a person decided."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "edit", "reject"]
    answer: str = Field(default="", max_length=LONGEST_ANSWER)
    """The words of an edited answer; marks `[n]` that stay keep their sources."""
    reason: str = Field(default="", max_length=LONGEST_REASON)
    """For the asker; needed to reject."""


def decides(caller: Caller, review: Review) -> bool:
    """Whether the caller may see the draft and decide."""
    return caller.role == "admin" or (review.visitor and review.owner == caller.owner)


def shape(review: Review, *, draft: bool) -> dict[str, Any]:
    """A review; with `draft` for the one who decides."""
    shown: dict[str, Any] = review.model_dump(
        mode="json", include={"id", "kind", "language", "question", "conversation", "state", "answer", "reason"}
    )  # fmt: skip
    times = {"created_at": int(review.created_at), "decided_at": int(review.decided_at) or None}
    whole = {"annotations": citations(review) if review.answer else [], "object": "review", **times}
    if not draft:
        return {**shown, **whole}
    inner = {"draft": review.draft, "citations": list(review.citations), "media": list(review.media), "asked_by": asker(review)}
    return {**shown, **whole, **inner, "reviewer": review.reviewer or None}


def asker(review: Review) -> dict[str, Any]:
    """Who asked: a visitor has no name."""
    return {"owner": review.owner, "visitor": review.visitor}


@router.get("")
async def listing(
    caller: User, assistant: Running, work: Worker, state: State | None = None, everyone: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:  # fmt: skip
    """Those that wait first, the oldest first; then the decided. The caller's own, or for an admin those of `everyone`."""
    if everyone and caller.role != "admin":
        raise refuse(NotAllowed, "not_admin", param="everyone")
    reviews = assistant.reviewing.reviews

    def run() -> list[Review]:
        return list(reviews.list("" if everyone else caller.owner, state=state or "", limit=limit + 1))

    found = await work.light(run)
    rows = [shape(review, draft=decides(caller, review)) for review in found[:limit]]
    return listed(rows) | {"has_more": len(found) > limit}


@router.get("/{review_id}")
async def retrieve(review_id: str, caller: User, assistant: Running, work: Worker) -> dict[str, Any]:
    """One review."""
    review = await work.light(_seen, review_id, caller, assistant)
    return shape(review, draft=decides(caller, review))


@router.post("/{review_id}")
async def decide(
    review_id: str, caller: User, assistant: Running, work: Worker, body: Annotated[DecisionRequest, Depends(json_body(DecisionRequest))]
) -> dict[str, Any]:
    """Approve, edit or reject. The asker's conversation shows it when this answers."""
    review = await work.light(_seen, review_id, caller, assistant)
    if not decides(caller, review):
        raise refuse(NotAllowed, "not_reviewer", param="review_id")
    found = await assistant.reviewing.decide(
        review.id, DECISIONS[body.decision], caller.owner, answer=body.answer, reason=body.reason
    )  # fmt: skip
    return shape(found, draft=True)


@router.get("/{review_id}/evidence/{number}")
async def evidence(
    review_id: str, number: int, caller: User, assistant: Running, work: Worker, form: Literal["picture", "text"] = "picture"
) -> Response:
    """A source of the draft for the one who decides, or of the answer for the one who asked: a PNG with the place drawn, else its words."""
    review = await work.light(_seen, review_id, caller, assistant)
    known = review.citations if decides(caller, review) else citations(review)
    source = next((Citation.model_validate({k: v for k, v in one.items() if k != "type"}) for one in known if one["index"] == number), None)
    if source is None:
        raise refuse(NotFound, "no_source", param="number")
    at = source.locator
    return await place(
        source.item_id, Caller(review.owner, "user"), assistant, work, page=at.page, bbox=_numbers(at.bbox),
        region=[_numbers(at.image_region)] if at.image_region else None, time=_numbers(at.time_span), char_span=_numbers(at.char_span),
        row=at.row, form=None if form == "picture" else "text",
    )  # fmt: skip


def _seen(review_id: str, caller: Caller, assistant: Assistant) -> Review:
    """A review that the caller may know of; others look missing."""
    found: Review = assistant.reviewing.reviews.get(review_id, "" if caller.role == "admin" else caller.owner)
    return found


def _numbers(values: Any) -> str:
    return ",".join(str(value) for value in values) if values else ""
