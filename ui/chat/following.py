"""The turn in flight: drawn as it comes, stopped by the person and by nothing else, handed over to the history at its end."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

from ui.chat import answers, feeling, pictures, reviewing
from ui.chat.client import ApiFault
from ui.chat.inert import label
from ui.chat.live import Draft, LiveTurn
from ui.chat.visit import Visit

FRAME_SECONDS = 0.05
"""The growing answer is drawn at most this often: every drawing sends the whole text to the browser."""


@st.fragment(run_every=1.0)  # type: ignore[untyped-decorator]
def _settle(visit: Visit, live: LiveTurn) -> None:
    """After the stop button ended the script, bring the page up to date with what the service kept."""
    if live.done and visit.turns.of(live.conversation) is live and live.fault is None:
        visit.turns.finish(live)
        st.rerun()


def _still_here() -> bool:
    """Whether the browser is connected: Streamlit stops a script when it leaves, too, but only the button may stop the answer."""
    time.sleep(0.05)
    context = get_script_run_ctx()
    return context is not None and runtime.exists() and runtime.get_instance().is_active_session(context.session_id)


def follow(visit: Visit, live: LiveTurn) -> None:
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
            feeling.gather(live.chunks)
            visit.turns.finish(live)
            st.rerun()
        visit.fault(live.fault or ApiFault(""))
        if st.button(visit.say("fault.resend"), icon=":material/refresh:", key="resend"):
            visit.turns.finish(live)
            st.session_state["pending"] = live.asked
            st.rerun()


def _draw(visit: Visit, live: LiveTurn, draft: Draft) -> None:
    heard, thinking, steps, media, coming, text = st.empty(), st.empty(), st.container(), st.empty(), st.empty(), st.empty()
    with st.container(horizontal=True, vertical_alignment="center"):
        working = st.empty()
        halt = st.empty()
    if not live.done:
        halt.button(visit.say("act.stop"), icon=":material/stop_circle:", type="tertiary", key="halt", on_click=live.stop)
    boxes: list[tuple[Any, str]] = []
    drawn_at, dirty, thought = 0.0, False, None
    for chunk in live.follow():
        changed = draft.add(chunk) if chunk is not None else "tick"
        if changed == "heard":
            heard.caption(f":material/hearing: {visit.say('turn.unsure' if draft.unsure else 'turn.heard')} “{label(draft.heard, 400)}”")
        elif changed == "thinking":
            thought = thought or answers.thought(visit, thinking)
        elif changed == "step":
            _draw_steps(visit, draft, steps, boxes)
        elif changed == "preview":
            pictures.coming(visit, coming, draft.drawing, draft.previews)
        elif changed == "media":
            _show_media(visit, draft, media, coming)
        dirty = dirty or changed in ("text", "thinking")
        now = time.monotonic()
        if dirty and now - drawn_at > FRAME_SECONDS:
            _write(draft, text, thought)
            drawn_at, dirty = now, False
        if changed == "tick" and not draft.text:
            working.markdown(f":shimmer[{visit.say('turn.working', seconds=int(now - live.started))}]")
    _write(draft, text, thought)
    reviewing.notice(draft.trace)
    working.empty()
    halt.empty()


def _write(draft: Draft, text: Any, thought: Any) -> None:
    """The words so far, and what was thought before them."""
    if thought is not None:
        thought.text(draft.thinking)
    if draft.text:
        text.markdown(answers.words(draft.text, draft.annotations, "now"))


def _show_media(visit: Visit, draft: Draft, media: Any, coming: Any) -> None:
    """What was found or made so far. A finished picture takes the place of what was to be seen of it."""
    coming.empty()
    draft.previews.clear()
    made = [entry for entry in draft.media if entry.get("modality") == "image"]
    with media.container():
        if made:
            pictures.came(visit, made)
        for entry in draft.media:
            if entry not in made:
                answers.medium(visit, entry)


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
