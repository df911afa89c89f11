"""`assistant up`, `serve` and `ui`: start the API, the chat page or both, and stop them together. Knows processes, not what they do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import DataDir

if TYPE_CHECKING:
    from assistant.settings import Settings
    from ui.api.server import Bound

Host = Annotated[
    str | None, typer.Option("--host", help="Address to listen on; beyond this machine API keys are needed.", show_default="127.0.0.1")
]
Port = Annotated[int | None, typer.Option("--port", "-p", help="Port of the API; 0 takes a free one.", show_default="8000")]
UiPort = Annotated[int | None, typer.Option("--ui-port", help="Port of the chat page; 0 takes a free one.", show_default="8501")]
UiHost = Annotated[
    str,
    typer.Option("--ui-host", help="Address of the chat page; beyond this machine it asks for a login."),
]
WyomingPort = Annotated[
    int | None, typer.Option("--wyoming-port", help="Port for Home Assistant and its satellites; 0 is off.", show_default="0")
]
ModelsAt = Annotated[
    str | None, typer.Option("--models", help="Where the models run: process, ray, or ray:http://HOST:8100.", show_default="process")
]
Processes = Annotated[int, typer.Option("--processes", help="How many processes serve; several need a PostgreSQL database.")]
PAGE_SECONDS = 60.0


def up(
    host: Host = None, port: Port = None, ui_port: UiPort = None, ui_host: UiHost = "127.0.0.1", wyoming_port: WyomingPort = None,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Start the API and the chat page, and stop both with Ctrl-C.

    Examples:

        assistant up

        assistant up --data-dir ~/assistant-data --port 8080 --ui-port 8081
    """
    from ui.api import heap

    heap.starting()
    from assistant.settings import read
    from ui.api.logs import configure
    from ui.api.server import bind
    from ui.cli import output

    settings = read({"host": host, "port": port, "ui_port": ui_port, "wyoming_port": wyoming_port, "data_dir": data_dir})
    page_port = _free_port(ui_host, settings.ui_port, "ui_port")
    configure(settings)
    pages: list[subprocess.Popen[bytes]] = []

    def held(address: str, token: str) -> None:
        output.write(f"API        {address}  (reference: {address}/docs)")
        output.write(f"Voice      {address}/voice")
        pages.append(_start_page(address, page_port, token, ui_host, settings))

    _end_like_ctrl_c()
    watch = None
    try:
        bound = bind(settings, held=held)
        if bound.wyoming:
            output.write(f"Wyoming    {bound.wyoming}")
        watch = _Watch(pages[0], bound, f"http://{'127.0.0.1' if ui_host == '0.0.0.0' else ui_host}:{page_port}")  # noqa: S104 - compared
        watch.start()
        bound.run()
    except KeyboardInterrupt:
        output.notes().print("Stopped.", style="dim")
    finally:
        if watch is not None:
            watch.stopping = True
        for page in pages:
            _stop(page)
    if watch is not None:
        watch.check()
    raise typer.Exit(0)


def serve(
    host: Host = None, port: Port = None, wyoming_port: WyomingPort = None, models: ModelsAt = None, data_dir: DataDir = None,
    processes: Processes = 1,
) -> None:  # fmt: skip
    """Start the HTTP API.

    Examples:

        assistant serve

        assistant serve --host 0.0.0.0 --port 8080 --data-dir /srv/assistant

        assistant serve --wyoming-port 10300       # for Home Assistant

        assistant serve --models ray               # models in processes of their own

        assistant serve --processes 4              # on one PostgreSQL database
    """
    from ui.api import heap

    heap.starting()
    from assistant.settings import read
    from ui.api import server
    from ui.cli import output

    given = {"host": host, "port": port, "wyoming_port": wyoming_port, "models_runtime": models, "data_dir": data_dir}
    settings = read(given)
    if settings.models_runtime != "process":
        output.notes().print("Waiting for the models on Ray; if none run on this machine, they are started.", style="dim")
    _end_like_ctrl_c()
    try:
        server.serve(
            settings, announce=lambda address: output.write(_serving(address, settings)), processes=processes, tied=_tied_to_parent()
        )  # fmt: skip
    except KeyboardInterrupt:
        output.notes().print("Stopped.", style="dim")
    raise typer.Exit(0)


def _serving(address: str, settings: Settings) -> str:
    lines = [f"API  {address}  (reference: {address}/docs)"]
    if settings.wyoming_port:
        lines.append(f"Wyoming  tcp://{settings.wyoming_host}:{settings.wyoming_port}")
    return "\n".join(lines)


