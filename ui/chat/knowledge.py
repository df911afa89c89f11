"""The Knowledge page: collections with their counts, files dropped in, read, looked at and taken out."""

from __future__ import annotations

import streamlit as st

from ui.chat import curating, deleting, evidence
from ui.chat.client import ApiFault, Attached, Json
from ui.chat.inert import label
from ui.chat.listing import listing
from ui.chat.sidebar import count
from ui.chat.visit import Visit

STATUS = {
    "completed": ":green[:material/check_circle:]",
    "failed": ":red[:material/error:]",
    "in_progress": ":blue[:material/progress_activity:]",
}
KINDS = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".gif"), "audio": (".wav", ".mp3", ".ogg", ".flac", ".m4a"), "video": (".mp4", ".webm"),
    "table": (".csv", ".json"), "slides": (".pptx",), "model": (".stl", ".obj", ".ply", ".off", ".glb", ".gltf"),
}  # fmt: skip
ICONS = {"audio": ":material/graphic_eq:", "video": ":material/movie:", "image": ":material/image:", "table": ":material/table:",
         "slides": ":material/slideshow:", "model": ":material/deployed_code:"}  # fmt: skip
SEEN = KINDS["image"] + KINDS["video"] + KINDS["model"] + (".pdf",)
"""Endings of files that have a small picture."""
ROOM = "knowledge"
VIEWS = ("files", "faq", "open")


def show(visit: Visit) -> None:
    """The whole page."""
    st.title(visit.say("knowledge.title"), anchor=False)
    st.caption(visit.say("knowledge.lead"))
    try:
        collections = visit.api.collections()
    except ApiFault as fault:
        visit.fault(fault)
        return
    known = {str(c["id"]): c for c in sorted(collections, key=count, reverse=True)}  # the fullest comes first
    made = st.session_state.pop("new_shelf", None)
    if made in known:
        st.session_state["shelf"] = made
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            visit.say("knowledge.collection"), list(known), key="shelf", persist_state="session",
            format_func=lambda key: str(known[key].get("name")),  # no count in it: a choice whose label changes is lost
        )  # fmt: skip
        with st.popover(visit.say("knowledge.new"), icon=":material/create_new_folder:"):
            _create(visit)
        if chosen and st.button(visit.say("knowledge.drop"), icon=":material/delete:", key="drop-collection"):
            st.dialog(visit.say("knowledge.drop"), icon=":material/delete:")(_drop)(visit, known[chosen])
    if not chosen:
        st.caption(f":material/folder_open: {visit.say('knowledge.none')}")
        return
    files = (known[chosen].get("file_counts") or {}).get("total", 0)
    st.caption(visit.say("knowledge.counted", items=count(known[chosen]), files=files))
    view = st.segmented_control(
        visit.say("knowledge.view"), VIEWS, default=VIEWS[0], key="knowledge-view", required=True, label_visibility="collapsed",
        format_func=lambda name: visit.say(f"knowledge.view_{name}"),
    )  # fmt: skip
    if view == "faq":
        curating.entries(visit, chosen)
    elif view == "open":
        curating.open_questions(visit, chosen)
    else:
        _shelf(visit, chosen)


def _shelf(visit: Visit, chosen: str) -> None:
    """The files of a collection."""
    _add(visit, chosen)
    busy = any(f.get("status") == "in_progress" for f in _files(visit, chosen))
    st.fragment(_listing, run_every=1.0 if busy else None)(visit, chosen, busy)
    evidence.show(visit, ROOM)


def _create(visit: Visit) -> None:
    with st.form("new-collection", border=False, clear_on_submit=True):
        name = st.text_input(visit.say("knowledge.name"), max_chars=100)
        if st.form_submit_button(visit.say("knowledge.create"), type="primary") and name and name.strip():
            try:
                made = visit.api.make_collection(name.strip())
            except ApiFault as fault:
                visit.fault(fault)
                return
            st.session_state["new_shelf"] = str(made["id"])
            st.rerun()


def _drop(visit: Visit, collection: Json) -> None:
    st.markdown(visit.say("knowledge.drop_sure", name=label(str(collection.get("name"))), count=count(collection)))
    deleting.buttons(visit, "drop", lambda: visit.api.drop_collection(str(collection["id"])))


def _add(visit: Visit, collection: str) -> None:
    """The place to drop files; each is stored, then read by the service in its own time."""
    turn = int(st.session_state.get("drops", 0))
    files = st.file_uploader(
        visit.say("knowledge.add"), accept_multiple_files=True, key=f"drop-{turn}", help=visit.say("knowledge.add_help"),
    )  # fmt: skip
    url = st.text_input(
        visit.say("knowledge.url"), key=f"url-{turn}", placeholder=visit.say("knowledge.url"), label_visibility="collapsed",
        icon=":material/link:",
    )  # fmt: skip
    if url and url.strip():
        _fetch(visit, collection, url.strip(), turn)
    of, refused = st.session_state.get("refusals", ("", []))
    for name, message, hint in refused if of == collection else []:  # until something else is added: the page runs anew as files are read
        st.warning(f"**{label(name)}** — {label(message, 300)} {label(hint, 300)}", icon=":material/warning:")
    if not files:
        return
    bar = st.progress(0.0)
    refusals = []
    for number, file in enumerate(files):
        bar.progress(number / len(files), text=visit.say("knowledge.sending", name=label(file.name), number=number + 1, count=len(files)))
        try:
            stored = visit.api.upload(Attached(file.name, file.type or "", file.getvalue()))
            visit.api.attach(collection, str(stored["id"]))
        except ApiFault as fault:
            refusals.append((file.name, fault.message, fault.hint))
    st.session_state["refusals"] = (collection, refusals)
    st.session_state["drops"] = turn + 1
    st.rerun()


