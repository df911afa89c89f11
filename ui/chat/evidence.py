"""The evidence beside the chat: the page with its box, the picture with its region, the player at its time, the passage."""

from __future__ import annotations

import json

import streamlit as st

from ui.chat.answers import numbers, place
from ui.chat.client import ApiFault, Json
from ui.chat.inert import label
from ui.chat.visit import Visit


def places(locator: Json) -> dict[str, str]:
    """A Locator as the query of an evidence request."""
    found = {"page": locator.get("page"), "bbox": numbers(locator.get("bbox")), "region": numbers(locator.get("image_region"))}
    span = locator.get("char_span")
    if span:
        found["char_span"] = f"{span[0]},{span[1]}"
    if locator.get("row") is not None:
        found["row"] = locator["row"]
    return {key: str(value) for key, value in found.items() if value not in (None, "")}


def choose(source: Json, room: str) -> None:
    """Take a citation (or a file: a citation without a quote) as the one to be shown until the person closes it or leaves `room`."""
    st.session_state["evidence"] = (room, source)


def close() -> None:
    """Show none."""
    st.session_state.pop("evidence", None)


def show(visit: Visit, room: str) -> None:
    """The drawer on the citation chosen in this room. Called in every run, because a run that does not call it would close it."""
    chosen_in, source = st.session_state.get("evidence") or (room, None)
    if chosen_in != room:
        close()
        return
    if source is None:
        return
    number = source.get("index")
    title = label(str(source.get("title", "")).split(" › ")[-1], 42) or visit.say("evidence.title")  # the file's name stands below
    heading = f"{number} · {title}" if number else title
    st.dialog(heading, width=540, position="right", icon=":material/menu_book:", on_dismiss=close)(_drawer)(visit, source)


def _drawer(visit: Visit, source: Json) -> None:
    locator = source.get("locator") or {}
    name = _file_name(visit, source)
    at = ["" if name == source.get("title") else label(name, 80), place(visit, locator)]
    if any(at):
        st.caption(" · ".join(part for part in at if part))
    shown = ""
    try:
        shown = _body(visit, source, locator)
    except ApiFault as fault:
        visit.fault(fault)
    quote = str(source.get("cited_text") or "").strip()
    if quote and quote != shown.strip():
        st.caption(visit.say("evidence.quote"))
        with st.container(border=True):
            st.text(quote)
    if source.get("score"):
        st.caption(visit.say("evidence.score", score=f"{float(source['score']):.2f}"))
    file_id = source.get("file_id")
    found = visit.file(str(file_id)) if file_id else None
    if found:
        st.download_button(
            visit.say("evidence.download"), found[0], file_name=_file_name(visit, source) or str(file_id), mime=found[1],
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def _file_name(visit: Visit, source: Json) -> str:
    """Name of the file that a citation points into; its title may be a heading."""
    try:
        return str(visit.api.file(str(source["file_id"])).get("filename") or "") if source.get("file_id") else ""
    except ApiFault:
        return ""


def _body(visit: Visit, source: Json, locator: Json) -> str:
    """Show the place; the words of it, when it is words."""
    file_id, item_id = str(source.get("file_id") or ""), str(source.get("item_id") or "")
    kind = str(source.get("media_type") or "")
    modality = str(source.get("modality") or "")
    span = locator.get("time_span")
    if file_id and (span or kind.startswith(("audio/", "video/")) or (modality in ("audio", "video") and not kind)):
        _player(visit, file_id, span)
        return ""
    if modality == "image" and item_id and not kind.startswith(("image/", "video/", "application/pdf")):
        data, kind = visit.api.evidence(f"items/{item_id}", {})  # a picture inside a document, a view of a 3D model: itself
    else:
        data, kind = _drawn(visit, file_id, item_id, locator)
    if kind.startswith("image/"):
        st.image(data, width="stretch", alt=f"{source.get('title', '')} {place(visit, locator)}".strip(), output_format="PNG")
    elif kind.endswith("json"):
        return passage(json.loads(data))
    return ""


def _drawn(visit: Visit, file_id: str, item_id: str, locator: Json) -> tuple[bytes, str]:
    if file_id:
        try:
            return visit.api.evidence(f"files/{file_id}", places(locator))
        except ApiFault:
            if not item_id or item_id == file_id:
                raise
    return visit.api.evidence(f"items/{item_id}", {})


def _player(visit: Visit, file_id: str, span: object) -> None:
    found = visit.file(file_id)
    if found is None:
        st.caption(visit.say("turn.gone", name=""))
        return
    data, kind = found
    start, end = (float(span[0]), float(span[1])) if isinstance(span, list | tuple) else (0, None)
    if kind.startswith("video/"):
        st.video(data, format=kind, start_time=start, end_time=end)
    else:
        st.audio(data, format=kind, start_time=start, end_time=end)


def passage(found: Json, key: str = "passage") -> str:
    """The words of the place, with what stands around them. `key` is its own where a page shows several."""
    text, context = str(found.get("text") or ""), str(found.get("context") or "")
    before, here, after = context.partition(text) if text else (context, "", "")
    if not here:
        before, after = "", ""
    if before.strip():
        st.caption(label("… " + before.strip()[-600:], 700))
    if text:
        with st.container(border=True, key=key):
            st.text(text)
    if after.strip():
        st.caption(label(after.strip()[:600] + " …", 700))
    return text
