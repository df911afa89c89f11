"""The chat: the conversation as the service keeps it, the turn in flight, and the box to write in. Decides nothing itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from retrieval.catalogue import language_of
from ui.chat import answers, evidence, rating
from ui.chat.bridge import clicked_mark, copy_button
from ui.chat.client import ApiFault, Attached, Json, part
from ui.chat.following import follow
from ui.chat.inert import label
from ui.chat.live import Asked, LiveTurn, steps_of
from ui.chat.visit import Visit, open_conversation

SUGGESTIONS = ("help", "warranty", "jacket", "dog")


def show(visit: Visit) -> None:
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
    mark = clicked_mark(drawn)
    if live is None and not messages:
        _welcome(visit)
    clicked = _history(visit, stored, messages[: live.before] if live else messages, last=live is None)
    chosen = clicked or _source_of(messages, mark)
    if chosen:
        evidence.choose(chosen, f"chat {visit.conversation}")
    if asked is None:
        evidence.show(visit, f"chat {visit.conversation}")
    else:
        evidence.close()
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
    given = [Attached(f.name, f.type or "", f.getvalue()) for f in files]
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
    # Words carry their language; a turn without words is answered in that of the page.
    options = {} if asked.text.strip() else {"metadata": {"language": visit.language}}
    stream = visit.api.turn(parts, conversation, options)
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


def _history(visit: Visit, chat: Json, messages: Sequence[Json], *, last: bool) -> Json | None:
    """Every stored message; the source that was clicked just now."""
    clicked: Json | None = None
    for number, message in enumerate(messages):
        key = str(message.get("id") or number)
        if message.get("role") == "user":
            following = messages[number + 1] if number + 1 < len(messages) else {}
            heard = "hear" in ((following.get("trace") or {}).get("timings_ms") or {})
            with st.chat_message("user", avatar=answers.PERSON):
                answers.attachments(visit, message.get("media") or ())
                answers.person(visit, key, str(message.get("content") or ""), heard=heard)
            continue
        with st.chat_message("assistant", avatar=answers.ASSISTANT):
            final = last and number == len(messages) - 1
            asked = messages[number - 1] if number else {}
            clicked = _answer(visit, chat, message, key, asked if final else None) or clicked
    return clicked


def _answer(visit: Visit, chat: Json, message: Json, key: str, asked: Json | None) -> Json | None:
    """One stored answer. `asked` is the person's message before it when the answer may be made again."""
    trace, text = message.get("trace") or {}, str(message.get("content") or "")
    annotations, state = list(message.get("annotations") or ()), str(message.get("state") or "finished")
    if trace.get("thinking"):
        answers.thought(visit, st).text(str(trace["thinking"]))
    for step in steps_of(trace):
        answers.step(visit, step)
    for entry in message.get("media") or ():
        answers.medium(visit, entry)
    refused = bool(trace.get("refused"))
    clicked: Json | None = None
    with st.container(border=refused, key=f"refused-{key}" if refused else f"answer-{key}"):
        if refused:
            answers.found_nothing(visit, _searched(visit, chat))
        st.markdown(answers.words(text, annotations, key))
        if annotations:
            if refused:
                st.caption(visit.say("refused.closest"))
            answers.pictures(visit, annotations, message.get("media") or ())
            answers.looked_at(visit, annotations)
            clicked = answers.sources(visit, annotations, key)
    if state == "interrupted":
        st.caption(f":material/stop_circle: {visit.say('turn.interrupted')}")
    elif state == "failed":
        error = trace.get("error") or {}
        hint = str(error.get("hint") or "")
        visit.fault(ApiFault(str(error.get("message") or visit.say("turn.failed")).removesuffix(hint).strip(), hint))
    if state != "running":
        _actions(visit, key, text, trace, asked)
    return clicked


def _actions(visit: Visit, key: str, text: str, trace: Json, asked: Json | None) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"actions-{key}"):
        slot = st.empty()  # always there, so that the row keeps its places when another answer becomes the last
        if asked is not None and slot.button(visit.say("act.again"), icon=":material/refresh:", type="tertiary", key=f"redo-{key}"):
            _regenerate(visit, asked)
        listening = text and st.button(visit.say("act.listen"), icon=":material/volume_up:", type="tertiary", key=f"listen-{key}")
        if text:
            copy_button(f"copy-{key}", text, visit.say("act.copy"), visit.say("act.copied"))
        if trace.get("route") or trace.get("timings_ms"):
            with st.popover(visit.say("act.how"), icon=":material/info:", type="tertiary"):
                _how(visit, trace)
        if text:
            rating.show(visit, key, trace.get("feedback") or {})
    if listening:
        try:
            with st.spinner(visit.say("act.speaking")):
                sound = visit.api.speech(spoken(text), language_of(text))
            st.audio(sound, format="audio/wav", autoplay=True)
        except ApiFault as fault:
            visit.fault(fault)


def spoken(text: str) -> str:
    """An answer without its marks and markdown, cut to what the service speaks at once."""
    return re.sub(r"\s?\[\d{1,3}\]|[*_`#>|]", "", text).strip()[:4000]


def _regenerate(visit: Visit, asked: Json) -> None:
    """Forget the last question with its answer and ask it again; the service has its attachments by their handle."""
    files = []
    for entry in asked.get("media") or ():
        found = visit.file(str(entry.get("file_id")))
        if found:
            files.append(Attached(str(entry.get("name") or entry.get("handle")), found[1], found[0]))
    try:
        visit.api.forget_after(visit.conversation, str(asked["id"]))
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.session_state["pending"] = Asked(str(asked.get("content") or ""), tuple(files))
    st.rerun()


def _how(visit: Visit, trace: Json) -> None:
    """The route and the times, as the service measured them."""
    st.markdown(f"**{visit.say('how.route')}**")
    plan = " → ".join(trace.get("plan") or ()) or visit.say("how.no_tool")
    st.text(plan)
    for candidate in (trace.get("route") or ())[:4]:
        st.caption(
            f"{label(str(candidate.get('tool')))} · {float(candidate.get('score') or 0):.2f} · {label(str(candidate.get('reason')), 160)}"
        )
    timings = trace.get("timings_ms") or {}
    if timings:
        st.markdown(f"**{visit.say('how.times')}**")
        st.caption(" · ".join(f"{label(name)} {answers.seconds(float(ms))}" for name, ms in timings.items()))


def _searched(visit: Visit, chat: Json) -> str:
    """Names of the collections chosen for this chat; empty when none was, because then the service chose, and its sentence says where."""
    wanted = set(chat.get("collections") or ())
    try:
        return ", ".join(label(str(c.get("name"))) for c in visit.api.collections() if c["id"] in wanted) if wanted else ""
    except ApiFault:
        return ""


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
