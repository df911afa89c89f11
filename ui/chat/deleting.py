"""Deleting: the two buttons below the question whether something is to go. Knows nothing of what goes."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.chat.visit import Visit


def buttons(visit: Visit, key: str, delete: Callable[[], object]) -> None:
    """To delete it, or to keep it; `key` begins their names on the page."""
    with st.container(horizontal=True):
        if st.button(visit.say("side.delete_yes"), type="primary", key=f"{key}-yes"):
            visit.attempt(delete)
            return
        if st.button(visit.say("side.keep"), key=f"{key}-no"):
            st.rerun()
