"""Which characters bytes stand for: UTF-8, UTF-16 with its mark, or GB18030. Never a silent guess that yields nonsense.

A file in another 8-bit encoding is refused with a hint: Latin-1 accepts any bytes, so "accepting" it would store wrong words.
"""

from __future__ import annotations

import codecs
import re

from retrieval.faults import Unreadable

_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 20_000


def _common(character: str) -> bool:
    """In the everyday part of GB2312: punctuation and full-width forms (A1 to A9), or the 3,755 most used characters (B0 to D7)."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and (0xA1 <= code[0] <= 0xA9 or 0xB0 <= code[0] <= 0xD7)


def _gb18030(data: bytes) -> str | None:
    """The text if it reads as Chinese: most of what is not ASCII must be in everyday use, else it is another 8-bit encoding."""
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [c for c in text[:_SAMPLE] if ord(c) > 127]
    return text if foreign and sum(map(_common, foreign)) / len(foreign) >= 0.7 else None


def try_decode(data: bytes) -> str | None:
    """The text of `data` without its byte order mark, or None when it is not text in a supported encoding."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text: str | None = data.decode(encoding)
    except UnicodeDecodeError:
        text = _gb18030(data) if encoding == "utf-8" else None
    if text is None or _CONTROL.search(text):
        return None
    return text


def decode(data: bytes) -> str:
    """The text of `data` without its byte order mark. Raises Unreadable when it is not text in a supported encoding."""
    text = try_decode(data)
    if text is None:
        raise Unreadable("The file is not readable as text.", hint="Save it as UTF-8 and send it again.", code="unknown_encoding")
    return text
