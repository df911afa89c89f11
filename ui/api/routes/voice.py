"""`/voice`: the page of live voice, and the files it loads. It holds no data: it asks the API for them with the reader's key."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from retrieval.faults import NotFound, NotInstalled
from ui.api.auth import open_to_all
from ui.api.services import Shared
from ui.api.words import refuse
from ui.live import page

router = APIRouter(prefix="/voice", include_in_schema=False, dependencies=[Depends(open_to_all)])


@router.get("")
async def shown(request: Request, services: Shared, lang: str = "") -> HTMLResponse:
    """The page, in the language of `lang` or of the browser."""
    wanted = lang or request.headers.get("accept-language", "")
    return HTMLResponse(page.document("zh" if wanted.lower().startswith("zh") else "en", _voices(services)), headers=page.HEADERS)


@router.get("/{name}")
async def part(name: str) -> Response:
    """A script or the rules of the page."""
    if name not in page.FILES:
        raise refuse(NotFound, "no_route")
    return Response(page.read(name), media_type=page.FILES[name])


def _voices(services: Shared) -> tuple[str, ...]:
    """Names to choose from; none while the assistant starts, or when its voices are not installed."""
    try:
        return services.assistant.voice.synthesizer.voices if services.assistant else ()
    except NotInstalled:
        return ()
