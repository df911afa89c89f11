"""Lexicon: the emotion of words. English by learned word weights and a word list, Chinese by a word list with negation and degree.

Classical: it weighs words and understands no sentence. Irony, quotation and context are beyond it, and it says how unsure it is.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import language_of
from retrieval.content import Content, Modality
from retrieval.faults import Unavailable, Unreadable
from retrieval.items import ModelCard
from tools.emotions import _words_en as en
from tools.emotions import _words_zh as zh
from tools.emotions._tokens import NEGATIONS, features, pieces
from tools.emotions.base import LABELS, EmotionReading
from tools.phrasing import tell

_WEIGHTS = "lexicon_en.safetensors"
_HAND = 1.1
"""Weight of one word of the hand-written list, in units of the learned logits."""
_CHINESE_WEIGHT = 2.0
_SENTENCES = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_MOST = 20_000
"""Characters that are read; the rest of a longer text is left out."""


@lru_cache
def _card() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(files("tools.emotions").joinpath("lexicon_en.card.json").read_text("utf-8"))
    return loaded


def distribution(logits: NDArray[np.float64]) -> dict[str, float]:
    """Softmax over LABELS."""
    shifted = np.exp(logits - logits.max())
    return {label: float(p) for label, p in zip(LABELS, shifted / shifted.sum(), strict=True)}


def entropy(shares: dict[str, float]) -> float:
    """Normalised entropy, 0 to 1."""
    values = np.asarray([max(p, 1e-12) for p in shares.values()])
    return float(-(values * np.log(values)).sum() / np.log(len(values)))


class LexiconAnalyzer:
    """Reads the emotion of English and Chinese text."""

    modality: Modality = "text"

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def card(self) -> ModelCard:
        """Scores are those of the held-back part of GoEmotions; Chinese polarity is measured on restaurant reviews."""
        card = _card()
        return ModelCard(
            name="lexicon-1",
            role="emotion",
            kind="classical",
            source="word lists written here; English weights learned from GoEmotions",
            sha256=card["sha256"],
            licence="Apache-2.0",
            bytes=card["bytes"],
            modalities=("text",),
            scores={**card["scores"], "zh_polarity_auc": 0.926},
            limits="Weighs words; understands neither irony nor context. Chinese has word lists only.",
        )

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading of a text. Raises Unreadable when it has no words."""
        text = content.text.strip()[:_MOST]
        if not re.search(r"\w|[\U0001F300-\U0001FAFF\u2600-\u27BF]", text):
            raise Unreadable(tell(language, "emotion.no_words"), hint=tell(language, "emotion.no_words_hint"), param="text")
        parts = [p.strip() for p in _SENTENCES.findall(text) if p.strip()][:200] or [text]
        readings = [self._logits(part) for part in parts]
        # A sentence without words of feeling hardly counts beside one that has some.
        logits = np.average([r[0] for r in readings], axis=0, weights=[0.15 + min(r[1], 4) for r in readings])
        evidence = sum(r[1] for r in readings)
        shares = distribution(logits)
        uncertainty = min(1.0, entropy(shares) + (0.25 if evidence == 0 else 0.0))
        label = max(shares, key=shares.__getitem__)
        words = sorted({w for r in readings for w in r[2]})[:8]
        note = tell(language, "emotion.words_found", words=", ".join(words)) if words else tell(language, "emotion.words_none")
        return EmotionReading(label=label, distribution=shares, uncertainty=round(uncertainty, 4), note=note)

    def _logits(self, sentence: str) -> tuple[NDArray[np.float64], int, list[str]]:
        """Logits over LABELS, how many words of feeling there were, and which."""
        if language_of(sentence) == "zh":
            return _chinese(sentence)
        return self._english(sentence)

    def _english(self, sentence: str) -> tuple[NDArray[np.float64], int, list[str]]:
        place, weights, bias = self._model
        known = [place[f] for f in features(sentence) if f in place]
        logits = bias + (weights[known].sum(0) if known else 0.0)
        found: list[str] = []
        turned, strength = 0, 1.0
        for word in pieces(sentence):
            label = _hand_label(word)
            if label and not (turned and label != "joy"):
                # A negated pleasant word is a complaint; a negated bad one says little.
                target = "sadness" if turned else label
                seen = word in place
                logits[LABELS.index(target)] += _HAND * strength * (0.35 if seen else 1.0)
                found.append(word)
            strength = en.INTENSIFIERS.get(word, 1.0)
            turned = 3 if word in NEGATIONS else max(0, turned - 1)
        for label, count in _emoji(sentence).items():
            logits[LABELS.index(label)] += 1.6 * min(count, 3)
            found.append("emoji")
        return logits, len(found) + len(known) // 6, found

    @cached_property
    def _model(self) -> tuple[dict[str, int], NDArray[np.float64], NDArray[np.float64]]:
        """Feature -> place, weights (features, labels), bias (labels,). The file is checked against its card."""
        from safetensors.numpy import load

        data = files("tools.emotions").joinpath(_WEIGHTS).read_bytes()
        if hashlib.sha256(data).hexdigest() != _card()["sha256"]:
            raise Unavailable("The emotion weights are damaged.", hint="Install again: make install.")
        tensors = load(data)
        names = bytes(tensors["vocabulary"]).decode("utf-8").split("\n")
        return {name: n for n, name in enumerate(names)}, tensors["weights"].astype(np.float64).T.copy(), tensors["bias"].astype(np.float64)


