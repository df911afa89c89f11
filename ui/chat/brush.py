"""The brush: a person paints over what may change, and says what should be there. Knows pixels of masks; changes no picture."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from ui.chat.client import ApiFault, Attached, Json
from ui.chat.live import Asked
from ui.chat.visit import Visit

HERE = Path(__file__).parent
SHOWN = 1024
"""Pixels of the longer side of what is painted on; the mask has the picture's own size."""
WORDS = ("marks", "keys", "brush", "erase", "size", "undo", "clear", "what", "example", "send", "nothing_marked", "nothing_said", "marked")


@st.cache_resource  # type: ignore[untyped-decorator]
def _component() -> Callable[..., Any]:
    made: Callable[..., Any] = st.components.v2.component(
        "synesthesia_brush", html='<div class="brush"></div>', css=(HERE / "brush.css").read_text("utf-8"),
        js=(HERE / "brush.js").read_text("utf-8"),
    )  # fmt: skip
    return made


def show(visit: Visit, entry: Json, data: bytes) -> Asked | None:
    """The picture to paint on; the wish, once something is marked and said."""
    file_id = str(entry["file_id"])
    shown, width, height = canvas(data)
    words = {name: visit.say(f"brush.{name}", share="{share}") for name in WORDS}
    given = {"picture": shown, "width": width, "height": height, "words": words, "key": f"{file_id} {visit.language}"}
    result = _component()(key=f"brush-{file_id}-{visit.language}", data=given, on_done_change=lambda: None)
    done = getattr(result, "done", None)
    return _wish(visit, file_id, done) if isinstance(done, dict) else None


def canvas(data: bytes) -> tuple[str, int, int]:
    """A picture as an address that holds it, of at most SHOWN pixels, with its own width and height."""
    with Image.open(io.BytesIO(data)) as source:
        width, height = source.size
        small = source.convert("RGB")
    small.thumbnail((SHOWN, SHOWN))
    out = io.BytesIO()
    small.save(out, "WEBP", quality=90)
    return f"data:image/webp;base64,{base64.b64encode(out.getvalue()).decode()}", width, height


def _wish(visit: Visit, file_id: str, done: Json) -> Asked | None:
    words = str(done.get("words") or "").strip()
    try:
        mask = base64.b64decode(str(done.get("mask") or "").partition(",")[2], validate=True)
        kept = visit.api.upload(Attached("mask.png", "image/png", mask), purpose="mask")
    except binascii.Error:
        return None
    except ApiFault as fault:
        visit.fault(fault)
        return None
    return Asked(words, tool="edit_image", arguments={"instruction": words[:1000], "image": file_id, "mask": str(kept["id"])})
