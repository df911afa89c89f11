"""The recipe inside a PNG: two text chunks before the pixels, written, and read back out of bytes nobody trusts. Knows no store.

`recipe` holds the Recipe as JSON; an XMP packet says by IPTC's words that an algorithm made the picture. Nothing in them depends on the
time or the machine, so the same recipe on the same pixels gives the same bytes.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from retrieval.items import Recipe

KEYWORD = b"recipe"
XMP = b"XML:com.adobe.xmp"
LARGEST = 2**18
"""Bytes of a recipe inside a picture; a larger one is neither written nor read."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_START = KEYWORD + b"\0\0\0\0\0"
"""Keyword, not compressed (so nothing has to be unpacked to read it), no language, no translated keyword."""
_MOST_CHUNKS = 64
"""Chunks before the pixels that are looked at."""
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
"""Characters that XML cannot hold."""


def written(data: bytes, recipe: Recipe) -> bytes:
    """The PNG with `recipe` in it, in place of one that is there. As it is: any other file, and one whose recipe is over `LARGEST`."""
    text = json.dumps(recipe.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode("ascii")
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or len(text) > LARGEST:
        return data
    header = len(_SIGNATURE) + 12 + int.from_bytes(data[8:12], "big")
    kept = b"".join(whole for kind, body, whole in _chunks(data, header) if _keyword(kind, body) not in (KEYWORD, XMP))
    return data[:header] + _chunk(_START + text) + _chunk(XMP + b"\0\0\0\0\0" + provenance(recipe)) + kept


def read(data: bytes) -> Recipe | None:
    """The recipe inside a PNG; None where there is none, it is damaged, too large, or no recipe. Raises nothing, whatever the bytes are."""
    if not data.startswith(_SIGNATURE):
        return None
    for number, (kind, body, whole) in enumerate(_chunks(data, len(_SIGNATURE))):
        if kind == b"IDAT" or number >= _MOST_CHUNKS:
            return None
        if _keyword(kind, body) == KEYWORD:
            return _parsed(body) if zlib.crc32(kind + body) == int.from_bytes(whole[-4:], "big") else None
    return None


def source_type(recipe: Recipe) -> str:
    """IPTC's word for how the picture came about."""
    drawn = not recipe.parents or "edits" in recipe.parameters
    if recipe.model.startswith("pixels") and not recipe.parameters.get("shows"):
        return "algorithmicallyEnhanced"  # a photograph that was turned, or made brighter
    if drawn or recipe.model.startswith("pixels"):
        return "algorithmicMedia" if recipe.model.startswith("shapes") else "trainedAlgorithmicMedia"
    return "compositeWithTrainedAlgorithmicMedia"


def provenance(recipe: Recipe) -> bytes:
    """An XMP packet (UTF-8): made by an algorithm, by which model, from which words. Fit for any format that takes XMP."""
    words, model = (text.translate(_NO_XML) for text in (recipe.prompt, recipe.model))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f" xmp:CreatorTool={quoteattr(model)} Iptc4xmpExt:DigitalSourceType={quoteattr(_SOURCES + source_type(recipe))}>"
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(words)}</rdf:li></rdf:Alt></dc:description>'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def _chunks(data: bytes, at: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(kind, body, the whole chunk) from `at` on; ends quietly where the data does."""
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : end - 4], data[at:end]
        at = end


def _keyword(kind: bytes, body: bytes) -> bytes:
    return body[:80].split(b"\0", 1)[0] if kind == b"iTXt" else b""


def _chunk(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))


def _parsed(body: bytes) -> Recipe | None:
    if not body.startswith(_START) or len(body) > LARGEST + len(_START):
        return None
    try:
        return Recipe.model_validate(json.loads(body[len(_START) :]))
    except (ValueError, RecursionError):  # pydantic's ValidationError and JSON's own are ValueErrors
        return None
