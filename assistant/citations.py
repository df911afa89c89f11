"""Citations: ties the marks `[n]` of an answer to the evidence of the turn. Knows no model and no store.

A mark that points at nothing, or at evidence that shares too little with its sentence, is taken out of the answer and counted:
a wrong citation is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.items import Citation
from tools.base import Evidence

_MARK = re.compile(r"\s?\[(\d{1,3})\]")
_SENTENCE = re.compile(
    r"[“「][^”」]*[”」](?:\s*\[\d{1,3}\])+"  # a quotation with its marks is one piece, however many sentences it has
    r"|(?:[^.!?。！？\n]|\.(?=[^\s\"”’)\]\[]))*(?:[.!?。！？]+(?:[\"”’)\]]*)|\n|$)(?:\s*\[\d{1,3}\])*"  # 49.90 is no end
)
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]", re.IGNORECASE)
_COMMON = frozenset(
    """a an and are as at be been but by can do does for from had has have he her his i if in into is it its me my no not of on or our
    she so that the their them then there they this to was we were what when which who will with you your
    的 了 是 在 有 和 就 都 而 及 与 着 或""".split()
)
MINIMUM_SUPPORT = 0.2
"""Share of a sentence's own words that its evidence must contain. Quotes score 1; paraphrases by small models above 0.4."""
_QUOTE_LENGTH = 300
_MOST_TOGETHER = 12
"""Sentences that one mark may stand for."""


@dataclass(frozen=True)
class Checked:
    """An answer whose marks all hold."""

    text: str
    citations: tuple[Citation, ...]
    dropped: int
    """Marks taken out because nothing supported them."""


def words(text: str) -> set[str]:
    """The words of `text` that carry meaning: lower case, English without common words, Chinese by character."""
    return {w for w in (m.lower() for m in _WORD.findall(text)) if w not in _COMMON}


def sentences(text: str) -> list[str]:
    """The text in pieces, each a sentence or a quotation with the marks that follow it; joined they are the text."""
    return [match.group() for match in _SENTENCE.finditer(text) if match.group()]


def _listed(sentence: str) -> list[str]:
    """The things of a list that each have a mark of their own; any other sentence as it is."""
    things = re.split(r"(?<=[;；])", sentence)
    return things if all(_MARK.search(thing) for thing in things) else [sentence]


def support(sentence: str, evidence: str) -> float:
    """Share, 0 to 1, of the words of `sentence` that stand in `evidence`; 1 when the sentence has no words of its own."""
    own = words(sentence)
    return len(own & words(evidence)) / len(own) if own else 1.0


def check(answer: str, evidence: Sequence[Evidence]) -> Checked:
    """Take out marks that nothing supports and list a Citation for each that holds, in order of number."""
    known = {piece.number: piece for piece in evidence}
    quotes: dict[int, str] = {}
    dropped = 0
    parts: list[str] = []
    unmarked: list[str] = []
    for sentence in (piece for match in _SENTENCE.finditer(answer) for piece in _listed(match.group())):
        bare = _MARK.sub("", sentence)
        said = [*unmarked, bare][-_MOST_TOGETHER:]
        unmarked = [] if bare != sentence else said

        def keep(mark: re.Match[str], bare: str = bare, said: Sequence[str] = said) -> str:
            nonlocal dropped
            number = int(mark.group(1))
            piece = known.get(number)
            if piece is None or not _holds(bare, piece):
                dropped += 1
                return ""
            quotes.setdefault(number, quote(piece.hit.item.text, _together(piece.hit.item.text, said)))
            return mark.group()

        parts.append(_MARK.sub(keep, sentence))
    citations = tuple(_citation(known[number], quotes[number]) for number in sorted(quotes))
    return Checked("".join(parts).strip(), citations, dropped)


def _holds(sentence: str, piece: Evidence) -> bool:
    item = piece.hit.item
    if item.modality in ("image", "audio", "video"):
        return True  # the medium itself is the evidence: its description need not share words with the sentence
    return support(sentence, f"{item.title} {item.text}") >= MINIMUM_SUPPORT


def _together(text: str, said: Sequence[str]) -> str:
    """What one mark at the end stands for: the last of `said` and as many before it as `text` has in one piece, word for word."""
    runs = ("".join(said[start:]).strip() for start in range(len(said)))
    return next((run for run in runs if run in text), said[-1])


def quote(text: str, sentence: str) -> str:
    """`sentence` itself where `text` has it word for word, else the sentence of `text` closest to it; cut to 300 characters."""
    whole = sentence.strip(' “”「」"\n')
    if whole and whole in text:
        return whole[:_QUOTE_LENGTH]
    candidates = [s.group().strip() for s in _SENTENCE.finditer(text) if s.group().strip()]
    if not candidates:
        return text[:_QUOTE_LENGTH]
    wanted = words(sentence)
    best = max(candidates, key=lambda c: (len(wanted & words(c)), -len(c)))
    return best[:_QUOTE_LENGTH]


def _citation(piece: Evidence, cited: str) -> Citation:
    item = piece.hit.item
    return Citation(
        index=piece.number, item_id=item.id, title=item.title, modality=item.modality, locator=item.locator, cited_text=cited,
        score=round(piece.hit.probability or piece.hit.score, 4), file_id=item.parent, media_type=item.media_type,
    )  # fmt: skip
