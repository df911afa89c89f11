"""The chat: the conversation as the service keeps it, the turn in flight, and the box to write in. Decides nothing itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

from ui.chat import answers, evidence
from ui.chat.bridge import clicked_mark, copy_button
from ui.chat.client import ApiFault, Attached, Json, part
from ui.chat.inert import label
from ui.chat.live import Asked, Draft, LiveTurn, steps_of
from ui.chat.visit import Visit, open_conversation

SUGGESTIONS = ("help", "warranty", "jacket", "dog")
FRAME_SECONDS = 0.05
"""The growing answer is drawn at most this often: every drawing sends the whole text to the browser."""


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
    if live is not None:
        _follow(visit, live)
    elif messages and messages[-1].get("state") == "running":
        _wait(visit, visit.conversation, len(messages))
    chosen = clicked or _source_of(messages, mark)
    if chosen:
        evidence.open_source(visit, chosen)


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
    st.caption(f":material/offline_bolt: {visit.say('welcome.runs')}")


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
                answers.person(visit, key, str(message.get("text") or ""), heard=heard)
            continue
        with st.chat_message("assistant", avatar=answers.ASSISTANT):
            final = last and number == len(messages) - 1
            asked = messages[number - 1] if number else {}
            clicked = _answer(visit, chat, message, key, asked if final else None) or clicked
    return clicked


def _answer(visit: Visit, chat: Json, message: Json, key: str, asked: Json | None) -> Json | None:
    """One stored answer. `asked` is the person's message before it when the answer may be made again."""
    trace, text = message.get("trace") or {}, str(message.get("text") or "")
    annotations, state = list(message.get("annotations") or ()), str(message.get("state") or "finished")
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
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"actions-{key}"):
        if asked is not None and st.button(visit.say("act.again"), icon=":material/refresh:", type="tertiary", key=f"redo-{key}"):
            _regenerate(visit, asked)
        listening = text and st.button(visit.say("act.listen"), icon=":material/volume_up:", type="tertiary", key=f"listen-{key}")
        if text:
            copy_button(f"copy-{key}", text, visit.say("act.copy"), visit.say("act.copied"))
        if trace.get("route") or trace.get("timings_ms"):
            with st.popover(visit.say("act.how"), icon=":material/info:", type="tertiary"):
                _how(visit, trace)
    if listening:
        try:
            with st.spinner(visit.say("act.speaking")):
                sound = visit.api.speech(text, visit.language)
            st.audio(sound, format="audio/wav", autoplay=True)
        except ApiFault as fault:
            visit.fault(fault)


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
    st.session_state["pending"] = Asked(str(asked.get("text") or ""), tuple(files))
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
    try:
        known = {str(c["id"]): c for c in visit.api.collections()}
    except ApiFault:
        return ""
    wanted = list(chat.get("collections") or ())
    chosen = [c for c in known.values() if c["id"] in wanted or c.get("name") in (wanted or ["default"])]
    return ", ".join(label(str(c.get("name"))) for c in chosen)


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


@st.fragment(run_every=1.0)  # type: ignore[untyped-decorator]
def _settle(visit: Visit, live: LiveTurn) -> None:
    """After the stop button ended the script, bring the page up to date with what the service kept."""
    if live.done and visit.turns.of(live.conversation) is live and live.fault is None:
        visit.turns.finish(live)
        st.rerun()


def _still_here() -> bool:
    """Whether the browser is connected. Streamlit stops a script when it leaves, too: that must not stop the answer, only the button may."""
    time.sleep(0.05)
    context = get_script_run_ctx()
    return context is not None and runtime.exists() and runtime.get_instance().is_active_session(context.session_id)


def _follow(visit: Visit, live: LiveTurn) -> None:
    """Draw the turn in flight from its first chunk to its end, then hand over to the history."""
    with st.chat_message("user", avatar=answers.PERSON):
        answers.given(live.asked.files)
        answers.person(visit, "now", live.asked.text)
    _settle(visit, live)
    with st.chat_message("assistant", avatar=answers.ASSISTANT):
        draft = Draft()
        try:
            _draw(visit, live, draft)
        except StopException:
            if _still_here():
                live.stop()
            raise
        fault = live.fault or draft.fault
        if fault is None or draft.fault is not None:
            visit.turns.finish(live)
            st.rerun()
        visit.fault(live.fault or ApiFault(""))
        if st.button(visit.say("fault.resend"), icon=":material/refresh:", key="resend"):
            visit.turns.finish(live)
            st.session_state["pending"] = live.asked
            st.rerun()


def _draw(visit: Visit, live: LiveTurn, draft: Draft) -> None:
    heard, steps, media, text = st.empty(), st.container(), st.container(), st.empty()
    with st.container(horizontal=True, vertical_alignment="center"):
        working = st.empty()
        halt = st.empty()
    if not live.done:
        halt.button(visit.say("act.stop"), icon=":material/stop_circle:", type="tertiary", key="halt", on_click=live.stop)
    boxes: list[tuple[Any, str]] = []
    pictures, drawn_at, dirty = 0, 0.0, False
    for chunk in live.follow():
        changed = draft.add(chunk) if chunk is not None else "tick"
        if changed == "heard":
            heard.caption(f":material/hearing: {visit.say('turn.heard')} “{label(draft.heard, 400)}”")
        elif changed == "step":
            _draw_steps(visit, draft, steps, boxes)
        elif changed == "media":
            with media:
                for entry in draft.media[pictures:]:
                    answers.medium(visit, entry)
            pictures = len(draft.media)
        dirty = dirty or changed == "text"
        now = time.monotonic()
        if dirty and now - drawn_at > FRAME_SECONDS:
            text.markdown(answers.words(draft.text, (), "now"))
            drawn_at, dirty = now, False
        if changed == "tick" and not draft.text:
            working.markdown(f":shimmer[{visit.say('turn.working', seconds=int(now - live.started))}]")
    if draft.text:
        text.markdown(answers.words(draft.text, draft.annotations, "now"))
    working.empty()
    halt.empty()


def _draw_steps(visit: Visit, draft: Draft, area: Any, boxes: list[tuple[Any, str]]) -> None:
    """One line a step: new ones are added, the last ones brought up to date."""
    for number, step in enumerate(draft.steps):
        if number == len(boxes):
            with area:
                boxes.append((answers.step(visit, step), step.state))
            continue
        box, state = boxes[number]
        if state == "running":
            box.update(label=answers.headline(visit, step), state=step.state)
            if step.state != "running":
                with box:
                    answers.outcome(step)
                boxes[number] = (box, step.state)
