"""One picture beside the page: to change, to brush, and how it was made. Knows the wishes a person can have, and fulfils none itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.chat import brush
from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.live import Asked
from ui.chat.visit import Visit

VIEWS = {"change": ":material/edit:", "brush": ":material/brush:", "recipe": ":material/receipt_long:"}
OPERATIONS = ("generate", "inpaint", "recolour", "variation", "upscale")
"""Operations that have words of their own here; the others are named as the service names them."""
NARROW = 130
"""Pixels of a column of facts."""
STRIP = 72
"""Pixels of a picture in the strip of those that it was made from."""


def choose(entry: Json, room: str, view: str = "change") -> None:
    """Open the viewer on a picture (an entry of a message's `media` or of `/v1/images`) until it is closed or `room` is left."""
    st.session_state["picture"] = (room, entry)
    st.session_state["picture_view"] = view


def close() -> None:
    """Show none."""
    st.session_state.pop("picture", None)


def chosen(room: str) -> bool:
    """Whether a picture is open in `room`; one that was open in another is closed."""
    found_in, entry = st.session_state.get("picture") or (room, None)
    if found_in != room:
        close()
    return found_in == room and entry is not None


def show(visit: Visit, room: str, pages: dict[str, Any]) -> None:
    """The drawer on the picture chosen in this room. Called in every run, because a run that does not call it would close it."""
    if chosen(room):
        st.dialog(visit.say("picture.title"), width=540, position="right", icon=":material/image:", on_dismiss=close)(_drawer)(visit, pages)


def _drawer(visit: Visit, pages: dict[str, Any]) -> None:
    if "picture" not in st.session_state:
        return
    room, entry = st.session_state["picture"]
    view = st.segmented_control(
        visit.say("picture.views"), list(VIEWS), format_func=lambda name: f"{VIEWS[name]} {visit.say(f'picture.view_{name}')}",
        key="picture_view", required=True, label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    found = visit.file(str(entry.get("file_id") or ""))
    if found is None:
        st.caption(visit.say("turn.gone", name=label(prompt_of(entry))))
        return
    if view == "brush":
        asked = brush.show(visit, entry, found[0])
    elif view == "recipe":
        _recipe(visit, entry, found, room)
        asked = None
    else:
        asked = _change(visit, entry, found, pages)
    if asked is not None:
        close()
        st.session_state["pending"] = asked
        st.switch_page(pages["chat"], query_params=visit.address())


def _alike(entry: Json, visit: Visit, pages: dict[str, Any]) -> None:
    """Show the pictures that are like this one, whatever was looked for before."""
    close()
    for key in ("gallery_words", "gallery_colour", "gallery_made", "gallery_many"):
        st.session_state.pop(key, None)
    st.session_state["gallery_like"] = str(entry["file_id"])
    st.switch_page(pages["gallery"], query_params=visit.address())


def prompt_of(entry: Json) -> str:
    """The words a picture was made from, else those it goes by."""
    made = entry.get("recipe") or {}
    named = (made.get("prompt"), *(entry.get(name) for name in ("prompt", "caption", "name", "filename")))
    return str(next((words for words in named if words), ""))


def wanted(visit: Visit, entry: Json, wish: str) -> Asked:
    """The wish for another one `like` this picture, for a `larger` one, or to `pick` it: it is what "it" means from then on."""
    number = entry.get("number")
    words = visit.say(f"picture.said_{wish}_number", number=number) if number else visit.say(f"picture.said_{wish}")
    if wish == "pick":
        return Asked(words, tool="show_image", arguments={"image": str(entry["file_id"])})
    instruction = (prompt_of(entry) if wish == "like" else "") or words
    operation = {"like": "variation", "larger": "upscale"}[wish]
    arguments = {"instruction": instruction[:1000], "image": str(entry["file_id"]), "operation": operation}
    return Asked(words, tool="edit_image", arguments=arguments)


def _change(visit: Visit, entry: Json, found: tuple[bytes, str], pages: dict[str, Any]) -> Asked | None:
    st.image(found[0], width="stretch", alt=prompt_of(entry) or visit.say("turn.picture"), output_format=_format(found))
    words = prompt_of(entry)
    if words:
        st.caption(label(words, 300))
    with st.form("picture-change", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        change = st.text_input(visit.say("picture.what"), placeholder=visit.say("picture.example"), key="picture_words")
        sent = st.form_submit_button(visit.say("picture.change"), type="primary", icon=":material/edit:")
    said = (change or "").strip()
    if sent and said:
        return Asked(said, tool="edit_image", arguments={"instruction": said[:1000], "image": str(entry["file_id"])})
    if sent:
        st.caption(f":orange[{visit.say('picture.say_what')}]")
    several = [("pick", "check_circle")] if entry.get("number") else []
    with st.container(horizontal=True, gap="small", key="acts-viewer"):
        for wish, icon in (*several, ("like", "auto_awesome_motion"), ("larger", "open_in_full")):
            if st.button(visit.say(f"picture.{wish}"), icon=f":material/{icon}:", type="tertiary", key=f"viewer-{wish}"):
                return wanted(visit, entry, wish)
        if st.button(visit.say("picture.alike"), icon=":material/image_search:", type="tertiary", key="viewer-alike"):
            _alike(entry, visit, pages)
    return None


def _recipe(visit: Visit, entry: Json, found: tuple[bytes, str], room: str) -> None:
    """How the picture was made, what it was made from, and the proof."""
    known = _known(visit, entry)
    made = known.get("recipe") or entry.get("recipe") or {}
    family = _family(known, entry)
    if len(family) > 1:
        _strip(visit, family, entry, room)
    else:
        st.image(found[0], width=220, alt=prompt_of(entry) or visit.say("turn.picture"), output_format=_format(found))
    if not made:
        st.caption(visit.say("recipe.found"))
    _facts(visit, entry, made)
    with st.container(horizontal=True, gap="small"):
        again = bool(made) and st.button(visit.say("recipe.again"), icon=":material/replay:", type="primary", key="recipe-again")
        st.download_button(
            visit.say("evidence.download"), found[0], file_name=f"{entry['file_id']}.{found[1].rpartition('/')[2]}", mime=found[1],
            icon=":material/download:", on_click="ignore", help=visit.say("recipe.inside") if made else None,
        )  # fmt: skip
    if again:
        _again(visit, str(entry["file_id"]))


def _facts(visit: Visit, entry: Json, made: Json) -> None:
    """What the recipe says: the words in full, the numbers side by side."""
    long = ("prompt", "negative", "edits")
    for key, value in rows(made):
        if key in long:
            st.markdown(f":gray[{visit.say(f'recipe.{key}')}]  \n{label(value, 2000)}")
    with st.grid(3, min_column_width=NARROW, gap="small"):
        for key, value in rows(made):
            if key not in long:
                told = visit.say(f"operation.{value}") if key == "operation" and value in OPERATIONS else label(value, 200)
                st.markdown(f":gray[{visit.say(f'recipe.{key}')}]  \n{told}")
        if entry.get("score") is not None:
            help_ = visit.say("recipe.score_text")
            st.markdown(f":gray[{visit.say('recipe.score')}]  \n{float(entry['score']):.0%}", help=help_)


def rows(made: Json) -> list[tuple[str, str]]:
    """What a recipe says, as (name of the word, value), without what says nothing."""
    size = f"{made.get('width')} × {made.get('height')}" if made.get("width") else ""
    edits = (made.get("parameters") or {}).get("edits") or ()
    found = [
        ("prompt", made.get("prompt")), ("negative", made.get("negative_prompt")), ("edits", " · ".join(map(str, edits))),
        ("operation", made.get("operation")),
        ("model", made.get("model")), ("seed", made.get("seed")), ("size", size), ("steps", made.get("steps")),
        ("guidance", made.get("guidance") or None),
    ]  # fmt: skip
    return [(key, str(value)) for key, value in found if value not in (None, "")]


def _again(visit: Visit, file_id: str) -> None:
    try:
        with st.spinner(visit.say("recipe.drawing")):
            made = visit.api.image_again(file_id)
    except ApiFault as fault:
        visit.fault(fault)
        return
    if made.get("identical"):
        st.success(visit.say("recipe.same"), icon=":material/verified:")
    else:
        st.warning(visit.say("recipe.other"), icon=":material/difference:")


def _known(visit: Visit, entry: Json) -> Json:
    """What the service keeps about the picture; nothing when it keeps none."""
    try:
        return visit.api.image(str(entry["file_id"]))
    except ApiFault:
        return {}


def _family(known: Json, entry: Json) -> list[Json]:
    """The pictures that this one was made from, oldest first, itself, and those made from it; each once."""
    found: dict[str, Json] = {}
    for row in (*(known.get("chain") or ()), entry, *(known.get("children") or ())):
        if isinstance(row, dict) and row.get("file_id"):
            found.setdefault(str(row["file_id"]), row)
    return list(found.values())


def _strip(visit: Visit, family: Sequence[Json], entry: Json, room: str) -> None:
    """A strip of small pictures; each opens here, the one that is open has a frame."""
    st.caption(visit.say("recipe.chain"))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="strip"):
        for place, row in enumerate(family):
            small = visit.file(str(row["file_id"]), "thumbnail")
            if small is None:
                continue
            here = row["file_id"] == entry["file_id"]
            with st.container(key=f"face-strip-{'here' if here else place}", width="content"):
                st.image(small[0], width=STRIP, alt=prompt_of(row), output_format="PNG")
                if not here:
                    st.button(
                        label(visit.say("picture.open", name=prompt_of(row)), 120), key=f"pick-strip-{place}", width="stretch",
                        on_click=choose, args=(row, room, "recipe"),
                    )  # fmt: skip


def _format(found: tuple[bytes, str]) -> str:
    """How to send the picture to the browser: "auto" would blur the edges of drawings."""
    return "JPEG" if found[1] == "image/jpeg" else "PNG"
