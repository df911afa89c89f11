"""The chat: the conversation as the service keeps it, the turn in flight, and the box to write in. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from ui.chat import answers, evidence, feeling, history, viewer
from ui.chat.bridge import clicked_mark
from ui.chat.client import ApiFault, Attached, Json, part
from ui.chat.following import follow
from ui.chat.inert import label
from ui.chat.live import Asked, LiveTurn
from ui.chat.visit import Visit, open_conversation

SUGGESTIONS = ("help", "warranty", "jacket", "dog")


def show(visit: Visit, pages: dict[str, Any]) -> None:
    """The whole chat page."""
    sent = st.chat_input(
        visit.say("chat.placeholder"), key="ask", accept_file="multiple", accept_audio=True, submit_mode="stop", max_chars=32_000,
    )  # fmt: skip
    stored = _stored(visit)
    if stored is None:
        return
    messages: list[Json] = list(stored.get("messages") or [])
    asked = Asked(sent.text or "", _files(sent)) if sent else st.session_state.pop("pending", None)
    live = visit.turns.of(visit.conversation) if visit.conversation else None
    if asked is not None and (asked.text.strip() or asked.files):
        live = _begin(visit, asked, len(messages))
    drawn = f"{visit.conversation}-{live.before + 2 if live else len(messages)}" if messages or live else ""
    mark = clicked_mark(drawn, rests=live is None)
    if live is None and not messages:
        _welcome(visit)
    room = f"chat {visit.conversation}"
    clicked = history.show(visit, stored, messages[: live.before] if live else messages, room, busy=live is not None)
    chosen = clicked or _source_of(messages, mark)
    if chosen:
        viewer.close()
        evidence.choose(chosen, room)
    if asked is not None or viewer.chosen(room):  # one drawer at a time
        evidence.close()
    if live is not None:
        viewer.close()
    viewer.show(visit, room, pages)
    evidence.show(visit, room)
    if live is not None:
        follow(visit, live)
    elif messages and messages[-1].get("state") == "running":
        _wait(visit, visit.conversation, len(messages))


def _stored(visit: Visit) -> Json | None:
    """The open conversation (empty for a new chat); None after a fault was shown."""
    if not visit.conversation:
        return {}
    try:
        return visit.api.conversation(visit.conversation)
    except ApiFault as fault:
        if fault.status == 404:
            open_conversation("")
            st.toast(visit.say("chat.gone"))
            return {}
        visit.fault(fault)
        return None


def _files(sent: object) -> tuple[Attached, ...]:
    files = list(getattr(sent, "files", None) or [])
    audio = getattr(sent, "audio", None)
    given = [*(Attached(f.name, f.type or "", f.getvalue()) for f in files), *feeling.shot()]
    return (*given, Attached("voice.wav", "audio/wav", audio.getvalue(), voice=True)) if audio else tuple(given)


def _begin(visit: Visit, asked: Asked, before: int) -> LiveTurn | None:
    """Send the turn; the conversation is made with its first turn, so that looking around leaves nothing behind."""
    try:
        conversation = visit.conversation
        if not conversation:
            conversation = visit.api.begin(st.session_state.get("collections") or (), bool(st.session_state.get("consent")))
            open_conversation(conversation)
    except ApiFault as fault:
        answers.given(asked.files)
        st.text(asked.text)
        visit.fault(fault)
        return None
    parts = [{"type": "text", "text": asked.text}] if asked.text.strip() else []
    parts += [part(file) for file in asked.files]
    metadata = asked.metadata(visit.language)
    stream = visit.api.turn(parts, conversation, {"metadata": metadata} if metadata else {})
    return visit.turns.begin(LiveTurn(conversation, asked, before, stream))


def _welcome(visit: Visit) -> None:
    st.title(visit.say("welcome.title"), anchor=False)
    st.markdown(visit.say("welcome.body"))
    with st.container(horizontal=True, gap="small", key="suggestions"):
        for name in SUGGESTIONS:
            words = visit.say(f"suggest.{name}")
            if st.button(words, key=f"suggest-{name}"):
                st.session_state["pending"] = Asked(words)
                st.rerun()
    st.caption(f":material/offline_bolt: {_what_runs(visit)}")
    if _waiting(visit):
        _warming(visit)


def _what_runs(visit: Visit) -> str:
    try:
        chat = [m for m in visit.api.models() if "chat_model" in (m.get("role"), *(m.get("roles") or ()))]
    except ApiFault:
        chat = []
    if chat and chat[0].get("backend") not in (None, "reflex"):
        return visit.say("welcome.other", model=label(str(chat[0].get("id"))))
    return visit.say("welcome.bundled")


@st.fragment(run_every=2.0)  # type: ignore[untyped-decorator]
def _warming(visit: Visit) -> None:
    """What still loads on the first start; gone when nothing does."""
    waiting = _waiting(visit)
    if not waiting:
        st.rerun()
    st.caption(f":shimmer[{visit.say('welcome.warming', parts=waiting)}]")


def _waiting(visit: Visit) -> str:
    try:
        parts = visit.api.readiness().get("parts") or {}
    except ApiFault:
        return ""
    return ", ".join(label(str(name).replace("_", " ")) for name, state in parts.items() if state == "loading")


def _source_of(messages: Sequence[Json], mark: str) -> Json | None:
    message, _, number = mark.rpartition("-")
    for known in messages:
        if message and known.get("id") == message:
            return next((s for s in known.get("annotations") or () if str(s.get("index")) == number), None)
    return None


@st.fragment(run_every=1.5)  # type: ignore[untyped-decorator]
def _wait(visit: Visit, conversation: str, count: int) -> None:
    """An answer that another window or an earlier visit asked for: look again until it is there."""
    st.caption(f":shimmer[{visit.say('turn.running')}]")
    try:
        messages = visit.api.conversation(conversation).get("messages") or []
    except ApiFault:
        return
    if len(messages) != count or messages[-1].get("state") != "running":
        st.rerun()
