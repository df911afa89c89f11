"""What one run of the page has in hand: the service, the language, the turns in flight. Holds no state but a conversation id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from retrieval import catalogue
from ui.chat import entrance
from ui.chat.client import Api, ApiFault
from ui.chat.inert import label
from ui.chat.live import LiveTurns
from ui.chat.settings_of_page import where

MOST_PEOPLE = 1000
"""Whose connections and running turns are kept; each is found by the token alone, so nobody gets another's.

All is kept with `cache_resource`, as it is: `cache_data` would pickle it, and nothing here is unpickled.
"""
LANGUAGES = {"en": "English", "zh": "中文"}


@st.cache_resource(max_entries=MOST_PEOPLE)  # type: ignore[untyped-decorator]
def _api(address: str, token: str) -> Api:
    return Api(address, token)


@st.cache_resource(max_entries=MOST_PEOPLE)  # type: ignore[untyped-decorator]
def _turns(address: str, token: str) -> LiveTurns:
    return LiveTurns()


@st.cache_resource(max_entries=200, ttl=3600, show_spinner=False)  # type: ignore[untyped-decorator]
def _file(_api: Api, address: str, token: str, file_id: str, form: str) -> tuple[bytes, str]:
    return _api.content(file_id, form)


@st.cache_resource(max_entries=200, ttl=3600, show_spinner=False)  # type: ignore[untyped-decorator]
def _marked(_api: Api, address: str, token: str, file_id: str, regions: tuple[str, ...]) -> tuple[bytes, str]:
    return _api.evidence(f"files/{file_id}", {"region": regions})


@dataclass(frozen=True)
class Visit:
    """One run of the page."""

    api: Api
    turns: LiveTurns
    language: str
    token: str = ""

    def say(self, key: str, **values: object) -> str:
        """The sentence `key` in the language of the page."""
        return catalogue.say("ui.chat", self.language, key, **values)

    def file(self, file_id: str, form: str = "content") -> tuple[bytes, str] | None:
        """Bytes and media type of a stored file (they never change, so they are kept for an hour); None when it is gone."""
        try:
            found: tuple[bytes, str] = _file(self.api, self.api.address, self.token, file_id, form)
            return found
        except ApiFault:
            return None

    def marked(self, file_id: str, regions: tuple[str, ...]) -> bytes | None:
        """The picture with all the regions drawn on it, each `left,top,right,bottom,number`; None when it cannot be shown."""
        try:
            data, kind = _marked(self.api, self.api.address, self.token, file_id, regions)
        except ApiFault:
            return None
        return bytes(data) if kind.startswith("image/") else None

    def fault(self, fault: ApiFault) -> None:
        """Say what went wrong and what to do next."""
        if fault.down:
            st.error(self.say("fault.down", address=label(self.api.address)), icon=":material/cloud_off:")
            st.code("assistant serve", language=None)
            st.button(self.say("fault.again"), icon=":material/refresh:", key="again")
            return
        message = label(fault.message, 400)
        if fault.status in (401, 403):
            message = f"{message}  \n{self.say('fault.token')}"
        elif fault.hint:
            message = f"{message}  \n{label(fault.hint, 400)}"
        st.error(message, icon=":material/error:")

    def attempt(self, work: Callable[[], object]) -> None:
        """Have the service do something, and draw the page anew; say what went wrong when it did not."""
        try:
            work()
        except ApiFault as fault:
            self.fault(fault)
            return
        st.rerun()

    def address(self, conversation: str | None = None) -> dict[str, str]:
        """What the address of every page of ours carries: the conversation (the open one unless given) and the language."""
        chat = self.conversation if conversation is None else conversation
        return {**({"c": chat} if chat else {}), "lang": self.language}

    @property
    def conversation(self) -> str:
        """The open conversation, kept in the address of the page so that a reload finds it; empty for a new chat."""
        return str(st.query_params.get("c", ""))


def open_conversation(conversation: str) -> None:
    """Make `conversation` the open one; empty for a new chat."""
    if conversation:
        st.query_params["c"] = conversation
    elif "c" in st.query_params:
        del st.query_params["c"]


def visit() -> Visit:
    """The Visit of this run, in the language chosen or, at first, that of the browser."""
    language = _language()
    address, token = where()[0], entrance.token(language)
    return Visit(_api(address, token), _turns(address, token), language, token)


def _language() -> str:
    """The language in the page's address, else the one chosen in this session, else that of the browser."""
    for chosen in (st.query_params.get("lang"), st.session_state.get("language")):
        if chosen in LANGUAGES:
            st.session_state["language"] = chosen
            return str(chosen)
    return "zh" if str(st.context.locale or "").lower().startswith("zh") else "en"
