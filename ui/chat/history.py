"""The stored messages of a conversation, with what can be done with each answer. Knows no turn in flight."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from retrieval.catalogue import language_of
from ui.chat import answers, feeling, pictures, rating, reviewing
from ui.chat.bridge import copy_button
from ui.chat.client import ApiFault, Attached, Json
from ui.chat.inert import label
from ui.chat.live import Asked, steps_of
from ui.chat.sidebar import choose, count
from ui.chat.visit import Visit


def show(visit: Visit, chat: Json, messages: Sequence[Json], room: str, *, busy: bool) -> Json | None:
    """Every stored message; the source that was clicked just now. `busy`: an answer is being made, so nothing else can be asked for."""
    clicked: Json | None = None
    for number, message in enumerate(messages):
        key = str(message.get("id") or number)
        if message.get("role") == "user":
            following = messages[number + 1] if number + 1 < len(messages) else {}
            heard = "hear" in ((following.get("trace") or {}).get("timings_ms") or {})
            with st.chat_message("user", avatar=answers.PERSON):
                _media(visit, key, message, room, width=220, busy=busy)
                answers.person(visit, key, str(message.get("content") or ""), heard=heard)
            continue
        with st.chat_message("assistant", avatar=answers.ASSISTANT):
            final = not busy and number == len(messages) - 1
            asked = messages[number - 1] if number else {}
            clicked = _answer(visit, chat, message, key, asked if final else None, room, busy=busy) or clicked
    return clicked


def _media(visit: Visit, key: str, message: Json, room: str, *, width: int, busy: bool) -> None:
    """What a message brought or showed: pictures made here with their buttons, other pictures to be opened, everything else as it is."""
    media = list(message.get("media") or ())
    made = [entry for entry in media if entry.get("modality") == "image" and entry.get("recipe")]
    if made:
        pictures.show(visit, key, made, pictures.judged(message.get("trace") or {}), room, busy=busy)
    for number, entry in enumerate(entry for entry in media if entry not in made):
        if entry.get("modality") != "image":
            answers.medium(visit, entry, width=width)
        elif pictures.face(visit, f"{key}-{number}", entry, width, room="" if busy else room):
            pictures.caption(visit, {"caption": entry.get("caption")}, whole=True)


def _answer(visit: Visit, chat: Json, message: Json, key: str, asked: Json | None, room: str, *, busy: bool) -> Json | None:
    """One stored answer. `asked` is the person's message before it when the answer may be made again."""
    trace, text = message.get("trace") or {}, str(message.get("content") or "")
    annotations, state = list(message.get("annotations") or ()), str(message.get("state") or "finished")
    if trace.get("thinking"):
        answers.thought(visit, st).text(str(trace["thinking"]))
    for step in steps_of(trace):
        answers.step(visit, step)
    _media(visit, key, message, room, width=pictures.ALONE, busy=busy)
    refused = bool(trace.get("refused"))
    clicked: Json | None = None
    with st.container(border=refused, key=f"refused-{key}" if refused else f"answer-{key}"):
        if refused:
            answers.found_nothing(visit, _searched(visit, chat))
        st.markdown(answers.words(text, annotations, key))
        reviewing.notice(trace)
        if annotations:
            if refused:
                st.caption(visit.say("refused.closest"))
            answers.pictures(visit, annotations, message.get("media") or ())
            answers.looked_at(visit, annotations)
            clicked = answers.sources(visit, annotations, key)
        if refused and asked is not None and any(step.tool == "search" for step in steps_of(trace)):
            _everywhere(visit, chat, asked, trace, key)
    offer = pictures.offered(trace)
    if offer and asked is not None:
        st.button(
            visit.say("picture.new"), icon=":material/brush:", key=f"new-{key}", on_click=pictures.ask, args=(pictures.draw(visit, offer),)
        )
    if state == "interrupted":
        st.caption(f":material/stop_circle: {visit.say('turn.interrupted')}")
    elif state == "failed":
        error = trace.get("error") or {}
        hint = str(error.get("hint") or "")
        visit.fault(ApiFault(str(error.get("message") or visit.say("turn.failed")).removesuffix(hint).strip(), hint))
    feeling.strip(visit, key, trace)
    if state != "running":
        _actions(visit, key, text, trace, asked)
    return clicked


def _everywhere(visit: Visit, chat: Json, asked: Json, trace: Json, key: str) -> None:
    """Offers to ask again in all collections that have something in them, where this chat leaves some of them out."""
    try:
        filled = [str(c["id"]) for c in visit.api.collections() if count(c)]
    except ApiFault:
        return
    if len(filled) < 2 or set(filled) <= set(chat.get("collections") or ()):
        return
    words = visit.say("refused.everywhere", count=len(filled))
    st.button(
        words, icon=":material/travel_explore:", key=f"everywhere-{key}", on_click=_ask_everywhere, args=(visit, filled, asked, trace)
    )


def _ask_everywhere(visit: Visit, collections: Sequence[str], asked: Json, trace: Json) -> None:
    choose(visit, collections)
    _regenerate(visit, asked, trace)


def _actions(visit: Visit, key: str, text: str, trace: Json, asked: Json | None) -> None:
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"actions-{key}"):
        slot = st.empty()  # always there, so that the row keeps its places when another answer becomes the last
        redo = asked is not None and slot.button(visit.say("act.again"), icon=":material/refresh:", type="tertiary", key=f"redo-{key}")
        if asked is not None and redo and _regenerate(visit, asked, trace):
            st.rerun()
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


def named(trace: Json) -> Json:
    """The `tool` and `arguments` of an answer about pictures that a button asked for, or that drew; nothing where the words chose another.

    A drawing made once more is a new one: the words alone would now find the one that is kept.
    """
    route, steps = list(trace.get("route") or ()), list(trace.get("steps") or ())
    if len(steps) == 1 and steps[0].get("tool") == "generate_image":
        return {"tool": "generate_image", "arguments": {**(steps[0].get("arguments") or {}), "new": True}}
    sure = len(route) == 1 and float(route[0].get("score") or 0) == 1.0 and str(route[0].get("tool")).endswith("_image")
    first = steps[0] if sure and steps and steps[0].get("tool") == route[0]["tool"] else None
    return {"tool": str(first["tool"]), "arguments": dict(first.get("arguments") or {})} if first else {}


def _regenerate(visit: Visit, asked: Json, trace: Json) -> bool:
    """Forget the last question with its answer and have it asked again by the next run; False, and said why, where that cannot be.

    The service has its attachments by their handle.
    """
    files = []
    for entry in asked.get("media") or ():
        found = visit.file(str(entry.get("file_id")))
        if found:
            files.append(Attached(str(entry.get("name") or entry.get("handle")), found[1], found[0]))
    try:
        visit.api.forget_after(visit.conversation, str(asked["id"]))
    except ApiFault as fault:
        visit.fault(fault)
        return False
    st.session_state["pending"] = Asked(str(asked.get("content") or ""), tuple(files), **named(trace))
    return True


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