@lru_cache(maxsize=4096)
def _hand_label(word: str) -> str:
    """Class of an English word in the hand-written list, longest stem first; empty when it is in none."""
    exact, stems = _hand_tables()
    if word in exact:
        return exact[word]
    for cut in range(len(word), 2, -1):
        if word[:cut] in stems:
            return stems[word[:cut]]
    return en.SMILEYS.get(word, "")


@lru_cache
def _hand_tables() -> tuple[dict[str, str], dict[str, str]]:
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    for label, listed in en.WORDS.items():
        for word in listed.split():
            (stems if word.endswith("*") else exact).setdefault(word.rstrip("*"), label)
    return exact, stems


def _emoji(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for label, signs in en.EMOJI.items():
        hits = sum(text.count(sign) for sign in signs)
        if hits:
            counts[label] = hits
    return counts


@lru_cache
def _chinese_table() -> tuple[dict[str, str], int]:
    table: dict[str, str] = {}
    for label, listed in zh.WORDS.items():
        for word in listed.split():
            table.setdefault(word, label)
    return table, max(map(len, table))


def _chinese(sentence: str) -> tuple[NDArray[np.float64], int, list[str]]:
    """Longest words first, each with the negation and degree before it."""
    table, longest = _chinese_table()
    logits = np.zeros(len(LABELS))
    logits[LABELS.index("neutral")] = 1.2
    found: list[str] = []
    i = 0
    while i < len(sentence):
        word = next((sentence[i : i + n] for n in range(min(longest, len(sentence) - i), 0, -1) if sentence[i : i + n] in table), "")
        if not word:
            i += 1
            continue
        before = sentence[max(0, i - 4) : i]
        label, weight = table[word], _CHINESE_WEIGHT if len(word) > 1 else 0.6
        weight *= next((zh.DEGREES[d] for d in sorted(zh.DEGREES, key=len, reverse=True) if before.endswith(d)), 1.0)
        if _negated(before):
            label = zh.TURNED[label]
            weight *= 0.9
        logits[LABELS.index(label)] += weight
        found.append(word)
        i += len(word)
    for label, count in _emoji(sentence).items():
        logits[LABELS.index(label)] += 1.6 * min(count, 3)
        found.append("emoji")
    if re.search(r"[！!]{2,}", sentence):
        logits *= 1.15
    return logits, len(found), found


def _negated(before: str) -> bool:
    """True when a negation stands right before, or before one degree word (不太好吃)."""
    return any(before.endswith(d) and before[: len(before) - len(d)].endswith(zh.NEGATIONS) for d in ("", *zh.DEGREES))


def create(reference: str = "") -> LexiconAnalyzer:
    """The analyzer; its weights lie beside this file."""
    return LexiconAnalyzer()
