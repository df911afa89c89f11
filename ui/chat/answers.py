"""Messages as people see them: what was sent, the steps, the answer with its marks, pictures, sources. Knows no stream."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.chat import inert
from ui.chat.bridge import MARK
from ui.chat.client import Attached, Json
from ui.chat.inert import label
from ui.chat.live import Step
from ui.chat.visit import Visit
from ui.sheet import Tile, face

TILE = 300
"""Pixels of the side of a found picture, drawn at half of it for sharp screens."""
ASSISTANT, PERSON = ":material/graphic_eq:", ":material/person:"
ICONS = {
    "text": ":material/notes:", "image": ":material/image:", "audio": ":material/volume_up:", "video": ":material/movie:",
    "file": ":material/description:",
}  # fmt: skip


def seconds(ms: float) -> str:
    """Milliseconds as people read them."""
    if ms < 100:
        return f"{max(ms, 1):.0f} ms"
    return f"{ms / 1000:.2f} s" if ms < 9_950 else f"{ms / 1000:.0f} s"


def numbers(values: object) -> str:
    """A box as the API takes it: `l,t,r,b`."""
    return ",".join(f"{float(v):.4f}" for v in values) if isinstance(values, list | tuple) else ""


def place(visit: Visit, locator: Json) -> str:
    """A Locator in words: page, region, time or row; empty when it says nothing."""
    if locator.get("page") is not None:
        return visit.say("place.page", page=locator["page"])
    if locator.get("time_span"):
        start, end = (f"{int(t) // 60}:{int(t) % 60:02d}" for t in locator["time_span"])
        return visit.say("place.time", start=start, end=end)
    if locator.get("image_region"):
        left, top, right, bottom = (round(100 * f) for f in locator["image_region"])
        return "" if (left, top, right, bottom) == (0, 0, 100, 100) else visit.say("place.region", left=left, right=right)
    if locator.get("row") is not None:
        return visit.say("place.row", row=locator["row"])
    return ""


def person(visit: Visit, key: str, text: str, *, heard: bool = False) -> None:
    """The words of a person's message, letter for letter."""
    with st.container(key=f"said-{key}"):
        if text and heard:
            st.caption(f":material/hearing: {visit.say('turn.heard')}")
        if text:
            st.text(text)


def given(files: Sequence[Attached]) -> None:
    """Attachments that are still on their way to the service."""
    for file in files:
        kind = file.media_type.split("/")[0]
        if kind == "image":
            st.image(file.data, width=220, alt=file.name)
        elif kind == "audio":
            st.audio(file.data, format=file.media_type)
        elif kind == "video":
            st.video(file.data, format=file.media_type)
        else:
            st.badge(label(file.name, 60), icon=ICONS["file"], color="gray")


def medium(visit: Visit, entry: Json, width: int = 360) -> None:
    """A stored picture, sound, video or file, with its caption."""
    modality, name = str(entry.get("modality", "file")), str(entry.get("caption") or entry.get("name") or entry.get("handle") or "")
    if modality in ("image", "audio", "video"):
        found = visit.file(str(entry.get("file_id", "")))
        if found is None:
            st.caption(visit.say("turn.gone", name=label(name)))
            return
        data, kind = found
        if modality == "image":
            form = "JPEG" if kind == "image/jpeg" else "PNG"  # "auto" would blur the edges of drawings
            st.image(data, width=width, alt=name or visit.say("turn.picture"), output_format=form)
        elif modality == "audio":
            st.audio(data, format=kind)
        else:
            st.video(data, format=kind)
        if entry.get("caption"):
            st.caption(label(name, 200))
    else:
        st.badge(label(name, 60) or visit.say("turn.file"), icon=ICONS["file"], color="gray")


def thought(visit: Visit, place: Any) -> Any:
    """A folded box at `place` for what the chat model thought; what it gives takes the words, letter for letter."""
    return place.expander(visit.say("turn.thinking"), icon=":material/psychology:", type="compact").empty()


def step(visit: Visit, shown: Step) -> Any:
    """One tool as one unfolding line; the container can be filled further while the tool works."""
    box = st.status(headline(visit, shown), state=shown.state, type="step", expanded=False)
    with box:
        details(visit, shown)
    return box


