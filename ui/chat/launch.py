"""How to run the page: the command line of its process. Knows nothing of Streamlit but its flags, and imports none of it."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from assistant.passwords import SHORTEST_SECRET, is_weak
from retrieval.faults import InvalidInput, NotAllowed

THEME = {
    "theme.baseRadius": "10px",
    "theme.baseFontSize": "16",
    "theme.headingFontSizes": '["1.9rem", "1.5rem", "1.2rem"]',
    "theme.light.primaryColor": "#2f5d50",
    "theme.light.backgroundColor": "#fdfcfa",
    "theme.light.secondaryBackgroundColor": "#f3f1ec",
    "theme.light.textColor": "#22252a",
    "theme.light.linkColor": "#2f5d50",
    "theme.light.borderColor": "#e0dcd3",
    "theme.light.sidebar.backgroundColor": "#f6f4ef",
    "theme.light.sidebar.secondaryBackgroundColor": "#ebe8e0",
    "theme.dark.primaryColor": "#458a76",
    "theme.dark.backgroundColor": "#16181b",
    "theme.dark.secondaryBackgroundColor": "#212428",
    "theme.dark.textColor": "#e8e6e1",
    "theme.dark.linkColor": "#8fc3b0",
    "theme.dark.borderColor": "#33373d",
    "theme.dark.sidebar.backgroundColor": "#1b1e21",
    "theme.dark.sidebar.secondaryBackgroundColor": "#272b30",
}
"""Warm paper and ink, light and dark; the browser chooses."""
MAX_UPLOAD_MIB = 50
"""As `limits.file_bytes` of the service; the service has the last word."""


def command(api_url: str, port: int, token: str = "", host: str = "127.0.0.1", secrets: Path | None = None) -> list[str]:
    """The argv that runs the page on `host:port` against the service at `api_url`.

    `token` is left out on purpose, because every user of the machine can read arguments: pass `environment(api_url, token)` too.
    `secrets` is the file with the providers of OpenID Connect.
    """
    flags = {
        # A click elsewhere then ends a run by RerunException, and only the stop button by StopException: the page must tell them apart.
        "runner.fastReruns": "false",
        "server.port": str(port),
        "server.address": host,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": str(MAX_UPLOAD_MIB),
        "server.enableStaticServing": "false",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "client.showSidebarNavigation": "false",
        **({"secrets.files": str(secrets)} if secrets else {}),
        **THEME,
    }
    page = Path(__file__).with_name("served.py")
    arguments = [f"--{key}={value}" for key, value in flags.items()]
    return [sys.executable, "-m", "streamlit", "run", str(page), *arguments, "--", "--api", api_url]


def environment(api_url: str, token: str = "") -> dict[str, str]:
    """What to add to the environment of that process."""
    return {"ASSISTANT_API_URL": api_url, **({"ASSISTANT_API_TOKEN": token} if token else {})}


def secrets_of(data_dir: Path, host: str) -> Path | None:
    """The file with the providers of OpenID Connect, `secrets.toml` in the data directory, if there is one.

    Raises InvalidInput when it cannot be read, and NotAllowed when it signs the cookies of a page that others can reach with a weak secret.
    """
    path = data_dir / "secrets.toml"
    if not path.is_file():
        return None
    try:
        auth = tomllib.loads(path.read_text("utf-8")).get("auth", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} is not valid TOML: {error}.", hint="Correct that line and start again.") from error
    if auth and host not in ("127.0.0.1", "::1", "localhost") and is_weak(str(auth.get("cookie_secret", ""))):
        raise NotAllowed(
            f"The cookie_secret in {path} is soon guessed.", hint=f"Use {SHORTEST_SECRET} random characters or more.", code="weak_key"
        )
    return path
