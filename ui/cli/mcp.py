"""`assistant mcp`: the tools for a desktop assistant, over standard input and output. Passes everything on to the HTTP API's `/mcp`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ui.cli.options import DataDir

if TYPE_CHECKING:
    from mcp.client import Client
    from mcp.server.lowlevel import Server


def mcp(data_dir: DataDir = None) -> None:
    """Serve the tools to a desktop assistant over standard input and output (Model Context Protocol).

    The desktop assistant starts this command itself. It uses the server that holds the data directory, or runs one for as long as it
    lasts. Servers of other machines are reached at their address /mcp.

    Example: assistant mcp --data-dir ~/assistant-data
    """
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        asyncio.run(_serve(f"{client.address}/mcp", client.headers))


async def _serve(address: str, headers: dict[str, str]) -> None:
    """Serve until standard input ends."""
    import httpx2
    from mcp.client import Client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.server.stdio import stdio_server

    # No proxy of the environment may see this, and a tool may take as long as it needs: the far side has its own limit.
    async with (
        httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(None, connect=5.0), trust_env=False) as http,
        Client(streamable_http_client(address, http_client=http), cache=None) as api,
        stdio_server() as (read, write),
    ):
        served = _bridge(api)
        await served.run(read, write, served.create_initialization_options())


def _bridge(api: Client) -> Server[Any]:
    """A server that answers with what the API answers."""
    from mcp.server.lowlevel import Server

    async def list_tools(context: Any, params: Any) -> Any:
        return await api.list_tools()

    async def call_tool(context: Any, params: Any) -> Any:
        return await api.call_tool(params.name, params.arguments, progress_callback=context.session.report_progress)

    async def list_resources(context: Any, params: Any) -> Any:
        return await api.list_resources()

    async def list_templates(context: Any, params: Any) -> Any:
        return await api.list_resource_templates()

    async def read_resource(context: Any, params: Any) -> Any:
        return await api.read_resource(params.uri)

    known = api.server_info
    return Server(
        known.name if known else "synesthesia", version=known.version if known else "", title=known.title if known else None,
        instructions=api.instructions, on_list_tools=list_tools, on_call_tool=call_tool, on_list_resources=list_resources,
        on_list_resource_templates=list_templates, on_read_resource=read_resource,
    )  # fmt: skip
