"""The page of the home: a drawn house whose lamps light when they are told to, and the book of what was done. Knows its own files only."""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path

from retrieval.catalogue import say

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_WORDS = (
    "say", "send", "log", "nothing_yet", "confirmed", "unconfirmed", "failed", "no_answer", "key", "key_hint", "lost", "back", "silent",
    "asks",
)  # fmt: skip


@cache
def read(name: str) -> str:
    """A file of the page."""
    return (HERE / name).read_text("utf-8")


def document(language: str) -> str:
    """The page in `en` or `zh`. It holds no data of the home."""
    tell = {key: say("ui.home", language, key) for key in _WORDS} | {"language": language}
    words = json.dumps(tell, ensure_ascii=False).replace("<", "\\u003c")
    title, hint = html.escape(say("ui.home", language, "title")), html.escape(say("ui.home", language, "hint"))
    label, send, log = (html.escape(tell[key]) for key in ("say", "send", "log"))
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<link rel="stylesheet" href="devices/home.css"><script type="application/json" id="words">{words}</script>
<script src="devices/home.js" defer></script></head>
<body>
<main>
<h1>{title}</h1>
<form id="key" hidden><label for="secret">{html.escape(tell["key"])}</label>
<input id="secret" type="password" autocomplete="off"><button>{send}</button></form>
<form id="say"><label for="text">{label}</label>
<input id="text" autocomplete="off" maxlength="300" placeholder="{hint}"><button>{send}</button></form>
<p id="reply" role="status" aria-live="polite"></p>
<div id="rooms"></div>
<h2 id="book">{log}</h2>
<ol id="log" aria-labelledby="book"></ol>
</main>
</body>
</html>
"""
