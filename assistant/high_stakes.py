"""High stakes: which questions can do harm when they are answered wrongly. Reads words; knows no policy, no turn and no person.

A few patterns settle what is plain; for the rest a small trained head gives a chance (`assistant/high_stakes_head.py`). What a document or
picture is about is told by the terms of reports in its text. The definitions and figures are in docs/high-stakes.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from assistant import crisis
from assistant.crisis_words import HANDED_OVER, QUOTED
from assistant.high_stakes_head import CLASSES, Head, load_head
from assistant.high_stakes_words import ANOTHER, HINTS, PLAY, REPORTS, RETURNS, SURE
from assistant.reflex.features import chinese
from assistant.stakes import ORDER, Kind
from retrieval.content import Content
from retrieval.embedders.base import Embedder

LONGEST = 4_000
"""Characters of a person's words that are read, from both ends: more is a document."""
SENTENCES = 12
"""Sentences that are looked at one by one, beside the whole."""
LEAST, LEAST_HINTED = 0.5, 0.15
"""Chance from which a kind counts, without and with a word that its questions have; chosen on the fifth
of everyday.tsv that is not learned."""
GRAVE = ("self_harm", "weapons")
"""Without a word of theirs these need that chance for themselves: an order to an image must not bring the text about suicide."""
LONGEST_REPORT = 20_000
_ENDS = re.compile(r"(?<=[.!?。！？;；])\s*|\n+")


class Recogniser:
    """Tells the kind of words. Safe to call from several threads; `embedder` is MiniLM's, or None to go without."""

    def __init__(self, embedder: Embedder | None = None, head: Head | None = None) -> None:
        self._embedder = embedder if embedder is not None and embedder.space.startswith("minilm") else None
        self._own = head

    def kind(self, words: str) -> Kind | None:
        """The gravest kind that the words, or one of their sentences, ask about; None for nothing of the sort."""
        text = _plain(words)
        if not text or HANDED_OVER.match(text):
            return None
        if crisis.signs(words):
            return "self_harm"
        parts = _parts(text)
        found = {kind for part in parts for kind in self._settled(part)}
        found |= {kind for kind in self._felt(parts, words.strip()) if kind is not None}
        return next((kind for kind in ORDER if kind in found), None)

    def plainly(self, words: str) -> bool:
        """Whether the patterns alone settle it, without what the head makes of the words."""
        return crisis.signs(words) or any(self._settled(part) for part in _parts(_plain(words)))

    def _settled(self, part: str) -> list[Kind]:
        return [kind for kind, pattern in SURE if pattern.search(part) and not (kind == "weapons" and PLAY.search(part))]

    def _felt(self, parts: Sequence[str], words: str) -> list[Kind | None]:
        """What the head makes of each part; `words` are all of them as they were written."""
        asked = [part for part in parts if not ANOTHER.search(part)]
        head = self._own or load_head()
        known = [part for part in asked if not chinese(part)]
        vectors = {}
        if known and self._embedder is not None:
            # The encoder knows no upper case; as they were written, the words are embedded for the rest of the turn too.
            written = {words.lower(): words}
            contents = [Content.from_text(written.get(part, part)) for part in known]
            vectors = dict(zip(known, self._embedder.embed(contents), strict=True))
        return [_verdict(head.probabilities(part, vectors.get(part)), part) for part in asked]


def about(texts: Sequence[str]) -> Kind | None:
    """The kind of report that a text is, by the number of different terms of such reports in it; None for none."""
    text = "\n".join(texts)[:LONGEST_REPORT].lower()
    found = {kind for kind, least, terms in REPORTS if len(set(terms.findall(text))) >= least}
    return next((kind for kind in ORDER if kind in found), None)


def _verdict(chances: np.ndarray, part: str) -> Kind | None:
    """The likeliest kind: all chances that are not `none` count for it, where a word of it stands in the part."""
    high, of = 1 - float(chances[0]), dict(zip(CLASSES, chances.tolist(), strict=True))
    hinted = [kind for kind, words in HINTS if words.search(part)]
    if not hinted and part.isascii() and len(part.split()) == 1:
        return None  # "abort": one word says too little
    if high >= LEAST_HINTED and hinted:
        best = max(hinted, key=lambda kind: of[kind])
        if of[best] < high / 4 and high < LEAST:
            return None
    elif high >= LEAST:
        best = max(ORDER, key=lambda kind: of[kind])
        if best in GRAVE and of[best] < LEAST:
            return None
    else:
        return None
    return None if _harmless(best, part) else best


def _harmless(kind: Kind, part: str) -> bool:
    """Whether words of play, or of a shop, explain it."""
    if kind == "legal":
        return bool(RETURNS.search(part)) and not dict(HINTS)["legal"].search(RETURNS.sub(" ", part))
    return kind == "weapons" and bool(PLAY.search(part))


def _parts(text: str) -> list[str]:
    sentences = [part.strip() for part in _ENDS.split(text) if part and part.strip()]
    if len(sentences) < 2:
        return [text]
    return list(dict.fromkeys([text[:600], *sentences[: SENTENCES // 2], *sentences[-SENTENCES // 2 :]]))


def _plain(words: str) -> str:
    """One form of each character, lower case, invisible signs gone, quotations taken out unless they are all there is."""
    cut = words if len(words) <= LONGEST else words[: LONGEST // 2] + "\n" + words[-LONGEST // 2 :]
    text = unicodedata.normalize("NFKC", cut).replace("’", "'").replace("‘", "'").lower()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    rest = QUOTED.sub(" … ", text).strip()
    return rest if len(rest.strip(" .…!?。！？")) > 3 else text
