"""What kind of file bytes are, by their first bytes and never by the sender's word. Decodes nothing but text.

One rule for a name or a declared type that disagrees: the bytes decide. The name only tells the members of the text family apart,
and a file that claims to be a picture, a sound or a document but is none of those is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from retrieval import office_package
from retrieval.content import Modality
from retrieval.faults import Unreadable, UnsupportedType
from retrieval.office_package import DOCX, PPTX
from retrieval.text_encoding import try_decode

ACCEPTED = (
    "PNG, JPEG, GIF, WebP, WAV, MP3, FLAC, Ogg, M4A, WebM, MP4, PDF, Word, PowerPoint, HTML, Markdown, CSV, JSON, "
    "STL, OBJ, PLY, OFF, glTF or plain text"
)
TEXT_EXTENSIONS = {
    ".md": "text/markdown", ".markdown": "text/markdown", ".html": "text/html", ".htm": "text/html", ".xhtml": "text/html",
    ".csv": "text/csv", ".tsv": "text/csv", ".json": "application/json", ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson", ".txt": "text/plain", ".text": "text/plain", ".log": "text/plain",
    ".obj": "model/obj", ".gltf": "model/gltf+json",
}  # fmt: skip
TEXT_TYPES = {
    **{kind: kind for kind in TEXT_EXTENSIONS.values()}, "text/x-markdown": "text/markdown", "application/xhtml+xml": "text/html",
    "application/csv": "text/csv", "text/tab-separated-values": "text/csv", "application/jsonl": "application/x-ndjson",
}  # fmt: skip
_BINARY_EXTENSIONS = frozenset(
    ".png .jpg .jpeg .gif .webp .bmp .tif .tiff .psd .ico .heic .avif .svg .eps .ps .fits .wav .mp3 .flac .ogg .oga .opus .m4a .aac "
    ".wma .mp4 .m4v .mov .mkv .webm .avi .pdf .docx .doc .pptx .ppt .xlsx .xls .odt .zip .gz .7z .rar .tar .exe .dll .so .msg .rtf "
    ".stl .ply .off .glb .fbx .3ds .blend .dae .step .stp".split()
)
_REFUSED_TEXT = (
    ("#EXTM3U", "a playlist"), ("ffconcat", "a playlist"), ("[playlist]", "a playlist"), ("{\\rtf", "an RTF document"),
    ("%!PS", "a PostScript file"), ("SIMPLE  =", "a FITS image"), ("#!AMR", "an AMR recording"),
)  # fmt: skip
_SVG = re.compile(r"<(?:!doctype\s+)?(?:\w+:)?svg[\s>]", re.IGNORECASE)
_HTML = re.compile(r"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL)
_HEIF = frozenset((b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis"))


_INSTEAD = {
    ".doc .odt .rtf .pages": "Save it as .docx or PDF and send that.", ".ppt .odp .key": "Save it as .pptx or PDF and send that.",
    ".xlsx .xls .ods": "Save the sheet as CSV (UTF-8) and send that.", ".heic .avif .tif .tiff .bmp .psd": "Export it as JPEG or PNG.",
    ".fbx .3ds .blend .dae .step .stp": "Export it as .glb, .obj or .stl.",
    ".zip .rar .7z .gz .tar": "Unpack it and send the files.", ".avi .wma .aac .amr": "Convert it to MP4, MP3 or WAV.",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Media type and modality. A container of sound or video is named `video/…` until its streams have been looked at."""

    media_type: str
    modality: Modality


def extension(name: str) -> str:
    """Lower-case extension of a file name with its dot, e.g. `.pdf`; empty when there is none."""
    return PurePosixPath(name.replace("\\", "/").replace("\x00", "")).suffix.lower()


