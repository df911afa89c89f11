"""What the words say of a document: whether one should be at hand, and which page is meant. Reads none."""

from __future__ import annotations

import re

from assistant.reflex.numerals import NUMBER, NUMBER_ZH, ORDINAL, number, ordinal

_PAGE = re.compile(
    rf"\b(?:page|slide|p\.)\s*(?:number |no\.? ?)?({NUMBER})\b|\b(?:the )?({ORDINAL}) (?:page|slide)\b|第({NUMBER_ZH})页", re.IGNORECASE
)
_DOCUMENT = re.compile(
    r"\b(?:this|that|the|my|attached) (?:document|file|pdf|paper|report|attachment|page)\b|\bpages? \d|\bsummar\w+|\battach\w+|"
    r"文件|文档|附件|总结|概括|第.{1,3}页", re.IGNORECASE,
)  # fmt: skip


def names_document(words: str) -> bool:
    """Whether the words speak of a document that should be at hand, and not only of what might stand in one."""
    return bool(_DOCUMENT.search(words))


def page_of(words: str) -> int | None:
    """The page the words name, counted from 1; None for none or "the last page"."""
    found = _PAGE.search(words)
    if not found:
        return None
    value = ordinal(found[2]) if found[2] else number(found[1] or found[3])
    return int(value) if value is not None and 1 <= value <= 10_000 else None
