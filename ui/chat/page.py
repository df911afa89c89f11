"""The entry of the page: `streamlit run ui/chat/page.py -- --api http://127.0.0.1:8000`. Chooses the page and draws the side."""

from __future__ import annotations

import streamlit as st

from ui.chat import about, chatting, knowledge, sidebar
from ui.chat.look import dress, favicon
from ui.chat.visit import visit


def main() -> None:
    """One run of the page."""
    st.set_page_config(page_title="Synesthesia", page_icon=favicon(), layout="centered", initial_sidebar_state="auto")
    here = visit()
    pages = {
        "chat": st.Page(lambda: chatting.show(visit()), title=here.say("page.chat"), url_path="chat", default=True),
        "knowledge": st.Page(lambda: knowledge.show(visit()), title=here.say("page.knowledge"), url_path="knowledge"),
        "settings": st.Page(lambda: about.show(visit()), title=here.say("page.settings"), url_path="settings"),
    }
    chosen = st.navigation(list(pages.values()), position="hidden")
    dress()
    sidebar.show(here, pages)
    chosen.run()


main()
