"""Emotion on the chat page: the switch of a chat, and what was read of a turn, as a thin strip that opens into a chart. Decides nothing.

The service keeps no reading, so the page holds those of this visit in its own session; they are gone with the window, or with the switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import streamlit as st

from ui.chat.client import ApiFault, Attached, Json
from ui.chat.feeling_chart import CSS, chart, strip_line
from ui.chat.visit import Visit

CAMERA = "camera.jpg"
"""Name by which the service knows a picture that the person took of themselves."""
MOST = 40
"""Readings that a visit remembers."""


def switch(visit: Visit, keep: Callable[[Visit], None]) -> None:
    """The consent of this chat, off by default, with a sentence on what it does; shut, with the reason, where the deployment forbids it."""
    policy = _policy(visit)
    allowed = bool(policy.get("allowed", True))
    if not allowed:
        st.session_state["consent"] = False
    on = st.toggle(visit.say("side.consent"), key="consent", on_change=_switched, args=(visit, keep), disabled=not allowed)
    if not allowed:
        st.caption(f":material/block: {policy.get('reason')}")
    else:
        st.caption(visit.say("feeling.on" if on else "feeling.off"))
    if allowed and on and st.toggle(visit.say("feeling.camera"), key="camera-on", help=visit.say("feeling.camera_help")):
        st.camera_input(visit.say("feeling.camera"), key=_shot_key(), label_visibility="collapsed", resolution="480p")


def shot() -> tuple[Attached, ...]:
    """The picture that the person took of themselves for this message, once; none without their consent."""
    taken = st.session_state.get(_shot_key()) if st.session_state.get("consent") and st.session_state.get("camera-on") else None
    if taken is None:
        return ()
    st.session_state["camera-shots"] = int(st.session_state.get("camera-shots", 0)) + 1  # the next message needs a picture of its own
    return (Attached(CAMERA, taken.type or "image/jpeg", taken.getvalue()),)


def _shot_key() -> str:
    return f"camera-{st.session_state.get('camera-shots', 0)}"


def _policy(visit: Visit) -> Json:
    """What the service allows, asked once a visit and language."""
    key = f"emotion-policy-{visit.language}"
    if key not in st.session_state:
        try:
            st.session_state[key] = visit.api.emotion_policy(visit.language)
        except ApiFault:  # an older service, or one that is gone: the turn itself will say so
            return {}
    return dict(st.session_state[key])


def _switched(visit: Visit, keep: Callable[[Visit], None]) -> None:
    if not st.session_state.get("consent"):
        st.session_state.pop("feelings", None)
    keep(visit)


def gather(chunks: Iterable[Json]) -> None:
    """Take the readings of a turn that has ended from its stream; nothing where nobody agreed or asked."""
    found: Json | None = None
    message = ""
    for chunk in chunks:
        trace = chunk.get("trace") or {}
        event = trace.get("event") or {}
        message = str(trace.get("message_id") or message)
        if event.get("type") == "felt":
            found = found or event.get("emotion")
        elif event.get("type") == "tool_finished" and event.get("tool") == "analyze_emotion" and event.get("ok"):
            found = event.get("data") or found
    if found and message:
        known: dict[str, Any] = st.session_state.setdefault("feelings", {})
        known[message] = found
        for old in list(known)[:-MOST]:
            del known[old]


def strip(visit: Visit, message: str, trace: Json) -> None:
    """What was read of the turn that this answer is for; nothing where nothing was read."""
    read = trace.get("emotion") or (st.session_state.get("feelings") or {}).get(message)
    if not read:
        return
    with st.container(key=f"feeling-{message}", gap="xxsmall"):
        st.html(CSS + strip_line(visit.say, read))
        with st.expander(visit.say("feeling.more"), icon=":material/bar_chart:", type="compact"):
            st.html(chart(visit.say, read))
            st.caption(visit.say("feeling.kept" if trace.get("emotion") else "feeling.hint"))
