"""The map as one HTML file that needs nothing else, and as the script of the chat page's component. Knows the JSON of the API's map."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from pathlib import Path
from typing import Any

from retrieval.catalogue import say

HERE = Path(__file__).parent
_WORDS = (
    "search", "colour", "lasso", "nearer", "farther", "whole", "duplicates", "by_region", "by_kind", "by_duplicates", "text", "image",
    "audio", "video", "file", "open", "twice", "once", "none", "sample", "items", "arranging", "selected", "matching", "more", "clear",
    "hole",
)  # fmt: skip


@cache
def _read(name: str) -> str:
    return (HERE / name).read_text("utf-8")


def style() -> str:
    """The rules of the map."""
    return _read("map.css")


def component_script() -> str:
    """The module of the page's component."""
    return _read("map.js") + _read("component.js")


def words(language: str) -> dict[str, str]:
    """What the map says, in `en` or `zh`; sentences keep their `{count}` to be filled in there."""
    holes = {name: f"{{{name}}}" for name in ("count", "shown", "total")}
    return {key: say("ui.map", language, key, **holes) for key in _WORDS}


def document(found: dict[str, Any], language: str = "en") -> str:
    """The map as an HTML document: script, rules, points and pictures inside; it can neither load nor send anything."""
    data = json.dumps({"map": found, "words": words(language)}, ensure_ascii=False)
    for letter in "<>&\u2028\u2029":  # nothing in the data may end the script it stands in
        data = data.replace(letter, f"\\u{ord(letter):04x}")
    title = html.escape(say("ui.map", language, "title", name=str(found.get("name", ""))))
    rules = f"\n{style()}\n{_PAGE}"
    script = f'\n{_read("map.js")}\nconst given = {data};\ndrawMap(document.getElementById("map"), given.map, given.words, () => {{}});\n'
    policy = f"default-src 'none'; img-src data:; style-src {_hashed(rules)}; script-src {_hashed(script)}"
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<style>{rules}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<div id="map"></div>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _hashed(code: str) -> str:
    """The source expression that lets exactly this inline code run (Content Security Policy Level 3, section 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


_PAGE = """:root { color-scheme: light dark; }
body { margin: 1rem; background: #fdfcfa; color: #22252a; }
.map { --height: calc(100vh - 8.5rem); }
h1 { font: 600 1.1rem system-ui, sans-serif; margin: 0 0 .6rem; }
@media (prefers-color-scheme: dark) { body { background: #16181b; color: #e8e6e1; }
  .map { --ink: #e8e6e1; --paper: #16181b; --accent: #8fc3b0; } }
"""