def ui(
    api: Annotated[str, typer.Option("--api", help="Address of the API. Default: the server that holds the data directory.",
                                     show_default=False)] = "",
    ui_port: Annotated[int | None, typer.Option("--port", "-p", help="Port of the page; 0 takes a free one.", show_default="8501")] = None,
    ui_host: Annotated[str, typer.Option("--host", help="Address of the page.")] = "127.0.0.1",
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Start the chat page alone, for an API that runs already.

    For an API on another machine put its key into the environment variable ASSISTANT_API_TOKEN.

    Examples:

        assistant ui

        assistant ui --api https://assistant.example.org --port 8081
    """
    from assistant.settings import read
    from retrieval.lock import running_server
    from ui.cli import output

    settings = read({"ui_port": ui_port, "data_dir": data_dir})
    running = running_server(settings.data_dir)
    address = api or (running[0] if running else f"http://{settings.host}:{settings.port}")
    token = running[1] if running and address == running[0] else ""
    port = _free_port(ui_host, settings.ui_port, "ui_port")
    output.write(f"Chat page  http://{ui_host}:{port}  (API: {address})")
    page = _start_page(address, port, token, ui_host, settings)
    try:
        code = page.wait()
    except KeyboardInterrupt:
        code = 0
    finally:
        _stop(page)
    raise typer.Exit(0 if code == 0 else 1)


def _free_port(host: str, port: int, name: str) -> int:
    """`port` if it is free, or a free one for 0. Raises Conflict."""
    from retrieval.faults import Conflict

    try:
        with socket.create_server((host, port)) as listener:
            return int(listener.getsockname()[1])
    except (OSError, OverflowError) as error:
        raise Conflict(
            f"Port {port} of the chat page cannot be used: {getattr(error, 'strerror', None) or error}.",
            hint="Stop what uses it, or choose another with --ui-port.", param=name, code="port_in_use",
        ) from error  # fmt: skip


def _end_like_ctrl_c() -> None:
    """Let SIGTERM end the program as Ctrl-C does, so that the page is stopped and the data directory is given back."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _start_page(api: str, port: int, token: str, host: str, settings: Settings) -> subprocess.Popen[bytes]:
    from ui.chat.launch import command, environment, secrets_of

    secrets = secrets_of(settings.data_dir, host)
    setup = _setup_code(settings, host) if not secrets else {}
    # The page is a process of its own, so it gets this one's environment, and the token where no other user can read it.
    # With an address of its own given, Streamlit does not ask a server in the internet for its outer address.
    quiet = {"STREAMLIT_LOGGER_LEVEL": "warning", "STREAMLIT_BROWSER_SERVER_ADDRESS": "localhost"}
    surroundings = {**os.environ, **quiet, **environment(api, token), **setup}
    tied = _tied_to_parent()
    argv = command(api, port, host=host, secrets=secrets)
    return subprocess.Popen(
        argv, env=surroundings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=tied  # noqa: PLW1509 - no thread runs yet
    )  # fmt: skip


def _setup_code(settings: Settings, host: str) -> dict[str, str]:
    """The environment for a page that others can reach while there is no account: a code that whoever makes the first one must know."""
    import secrets

    from assistant.accounts import Accounts
    from assistant.database import place_of
    from ui.api.auth import is_loopback
    from ui.cli import output

    if is_loopback(host) or Accounts(place_of(settings)).any():
        return {}
    code = secrets.token_urlsafe(12)
    output.write(f"First account  open the chat page and enter the code {code}  (or: assistant accounts add NAME)")
    return {"ASSISTANT_SETUP_CODE": code}


def _tied_to_parent() -> Callable[[], None] | None:
    """On Linux, have the system end the page when this process dies, however it dies: an orphan would keep the port."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    control, die_with_parent = ctypes.CDLL(None).prctl, 1  # PR_SET_PDEATHSIG
    return lambda: control(die_with_parent, signal.SIGTERM)


def _stop(page: subprocess.Popen[bytes], seconds: float = 5.0) -> None:
    if page.poll() is None:
        page.terminate()
    try:
        page.wait(seconds)
    except subprocess.TimeoutExpired:
        page.kill()
        page.wait()


class _Watch(threading.Thread):
    """Says when the page can be opened, and stops the API when the page ends by itself."""

    def __init__(self, page: subprocess.Popen[bytes], bound: Bound, address: str) -> None:
        super().__init__(name="page", daemon=True)
        self._page, self._bound, self._address = page, bound, address
        self.stopping = False
        self._ended: int | None = None

    def run(self) -> None:
        """Wait for the page, announce it, and wait for its end."""
        import httpx

        from ui.cli import output

        deadline = time.monotonic() + PAGE_SECONDS
        while time.monotonic() < deadline and self._page.poll() is None and not self.stopping:
            try:
                if httpx.get(f"{self._address}/_stcore/health", timeout=2, trust_env=False).is_success:
                    output.write(f"Chat page  {self._address}")
                    output.notes().print("Ctrl-C stops both.", style="dim")
                    break
            except httpx.HTTPError:
                time.sleep(0.1)
        code = self._page.wait()
        if not self.stopping:
            self._ended = code
            self._bound.stop()

    def check(self) -> None:
        """Raise Unavailable when the page ended by itself."""
        from retrieval.faults import Unavailable

        if self._ended is not None and self._bound.failure is None:
            raise Unavailable(
                f"The chat page ended (exit code {self._ended}).", hint="Its message is above; `assistant serve` runs without it."
            )
