"""The side: new chat, search, history by day, what this chat may use, and the way to the other pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from ui.chat import entrance, feeling
from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import LANGUAGES, Visit, open_conversation

PAGES = {
    "chat": ":material/forum:", "knowledge": ":material/folder_open:", "map": ":material/scatter_plot:",
    "gallery": ":material/photo_library:", "reviews": ":material/fact_check:", "widgets": ":material/web:", "settings": ":material/tune:",
}  # fmt: skip
SHOWN = 30
"""Chats listed before 'more'."""


def show(visit: Visit, pages: dict[str, Any]) -> None:
    """The whole side."""
    with st.sidebar:
        st.markdown(f"### :material/graphic_eq: {visit.say('name')}", anchors=False)
        entrance.show(visit.api, visit.language)
        if st.button(visit.say("side.new"), icon=":material/add:", width="stretch", key="new"):
            _open(visit, pages, "")
        query = st.text_input(
            visit.say("side.search"), placeholder=visit.say("side.search"), label_visibility="collapsed", key="query",
            icon=":material/search:",
        )  # fmt: skip
        with st.container(gap="xxsmall", key="chats"):
            _history(visit, pages, query or "")
        st.divider()
        _choices(visit)
        st.divider()
        for name, icon in PAGES.items():
            st.page_link(pages[name], label=visit.say(f"page.{name}"), icon=icon, query_params=visit.address())
        voice = f"{visit.api.address}/voice?lang={visit.language}"
        st.page_link(voice, label=visit.say("page.voice"), icon=":material/mic:")
        st.segmented_control(
            visit.say("side.language"), list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="lang", default=visit.language,
            required=True, label_visibility="collapsed", on_change=_switch_language,
        )  # fmt: skip


def _switch_language() -> None:
    st.query_params["lang"] = st.session_state["language"] = st.session_state["lang"]


def _open(visit: Visit, pages: dict[str, Any], conversation: str) -> None:
    """Go to a conversation from whichever page this is."""
    for key in ("collections", "consent", "choices_of", "evidence", "picture"):
        st.session_state.pop(key, None)
    st.switch_page(pages["chat"], query_params=visit.address(conversation))


def _history(visit: Visit, pages: dict[str, Any], query: str) -> None:
    try:
        chats = visit.api.conversations(query)
    except ApiFault:
        st.caption(visit.say("side.unreachable"))
        return
    if not chats:
        st.caption(visit.say("side.nothing_found") if query else visit.say("side.no_chats"))
    most = len(chats) if st.session_state.get("all_chats") else SHOWN
    heading = ""
    for chat in chats[:most]:
        day = day_of(float(chat.get("updated_at") or chat.get("created_at") or 0), visit.say, zone())
        if day != heading:
            st.caption(day)
            heading = day
        _row(visit, pages, chat)
    if len(chats) > most and st.button(visit.say("side.more", count=len(chats) - most), type="tertiary", key="more"):
        st.session_state["all_chats"] = True
        st.rerun()


def _row(visit: Visit, pages: dict[str, Any], chat: Json) -> None:
    key, title = str(chat["id"]), str(chat.get("title") or "")
    with st.container(horizontal=True, gap=None, wrap=False, vertical_alignment="center", key=f"history-{key}"):
        chosen = key == visit.conversation
        text = label(title, 60) or visit.say("side.untitled")
        with st.container(key=f"open-{key}"):
            if st.button(f"**{text}**" if chosen else text, key=f"go-{key}", type="tertiary", width="stretch"):
                _open(visit, pages, key)
        act = st.menu_button(
            visit.say("side.menu", title=text), ["rename", "delete"], format_func=lambda name: visit.say(f"side.{name}"),
            icon=":material/more_horiz:", type="tertiary", key=f"menu-{key}", help=visit.say("side.menu", title=text),
        )  # fmt: skip
    if act == "rename":
        st.dialog(visit.say("side.rename"), icon=":material/edit:")(_rename)(visit, key, title)
    elif act == "delete":
        st.dialog(visit.say("side.delete"), icon=":material/delete:")(_delete)(visit, key, title)


def _rename(visit: Visit, conversation: str, title: str) -> None:
    with st.form("rename", border=False):
        new = st.text_input(visit.say("side.title"), value=title, max_chars=120)
        if st.form_submit_button(visit.say("side.save"), type="primary") and new and new.strip():
            visit.attempt(lambda: visit.api.change(conversation, title=new.strip()))


def _delete(visit: Visit, conversation: str, title: str) -> None:
    st.markdown(visit.say("side.delete_sure", title=label(title, 60) or visit.say("side.untitled")))
    with st.container(horizontal=True):
        if st.button(visit.say("side.delete_yes"), type="primary", key="delete-yes"):
            if conversation == visit.conversation:
                open_conversation("")
            visit.attempt(lambda: visit.api.forget(conversation))
        if st.button(visit.say("side.keep"), key="delete-no"):
            st.rerun()


def _choices(visit: Visit) -> None:
    """What this chat may search, and whether it may read feelings; kept by the service with the chat."""
    try:
        known = visit.api.collections()
        if st.session_state.get("choices_of") != visit.conversation:
            chat = visit.api.about(visit.conversation) if visit.conversation else {}
            _adopt(visit, chat, known)
    except ApiFault:
        return
    names = {str(c["id"]): str(c.get("name")) for c in known}  # no counts: a choice whose label changes is lost
    if len(known) > 0:
        st.multiselect(
            visit.say("side.collections"), list(names), format_func=lambda key: names.get(key, key), key="collections",
            placeholder=visit.say("side.default_collection"), on_change=_keep, args=(visit,), help=visit.say("side.collections_help"),
        )  # fmt: skip
    feeling.switch(visit, _keep)


def _adopt(visit: Visit, chat: Json, known: Sequence[Json]) -> None:
    """Take over the choices of the chat just opened. A chat just begun keeps what was chosen for it."""
    if visit.conversation or "collections" not in st.session_state:
        wanted = list(chat.get("collections") or ())
        st.session_state["collections"] = [str(c["id"]) for c in known if c["id"] in wanted or c.get("name") in wanted]
        st.session_state["consent"] = bool(chat.get("consent"))
    st.session_state["choices_of"] = visit.conversation


def choose(visit: Visit, collections: Sequence[str]) -> None:
    """Let this chat search these collections from now on. To be called before the sidebar is drawn."""
    st.session_state["collections"] = list(collections)
    _keep(visit)


def _keep(visit: Visit) -> None:
    if visit.conversation:
        try:
            visit.api.change(
                visit.conversation, collections=list(st.session_state["collections"]), consent=bool(st.session_state["consent"])
            )
        except ApiFault as fault:
            st.toast(label(fault.message, 200))


def count(collection: Json) -> int:
    """Items of a collection; its files where the service counts only those."""
    if collection.get("items") is not None:
        return int(collection["items"])
    counts = collection.get("file_counts") or {}
    return int(counts.get("total") or 0)


def zone() -> Any:
    """The time zone of the browser."""
    try:
        return ZoneInfo(str(st.context.timezone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return timezone(timedelta(0))


def day_of(when: float, say: Callable[..., str], where: Any, today: date | None = None) -> str:
    """Heading of the day of `when` (seconds since the epoch): today, yesterday, this week, or the month."""
    day = datetime.fromtimestamp(when, where).date()
    now = today or datetime.now(where).date()
    if day >= now:
        return say("day.today")
    if day == now - timedelta(days=1):
        return say("day.yesterday")
    if day > now - timedelta(days=7):
        return say("day.week")
    return say("day.month", year=day.year, month=f"{day.month:02d}")
