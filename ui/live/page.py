"""The page of live voice: one large button, two captions, and the time of each stage. Knows its own files only."""

from __future__ import annotations

import html
import json
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src blob:; media-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {"Content-Security-Policy": POLICY, "Permissions-Policy": "microphone=(self), camera=(), geolocation=()"}
_SCRIPT = "text/javascript"
FILES = {
    "live.css": "text/css",
    **dict.fromkeys(
        ("live.js", "talk.js", "choices.js", "correction.js", "look.js", "results.js", "socket.js", "sound.js", "worklet.js"), _SCRIPT
    ),
}
"""Files that the page loads, and their media types."""


@cache
def read(name: str) -> str:
    """A file of the page."""
    return (HERE / name).read_text("utf-8")


@cache
def words(language: str) -> dict[str, str]:
    """What the page says in `en` or `zh`, flat: `state.hearing`. Sentences keep their `{text}`, to be filled in on the page."""
    flat: dict[str, str] = {}
    for key, value in tomllib.loads(read(f"words/{language}.toml")).items():
        flat.update({f"{key}.{name}": text for name, text in value.items()} if isinstance(value, dict) else {key: value})
    return flat


def document(language: str, voices: Sequence[str] = ()) -> str:
    """The page in `en` or `zh`, with the names of the voices to choose from. It holds nothing of anybody's."""
    tell = words(language)
    given = json.dumps({"language": language, "words": tell, "voices": list(voices)}, ensure_ascii=False).replace("<", "\\u003c")
    filled = {key.replace(".", "_"): html.escape(text) for key, text in tell.items()}
    code, other = ("zh-CN", "en") if language == "zh" else ("en", "zh-CN")
    return Template(read("live.html")).substitute(filled, code=code, other_code=other, given=given)
