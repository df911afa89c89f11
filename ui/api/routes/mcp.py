"""`POST /mcp`: the tools for other assistants, as an MCP server over streamable HTTP. Each request stands alone; no session is kept."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ui.api.auth import User, user
from ui.api.services import Running, Shared

router = APIRouter(tags=["mcp"], dependencies=[Depends(user)])


class Handled(Response):
    """Lets an ASGI application answer where FastAPI expects a response."""

    def __init__(self, caller: User, assistant: Running, shared: Shared) -> None:
        super().__init__()
        self._caller, self._assistant, self._shared = caller, assistant, shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Leaving the block stops what the client did not wait for."""
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from ui.api.mcp import server

        app = server(self._assistant, self._caller.owner, self._shared.calls)
        limit = self._shared.settings.limits.body_bytes
        manager = StreamableHTTPSessionManager(app, stateless=True, max_request_body_size=limit)
        async with manager.run():
            await manager.handle_request(scope, receive, send)


@router.post("/mcp")
async def serve(caller: User, assistant: Running, shared: Shared) -> Response:
    """The Model Context Protocol: JSON-RPC in, JSON-RPC or server-sent events out."""
    return Handled(caller, assistant, shared)
