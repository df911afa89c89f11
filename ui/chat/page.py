"""The entry of the page: `streamlit run ui/chat/page.py -- --api http://127.0.0.1:8000`. Chooses the page and draws the side."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.chat import about, chatting, gallery, knowledge, mapping, reviewing, sidebar, widgets
from ui.chat.client import ApiFault
from ui.chat.inert import label
from ui.chat.look import dress, favicon
from ui.chat.visit import Visit, visit


def main() -> None:
    """One run of the page."""
    st.set_page_config(page_title="Synesthesia", page_icon=favicon(), layout="centered", initial_sidebar_state="auto")
    here = visit()
    pages: dict[str, Any] = {
        "chat": st.Page(lambda: chatting.show(visit(), pages), title=here.say("page.chat"), url_path="chat", default=True),
        "knowledge": st.Page(lambda: knowledge.show(visit()), title=here.say("page.knowledge"), url_path="knowledge"),
        "map": st.Page(lambda: mapping.show(visit(), pages["chat"]), title=here.say("page.map"), url_path="map"),
        "gallery": st.Page(lambda: gallery.show(visit(), pages), title=here.say("page.gallery"), url_path="gallery"),
        "reviews": st.Page(lambda: reviewing.show(visit()), title=here.say("page.reviews"), url_path="reviews"),
        "widgets": st.Page(lambda: widgets.show(visit()), title=here.say("page.widgets"), url_path="website"),
        "settings": st.Page(lambda: about.show(visit()), title=here.say("page.settings"), url_path="settings"),
    }
    chosen = st.navigation(list(pages.values()), position="hidden")
    dress()
    if not standing(here):
        return
    sidebar.show(here, pages)
    chosen.run()


def standing(here: Visit) -> bool:
    """Whether the service can answer; says so and looks again every two seconds when it cannot."""
    try:
        ready = here.api.readiness()
    except ApiFault as fault:
        here.fault(fault)
        _look_again(here)
        return False
    start = str((ready.get("parts") or {}).get("start", ""))
    if start.startswith("failed"):
        st.error(label(start.removeprefix("failed:"), 400), icon=":material/error:")
    elif start:
        st.info(here.say("fault.starting"), icon=":material/hourglass_top:")
        _look_again(here)
    return not start


@st.fragment(run_every=2.0)  # type: ignore[untyped-decorator]
def _look_again(here: Visit) -> None:
    """Bring the page back as soon as the service answers."""
    try:
        parts = here.api.readiness().get("parts") or {}
    except ApiFault:
        return
    if "start" not in parts:
        st.rerun()


main()
