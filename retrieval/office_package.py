"""Zip packages of Word and PowerPoint, looked at before anything unpacks them. Reads the directory only; writes nothing.

Names inside are never used as paths, and links are refused.
The declared sizes are trusted for the limit because `zipfile` never yields more than is declared.
"""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator

from retrieval.faults import Fault, TooLarge, Unreadable
from retrieval.items import Draft

MAX_ENTRIES = 5_000
MAX_UNPACKED = 400 * 2**20
"""Bytes of all parts together."""
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_MAIN_PART = {"word/document.xml": DOCX, "ppt/presentation.xml": PPTX}


def media_type(data: bytes) -> str | None:
    """The media type of a Word or PowerPoint package; None for any other zip archive.

    Raises Unreadable for a damaged or encrypted package, TooLarge for one that unpacks to more than the limits.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
    # zipfile raises all of these for damaged archives: NotImplementedError for a version number of nonsense, say.
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, IndexError, UnicodeDecodeError) as error:
        raise Unreadable("The package is damaged.", hint="Open it in its own program, save it again and send that.") from error
    names = {entry.filename for entry in entries}
    kind = next((kind for part, kind in _MAIN_PART.items() if part in names), None)
    if kind is None or "[Content_Types].xml" not in names:
        return None
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        return None
    if any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
        return None
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unreadable("The document is encrypted.", hint="Save it without a password and send it again.", code="encrypted")
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise TooLarge("The document unpacks to more than is allowed.", hint="Split it into smaller documents.", code="unpacked_too_large")
    return kind


def whole(drafts: Iterator[Draft], kind: str) -> Iterator[Draft]:
    """`drafts` of a package of this `kind` ("document", "presentation").

    Raises Unreadable for what the parsing libraries raise on damaged packages (KeyError, ValueError, lxml and zip errors), and when
    there was nothing in it.
    """
    found = False
    try:
        for draft in drafts:
            found = True
            yield draft
    except (Fault, MemoryError, GeneratorExit):
        raise
    except Exception as error:
        raise Unreadable(f"The {kind} is damaged.", hint="Open it in its own program, save it again and send that.") from error
    if not found:
        raise Unreadable(f"The {kind} holds no text and no picture.", hint="Check it and send it again.", code="no_text")
