"""`POST /v1/chat/completions`: a turn of the assistant in OpenAI's shape."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from assistant.events import Event
from assistant.turns import Turn
from ui.api.auth import Caller, User, user
from ui.api.body import json_body
from ui.api.chat_wire import Completion, as_fault
from ui.api.errors import Body
from ui.api.services import Assistant, Running, Services, Shared
from ui.api.shapes import ChatRequest
from ui.api.sound import encode
from ui.api.streams import EventStream, until_gone
from ui.api.turns import MODEL, check_model, turn, wishes
from ui.api.work import owner_of, to_its_end

router = APIRouter(prefix="/v1", tags=["chat"], dependencies=[Depends(user)])


@router.post("/chat/completions")
async def complete(
    request: Request, caller: User, shared: Shared, assistant: Running, body: Annotated[ChatRequest, Depends(json_body(ChatRequest))]
) -> Response:
    """One turn. Streams when asked; stops its work when the client leaves, streaming or not."""
    check_model(body.model, (MODEL,))
    body.check()
    wish = wishes(request, body.metadata)

    def prepared() -> Turn:
        return turn(body.messages, wish, assistant, caller.owner, spoken=body.spoken, watched=bool(body.stream))

    completion = new_completion(body.model, assistant, caller, body.audio.format if body.audio else "wav")
    if not body.stream:
        return await whole(request, shared, assistant, prepared, completion)
    stack, events = await begun(request, shared, assistant, prepared)
    usage = bool(body.stream_options and body.stream_options.include_usage)
    return EventStream(closing(stack, completion.stream(events, usage)))


def new_completion(model: str, assistant: Assistant, caller: Caller, sound: str) -> Completion:
    """A collector that reads the caller's files."""
    return Completion(
        model, lambda file_id: assistant.library.open_file(file_id, caller.owner), lambda content: encode(content, sound)[0]
    )  # fmt: skip


async def whole(request: Request, shared: Services, assistant: Assistant, prepared: Any, completion: Completion) -> Response:
    """Run the turn to its end and answer at once."""

    async def run() -> None:
        async with shared.turns.one(owner_of(request)):
            asked = await to_its_end(prepared)
            async with aclosing(counted(shared, assistant, asked)) as events:
                async for event in events:
                    await completion.add(event)

    await until_gone(request, run())
    return Body(completion.body())


async def begun(request: Request, shared: Services, assistant: Assistant, prepared: Any) -> tuple[AsyncExitStack, AsyncIterator[Event]]:
    """Start the turn and wait for its first event, so that what fails at once is an error status and not a broken stream."""
    stack = AsyncExitStack()
    try:
        await until_gone(request, stack.enter_async_context(shared.turns.one(owner_of(request))))
        asked = await until_gone(request, to_its_end(prepared))
        events = await stack.enter_async_context(aclosing(counted(shared, assistant, asked)))
        first = await until_gone(request, anext(events))
        if first.type == "failed":
            raise as_fault(first)
    except BaseException:
        await stack.aclose()
        raise
    return stack, _again(first, events)


async def counted(shared: Services, assistant: Assistant, asked: Turn) -> AsyncGenerator[Event, None]:
    """The events of a turn, each noted in the metrics; closing it stops the turn."""
    async with aclosing(assistant.run(asked)) as events:  # type: ignore[type-var]
        async for event in events:
            shared.metrics.turn(event)
            yield event


async def closing(stack: AsyncExitStack, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The pieces, and whatever happens, the turn stopped and its slot given back."""
    async with stack, aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _again(first: Event, rest: AsyncIterator[Event]) -> AsyncIterator[Event]:
    yield first
    async for event in rest:
        yield event
