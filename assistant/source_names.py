"""Source names: the name of its file before the title of a citation. Knows the library, no answer."""

from __future__ import annotations

from dataclasses import replace

from assistant.citations import Checked
from retrieval.faults import NotFound
from retrieval.library import Library


def named(checked: Checked, library: Library, owner: str) -> Checked:
    """Citations whose title begins with the name of their file, because a heading alone does not say where it stands."""
    found = []
    for citation in checked.citations:
        try:
            name = library.file(citation.file_id or "", owner).name
        except NotFound:
            name = ""
        title = f"{name} › {citation.title}" if name and name not in citation.title else citation.title
        found.append(citation.model_copy(update={"title": title}))
    return replace(checked, citations=tuple(found))
