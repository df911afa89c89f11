"""The sample collection: loaded once, on the first start, so that the first question has something to be answered from.

It is a collection of its own, so that it never mixes with what a person adds; `places_for` says where to look when a person
names no collection. Its files lie in `assistant/samples`, made by `training/make_samples.py`; SOURCES.md there has the licences.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

from retrieval.content import Content
from retrieval.faults import Fault
from retrieval.library import Library

NAME = "sample"
DEFAULT = "default"
_UNFINISHED = "sample (loading)"
_FOLDERS = ("documents", "pictures", "sounds")
"""In the order in which they are read: what the first questions need comes first."""
_SUGGESTED = ("gale_warranty.pdf", "gale_faq.csv", "gale_products.csv", "red_jacket.png")

log = logging.getLogger(__name__)


def _in_process(data: bytes, name: str) -> Content:
    """Admit a file of our own; it needs no limited worker because it came with the package."""
    from retrieval.admission import admit
    from retrieval.decoding_limits import DecodingLimits

    return admit(data, name, "", DecodingLimits())


def paths(root: Path) -> list[Path]:
    """The files of the collection under `root`, those that the page's suggestions ask for first."""
    found = [path for folder in _FOLDERS for path in sorted((root / folder).iterdir()) if path.is_file()]
    return sorted(found, key=lambda path: _SUGGESTED.index(path.name) if path.name in _SUGGESTED else len(_SUGGESTED))


def load(
    library: Library, owner: str, admit: Callable[[bytes, str], Content] = _in_process, stop: Callable[[], bool] = lambda: False
) -> int:
    """Put the sample collection into an empty library; how many files were read now.

    Returns 0 when the library already has files: it was loaded before, or the person deleted it, or there never was need for it.
    Safe against a kill at any moment: until every file is durably attached the collection bears another name, and is begun anew.
    `stop` is asked before each file is read; what is left then is among `library.pending()`, for the next start.
    Of several processes that share a library one does it.
    """
    with library.once("sample") as mine:
        return _load(library, owner, admit, stop) if mine else 0


def _load(library: Library, owner: str, admit: Callable[[bytes, str], Content], stop: Callable[[], bool]) -> int:
    known = {info.name: info for info in library.collections(owner)}
    if _UNFINISHED in known:
        _discard(library, owner, known.pop(_UNFINISHED).id)
    if NAME in known or any(info.files for info in known.values()):
        return 0
    with as_file(files("assistant").joinpath("samples")) as root:
        attached = _attach(library, owner, paths(root), admit)
    done = 0
    for file_id in attached:
        if stop():
            break
        try:
            done += library.ingest(file_id, NAME, owner).status == "completed"
        except Fault as fault:
            log.warning("sample file %s was not read: %s", file_id, fault)
    return done


def _discard(library: Library, owner: str, collection: str) -> None:
    """Remove what a killed process began, files included."""
    for attachment in library.attachments(collection, owner):
        library.delete_file(attachment.file_id, owner)
    library.delete_collection(collection, owner)


def _attach(library: Library, owner: str, sources: list[Path], admit: Callable[[bytes, str], Content]) -> list[str]:
    """Make the collection with every file durably attached, none read yet; the ids of the files."""
    collection = library.create_collection(_UNFINISHED, owner, metadata={"sample": True}).id
    attached: list[str] = []
    for path in sources:
        info = library.add_file(admit(path.read_bytes(), path.name), owner, purpose="assistants")
        library.attach(info.id, collection, owner)
        attached.append(info.id)
    library.rename_collection(collection, NAME, owner)
    return attached


def places_for(library: Library, owner: str, *further: str) -> tuple[str, ...]:
    """Ids of where to look when no collection is named: `default`; the sample collection for as long as `default` is empty.

    Then those of the names `further` that have items.
    """
    known = library.held((DEFAULT, NAME, *further), owner)
    default = known.get(DEFAULT)
    first = default.id if default else library.ensure_collection(DEFAULT, owner).id
    if NAME in known and not (default and (default.files or default.items)):
        first = known[NAME].id
    return (first, *(known[name].id for name in further if name in known and known[name].items))
