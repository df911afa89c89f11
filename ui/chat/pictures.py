"""Pictures of an answer: one with its buttons, several as a numbered sheet. Knows no stream; a button only says what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui.chat.client import Json
from ui.chat.inert import label
from ui.chat.live import Asked
from ui.chat.viewer import choose, prompt_of, wanted
from ui.chat.visit import Visit

ALONE = 360
"""Pixels of the width of a picture that stands alone."""
PAIRED = 560
"""Pixels of the width of two pictures side by side."""
NARROW = 130
"""Pixels of a tile below which a row takes fewer of them: two still fit beside each other on a phone."""
MOST_ALIKE = 8
"""Pictures that one request may draw."""


def judged(trace: Json) -> dict[str, Json]:
    """What the tools told of each picture they made: file id -> `number`, `score`, `doubtful`."""
    told: dict[str, Json] = {}
    for step in trace.get("steps") or ():
        for row in ((step or {}).get("data") or {}).get("pictures") or ():
            told[str(row.get("file_id"))] = {name: row.get(name) for name in ("number", "score", "doubtful")}
    return told


def offered(trace: Json) -> str:
    """The words of a drawing that was offered, because the library had something already; empty for none."""
    for step in trace.get("steps") or ():
        if (step.get("data") or {}).get("offer"):
            return str((step.get("arguments") or {}).get("prompt") or "")
    return ""


def across(count: int) -> int:
    """Columns of a sheet of `count` pictures on a wide screen."""
    return 1 if count <= 1 else 2 if count <= 4 else 3 if count <= 6 else 4


def grid(count: int) -> Any:
    """The sheet for `count` pictures; up to four are seen at one look, without scrolling."""
    return st.grid(across(count), min_column_width=NARROW, width={1: ALONE, 2: PAIRED}.get(across(count), "stretch"))


def show(visit: Visit, key: str, media: Sequence[Json], told: Mapping[str, Json], room: str, *, busy: bool = False) -> None:
    """The pictures of a stored answer. `busy`: another answer is being made, so nothing can be asked for now."""
    entries = [{**entry, **told.get(str(entry.get("file_id")), {})} for entry in media]
    entries = [{**entry, "number": number if len(entries) > 1 else None} for number, entry in enumerate(entries, 1)]
    if len(entries) == 1:
        _alone(visit, key, entries[0], room, busy=busy)
        return
    with grid(len(entries)):
        for entry in entries:
            _tile(visit, f"{key}-{entry['number']}", entry, room, busy=busy)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"acts-{key}"):
        others = drawn_anew(visit, entries)
        if others:
            st.button(visit.say("picture.others"), icon=":material/casino:", type="tertiary", key=f"others-{key}", disabled=busy,
                      on_click=ask, args=(others,))  # fmt: skip
        st.caption(visit.say("picture.hint"))


def ask(asked: Asked) -> None:
    """Send `asked` with the next run of the page."""
    st.session_state["pending"] = asked


def draw(visit: Visit, words: str) -> Asked:
    """The wish for a new picture, though the library has one already."""
    return Asked(visit.say("picture.said_new", prompt=words), tool="generate_image", arguments={"prompt": words, "new": True})


def drawn_anew(visit: Visit, entries: Sequence[Json]) -> Asked | None:
    """The wish for as many other pictures of the same words; None for pictures that were not drawn from words alone."""
    made = entries[0].get("recipe") or {}
    if not made.get("prompt") or made.get("parents") or made.get("operation", "generate") != "generate":
        return None
    words = str(made["prompt"])
    same = {name: made[name] for name in ("negative_prompt", "width", "height") if made.get(name)}
    return Asked(visit.say("picture.said_others", prompt=words), tool="generate_image",
                 arguments={"prompt": words, "n": min(len(entries), MOST_ALIKE), "new": True, **same})  # fmt: skip


def coming(visit: Visit, place: Any, count: int, previews: Mapping[int, bytes]) -> None:
    """What is to be seen so far of `count` pictures that are being drawn, in `place`, where the finished ones will stand."""
    with place.container(), grid(count):
        for number, data in sorted(previews.items()):
            st.image(data, width="stretch", alt=visit.say("picture.coming", number=number + 1))


def came(visit: Visit, media: Sequence[Json]) -> None:
    """Finished pictures of the turn in flight, without buttons: the history has those in a moment."""
    several = len(media) > 1
    with grid(len(media)):
        for number, entry in enumerate(media, 1):
            with st.container(gap="xsmall"):
                face(visit, f"came-{len(media)}-{number}", {**entry, "number": number if several else None}, "stretch")
                caption(visit, entry, whole=not several)


def _alone(visit: Visit, key: str, entry: Json, room: str, *, busy: bool) -> None:
    with st.container(gap="xsmall", key=f"alone-{key}"):
        if not face(visit, key, entry, ALONE, room="" if busy else room):
            return
        caption(visit, entry, whole=True)
        with st.container(horizontal=True, gap="small", key=f"acts-{key}"):
            for view, icon in (("change", "edit"), ("brush", "brush")):
                st.button(visit.say(f"picture.{view}"), icon=f":material/{icon}:", type="tertiary", key=f"{view}-{key}", disabled=busy,
                          on_click=choose, args=(entry, room, view))  # fmt: skip
            for wish, icon in (("like", "auto_awesome_motion"), ("larger", "open_in_full")):
                st.button(visit.say(f"picture.{wish}"), icon=f":material/{icon}:", type="tertiary", key=f"{wish}-{key}", disabled=busy,
                          on_click=ask, args=(wanted(visit, entry, wish),))  # fmt: skip
            if entry.get("recipe"):
                st.button(visit.say("recipe.open"), icon=":material/receipt_long:", type="tertiary", key=f"recipe-{key}", disabled=busy,
                          on_click=choose, args=(entry, room, "recipe"))  # fmt: skip


def _tile(visit: Visit, key: str, entry: Json, room: str, *, busy: bool) -> None:
    with st.container(gap="xxsmall", key=f"tile-{key}"):
        if not face(visit, key, entry, "stretch", room="" if busy else room):
            return
        with st.container(horizontal=True, gap="small", vertical_alignment="center", horizontal_alignment="distribute", key=f"acts-{key}"):
            caption(visit, entry)
            st.button(visit.say("picture.like"), icon=":material/auto_awesome_motion:", type="tertiary", key=f"like-{key}", disabled=busy,
                      on_click=ask, args=(wanted(visit, entry, "like"),), help=visit.say("picture.like_help"))  # fmt: skip


def face(visit: Visit, key: str, entry: Json, width: int | str, *, room: str = "", form: str = "content") -> bool:
    """A picture with its number and its mark; in a `room` it is a button that opens the viewer there. False when its file is gone."""
    found = visit.file(str(entry.get("file_id") or ""), form)
    words = str(entry.get("caption") or prompt_of(entry))
    if found is None:
        st.caption(visit.say("turn.gone", name=label(words)))
        return False
    number, made = entry.get("number"), bool(entry.get("recipe") or entry.get("generated"))
    with st.container(key=f"face-{key}", width="stretch" if width == "stretch" else "content"):
        # "auto" would blur the edges of drawings.
        st.image(found[0], width=width, alt=words or visit.say("turn.picture"), output_format="JPEG" if found[1] == "image/jpeg" else "PNG")
        marks = (f'<span class="number">{int(number)}</span>' if number else "") + (
            f'<span class="made">{visit.say("picture.made")}</span>' if made else ""
        )
        if marks:
            st.html(f'<div class="marks" aria-hidden="true">{marks}</div>')
        if room:
            name = visit.say("picture.open_number", number=number, name=words) if number else visit.say("picture.open", name=words)
            st.button(label(name, 120), key=f"pick-{key}", on_click=choose, args=(entry, room, "change"), width="stretch")
    return True


def caption(visit: Visit, entry: Json, *, whole: bool = False) -> None:
    """Below a picture: its words when `whole`, and how well it shows them, with a warning when it hardly does."""
    words = label(str(entry.get("caption") or prompt_of(entry)), 160) if whole else ""
    fits = ""
    if entry.get("score") is not None:
        fits = visit.say("picture.doubtful" if entry.get("doubtful") else "picture.fits", share=f"{float(entry['score']):.0%}")
        fits = f":orange[:material/help: {fits}]" if entry.get("doubtful") else fits
    text = " · ".join(part for part in (words, fits) if part)
    if text:
        st.caption(text)
