"""The Settings page: what runs here and whether it is ready, as the service tells it."""

from __future__ import annotations

import streamlit as st

from ui.chat import memory
from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import Visit

COLUMNS = ("role", "model", "backend", "kind", "licence", "size", "score")


def show(visit: Visit) -> None:
    """The whole page."""
    st.title(visit.say("settings.title"), anchor=False)
    try:
        ready, models = visit.api.readiness(), visit.api.models()
    except ApiFault as fault:
        visit.fault(fault)
        return
    st.subheader(visit.say("settings.runs"), anchor=False)
    parts = ready.get("parts") or {}
    waiting = {name: state for name, state in parts.items() if state != "ready"}
    if waiting:
        for name, state in waiting.items():
            st.caption(f":orange[:material/hourglass_top:] {label(str(name))}: {label(str(state), 200)}")
    else:
        st.caption(f":green[:material/check_circle:] {visit.say('settings.ready')}")
    rows = [row(visit, model) for model in models if model.get("role") != "agent"]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch", height="content", alt=visit.say("settings.runs"))
    limits = [m for m in models if m.get("limits")]
    if limits:
        with st.expander(visit.say("settings.limits"), type="compact"):
            for model in limits:
                st.caption(f"**{label(str(model.get('name') or model.get('id')))}** — {label(str(model['limits']), 400)}")
    st.caption(visit.say("settings.doctor"))
    st.code("assistant doctor", language=None)
    memory.show(visit)
    for key, icon in (("privacy", "lock"), ("emotion", "sentiment_neutral"), ("theme", "contrast"), ("service", "dns")):
        st.subheader(f":material/{icon}: {visit.say(f'settings.{key}')}", anchor=False)
        st.markdown(visit.say(f"settings.{key}_text", address=label(visit.api.address)))


def row(visit: Visit, model: Json) -> dict[str, str]:
    """One line of the table, in words of the page's language."""
    size = float(model.get("bytes") or 0)
    scores = model.get("scores") or {}
    values = {
        "role": ", ".join(str(role).replace("_", " ") for role in model.get("roles") or [model.get("role") or ""]),
        "model": str(model.get("id") or ""),
        "backend": str(model.get("backend") or ""),
        "kind": str(model.get("kind") or ""),
        "licence": str(model.get("licence") or ""),
        "size": f"{size / 2**20:.0f} MiB" if size >= 2**19 else "",
        "score": ", ".join(f"{name} {value:.2f}" for name, value in list(scores.items())[:2]),
    }
    return {visit.say(f"settings.column_{key}"): values[key] for key in COLUMNS}
