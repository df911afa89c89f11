"""`POST /v1/responses`: the same turn in the shape of OpenAI's responses API."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response

from assistant.turns import Turn
from retrieval.faults import InvalidInput, NotFound
from ui.api.auth import User, user
from ui.api.body import json_body
from ui.api.errors import Body
from ui.api.responses_wire import Answer
from ui.api.routes.chat import begun, closing, new_completion, whole
from ui.api.routes.files import name_of as file_name
from ui.api.services import Running, Shared
from ui.api.shapes import InputItem, ResponsesRequest
from ui.api.streams import EventStream
from ui.api.turns import MODEL, Wishes, check_model, turn, wishes
from ui.api.words import refuse

router = APIRouter(prefix="/v1", tags=["responses"], dependencies=[Depends(user)])


@router.post("/responses")
async def respond(
    request: Request, caller: User, shared: Shared, assistant: Running,
    body: Annotated[ResponsesRequest, Depends(json_body(ResponsesRequest))],
) -> Response:  # fmt: skip
    """One turn; `conversation` names a stored one. Streams the official events when asked."""
    check_model(body.model, (MODEL,))
    body.check()
    wish = _with_conversation(wishes(request, body.metadata), body)
    items = [InputItem(content=body.input)] if isinstance(body.input, str) else [i for i in body.input if i.type == "message" or i.images]

    def prepared() -> Turn:
        return turn(items, wish, assistant, caller.owner, system=body.instructions or "", watched=bool(body.stream))

    completion = new_completion(body.model, assistant, caller, "wav")
    conversation = {"id": wish.conversation} if wish.conversation else None
    echoed: dict[str, Any] = {"metadata": body.metadata or {}, "instructions": body.instructions, "conversation": conversation}
    answer = Answer(completion, echoed, lambda file_id: file_name(file_id, assistant, caller.owner))
    if body.stream:
        stack, events = await begun(request, shared, assistant, prepared)
        return EventStream(closing(stack, answer.stream(events)))
    await whole(request, shared, assistant, prepared, completion)
    return Body(await anyio.to_thread.run_sync(answer.body))


@router.get("/responses/{response_id}")
async def retrieve(response_id: str) -> None:
    """Responses are not kept; conversations are."""
    raise refuse(NotFound, "response_kept")


def _with_conversation(wish: Wishes, body: ResponsesRequest) -> Wishes:
    named = body.conversation.get("id") if isinstance(body.conversation, dict) else body.conversation
    if named is None:
        return wish
    if not isinstance(named, str):
        raise InvalidInput(
            "A conversation is named by its id.", hint="Send conv_... as POST /v1/conversations returned it.", param="conversation"
        )
    return replace(wish, conversation=named[:200])
