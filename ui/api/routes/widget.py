"""`/widget.js` and `/v1/widget/{key}`: what a page of another site may do with a publishable key: ask, see the evidence of its own
answers, rate them, hear them, and write to a person."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from assistant.review_words import citations, decided, told
from assistant.turns import Call, Past, Turn
from assistant.visits import Visit
from retrieval.catalogue import language_of as language_of_words
from retrieval.content import Content
from retrieval.faults import InvalidInput, NotAllowed, NotFound
from retrieval.items import Citation
from ui.api import errors
from ui.api.auth import Caller, open_to_all
from ui.api.body import json_body
from ui.api.routes.chat import begun, closing
from ui.api.routes.items import place
from ui.api.services import Running, Shared
from ui.api.sites import CrossOrigin, Visitor, preflight, visitor
from ui.api.sound import encode
from ui.api.streams import EventStream
from ui.api.visiting import TOOLS, Question, Strict, allowed, collection, contents, keep, searched_first
from ui.api.widget_wire import Answer, source
from ui.api.words import refuse
from ui.api.work import Worker
from ui.widget.bubble import script

_MARK = re.compile(r"\s*\[\d{1,3}\]")

router = APIRouter(prefix="/v1/widget/{key}", tags=["widget"], dependencies=[Depends(visitor)], route_class=CrossOrigin)
open_router = APIRouter(tags=["widget"], dependencies=[Depends(open_to_all)])
Visiting = Annotated[Visitor, Depends(visitor)]
AnswerId = Annotated[str, Path(max_length=80)]


class Opinion(Strict):
    """A thumb."""

    rating: Literal["up", "down", "none"]
    comment: str = Field(default="", max_length=1000)


class Letter(Strict):
    """A message to a person."""

    message: str = Field(min_length=1, max_length=4000)
    reply_to: str = Field(default="", max_length=200)
    answer_id: str = Field(default="", max_length=80)


@open_router.get("/widget.js")
async def widget_script(request: Request) -> Response:
    """The bubble, for a script tag on any page."""
    data, tag = script()
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="text/javascript; charset=utf-8")


@router.options("", include_in_schema=False)
@router.options("/{rest:path}", include_in_schema=False)
async def ask_first() -> Response:
    """What a browser asks before it sends JSON from another site."""
    return preflight()


@router.get("")
async def about(visiting: Visiting, assistant: Running, work: Worker, language: Literal["en", "zh"] = "en") -> Response:
    """How the bubble greets and what it offers."""
    key = visiting.key

    def suggested() -> list[str]:
        entries = [entry for collection in key.collections for entry in assistant.library.faq.all(collection, key.owner)]
        fitting = [entry.question for entry in entries if entry.language == language]
        return list(dict.fromkeys(fitting))[:3]

    questions = list(key.questions) or await work.light(suggested)
    reach = "form" if key.webhook else "mail" if key.contact.startswith("mailto:") else "link" if key.contact else ""
    return errors.Body({
        "object": "widget", "title": key.title, "greeting": key.greeting, "questions": questions, "photo": key.photo, "voice": key.voice,
        "contact": {"kind": reach, "address": "" if key.webhook else key.contact},
    })  # fmt: skip


@router.post("/answers")
async def answer(
    request: Request, visiting: Visiting, shared: Shared, assistant: Running, asked: Annotated[Question, Depends(json_body(Question))]
) -> Response:
    """Ask. Streams `heard`, `working`, `delta`, and at the end `done` with the sources, or `error`."""
    allowed(visiting, asked)
    await anyio.to_thread.run_sync(shared.sites.spend, visiting)
    key, began = visiting.key, time.time()
    asked_of = await anyio.to_thread.run_sync(collection, assistant, visiting, asked.collection)
    visit = Visit(
        key=key.id, owner=key.owner, question=asked.question.strip(), collection=asked_of,
        language=asked.language or language_of_words(asked.question),
    )  # fmt: skip
    sent: list[Content] = []
    direct: list[Call] = []

    def prepared() -> Turn:
        sent.extend(contents(assistant, asked))
        direct.extend(searched_first(assistant, asked, bool(sent)))
        words = [Content.from_text(visit.question)] if visit.question else []
        if not words and not sent:
            raise refuse(InvalidInput, "no_user_message", param="question")
        return Turn(
            contents=(*words, *sent), owner=key.owner, collections=(asked_of,), only=TOOLS, call=direct[0] if direct else None,
            language=visit.language if sent or not visit.question else "",
            history=tuple(Past(role=said.role, text=said.text) for said in asked.history if said.text.strip()),
        )  # fmt: skip

    def kept(made: Visit) -> None:
        keep(shared, assistant, made, sent, began, unasked=bool(direct))

    stack, events = await begun(request, shared, assistant, prepared)
    return EventStream(closing(stack, Answer(visit, kept, errors.language_of(request)).stream(events)))


@router.get("/answers/{answer_id}/reviews/{review_id}")
async def reviewed(
    answer_id: AnswerId, review_id: AnswerId, visiting: Visiting, shared: Shared, assistant: Running, work: Worker
) -> Response:
    """Whether a person has decided about an answer that waited, and then the answer with its sources."""
    visits, key = shared.sites.visits, visiting.key

    def run() -> dict[str, Any]:
        visits.get(answer_id, key.id)
        review = assistant.reviewing.reviews.get(review_id, key.owner)
        if not review.visitor:
            raise refuse(NotFound, "no_review", param="review_id")
        if review.state == "waiting":
            return {"object": "review", "id": review.id, "state": "waiting"}
        found = [{k: v for k, v in one.items() if k != "type"} for one in citations(review)]
        text = decided(review)
        visits.answered(answer_id, key.id, text, found)
        return {
            "object": "review", "id": review.id, "state": review.state, "text": text, "notice": told(review)["notice"],
            "sources": [source(Citation.model_validate(one), review.language) for one in found],
        }  # fmt: skip

    return errors.Body(await work.light(run))


@router.get("/answers/{answer_id}/evidence/{number}")
async def evidence(
    answer_id: AnswerId, number: int, visiting: Visiting, shared: Shared, assistant: Running, work: Worker,
    form: Literal["picture", "text"] = "picture",
) -> Response:  # fmt: skip
    """A source of an answer that this key gave: a PNG with the place drawn, otherwise `{title, text, context}`."""
    visit = await work.light(shared.sites.visits.get, answer_id, visiting.key.id)
    found = next((Citation.model_validate(source) for source in visit.sources if source["index"] == number), None)
    if found is None:
        raise refuse(NotFound, "no_source", param="number")
    at = found.locator
    shown = await place(
        found.item_id, Caller(visit.owner, "user"), assistant, work, page=at.page, bbox=_numbers(at.bbox),
        region=[_numbers(at.image_region)] if at.image_region else None, time=_numbers(at.time_span), char_span=_numbers(at.char_span),
        row=at.row, form=None if form == "picture" else "text",
    )  # fmt: skip
    shown.headers["Cache-Control"] = "private, no-store"
    return shown


@router.get("/answers/{answer_id}/speech")
async def speech(answer_id: AnswerId, visiting: Visiting, shared: Shared, assistant: Running, work: Worker) -> Response:
    """The answer, spoken (mp3)."""
    if not visiting.key.voice:
        raise refuse(NotAllowed, "no_voice_here")
    visit = await work.light(shared.sites.visits.get, answer_id, visiting.key.id)

    def run() -> bytes:
        words = _MARK.sub("", visit.answer)[:3000]
        return encode(assistant.speak(words, visit.language), "mp3")[0]

    await work.light(shared.sites.spend_minute, visiting)
    return Response(await work(run), media_type="audio/mpeg")


@router.post("/answers/{answer_id}/rating")
async def rate(
    answer_id: AnswerId, visiting: Visiting, shared: Shared, assistant: Running, work: Worker,
    opinion: Annotated[Opinion, Depends(json_body(Opinion))],
) -> Response:  # fmt: skip
    """Rate an answer; the first `down` puts its question on the owner's list of open ones."""
    visits, key = shared.sites.visits, visiting.key

    def run() -> None:
        before = visits.get(answer_id, key.id)
        visits.rate(answer_id, key.id, "" if opinion.rating == "none" else opinion.rating)
        if opinion.rating == "down" and not before.rating and before.question:
            assistant.gaps.rate_question(before.question, before.collection, key.owner, "down", opinion.comment)

    await work.light(run)
    return errors.Body({"object": "rating", "answer_id": answer_id, "rating": opinion.rating})


@router.post("/messages")
async def write(
    visiting: Visiting, shared: Shared, assistant: Running, work: Worker, letter: Annotated[Letter, Depends(json_body(Letter))]
) -> Response:
    """Send a message to a person, by the webhook that the owner named."""
    from retrieval.posting import post

    key, settings = visiting.key, assistant.settings
    if not key.webhook:
        raise refuse(NotFound, "no_webhook")
    await work.light(shared.sites.spend, visiting)

    def run() -> None:
        asked = shared.sites.visits.get(letter.answer_id, key.id) if letter.answer_id else None
        body = {
            "site": key.name, "origin": visiting.origin, "message": letter.message, "reply_to": letter.reply_to,
            "question": asked.question if asked else "", "answer": asked.answer if asked else "", "sent_at": int(time.time()),
        }  # fmt: skip
        post(key.webhook, body, seconds=settings.limits.fetch_seconds, hosts=settings.fetch_hosts, offline=settings.offline)

    await work.light(run)
    return errors.Body({"object": "message", "sent": True})


def _numbers(values: Any) -> str:
    return ",".join(str(value) for value in values) if values else ""


router.routes.extend(open_router.routes)
