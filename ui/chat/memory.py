"""The part of the Settings page about memory: what a person asked to be remembered, to be seen, corrected, switched off and deleted."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import Visit


def show(visit: Visit) -> None:
    """The switch, the facts, and what can be done with them."""
    st.subheader(f":material/psychology_alt: {visit.say('memory.title')}", anchor=False)
    st.markdown(visit.say("memory.text"))
    try:
        memory = visit.api.memory()
    except ApiFault:
        st.caption(visit.say("memory.unreachable"))
        return
    on, facts = bool(memory.get("enabled")), list(memory.get("data") or ())
    if st.toggle(visit.say("memory.on"), value=on, key="memory-on") != on:
        _try(visit, lambda: visit.api.switch_memory(not on))
    for fact in facts:
        _row(visit, fact, on)
    if not facts:
        st.caption(visit.say("memory.nothing"))
    if on:
        with st.form("memory-new", clear_on_submit=True, border=False):
            text = st.text_input(visit.say("memory.new"), max_chars=500, key="memory-text", placeholder=visit.say("memory.example"))
            if st.form_submit_button(visit.say("memory.add")) and text and text.strip():
                _try(visit, lambda: visit.api.add_fact(text.strip()))
    if facts:
        _all(visit)


def _row(visit: Visit, fact: Json, on: bool) -> None:
    key, text = str(fact["id"]), str(fact.get("text") or "")
    with st.container(horizontal=True, vertical_alignment="center", key=f"fact-{key}"):
        st.text(text)
        st.caption(time.strftime("%Y-%m-%d", time.localtime(float(fact.get("updated_at") or 0))))
        if on and st.button(visit.say("memory.edit"), icon=":material/edit:", type="tertiary", key=f"fact-edit-{key}"):
            st.dialog(visit.say("memory.edit"), icon=":material/edit:")(_edit)(visit, key, text)
        if st.button(visit.say("memory.forget"), icon=":material/delete:", type="tertiary", key=f"fact-forget-{key}"):
            _try(visit, lambda: visit.api.forget_fact(key))


def _edit(visit: Visit, fact: str, text: str) -> None:
    with st.form("memory-edit", border=False):
        new = st.text_input(visit.say("memory.new"), value=text, max_chars=500)
        if st.form_submit_button(visit.say("side.save"), type="primary") and new and new.strip():
            _try(visit, lambda: visit.api.change_fact(fact, new.strip()))


def _all(visit: Visit) -> None:
    """Everything at once: as a file, or away."""
    with st.container(horizontal=True):
        st.download_button(
            visit.say("memory.export"), visit.api.export_facts, "memory.json", "application/json",
            icon=":material/download:", key="memory-export",
        )  # fmt: skip
        if st.button(visit.say("memory.forget_all"), icon=":material/delete_sweep:", key="memory-forget-all"):
            st.dialog(visit.say("memory.forget_all"))(_sure)(visit)


def _sure(visit: Visit) -> None:
    st.markdown(visit.say("memory.sure"))
    if st.button(visit.say("memory.forget_all"), type="primary", key="memory-sure"):
        _try(visit, visit.api.forget_facts)


def _try(visit: Visit, work: Callable[[], object]) -> None:
    try:
        work()
    except ApiFault as fault:
        st.error(label(fault.message, 400))
        return
    st.rerun()
