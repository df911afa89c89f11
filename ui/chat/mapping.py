"""The Map page: a collection in the plane, the last question among what it finds, and a question about what is chosen there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from ui.chat.client import Api, ApiFault, Attached, Json
from ui.chat.inert import label
from ui.chat.live import Asked
from ui.chat.sidebar import count
from ui.chat.visit import Visit
from ui.map import page as drawing

THUMBNAILS = 300
HEIGHT = 600
"""Pixels of the component."""
ATTACHED = 3
"""Pictures and sounds that go along with one question."""
PASSAGES = 200
FRESH_SECONDS = 20


def show(visit: Visit, chat_page: Any) -> None:
    """The whole page."""
    with st.container(key="map-page"):
        st.title(visit.say("map.title"), anchor=False)
        st.caption(visit.say("map.lead"))
        try:
            known = {str(c["id"]): c for c in sorted(visit.api.collections(), key=count, reverse=True) if count(c)}
            last = _last_question(visit)
        except ApiFault as fault:
            visit.fault(fault)
            return
        if not known:
            st.caption(f":material/folder_open: {visit.say('map.none')}")
            return
        chosen, question = _choices(visit, known, last)
        try:
            found = _map(visit.api, visit.api.address, visit.token, chosen, question)
        except ApiFault as fault:
            visit.fault(fault)
            return
        if found["state"] == "arranging":
            _settling(visit, chosen, question)
        ids = _draw(visit, found)
        _about(visit, found, ids, chat_page)
        _holes(visit, found)


def _choices(visit: Visit, known: dict[str, Json], last: str) -> tuple[str, str]:
    if st.session_state.get("map_last") != last or "map_query" not in st.session_state:
        st.session_state["map_last"] = st.session_state["map_query"] = last
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            visit.say("knowledge.collection"), list(known), key="map_shelf", persist_state="session", width=260,
            format_func=lambda key: str(known[key].get("name")),
        )  # fmt: skip
        question = st.text_input(visit.say("map.question"), key="map_query", placeholder=visit.say("map.question_help"), max_chars=500)
    return str(chosen), (question or "").strip()


def _last_question(visit: Visit) -> str:
    """What was asked last in the open chat."""
    if not visit.conversation:
        return ""
    messages = visit.api.conversation(visit.conversation).get("messages") or ()
    asked = [str(message.get("content") or "") for message in messages if message.get("role") == "user"]
    return asked[-1].strip()[:500] if asked else ""


@st.cache_resource(max_entries=12, ttl=FRESH_SECONDS, show_spinner=False)  # type: ignore[untyped-decorator]
def _map(_api: Api, address: str, token: str, collection: str, question: str) -> Json:
    return _api.map(collection, question, THUMBNAILS, holes=True)


@st.fragment(run_every=2.0)  # type: ignore[untyped-decorator]
def _settling(visit: Visit, collection: str, question: str) -> None:
    """A large collection is arranged in the background: look again until it is done."""
    st.caption(f":shimmer[{visit.say('map.arranging')}]")
    try:
        done = visit.api.map(collection)["state"] == "ready"
    except ApiFault:
        return
    if done:
        _map.clear()
        st.rerun()


@st.cache_resource  # type: ignore[untyped-decorator]
def _component() -> Callable[..., Any]:
    made: Callable[..., Any] = st.components.v2.component(
        "synesthesia_map", html='<div class="map-root"></div>', css=drawing.style(), js=drawing.component_script()
    )
    return made


def _draw(visit: Visit, found: Json) -> list[str]:
    """The map; ids of the items chosen on it."""
    stamp = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
    result = _component()(
        key=f"map-{found['collection']}-{visit.language}", default={"selected": []}, on_selected_change=lambda: None, height=HEIGHT,
        data={"map": found, "words": drawing.words(visit.language), "language": visit.language, "stamp": stamp},
    )  # fmt: skip
    known = {str(point["item_id"]) for point in found["points"]}
    return [str(item_id) for item_id in getattr(result, "selected", None) or () if item_id in known]


def _about(visit: Visit, found: Json, ids: Sequence[str], chat_page: Any) -> None:
    """Ask about what is chosen: the chosen passages go along as one document, pictures and sounds as they are."""
    if not ids:
        st.caption(visit.say("map.choose"))
        return
    wanted = set(ids)
    points = [point for point in found["points"] if point["item_id"] in wanted]
    passages = [point for point in points if point["modality"] == "text"][:PASSAGES]
    media = list(dict.fromkeys(str(p["file_id"]) for p in points if p["modality"] != "text" and p.get("file_id")))
    with st.form("map-ask", border=False, clear_on_submit=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            words = st.text_input(visit.say("map.ask", count=len(ids)), max_chars=2000, placeholder=visit.say("map.ask_help"))
            sent = st.form_submit_button(visit.say("map.send"), type="primary", icon=":material/send:")
        st.caption(visit.say("map.along", passages=len(passages), media=min(len(media), ATTACHED)))
        if len(media) > ATTACHED:
            st.caption(visit.say("map.too_many", count=ATTACHED, total=len(media)))
    if sent and words and words.strip():
        try:
            attached = (*_media(visit, media[:ATTACHED]), *_passages(visit, passages))
        except ApiFault as fault:
            visit.fault(fault)
            return
        st.session_state["pending"] = Asked(words.strip(), attached)
        st.switch_page(chat_page, query_params=visit.address(visit.conversation))


def _passages(visit: Visit, points: Sequence[Json]) -> list[Attached]:
    """The chosen passages as one document, each under its title."""
    told = [visit.api.item(str(point["item_id"])) for point in points]
    parts = [f"# {' '.join(str(item.get('title') or '').split())}\n\n{item.get('text') or ''}\n" for item in told]
    return [Attached(visit.say("map.selection"), "text/markdown", "\n".join(parts).encode())] if parts else []


def _media(visit: Visit, files: Sequence[str]) -> list[Attached]:
    given = [(str(visit.api.file(file_id).get("filename") or file_id), visit.file(file_id)) for file_id in files]
    return [Attached(name, content[1], content[0]) for name, content in given if content]


def _holes(visit: Visit, found: Json) -> None:
    """Questions that were asked and that nothing here answers."""
    if not found.get("holes"):
        return
    st.markdown(f"**{visit.say('map.holes')}**")
    for hole in found["holes"]:
        nearest = max(hole["hits"], key=lambda hit: hit["probability"], default=None)
        near = visit.say("map.nearest", title=label(nearest["title"], 60), share=f"{nearest['probability']:.0%}") if nearest else ""
        st.caption(f":material/help: {label(hole['text'], 160)}" + (f" · {near}" if near else ""))
