"""Curated answers as results: what the owner of a collection wrote, word for word, before anything is searched. Knows the library's FAQ."""

from __future__ import annotations

from retrieval.items import Hit
from tools.base import ToolContext, ToolResult
from tools.kit import Kit


def curated(kit: Kit, context: ToolContext, question: str) -> ToolResult | None:
    """The curated answer to `question` with its citation; None when no entry of the turn's collections is surely the one asked for."""
    found = kit.library.faq.match(question, context.collections, context.owner)
    if found is None or not found.sure:
        return None
    item = kit.library.item(found.entry.item, context.owner)
    piece = context.cite(Hit(item=item, score=found.probability, probability=found.probability, ranks={"faq": 1}))
    answer = f"{found.entry.answer} [{piece.number}]"
    data = {"faq": found.entry.id, "question": found.entry.question, "form": found.form, "probability": round(found.probability, 4)}
    return ToolResult(text=f"[{piece.number}] {found.entry.question}\n{found.entry.answer}", answer=answer, evidence=(piece,), data=data)
