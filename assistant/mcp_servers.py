"""Programs of others that offer tools over MCP (Model Context Protocol). Knows how to reach one and call it, no agent and no person.

A server is started or connected at first need, by a task of its own, because its connection must end in the task that began it.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import os
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.settings import McpServer
from retrieval.catalogue import say
from retrieval.faults import Fault, InvalidInput, NotAllowed, TimedOut, Unavailable

if TYPE_CHECKING:
    import httpx2
    from mcp.client import Client
    from mcp_types import CallToolResult, Tool

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds for which a list of tools is believed, and for which a server that failed is not tried again."""
CLOSING = 10.0
"""Seconds that a program gets to end."""
DESCRIPTION_CHARS, SCHEMA_CHARS, WHY_CHARS = 1000, 20_000, 300
PAGES = 20
_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


def call_name(label: str) -> str:
    """`server.tool` as a chat model calls it."""
    server, _, tool = label.partition(".")
    return f"{server}__{_UNUSUAL.sub('_', tool)}"[:64]


@dataclass(frozen=True)
class ForeignTool:
    """A tool of a server, checked."""

    server: str
    name: str
    """As the server calls it."""
    description: str
    schema: dict[str, Any]
    """JSON Schema of its arguments, an object."""
    approve: bool
    """Needs the person's yes before each call."""

    @property
    def call_name(self) -> str:
        """As a chat model calls it: letters, digits, _ and - only."""
        return call_name(self.label)

    @property
    def label(self) -> str:
        """As a person reads it."""
        return f"{self.server}.{self.name}"

    def check(self, arguments: dict[str, Any], language: str) -> None:
        """Raises InvalidInput when `arguments` do not fit the schema."""
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
        from referencing import Registry

        # An empty registry: a reference in a foreign schema must not be fetched from anywhere.
        error = next(iter(Draft202012Validator(self.schema, registry=Registry()).iter_errors(arguments)), None)
        if error is not None:
            where = "".join(f"{part}: " for part in error.path)
            fault = {"tool": self.label, "why": f"{where}{error.message}"[:WHY_CHARS]}
            raise InvalidInput(
                say("assistant", language, "mcp.arguments", **fault), hint=say("assistant", language, "mcp.arguments_hint"),
                code="invalid_arguments",
            )  # fmt: skip