def _fetch(visit: Visit, collection: str, url: str, turn: int) -> None:
    """Have the file behind an address read."""
    refusals = []
    with st.spinner(visit.say("knowledge.fetching")):
        try:
            visit.api.attach_url(collection, url)
        except ApiFault as fault:
            refusals.append((url.partition("://")[2] or url, fault.message, fault.hint))
    st.session_state["refusals"] = (collection, refusals)
    st.session_state["drops"] = turn + 1
    st.rerun()


def _files(visit: Visit, collection: str) -> list[Json]:
    try:
        return visit.api.attached(collection)
    except ApiFault as fault:
        visit.fault(fault)
        return []


def _listing(visit: Visit, collection: str, busy: bool) -> None:
    if st.session_state.pop("looked", False):
        st.rerun()
    files = _files(visit, collection)
    working = sum(f.get("status") == "in_progress" for f in files)
    if busy and not working:
        st.rerun()
    if not files:
        st.caption(f":material/upload_file: {visit.say('knowledge.empty')}")
        return
    listing(visit, files, name_of, lambda file: _row(visit, collection, file), key="filter", hint="knowledge.filter")
    if working:  # below the rows, so that its end does not move them under the pointer
        st.progress(1 - working / len(files), text=visit.say("knowledge.reading", count=working))


def icon_of(name: str) -> str:
    """The icon of a kind of file, by its ending; only a hint to the eye."""
    kind = next((kind for kind, endings in KINDS.items() if name.lower().endswith(endings)), "")
    return ICONS.get(kind, ":material/description:")


def name_of(file: Json) -> str:
    """The name a person knows the file by."""
    return str(file.get("filename") or file.get("id"))


def _row(visit: Visit, collection: str, file: Json) -> None:
    key, name, status = str(file["id"]), name_of(file), str(file.get("status"))
    with st.container(horizontal=True, vertical_alignment="center", wrap=False, key=f"file-{key}"):
        with st.container(width=44, horizontal_alignment="center", key=f"kind-{key}"):
            found = visit.file(key, "thumbnail") if status == "completed" and name.lower().endswith(SEEN) else None
            if found and found[1].startswith("image/"):
                st.image(found[0], width=44, alt="")
            else:
                st.markdown(f"### :gray[{icon_of(name)}]", anchors=False)
        with st.container(gap=None):
            st.markdown(label(name, 70))
            st.caption(f"{STATUS.get(status, '')} {_state(visit, file, status)}")
            for warning in file.get("warnings") or ():
                st.caption(f":orange[:material/warning: {label(str(warning), 200)}]")
        look = visit.say("knowledge.look", name=label(name, 60))
        if status == "completed":
            # A callback, because a click that meets the end of the reading would else be lost in the page's own rerun.
            st.button(
                look, icon=":material/visibility:", key=f"look-{key}", type="tertiary", help=look, on_click=_look, args=(visit, key, name)
            )
        remove = visit.say("knowledge.remove", name=label(name, 60))
        if st.button(remove, icon=":material/delete:", key=f"remove-{key}", type="tertiary", help=remove):
            st.dialog(visit.say("side.delete"), icon=":material/delete:")(_remove)(visit, collection, key, name)


def _look(visit: Visit, file_id: str, name: str) -> None:
    try:
        about = visit.api.file(file_id)
    except ApiFault as fault:
        st.toast(label(fault.message, 200))
        return
    source = {"title": name, "file_id": file_id, "media_type": about.get("media_type"), "modality": about.get("modality")}
    evidence.choose(source, ROOM)
    st.session_state["looked"] = True


def _state(visit: Visit, file: Json, status: str) -> str:
    if status == "failed":
        reason = str((file.get("last_error") or {}).get("message") or "")
        return f":red[{label(reason, 300) or visit.say('knowledge.failed')}]"
    if status == "in_progress":
        part = float((file.get("progress") or {}).get("part") or 0)
        return visit.say("knowledge.in_progress") + (f" {100 * part:.0f} %" if part else "")
    size = float(file.get("usage_bytes") or 0)
    words = f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{max(1, round(size / 1024))} KiB"
    items = int(file.get("items") or 0)
    return f"{visit.say('knowledge.item' if items == 1 else 'knowledge.items', count=items)} · {words}"


def _remove(visit: Visit, collection: str, file_id: str, name: str) -> None:
    st.markdown(visit.say("knowledge.remove_sure", name=label(name, 60)))
    deleting.buttons(visit, "remove", lambda: visit.api.detach(collection, file_id))
