"""The Gallery page: every picture that was made or kept here, found by words, by likeness and by colour. Finds none itself."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.chat import pictures, viewer
from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import Visit

ROOM = "gallery"
PAGE = 24
"""Pictures shown at first, and added by `more`."""
COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "beige", "black", "white", "grey")


def show(visit: Visit, pages: dict[str, Any]) -> None:
    """The whole page."""
    with st.container(key="gallery-page"):
        st.title(visit.say("gallery.title"), anchor=False)
        st.caption(visit.say("gallery.lead"))
        asked = _filters(visit)
        many = int(st.session_state.get("gallery_many", PAGE))
        try:
            found = visit.api.images(**asked, limit=many)
        except ApiFault as fault:
            visit.fault(fault)
            return
        rows = [row for row in found.get("data") or () if row.get("file_id") != asked["like"]]
        if not rows:
            narrowed = any(asked[name] for name in ("q", "like", "colour"))
            st.caption(f":material/image_search: {visit.say('gallery.nothing' if narrowed else 'gallery.none')}")
        else:
            _grid(visit, rows)
        if found.get("has_more") and st.button(visit.say("gallery.more"), key="gallery-more", width="stretch"):
            st.session_state["gallery_many"] = many + PAGE
            st.rerun()
    viewer.show(visit, ROOM, pages)


def _filters(visit: Visit) -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="gallery-filters"):
        words = st.text_input(
            visit.say("gallery.words"), key="gallery_words", placeholder=visit.say("gallery.example"), icon=":material/search:",
            persist_state="session", on_change=_anew,
        )  # fmt: skip
        colour = st.selectbox(
            visit.say("gallery.colour"), COLOURS, index=None, key="gallery_colour", placeholder=visit.say("gallery.any"), width=170,
            format_func=lambda name: visit.say(f"colour.{name}"), persist_state="session", on_change=_anew,
        )  # fmt: skip
        made = st.toggle(visit.say("gallery.made"), key="gallery_made", persist_state="session", on_change=_anew)
    return {"q": (words or "").strip()[:500], "colour": colour or "", "generated": True if made else None, "like": _likeness(visit)}


def _anew() -> None:
    """Another filter begins with the first pictures again."""
    st.session_state.pop("gallery_many", None)


def _likeness(visit: Visit) -> str:
    """The picture that the others shall be like, with a button to forget it; empty for none."""
    file_id = str(st.session_state.get("gallery_like") or "")
    small = visit.file(file_id, "thumbnail") if file_id else None
    if small is None:
        return ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gallery-like"):
        st.image(small[0], width=56, alt=visit.say("gallery.like"), output_format="PNG")
        st.markdown(visit.say("gallery.like"))
        if st.button(visit.say("gallery.all"), icon=":material/close:", type="tertiary", key="gallery-forget"):
            st.session_state.pop("gallery_like")
            _anew()
            st.rerun()
    return file_id


def _grid(visit: Visit, rows: list[Json]) -> None:
    with st.grid(4, min_column_width=pictures.NARROW, gap=("medium", "small")):
        for place, row in enumerate(rows):
            with st.container(gap="xxsmall", key=f"tile-gallery-{place}"):
                if pictures.face(visit, f"gallery-{place}", row, "stretch", room=ROOM, form="thumbnail"):
                    st.caption(label(str(row.get("caption") or viewer.prompt_of(row)), 60))
