"""Fields of invoices, bills and receipts: "what is the total of the AWS invoice?" told from what was read of the page. Knows hits.

Of several documents that one is told which bears the names in the question; where it names none, only a single one.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.reflex.hits import Hit
from retrieval.catalogue import say
from retrieval.form_items import MARK, fields_told
from retrieval.key_fields import named
from tools.form_fields import OF_PAPER, asked_field, asks_for_papers, bears, naming, rank

FEW = 3
"""Documents whose fields are told side by side."""
LEAST_NAMED = 0.6
"""Least share of what the question names that a document must bear."""


def told_field(question: str, hits: Sequence[Hit], language: str) -> str:
    """The asked field of the document that is meant, with its mark; empty when no document that was found has it."""
    cards = [hit for hit in hits if hit.metadata.get(MARK)]
    field = asked_field(question) if cards else ""
    if not field:
        return ""
    meant = _meant(question, cards)
    told = [(card, _line(card, field)) for card in meant]
    told = [(card, value) for card, value in told if value]
    if not told or len(told) > FEW:
        return ""
    joint = "" if language == "zh" else " "
    column = say("tools", language, f"field.{field}")
    return joint.join(
        say("assistant", language, "found.is", title=card.title, column=column, value=value, number=card.number) for card, value in told
    )


def told_papers(question: str, hits: Sequence[Hit], language: str) -> str:
    """The invoices, bills and receipts that were found, or the one with the highest or lowest total; empty when none are asked for."""
    cards = [hit for hit in hits if hit.metadata.get(MARK)] if asks_for_papers(question) else []
    if words := naming(question):
        cards = [card for card in cards if all(bears(f"{card.title}\n{card.text}", word) for word in words)]
    if order := rank(question):
        priced = [card for card in cards if "total_amount" in card.metadata]
        if len(priced) < len(cards) or len({card.metadata.get("currency") for card in priced}) > 1:
            return ""  # 1939 rupees are not more than 280 dollars
        cards = sorted(priced, key=lambda card: -order * float(card.metadata["total_amount"]))[:1]
    if not cards:
        return ""
    things = say("assistant", language, "found.joint").join(_in_short(card) for card in cards)
    return say("assistant", language, "found.one" if len(cards) == 1 else "found.many", things=things, count=len(cards))


def told_summary(topic: str, hits: Sequence[Hit], language: str) -> str:
    """What the one invoice that a summary is about says of itself; empty when it is about none, or about several."""
    words = naming(topic)
    cards = [hit for hit in hits if hit.metadata.get(MARK) and words and all(bears(f"{hit.title}\n{hit.text}", word) for word in words)]
    if len(cards) != 1 or not OF_PAPER.search(topic):
        return ""
    return say("assistant", language, "found.sheet", title=cards[0].title, text=fields_told(cards[0].text), number=cards[0].number)


def _in_short(card: Hit) -> str:
    """Its title with what is to be paid and when it was written."""
    facts = [value.split(" (")[0] for field in ("total_amount", "date") if (value := _line(card, field))]
    return f"{card.title} ({', '.join(facts)}) [{card.number}]" if facts else f"{card.title} [{card.number}]"


def _meant(question: str, cards: Sequence[Hit]) -> list[Hit]:
    """The documents that bear most of what the question names; without a name the one that was brought, or the only one."""
    words = naming(question)
    if not words:
        brought = [card for card in cards if not card.item.get("collection")]
        return brought or (list(cards) if len(cards) == 1 and OF_PAPER.search(question) else [])
    shares = [_share(card, words) for card in cards]
    best = max(shares)
    meant = [card for card, share in zip(cards, shares, strict=True) if share >= max(best, LEAST_NAMED)]
    known = any(not card.item.get("collection") for card in meant)
    return meant if known or OF_PAPER.search(question) or best == 1.0 else []


def _share(card: Hit, words: Sequence[str]) -> float:
    """How much of what a question names a document bears; 0 where it lacks a common word: the discount on an invoice is not its total."""
    lacking = [word for word in words if not bears(f"{card.title}\n{card.text}", word)]
    return 1 - len(lacking) / len(words) if all(word[0].isupper() for word in lacking) else 0.0


def _line(card: Hit, field: str) -> str:
    """What the document says of a field; empty when nothing."""
    start = f"{named(field)}: "
    return next((line.removeprefix(start) for line in card.text.splitlines() if line.startswith(start)), "")
