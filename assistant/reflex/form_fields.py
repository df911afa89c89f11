"""Fields of invoices, bills and receipts: "what is the total of the AWS invoice?" told from what was read of the page. Knows hits.

Of several documents that one is told which bears the names in the question; where it names none, only a single one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reflex.hits import Hit
from assistant.reflex.phrases import conjuncts
from retrieval.catalogue import say
from retrieval.form_items import KEY_FIELDS, fields_told
from retrieval.key_fields import named
from tools.form_fields import OF_PAPER, asked_field, bears, naming

FEW = 3
"""Documents whose fields are told side by side."""
LEAST_NAMED = 0.6
"""Least share of what the question names that a document must bear."""
_SEVERAL = re.compile(
    r"^(?:which|what|list|show|find|give|get|tell|do i have|are there)\b.*\b(?:invoices|bills|receipts)\b"
    r"|(?:哪些|所有|全部|列出|有什么|几[张份]).*(?:发票|账单|帐单|收据|单据)|(?:发票|账单|帐单|收据|单据)有哪些",
    re.I,
)
_HIGHEST = re.compile(r"\b(?:most expensive|highest|largest|biggest)\b|最[高大贵多]", re.I)
_LOWEST = re.compile(r"\b(?:cheapest|lowest|smallest)\b|最[低小少]|最便宜", re.I)


def asks_for_papers(question: str) -> bool:
    """Whether papers are to be listed or ranked, as in "which invoices do I have" and "the highest bill"."""
    return bool(_SEVERAL.search(question) or (rank(question) and OF_PAPER.search(question)))


def rank(question: str) -> int:
    """1 where the paper with the highest total is asked for, -1 the lowest, 0 neither."""
    return bool(_HIGHEST.search(question)) - bool(_LOWEST.search(question))


def told_of_papers(question: str, topic: str, hits: Sequence[Hit], language: str) -> str:
    """What the invoices, bills and receipts among `hits` answer, where they do; `topic` is what a summary is wanted of, or empty."""
    if topic:
        return told_summary(topic, hits, language)
    return told_papers(question, hits, language) or told_field(question, hits, language)


def told_field(question: str, hits: Sequence[Hit], language: str) -> str:
    """The asked fields of the document that is meant, with its mark; empty when no document that was found has one."""
    papers = [hit for hit in hits if hit.metadata.get(KEY_FIELDS)]
    fields = dict.fromkeys(field for part in conjuncts(question) if (field := asked_field(part))) or {asked_field(question): None}
    meant = _meant(question, papers) if papers and any(fields) else []
    told = [(paper, field, value) for paper in meant for field in fields if (value := _line(paper, field))]
    if not told or len({paper.number for paper, *_ in told}) > FEW:
        return ""
    return ("" if language == "zh" else " ").join(
        say("assistant", language, "found.is", title=paper.title, column=say("tools", language, f"field.{field}"), value=value,
            number=paper.number)
        for paper, field, value in told
    )  # fmt: skip


def told_papers(question: str, hits: Sequence[Hit], language: str) -> str:
    """The invoices, bills and receipts that were found, or the one with the highest or lowest total; empty when none are asked for."""
    papers = [hit for hit in hits if hit.metadata.get(KEY_FIELDS)] if asks_for_papers(question) else []
    if words := naming(question):
        papers = [paper for paper in papers if all(bears(f"{paper.title}\n{paper.text}", word) for word in words)]
    if order := rank(question):
        priced = [paper for paper in papers if "total_amount" in paper.metadata]
        if len(priced) < len(papers) or len({paper.metadata.get("currency") for paper in priced}) > 1:
            return ""  # 1939 rupees are not more than 280 dollars
        papers = sorted(priced, key=lambda paper: -order * float(paper.metadata["total_amount"]))[:1]
    if not papers:
        return ""
    things = say("assistant", language, "found.joint").join(_in_short(paper) for paper in papers)
    return say("assistant", language, "found.one" if len(papers) == 1 else "found.many", things=things, count=len(papers))


def told_summary(topic: str, hits: Sequence[Hit], language: str) -> str:
    """What the one invoice that a summary is about says of itself; empty when it is about none, or about several."""
    words = naming(topic)
    papers = [
        hit for hit in hits if hit.metadata.get(KEY_FIELDS) and words and all(bears(f"{hit.title}\n{hit.text}", word) for word in words)
    ]
    if len(papers) != 1 or not OF_PAPER.search(topic):
        return ""
    return say("assistant", language, "found.sheet", title=papers[0].title, text=fields_told(papers[0].text), number=papers[0].number)


def _in_short(paper: Hit) -> str:
    """Its title with what is to be paid and when it was written."""
    facts = [value.split(" (")[0] for field in ("total_amount", "date") if (value := _line(paper, field))]
    return f"{paper.title} ({', '.join(facts)}) [{paper.number}]" if facts else f"{paper.title} [{paper.number}]"


def _meant(question: str, papers: Sequence[Hit]) -> list[Hit]:
    """The documents that bear most of what the question names; without a name the one that was brought, or the only one."""
    words = naming(question)
    if not words:
        brought = [paper for paper in papers if not paper.item.get("collection")]
        return brought or (list(papers) if len(papers) == 1 and OF_PAPER.search(question) else [])
    shares = [_share(paper, words) for paper in papers]
    best = max(shares)
    meant = [paper for paper, share in zip(papers, shares, strict=True) if share >= max(best, LEAST_NAMED)]
    known = any(not paper.item.get("collection") for paper in meant)
    return meant if known or OF_PAPER.search(question) or best == 1.0 else []


def _share(paper: Hit, words: Sequence[str]) -> float:
    """How much of what a question names a document bears; 0 where it lacks a common word: the discount on an invoice is not its total."""
    lacking = [word for word in words if not bears(f"{paper.title}\n{paper.text}", word)]
    return 1 - len(lacking) / len(words) if all(word[0].isupper() for word in lacking) else 0.0


def _line(paper: Hit, field: str) -> str:
    """What the document says of a field; empty when nothing."""
    start = f"{named(field)}: "
    return next((line.removeprefix(start) for line in paper.text.splitlines() if line.startswith(start)), "")
