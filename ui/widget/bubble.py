"""The bubble for pages of other sites: one script with its words. Knows no route and no page."""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from pathlib import Path

from retrieval.catalogue import LANGUAGES

HERE = Path(__file__).parent
MARK = "/* words */ {}"
"""Stands in `widget.js` where its words go."""


def words(language: str) -> dict[str, str]:
    """What the bubble says, in `en` or `zh`."""
    found: dict[str, str] = tomllib.loads((HERE / "words" / f"{language}.toml").read_text("utf-8"))
    return found


def _of_script(language: str) -> dict[str, str]:
    return {key: text for key, text in words(language).items() if not key.startswith("demo_")}


@cache
def script() -> tuple[bytes, str]:
    """(`widget.js` with its words in it, its ETag)."""
    said = json.dumps({language: _of_script(language) for language in LANGUAGES}, ensure_ascii=False, separators=(",", ":"))
    data = (HERE / "widget.js").read_text("utf-8").replace(MARK, said, 1).encode("utf-8")
    return data, f'"{hashlib.sha256(data).hexdigest()[:24]}"'