class McpConnection:
    """One server of the settings. Every method is for one event loop."""

    def __init__(self, name: str, settings: McpServer, *, offline: bool = False) -> None:
        """Connects to nothing yet. `offline` forbids addresses beyond this machine."""
        self.name, self.settings, self._offline = name, settings, offline
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._leave = asyncio.Event()
        self._ready: asyncio.Future[Client]
        self._client: Client | None = None
        self._tools: tuple[ForeignTool, ...] = ()
        self._believed_until = 0.0
        self._failed: tuple[float, str] | None = None

    async def tools(self, language: str = "en") -> tuple[ForeignTool, ...]:
        """Its tools that the settings allow. Raises Unavailable when it cannot be used, NotAllowed when OFFLINE forbids it."""
        if self._offline and self.settings.url and not _on_this_machine(self.settings.url):
            raise NotAllowed(
                say("assistant", language, "mcp.offline", server=self.name), hint=say("assistant", language, "mcp.offline_hint"),
                code="offline",
            )  # fmt: skip
        async with self._lock:
            if time.monotonic() >= self._believed_until:
                await self._look(language)
            return self._tools

    async def _look(self, language: str) -> None:
        """Ask for the list again, which shows as well whether the server still lives; one that died is started anew, once."""
        if self._failed is not None and time.monotonic() < self._failed[0]:
            raise self._down(self._failed[1], language)
        for last in (False, True):
            try:
                client = self._client or await self._open()
                self._tools = self._allowed(await _listed(client))
                self._believed_until, self._failed = time.monotonic() + PATIENCE, None
                return
            except Exception as error:
                await self.close()
                why = _why(error)
                if last or isinstance(error, (OSError, TimeoutError)):
                    log.warning("MCP server %s: %s", self.name, why)
                    self._failed = (time.monotonic() + PATIENCE, why)
                    raise self._down(why, language) from error

    async def call(self, tool: ForeignTool, arguments: dict[str, Any], language: str = "en") -> CallToolResult:
        """Run a tool once. Raises InvalidInput before it runs, TimedOut, or a Fault with what the server said."""
        tool.check(arguments, language)
        words: dict[str, Any] = {"tool": tool.label, "server": self.name, "seconds": self.settings.timeout}
        try:
            if self._client is None:
                raise ConnectionError("it is not connected")
            async with asyncio.timeout(self.settings.timeout):
                result = await self._client.call_tool(tool.name, arguments)
        except TimeoutError as error:
            hint = say("assistant", language, "mcp.slow_hint", **words)
            raise TimedOut(say("assistant", language, "mcp.slow", **words), hint=hint) from error
        except Exception as error:
            self._believed_until = 0.0  # look again before the next call
            why = _why(error)
        else:
            if not result.is_error:
                return result
            why = " ".join(getattr(block, "text", "") for block in result.content)[:WHY_CHARS] or "?"
        raise Fault(
            say("assistant", language, "mcp.failed", tool=tool.label, why=why), hint=say("assistant", language, "mcp.failed_hint"),
            code="mcp_failed",
        )  # fmt: skip

    async def close(self) -> None:
        """End the connection, and the program with it."""
        keeper, self._keeper, self._client, self._believed_until = self._keeper, None, None, 0.0
        if keeper is None:
            return
        self._leave.set()
        if not self._ready.done():
            keeper.cancel()
        await asyncio.wait({keeper}, timeout=CLOSING)
        keeper.cancel()

    async def _open(self) -> Client:
        if self._keeper is None:
            self._leave, self._ready = asyncio.Event(), asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._ready, self._leave), name=f"mcp {self.name}")
        self._client = await asyncio.shield(self._ready)  # who waits may be cancelled; the next one finds it open
        return self._client

    async def _keep(self, ready: asyncio.Future[Client], leave: asyncio.Event) -> None:
        """Hold the connection from its beginning to its end."""
        try:
            async with AsyncExitStack() as held:
                async with asyncio.timeout(self.settings.timeout):
                    client = await self._connected(held)
                ready.set_result(client)
                await leave.wait()
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                ready.cancel()
                raise
            if ready.done():
                log.warning("MCP server %s ended: %s", self.name, _why(error))
            else:
                ready.set_exception(error if isinstance(error, Exception) else ConnectionError(_why(error)))

    async def _connected(self, held: AsyncExitStack) -> Client:
        from mcp.client import Client
        from mcp.client.stdio import StdioServerParameters, stdio_client
        from mcp.client.streamable_http import streamable_http_client

        if self.settings.command:
            program, *arguments = self.settings.command
            environment = self.settings.env | ({"OFFLINE": "1"} if self._offline else {})
            quiet = held.enter_context(Path(os.devnull).open("w"))  # noqa: SIM115 - what it says to a terminal is not for ours
            transport: Any = stdio_client(StdioServerParameters(command=program, args=arguments, env=environment), errlog=quiet)
        else:
            http = await held.enter_async_context(_http(self.settings))
            transport = streamable_http_client(self.settings.url, http_client=http)
        return await held.enter_async_context(Client(transport, cache=None, read_timeout_seconds=self.settings.timeout))

    def _allowed(self, listed: list[Tool]) -> tuple[ForeignTool, ...]:
        """The tools that the settings allow and whose schemas can be trusted to be schemas."""
        found = []
        for tool in listed:
            if tool.name not in self.settings.allow:
                continue
            if (why := _wrong(tool.input_schema)) is not None:
                log.warning("MCP server %s: the schema of %s is not used: %s", self.name, tool.name, why)
                continue
            description = " ".join((tool.description or tool.title or tool.name).split())[:DESCRIPTION_CHARS]
            found.append(ForeignTool(self.name, tool.name, description, tool.input_schema, tool.name in self.settings.approve))
        return tuple(found)

    def _down(self, why: str, language: str) -> Unavailable:
        how = say("assistant", language, "mcp.how_command" if self.settings.command else "mcp.how_url")
        return Unavailable(
            say("assistant", language, "mcp.down", server=self.name, why=why),
            hint=say("assistant", language, "mcp.down_hint", server=self.name, how=how), code="mcp_down",
        )  # fmt: skip


def _on_this_machine(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _http(settings: McpServer) -> httpx2.AsyncClient:
    """The client for a server at an address. What stays on this machine goes through no proxy of the environment."""
    import httpx2

    headers = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
    return httpx2.AsyncClient(headers=headers, timeout=settings.timeout, trust_env=not _on_this_machine(settings.url))


async def _listed(client: Client) -> list[Tool]:
    found: list[Tool] = []
    cursor: str | None = None
    for _ in range(PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if not cursor:
            break
    return found


def _wrong(schema: dict[str, Any]) -> str | None:
    """Why a schema cannot be used; None when it can."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]

    if schema.get("type") != "object":
        return "it is not that of an object"
    if len(json.dumps(schema)) > SCHEMA_CHARS:
        return f"it has over {SCHEMA_CHARS} characters"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return str(error.message)[:WHY_CHARS]
    return None


def _why(error: BaseException) -> str:
    """The innermost message of what went wrong, on one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (" ".join(str(error).split()) or type(error).__name__)[:WHY_CHARS].rstrip(".")
