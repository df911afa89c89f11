"""A long list on the page: a box to filter it by words, its first entries, and how many more there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from ui.chat.client import Json
from ui.chat.visit import Visit

SHOWN = 50
"""Entries drawn at once; the filter finds the others."""
FEW = 8
"""Entries up to which a list needs no filter."""


def listing(
    visit: Visit, found: Sequence[Json], words_of: Callable[[Json], str], draw: Callable[[Json], None], *, key: str, hint: str
) -> None:
    """Draw the entries of `found` whose words hold what is typed; `key` is that of the box, `hint` the name of its words."""
    wanted = ""
    if len(found) > FEW:
        said = visit.say(hint)
        wanted = st.text_input(said, key=key, placeholder=said, label_visibility="collapsed", icon=":material/search:") or ""
    matching = [entry for entry in found if wanted.lower() in words_of(entry).lower()]
    for entry in matching[:SHOWN]:
        draw(entry)
    if len(matching) > SHOWN:
        st.caption(visit.say("knowledge.more", count=len(matching) - SHOWN))
