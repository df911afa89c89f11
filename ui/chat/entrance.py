"""Who looks at the page, and with which token it speaks for them. The service decides; this only carries what it said.

Three ways: a session by password, in a cookie that scripts cannot read; an identity of a provider, which Streamlit has checked; and, while
there are no accounts and the page listens on this machine only, no login at all.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from retrieval import catalogue
from ui.chat.client import Api, ApiFault, Json
from ui.chat.inert import label
from ui.chat.look import alone
from ui.chat.settings_of_page import COOKIE, beyond_this_machine, providers, where

FRESH_SECONDS = 2.0


@st.cache_resource(ttl=FRESH_SECONDS, show_spinner=False)  # type: ignore[untyped-decorator]
def _accounts_exist(address: str) -> bool:
    api = Api(address)
    try:
        return api.login_needed()
    except ApiFault as fault:
        if fault.status == 404:  # a service from before there were accounts
            return False
        raise
    finally:
        api.close()


def token(language: str) -> str:
    """The token of whoever looks at the page. Where nobody is known it says how to come in, and the run ends here."""
    address, machine = where()
    try:
        locked = _accounts_exist(address) or beyond_this_machine() or bool(providers())
    except ApiFault:
        return ""  # nobody answers; the page says so, and nothing can be seen
    if not locked:
        return machine
    known = st.context.cookies.get(COOKIE, "") or _vouched_for(address, machine, language)
    if known and (person := _person(address, known)):
        st.session_state["person"] = person
        return known
    _ask(language, exist=_accounts_exist(address))
    raise StopException


def show(api: Api, language: str) -> None:
    """Who is logged in, and the way out."""
    person: Json | None = st.session_state.get("person")
    if person is None:
        return
    name = label(str(person["name"]), 60)
    st.caption(f":material/person: {name}")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap=None, key="person"):
        if person["login"] == "password":
            st.link_button(_say(language, "change"), f"/password?lang={language}", type="tertiary", icon=":material/key:")
        if st.button(_say(language, "out"), type="tertiary", icon=":material/logout:", key="logout"):
            _leave(api)


def _leave(api: Api) -> None:
    """End the session at the service first: what is left in the browser opens nothing."""
    try:
        api.log_out()
    except ApiFault as fault:
        st.error(label(fault.message, 300))
        return
    st.session_state.clear()
    if st.user.get("is_logged_in"):
        st.logout()
        st.stop()
    st.rerun()


def _person(address: str, token: str) -> Json | None:
    """The account behind a token; None when its session is over."""
    api = Api(address, token)
    try:
        account: Json | None = api.whoami()["account"]
        return account
    except ApiFault as fault:
        if fault.status in (401, 403):
            return None
        raise
    finally:
        api.close()


def _vouched_for(address: str, machine: str, language: str) -> str:
    """The session of the identity that Streamlit has checked; kept for this visit. Empty for none."""
    if not providers() or not st.user.get("is_logged_in"):
        return ""
    claims: dict[str, Any] = st.user.to_dict()
    kept = st.session_state.get("vouched")
    if kept and _person(address, str(kept)):
        return str(kept)
    identity = {"issuer": str(claims.get("iss", "")), "subject": str(claims.get("sub", "")), "issued_at": float(claims.get("iat") or 0)}
    told = {"name": str(claims.get("name") or "")[:200], "email": str(claims.get("email") or "")[:320]}
    api = Api(address, machine)
    try:
        begun = api.recognise(identity | told | {"email_verified": claims.get("email_verified") is True})
    except ApiFault as fault:
        st.error(label(fault.message, 300), icon=":material/lock:")
        return ""
    finally:
        api.close()
    st.session_state["vouched"] = begun["token"]
    return str(begun["token"])


def _ask(language: str, *, exist: bool) -> None:
    """The ways to come in."""
    wanted = str(st.query_params.get("oidc", ""))
    if wanted in providers() and not st.user.get("is_logged_in"):
        st.login(None if wanted == "default" else wanted)
        st.stop()
    st.session_state.pop("person", None)
    alone()
    st.info(_say(language, "needed"), icon=":material/lock:")
    with st.container(horizontal=True):
        page = "login" if exist or providers() else "first"
        st.link_button(_say(language, "title" if page == "login" else "first"), f"/{page}?lang={language}", type="primary")
        if st.user.get("is_logged_in") and st.button(_say(language, "other"), key="other"):
            st.logout()


def _say(language: str, key: str, **values: object) -> str:
    return catalogue.say("ui.chat", language, f"login.{key}", **values)