def _mp3_frame(data: bytes) -> bool:
    """An MPEG audio layer III (or II) frame header: eleven set bits, no reserved version, layer, bit rate or sample rate."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    return version != 1 and layer in (1, 2) and data[2] >> 4 not in (0, 15) and data[2] >> 2 & 3 != 3


def _riff(data: bytes) -> Kind | None:
    return {b"WAVE": Kind("audio/wav", "audio"), b"WEBP": Kind("image/webp", "image")}.get(data[8:12])


def _iso_media(data: bytes) -> Kind | None:
    brand = data[8:12]
    if brand in _HEIF:
        return None
    return Kind("video/quicktime" if brand == b"qt  " else "video/mp4", "video")


def _package(data: bytes) -> Kind | None:
    kind = office_package.media_type(data)
    return Kind(kind, "file") if kind else None


def _binary(data: bytes) -> Kind | None:
    """The kind by magic bytes; None when no accepted kind begins like that."""
    simple = (
        (b"\x89PNG\r\n\x1a\n", Kind("image/png", "image")), (b"\xff\xd8\xff", Kind("image/jpeg", "image")),
        (b"GIF87a", Kind("image/gif", "image")), (b"GIF89a", Kind("image/gif", "image")), (b"fLaC", Kind("audio/flac", "audio")),
        (b"OggS", Kind("audio/ogg", "audio")), (b"ID3", Kind("audio/mpeg", "audio")), (b"%PDF-", Kind("application/pdf", "file")),
        (b"\x1a\x45\xdf\xa3", Kind("video/webm", "video")),
    )  # fmt: skip
    for magic, kind in simple:
        if data.startswith(magic):
            return kind
    if data.startswith(b"RIFF"):
        return _riff(data)
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    if data.startswith(b"PK\x03\x04"):
        return _package(data)
    if _mp3_frame(data):
        return Kind("audio/mpeg", "audio")
    # The PDF standard lets up to 1 KiB of anything come first; no other accepted kind may hide there.
    return Kind("application/pdf", "file") if b"%PDF-" in data[:1024] and b"\x00" in data[:4096] else None


_OFF = re.compile(rb"[CN]{0,2}OFF\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s+\d+\s")


def _mesh(data: bytes) -> Kind | None:
    """A 3D model by its first bytes; a binary STL has no mark, but its length must be what its number of triangles makes it."""
    if data.startswith(b"glTF") and int.from_bytes(data[4:8], "little") == 2 and int.from_bytes(data[8:12], "little") == len(data):
        return Kind("model/gltf-binary", "file")
    if re.match(rb"ply\r?\n(?:comment[^\n]*\n)*format ", data[:4096]):
        return Kind("model/ply", "file")
    if _OFF.match(data[:4096]):
        return Kind("model/off", "file")
    triangles = int.from_bytes(data[80:84], "little")
    if triangles and len(data) == 84 + 50 * triangles:
        return Kind("model/stl", "file")
    if data.lstrip()[:5].lower() == b"solid" and re.search(rb"facet\s+normal", data[:4096], re.IGNORECASE):
        return Kind("model/stl", "file")
    return None


def _text(data: bytes, name: str, declared: str) -> Kind | None:
    text = try_decode(data)
    if text is None:
        return None
    head = text[:4096].lstrip()
    for prefix, what in _REFUSED_TEXT:
        if head.startswith(prefix):
            raise UnsupportedType(f"This is {what}, which is not read.", hint=f"Send {ACCEPTED}.")
    if head.startswith("<") and _SVG.search(head) and not _HTML.match(head):
        raise UnsupportedType("This is an SVG drawing, which is not read.", hint="Export it as PNG and send that.")
    claimed = TEXT_EXTENSIONS.get(extension(name)) or TEXT_TYPES.get(declared)
    if claimed is None and (extension(name) in _BINARY_EXTENSIONS or declared.startswith(("image/", "audio/", "video/"))):
        return None
    if claimed is None:
        claimed = "text/html" if _HTML.match(head) else "text/plain"
    return Kind(claimed, "file")


def sniff(data: bytes, name: str = "", declared: str = "") -> Kind:
    """The kind of `data`. `name` and `declared` (a media type) only tell text kinds apart.

    Raises Unreadable for an empty file or a few stray bytes, UnsupportedType for every kind that is not read.
    """
    if not data:
        raise Unreadable("The file is empty.", hint="Check that it was saved, then send it again.", code="empty_file")
    declared = declared.split(";", maxsplit=1)[0].strip().lower()
    kind = _binary(data) or _mesh(data) or _text(data, name, declared)
    if kind:
        return kind
    if len(data) < 16:
        raise Unreadable("The file holds only a few bytes of no known kind.", hint=f"Send {ACCEPTED}.")
    if TEXT_EXTENSIONS.get(extension(name)):
        raise Unreadable("The file is not readable as text.", hint="Save it as UTF-8 and send it again.", code="unknown_encoding")
    hint = next((hint for kinds, hint in _INSTEAD.items() if extension(name) in kinds.split()), f"Send {ACCEPTED}.")
    raise UnsupportedType("This kind of file is not read.", hint=hint)


EXTENSION_OF = {
    "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "audio/wav": ".wav", "audio/mpeg": ".mp3",
    "audio/flac": ".flac", "audio/ogg": ".ogg", "audio/mp4": ".m4a", "audio/webm": ".webm", "video/mp4": ".mp4", "video/webm": ".webm",
    "video/quicktime": ".mov", "application/pdf": ".pdf", DOCX: ".docx", PPTX: ".pptx", "text/markdown": ".md", "text/html": ".html",
    "model/stl": ".stl", "model/obj": ".obj", "model/ply": ".ply", "model/off": ".off", "model/gltf-binary": ".glb",
    "model/gltf+json": ".gltf", "text/csv": ".csv", "application/json": ".json", "application/x-ndjson": ".jsonl", "text/plain": ".txt",
}  # fmt: skip
"""File extension to offer for a download of each media type."""