def headline(visit: Visit, shown: Step) -> str:
    """The one line of a step."""
    try:
        words = visit.say(f"doing.{shown.tool}" if shown.state == "running" else f"did.{shown.tool}")
    except KeyError:  # a tool added by somebody else has no sentence here
        words = label(shown.tool)
    if shown.state == "running":
        more = label(shown.message) if shown.message.lower() not in words.lower() else ""
        share = f"{shown.fraction:.0%}" if 0 < shown.fraction < 1 else ""
        return " ".join(part for part in (f"{words}…", more, share) if part)
    failed = f" · {visit.say('step.failed')}" if shown.state == "error" else ""
    return f"{words}{failed} · :gray[{seconds(shown.ms)}]"


def details(visit: Visit, shown: Step) -> None:
    """What a step was given and what came of it."""
    arguments = {k: v for k, v in shown.arguments.items() if v not in (None, "", [], {})}
    st.code(f"{shown.tool}({', '.join(f'{k}={json.dumps(v, ensure_ascii=False)}' for k, v in arguments.items())})", None, wrap_lines=True)
    outcome(shown)


def outcome(shown: Step) -> None:
    """What came of a step."""
    for text in (shown.text, shown.error, shown.hint):
        if text:
            st.text(text if len(text) < 1500 else text[:1500] + "…")


def words(text: str, annotations: Sequence[Json], message: str) -> str:
    """The answer as markdown that can load nothing, with its marks linked to their sources."""
    marks = {}
    for source in annotations:
        number = int(source.get("index") or 0)
        hint = f"{source.get('title', '')}: {source.get('cited_text', '')}".strip(": ")
        marks[number] = inert.mark(number, f"{MARK}{message}-{number}", hint)
    return inert.answer(text, marks)


def pictures(visit: Visit, annotations: Sequence[Json], media: Sequence[Json]) -> None:
    """Pictures and sounds that were found and are cited as a whole, as numbered tiles; those shown already are left out."""
    shown = {str(entry.get("file_id")) for entry in media}
    found = [a for a in annotations if a.get("modality") in ("image", "audio") and not (a.get("locator") or {}).get("image_region")]
    whole = [a for a in found if a.get("file_id") and str(a["file_id"]) not in shown]
    small = [(a, visit.file(str(a["file_id"]), "thumbnail")) for a in whole]
    if any(picture for _, picture in small):
        with st.container(horizontal=True, gap="small"):
            for source, picture in small:
                if picture:
                    title = str(source.get("title") or "")
                    tile = face(Tile(int(source.get("index") or 0), title, picture=picture[0]), TILE, TILE)
                    st.image(tile, width=TILE // 2, caption=label(title, 24), alt=title, output_format="PNG")


def looked_at(visit: Visit, annotations: Sequence[Json]) -> None:
    """Pictures that the answer points into, each once, with every region that is cited and its number."""
    regions: dict[str, list[Json]] = {}
    for source in annotations:
        locator = source.get("locator") or {}
        whole = [round(v, 2) for v in locator.get("image_region") or ()] == [0, 0, 1, 1]
        if locator.get("image_region") and not locator.get("time_span") and not whole and source.get("file_id"):
            regions.setdefault(str(source["file_id"]), []).append(source)
    for file_id, found in regions.items():
        data = visit.marked(file_id, tuple(f"{numbers(s['locator']['image_region'])},{s.get('index')}" for s in found))
        if data:
            st.image(data, width=360, alt=", ".join(str(s.get("cited_text") or "") for s in found), output_format="PNG")


def sources(visit: Visit, annotations: Sequence[Json], message: str) -> Json | None:
    """The row of sources under an answer; the one that was clicked just now."""
    clicked: Json | None = None
    with st.container(horizontal=True, gap="small", key=f"sources-{message}"):
        for source in annotations:
            number = source.get("index")
            title, at = label(str(source.get("title", "")), 48), place(visit, source.get("locator") or {})
            quoted = label(str(source.get("cited_text") or ""), 300)
            icon = ICONS.get(str(source.get("modality")), ICONS["file"])
            text = f"{number} · {title}" + (f" · {at}" if at else "")
            if st.button(text, key=f"source-{message}-{number}", icon=icon, help=f"“{quoted}”" if quoted else None):
                clicked = source
    return clicked


def found_nothing(visit: Visit, names: str) -> None:
    """The heading of an answer that refused for want of evidence."""
    st.markdown(f":material/search_off: **{visit.say('refused.title')}**")
    if names:
        st.caption(visit.say("refused.searched", names=names))
