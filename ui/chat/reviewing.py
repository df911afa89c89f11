"""The page where a person looks at answers before those who asked get them: the question, the draft, its sources opened, three buttons."""

from __future__ import annotations

import json
import time

import streamlit as st

from ui.chat import answers
from ui.chat.client import ApiFault, Json
from ui.chat.evidence import passage
from ui.chat.inert import label
from ui.chat.visit import Visit

SHOWN = 50
LONGEST = 20_000
ICONS = {"approved": ":material/check_circle:", "edited": ":material/edit:", "rejected": ":material/block:"}


def show(visit: Visit) -> None:
    """What waits, the oldest first, and below it what was decided."""
    st.title(visit.say("page.reviews"), anchor=False)
    st.markdown(visit.say("reviews.lead"))
    if note := st.session_state.pop("reviews_note", ""):
        st.toast(note, icon=":material/check:")
    try:
        found = _all(visit)
    except ApiFault as fault:
        visit.fault(fault)
        return
    waiting = [review for review in found if review["state"] == "waiting" and "draft" in review]
    decided = [review for review in found if review["state"] != "waiting"]
    if not waiting:
        st.caption(f":material/task_alt: {visit.say('reviews.none')}")
    for review in waiting:
        _waiting(visit, review)
    if decided:
        with st.expander(visit.say("reviews.decided", count=len(decided)), key="reviews-decided"):
            for review in decided:
                _decided(visit, review)


def _all(visit: Visit) -> list[Json]:
    """Those of everybody for an admin, else one's own."""
    try:
        return visit.api.reviews(everyone=True, limit=SHOWN)
    except ApiFault as fault:
        if fault.status != 403:
            raise
        return visit.api.reviews(limit=SHOWN)


def _waiting(visit: Visit, review: Json) -> None:
    key = str(review["id"])
    with st.container(border=True, key=f"review-{key}"):
        st.markdown(f"**{label(str(review['question']), 600)}**")
        asker = visit.say("reviews.visitor") if review["asked_by"]["visitor"] else label(str(review["asked_by"]["owner"]), 60)
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(int(review["created_at"])))
        kind = visit.say(f"reviews.kind_{review['kind']}")
        st.caption(f"{kind} · {visit.say('reviews.asked', who=asker, time=when)}")
        _sources(visit, review)
        with st.form(f"review-form-{key}", border=False):
            draft = str(review["draft"])
            answer = st.text_area(visit.say("reviews.answer"), draft, key=f"review-answer-{key}", height=140, max_chars=LONGEST)
            reason = st.text_input(visit.say("reviews.reason"), key=f"review-reason-{key}", max_chars=1000)
            with st.container(horizontal=True):
                given = st.form_submit_button(visit.say("reviews.give"), type="primary", icon=":material/check:")
                refused = st.form_submit_button(visit.say("reviews.reject"), icon=":material/block:")
    if given:
        edited = str(answer or "").strip() != draft.strip()
        _decide(visit, key, "edit" if edited else "approve", str(answer or "") if edited else "", str(reason or ""))
    elif refused:
        _decide(visit, key, "reject", "", str(reason or ""))


def _sources(visit: Visit, review: Json) -> None:
    """The evidence of the draft, opened: nobody should have to trust the draft."""
    if not review["citations"]:
        st.caption(f":material/search_off: {visit.say('reviews.no_sources')}")
    for source in review["citations"]:
        title, at = label(str(source.get("title", "")), 80), answers.place(visit, source.get("locator") or {})
        st.caption(f"**{source['index']}** · {title}" + (f" · {at}" if at else ""))
        try:
            data, kind = visit.api.review_evidence(str(review["id"]), int(source["index"]))
        except ApiFault:
            with st.container(border=True):
                st.text(str(source.get("cited_text") or ""))
            continue
        if kind.startswith("image/"):
            st.image(data, width=420, alt=str(source.get("cited_text") or title), output_format="PNG")
        elif kind.endswith("json"):
            passage(json.loads(data), key=f"passage-{review['id']}-{source['index']}")


def _decide(visit: Visit, review: str, decision: str, answer: str, reason: str) -> None:
    try:
        visit.api.decide(review, decision, answer, reason)
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.session_state["reviews_note"] = visit.say("reviews.done")
    st.rerun()


def _decided(visit: Visit, review: Json) -> None:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(int(review["decided_at"])))
    words = label(str(review["answer"] or review["reason"]), 300)
    st.markdown(f"{ICONS[review['state']]} **{label(str(review['question']), 300)}**  \n{words}")
    state = visit.say(f"reviews.{review['state']}")
    st.caption(f"{state} · {when}")


def notice(trace: Json) -> None:
    """The plain notice that belongs to an answer, where there is one."""
    text, stakes = str(trace.get("notice") or ""), trace.get("high_stakes") or {}
    if text:
        state = str(stakes.get("status") or "")
        icon = {"waiting": ":material/hourglass_top:", "": ":material/info:"}.get(state, ":material/how_to_reg:")
        st.caption(f"{icon} {label(text, 600)}")
