"""The FAQ of a collection on the Knowledge page: its curated answers, files of them, and the questions that still wait for one."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from ui.chat import deleting
from ui.chat.client import ApiFault, Json
from ui.chat.faq_client import lines_of
from ui.chat.inert import label
from ui.chat.listing import listing
from ui.chat.visit import Visit

LONGEST = 20_000
ICONS = {"refused": ":material/search_off:", "unanswered": ":material/block:", "down": ":material/thumb_down:"}


def entries(visit: Visit, collection: str) -> None:
    """The curated answers of a collection: add, import, export, change, delete."""
    _note()
    try:
        found = visit.api.faq(collection)
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.caption(visit.say("faq.lead"))
    with st.container(horizontal=True):
        with st.popover(visit.say("faq.add"), icon=":material/add:"):
            _form(visit, collection, {})
        with st.popover(visit.say("faq.import"), icon=":material/upload_file:"):
            _import(visit, collection)
        if found:
            try:
                data = visit.api.export_faq(collection, "csv")
            except ApiFault as fault:
                visit.fault(fault)
                return
            st.download_button(visit.say("faq.export"), data, "faq.csv", "text/csv", icon=":material/download:", key="faq-export")
    if not found:
        st.caption(f":material/quick_reference_all: {visit.say('faq.none')}")
        return
    listing(
        visit, found, lambda entry: f"{entry['question']} {entry['answer']}", lambda entry: _entry(visit, collection, entry),
        key="faq-filter", hint="faq.filter",
    )  # fmt: skip


def _entry(visit: Visit, collection: str, entry: Json) -> None:
    key, also = str(entry["id"]), list(entry.get("paraphrases") or ())
    with st.expander(label(str(entry["question"]), 120), key=f"faq-{key}"):
        st.text(str(entry["answer"]))
        if also:
            st.caption(f"{visit.say('faq.also')}: {label(' · '.join(also), 400)}")
        with st.container(horizontal=True):
            with st.popover(visit.say("faq.edit"), icon=":material/edit:", type="tertiary"):
                _form(visit, collection, entry)
            if st.button(visit.say("side.delete"), icon=":material/delete:", type="tertiary", key=f"faq-drop-{key}"):
                st.dialog(visit.say("side.delete"), icon=":material/delete:")(_remove)(visit, collection, entry)


def _form(visit: Visit, collection: str, entry: Mapping[str, Any]) -> None:
    """The fields of an entry, new or known."""
    key = str(entry.get("id") or "new")
    with st.form(f"faq-form-{key}", border=False, clear_on_submit=not entry):
        question = st.text_input(visit.say("faq.question"), str(entry.get("question") or ""), max_chars=500)
        answer = st.text_area(visit.say("faq.answer"), str(entry.get("answer") or ""), max_chars=LONGEST)
        also = st.text_area(visit.say("faq.also"), "\n".join(entry.get("paraphrases") or ()), help=visit.say("faq.also_help"))
        if not st.form_submit_button(visit.say("side.save"), type="primary") or not (question.strip() and answer.strip()):
            return
    row = {"question": question, "answer": answer, "paraphrases": lines_of(also)}
    try:
        if entry:
            visit.api.change_faq(collection, key, row)
        else:
            visit.api.add_faq(collection, row)
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.session_state["faq_note"] = visit.say("faq.saved")
    st.rerun()


def _import(visit: Visit, collection: str) -> None:
    with st.form("faq-import", border=False, clear_on_submit=True):
        file = st.file_uploader(visit.say("faq.file"), type=["csv", "jsonl", "md"], help=visit.say("faq.file_help"))
        if not st.form_submit_button(visit.say("faq.import"), type="primary") or file is None:
            return
    try:
        done = visit.api.import_faq(collection, file.name, file.getvalue())
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.session_state["faq_note"] = visit.say("faq.imported", added=done["added"], updated=done["updated"], unchanged=done["unchanged"])
    st.session_state["faq_problems"] = [
        visit.say("faq.line", line=problem["line"], why=label(str(problem["message"]), 200)) for problem in done["problems"][:20]
    ]
    st.rerun()


def _remove(visit: Visit, collection: str, entry: Json) -> None:
    st.markdown(visit.say("faq.remove_sure", question=label(str(entry["question"]), 120)))
    deleting.buttons(visit, "faq-drop", lambda: visit.api.drop_faq(collection, str(entry["id"])))


def open_questions(visit: Visit, collection: str) -> None:
    """Questions that were refused, unanswered or rated down, each with a box for its answer."""
    _note()
    try:
        found = visit.api.open_questions(collection)
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.caption(visit.say("open.lead"))
    if not found:
        st.caption(f":material/task_alt: {visit.say('open.none')}")
    for cluster in found:
        _cluster(visit, collection, cluster)


def _cluster(visit: Visit, collection: str, cluster: Json) -> None:
    key, others = str(cluster["id"]), [str(text) for text in cluster["examples"] if text != cluster["question"]]
    with st.container(border=True, key=f"open-{key}"):
        st.markdown(f"**{label(str(cluster['question']), 200)}**")
        why = " · ".join(f"{ICONS.get(name, '')} {visit.say(f'open.{name}', count=count)}" for name, count in cluster["outcomes"].items())
        latest = time.strftime("%Y-%m-%d %H:%M", time.localtime(int(cluster["latest_at"])))
        st.caption(f"{why} · {visit.say('open.latest', time=latest)}")
        if others:
            st.caption(f"{visit.say('open.others')}: {label(' · '.join(others), 400)}")
        _comments(visit, cluster.get("comments") or ())
        with st.form(f"open-form-{key}", border=False):
            answer = st.text_area(
                visit.say("open.answer"), key=f"open-answer-{key}", placeholder=visit.say("open.answer"), label_visibility="collapsed",
                max_chars=LONGEST, height=80,
            )  # fmt: skip
            with st.container(horizontal=True):
                answered = st.form_submit_button(visit.say("open.save"), type="primary")
                dismissed = st.form_submit_button(visit.say("open.dismiss"), type="tertiary", icon=":material/close:")
    if dismissed or (answered and answer and answer.strip()):
        _settle(visit, collection, cluster, "" if dismissed else str(answer).strip())


def _comments(visit: Visit, comments: Sequence[str]) -> None:
    if comments:
        st.caption(f"{visit.say('open.comments')}: {label(' · '.join(str(comment) for comment in comments), 400)}")


def _settle(visit: Visit, collection: str, cluster: Json, answer: str) -> None:
    """Answer a cluster, or with no answer take it off the list."""
    try:
        if answer:
            row = {"question": cluster["question"], "answer": answer, "closes": cluster["question_ids"]}
            visit.api.add_faq(collection, row)
        else:
            visit.api.dismiss_question(collection, str(cluster["id"]))
    except ApiFault as fault:
        visit.fault(fault)
        return
    if answer:
        st.session_state["faq_note"] = visit.say("open.answered")
    st.rerun()


def _note() -> None:
    """What was just done, once."""
    note, problems = st.session_state.pop("faq_note", ""), st.session_state.pop("faq_problems", [])
    if note:
        st.toast(note, icon=":material/check:")
    for problem in problems:
        st.warning(problem, icon=":material/warning:")
