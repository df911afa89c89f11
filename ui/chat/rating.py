"""Thumbs under an answer: what a person thinks of it goes to the service, with a comment when it was not good."""

from __future__ import annotations

import streamlit as st

from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import Visit

THUMBS = {"down": 0, "up": 1}
"""Place of each rating in Streamlit's thumbs."""


def show(visit: Visit, message: str, known: Json) -> None:
    """The thumbs of a stored answer, as they were left; after a thumb down also a box for what was wrong."""
    key = f"rate-{message}"
    st.feedback("thumbs", key=key, default=THUMBS.get(str(known.get("rating"))), on_change=_rate, args=(visit, message))
    if known.get("rating") == "down":
        with st.popover(visit.say("act.why"), icon=":material/edit_note:", type="tertiary"), st.form(f"why-{message}", border=False):
            comment = st.text_area(visit.say("act.wrong"), str(known.get("comment") or ""), max_chars=2000)
            if st.form_submit_button(visit.say("side.save"), type="primary"):
                _send(visit, message, "down", str(comment or "").strip())
                st.rerun()


def _rate(visit: Visit, message: str) -> None:
    chosen = st.session_state.get(f"rate-{message}")
    _send(visit, message, next((name for name, place in THUMBS.items() if place == chosen), "none"))


def _send(visit: Visit, message: str, rating: str, comment: str = "") -> None:
    try:
        visit.api.rate(message, rating, comment)
    except ApiFault as fault:
        st.toast(label(fault.message, 200))
        return
    if rating != "none":
        st.toast(visit.say("act.thanks"), icon=":material/favorite:")
