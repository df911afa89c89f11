"""The page about other pages: keys for them, the line to put there, and what visitors asked."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import Visit

ICONS = {"answered": ":material/check_circle:", "refused": ":material/search_off:", "failed": ":material/error:"}
THUMBS = {"up": ":material/thumb_up:", "down": ":material/thumb_down:"}
FILTERS = ("", "refused", "down", "up")
SHOWN = 100


def show(visit: Visit) -> None:
    """The keys, a form for a new one, and the questions of each."""
    st.title(visit.say("page.widgets"), anchor=False)
    st.markdown(visit.say("widgets.lead"))
    try:
        keys, collections = visit.api.publishable_keys(), visit.api.collections()
    except ApiFault as fault:
        visit.fault(fault)
        return
    with st.popover(visit.say("widgets.new"), icon=":material/add:"):
        _form(visit, collections)
    if not keys:
        st.caption(f":material/web: {visit.say('widgets.none')}")
    names = {str(found["id"]): str(found["name"]) for found in collections}
    for key in keys:
        _key(visit, key, names)


def _form(visit: Visit, collections: list[Json]) -> None:
    if not collections:
        st.caption(visit.say("widgets.no_collections"))
        return
    names = [str(found["name"]) for found in collections]
    with st.form("widget-new", border=False, clear_on_submit=False):
        name = st.text_input(visit.say("widgets.name"), max_chars=64)
        origins = st.text_area(
            visit.say("widgets.origins"), placeholder="https://www.shop.example", help=visit.say("widgets.origins_help"), height=80
        )
        chosen = st.multiselect(visit.say("widgets.collections"), names, default=names[:1])
        contact = st.text_input(visit.say("widgets.contact"), placeholder="help@shop.example", max_chars=300)
        per_day = st.number_input(visit.say("widgets.per_day"), min_value=1, max_value=1_000_000, value=1000)
        photo = st.checkbox(visit.say("widgets.photo"), value=True)
        voice = st.checkbox(visit.say("widgets.voice"), value=True)
        if not st.form_submit_button(visit.say("widgets.make"), type="primary"):
            return
    terms: dict[str, Any] = {
        "name": name, "origins": (origins or "").split(), "collections": chosen, "contact": (contact or "").strip(),
        "per_day": int(per_day), "photo": bool(photo), "voice": bool(voice),
    }  # fmt: skip
    visit.attempt(lambda: visit.api.make_publishable_key(terms))


def _key(visit: Visit, key: Json, names: dict[str, str]) -> None:
    counts = key["counts"]
    with st.container(border=True, key=f"widget-{key['id']}"):
        st.subheader(label(str(key["name"]), 64), anchor=False)
        open_to = " · ".join(names.get(str(found), visit.say("widgets.gone")) for found in key["collections"])
        st.caption(f"{label(', '.join(key['origins']), 300)} — {label(open_to, 200)}")
        st.code(str(key["snippet"]), language="html", wrap_lines=True)
        with st.container(horizontal=True):
            for name in ("asked", "refused", "up", "down"):
                st.metric(visit.say(f"widgets.{name}"), counts[name])
            st.metric(visit.say("widgets.today"), f"{key['asked_today']} / {key['per_day']}")
        with st.expander(visit.say("widgets.questions", count=counts["asked"]), key=f"widget-asked-{key['id']}"):
            _questions(visit, key)
        with st.popover(visit.say("widgets.revoke"), icon=":material/block:", type="tertiary"):
            _revoke(visit, key)


def _questions(visit: Visit, key: Json) -> None:
    only = st.segmented_control(
        visit.say("widgets.which"), FILTERS, format_func=lambda name: visit.say(f"widgets.only_{name or 'all'}"), default="",
        label_visibility="collapsed", key=f"widget-only-{key['id']}",
    )  # fmt: skip
    try:
        found = visit.api.visits(str(key["id"]), only or "", SHOWN)
    except ApiFault as fault:
        visit.fault(fault)
        return
    if not found:
        st.caption(visit.say("widgets.nothing"))
    for asked in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(int(asked["created_at"])))
        marks = f"{ICONS[asked['outcome']]} {THUMBS.get(asked['rating'], '')}"
        st.markdown(f"{marks} **{label(str(asked['question']) or '—', 300)}**  \n{label(str(asked['answer']), 300)}")
        st.caption(when)
    st.caption(visit.say("widgets.answer_them"))
    if found and st.button(visit.say("widgets.forget"), icon=":material/delete:", type="tertiary", key=f"widget-forget-{key['id']}"):
        visit.attempt(lambda: visit.api.forget_visits(str(key["id"])))


def _revoke(visit: Visit, key: Json) -> None:
    st.markdown(visit.say("widgets.revoke_sure", name=label(str(key["name"]), 64)))
    if st.button(visit.say("widgets.revoke"), type="primary", key=f"widget-revoke-{key['id']}"):
        visit.attempt(lambda: visit.api.revoke_publishable_key(str(key["id"])))
