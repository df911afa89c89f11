"""The page in a real browser: a Streamlit process of its own, headless Chromium, and a note of every request that left this machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from ui.chat.launch import command, environment

CHROMIUM = next((path for path in (shutil.which("chromium"), shutil.which("chromium-browser"), "/usr/bin/chromium") if path), "")
IMAGES = Path(__file__).parents[2] / "docs" / "images"
START_SECONDS = 240
OPEN: list[Any] = []
"""Pages of this process that were opened, so that a test that fails can say what they showed."""
LOCAL = ("127.0.0.1", "localhost", "")


def needs_chromium() -> None:
    """Skip with a plain reason where the browser test cannot run."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def streamlit(api: str, log: Path, token: str = "") -> Iterator[str]:
    """The page's process; its address."""
    port = free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(command(api, port), env={**os.environ, **environment(api, token)}, stdout=out, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}/"
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                try:
                    httpx.get(f"{address}_stcore/health", trust_env=False)
                    break
                except httpx.HTTPError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def real_service(place: Path) -> Iterator[str]:
    """The whole service with data of its own in `place`, ready and offline; its address."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ASSISTANT_") or key == "ASSISTANT_CACHE_DIR"}
    command_line = [sys.executable, "-m", "ui.api.server", "--port", "0", "--data-dir", str(place / "data")]
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            command_line, env={**environment, "OFFLINE": "1"}, stdout=subprocess.PIPE, stderr=log, text=True, cwd=place
        )  # fmt: skip
        try:
            address = process.stdout.readline().split(" at ")[1].split()[0]
            _ready(address, process, place / "log")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            process.stdout.close()


def _ready(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"The service ended: {log.read_text()[-2000:]}")
        try:
            if httpx.get(f"{address}/readyz", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    pytest.fail("The service was not ready in time.")


def seen_now() -> list[tuple[str, str]]:
    """(address, words) of every page that is open."""
    return [(page.url, page.locator("body").inner_text(timeout=2_000)) for page in OPEN]


def keep(page, name: str) -> None:
    """Save a picture of the page for the README."""
    target = IMAGES / f"{name}.png"
    if os.environ.get("WRITE_SCREENSHOTS") or not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        page.mouse.move(2, 2)
        page.wait_for_timeout(400)
        page.screenshot(path=target)


@dataclass
class Browser:
    """Chromium, and what it asked of the network."""

    chromium: Any
    address: str
    foreign: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def page(self, width: int = 1280, height: int = 860, path: str = "", **options: Any) -> Any:
        """A fresh window on the page."""
        context = self.chromium.new_context(viewport={"width": width, "height": height}, **({"locale": "en-US"} | options))
        page = context.new_page()
        page.on("request", lambda request: self._note(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        OPEN.append(page)
        page.on("close", lambda closed: OPEN.remove(closed))
        page.goto(self.address + path)
        return page

    def _note(self, url: str) -> None:
        self.requested.append(url)
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL:
            self.foreign.append(url)


@contextmanager
def browser(address: str, spoken: Path | None = None, *, camera: bool = False) -> Iterator[Browser]:
    """A headless Chromium that hears `spoken` (wav) when it listens to its microphone, and with `camera` sees Chromium's test picture."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        flags = [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
        ]
        if spoken is not None or camera:
            flags += ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        if spoken is not None:
            flags.append(f"--use-file-for-fake-audio-capture={spoken}%noloop")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield Browser(chromium, address)
        finally:
            chromium.close()


def ask(page: Any, words: str) -> None:
    """Type and send, as soon as the page lets one: while a file is on its way there, Enter does nothing."""
    box = page.get_by_test_id("stChatInput").locator("textarea")
    box.fill(words)
    until(page, "() => !document.querySelector('[data-testid=stChatInputSubmitButton]')?.disabled", seconds=60)
    box.press("Enter")


def until(page: Any, script: str, argument: Any = None, seconds: float = 20) -> None:
    """Wait until a script says yes. The page's own policy lets no waiting script be made inside it, so it is asked from outside."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(script, argument):
        assert time.monotonic() < deadline, f"not within {seconds} s: {script}"
        page.wait_for_timeout(50)


def settled(page: Any) -> None:
    """Wait until the script rests, so that a picture of the page shows it whole."""
    for _ in range(3):  # a run may end only to begin the next
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
        page.wait_for_timeout(350)
