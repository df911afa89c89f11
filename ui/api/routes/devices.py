"""`/v1/devices`: the devices of the home, their states, and what is done with them as it happens; and the page that shows it.

Nothing here acts: commands are words, and go to `/api/conversation/process` or into a turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from retrieval.faults import NotFound
from tools.device_words import device_name, row, state_words
from tools.devices.base import Device
from tools.home import Done, Home
from ui.api.auth import Caller, User, open_to_all, user
from ui.api.paging import listed
from ui.api.services import Running
from ui.api.streams import EventStream, sse
from ui.api.words import refuse
from ui.api.work import Worker
from ui.home import page

router = APIRouter(tags=["devices"])
WAITING = 500
"""Entries that a slow reader may be behind; older ones are dropped for it."""


def shape(device: Device, language: str = "en") -> dict[str, Any]:
    """A device in the shape of the API."""
    names = {"label": device_name(device, language), "said": state_words(device, language)}
    more = {"names": device.names, "area_names": device.area_names, "actions": device.actions, "asks": device.asks}
    return {"object": "device"} | row(device) | names | more


def _entry(done: Done, caller: Caller) -> dict[str, Any]:
    """An entry of the book; who did it is told to that person and to an admin."""
    known = done.by == caller.owner or caller.role == "admin"
    return {"object": "device.event"} | done.model_dump() | {"by": done.by if known else ""}


def _home(assistant: Running) -> Home:
    home = assistant.kit.devices
    assert isinstance(home, Home)
    return home


@router.get("/v1/devices", dependencies=[Depends(user)])
async def listing(assistant: Running, work: Worker, language: str = "en") -> dict[str, Any]:
    """All exposed devices with their state now; an empty state means that the device does not answer."""
    found = await work.light(_home(assistant).devices)
    return listed([shape(device, language) for device in found]) | {"backend": assistant.settings.devices}


@router.get("/v1/devices/log", dependencies=[Depends(user)])
async def log(caller: User, assistant: Running) -> dict[str, Any]:
    """What was done since the start, newest first: by whom, and whether the device confirmed it."""
    return listed([_entry(done, caller) for done in _home(assistant).book()])


@router.get("/v1/devices/events", dependencies=[Depends(user)])
async def events(caller: User, assistant: Running) -> Response:
    """The same as it happens, as server-sent events named `done`."""
    return EventStream(_followed(_home(assistant), caller))


async def _followed(home: Home, caller: Caller) -> AsyncGenerator[bytes, None]:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Done] = asyncio.Queue(WAITING)

    def put(done: Done) -> None:
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(done)

    def tell(done: Done) -> None:
        loop.call_soon_threadsafe(put, done)

    leave = home.follow(tell)
    try:
        yield b": following\n\n"
        while True:
            yield sse(_entry(await queue.get(), caller), "done")
    finally:
        leave()


@router.get("/v1/devices/{device_id}", dependencies=[Depends(user)])
async def one(device_id: str, assistant: Running, work: Worker, language: str = "en") -> dict[str, Any]:
    """One device with its state now."""
    for device in await work.light(_home(assistant).devices):
        if device.id == device_id:
            return shape(device, language)
    raise refuse(NotFound, "device", param="device_id", name=device_id[:80])


@router.get("/devices", include_in_schema=False, dependencies=[Depends(open_to_all)])
async def shown(request: Request, lang: str = "") -> HTMLResponse:
    """The page of the home. It holds no data: it asks for them with the reader's key, where one is needed."""
    wanted = lang or request.headers.get("accept-language", "")
    return HTMLResponse(page.document("zh" if wanted.lower().startswith("zh") else "en"), headers={"Content-Security-Policy": page.POLICY})


@router.get("/devices/home.js", include_in_schema=False, dependencies=[Depends(open_to_all)])
async def script() -> Response:
    """The script of the page."""
    return Response(page.read("home.js"), media_type="text/javascript")


@router.get("/devices/home.css", include_in_schema=False, dependencies=[Depends(open_to_all)])
async def style() -> Response:
    """The rules of the page."""
    return Response(page.read("home.css"), media_type="text/css")
