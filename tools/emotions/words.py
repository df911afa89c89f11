"""Words: the feelings of a text. English by a head on MiniLM blended with learned weights of words and pairs, Chinese by word lists.

Learned from comments of one platform (`training/train_text_emotion.py`): irony, quotation and context are beyond it, and it says how unsure
it is. It tells 28 labels apart where the text is English; the distribution over seven is fitted on them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.catalogue import language_of
from retrieval.content import Content, Modality
from retrieval.faults import Unavailable, Unreadable
from retrieval.items import ModelCard
from retrieval.token_states import States, TokenStates
from tools.emotions import _chinese, _legible
from tools.emotions._correction import Correction
from tools.emotions._emoji import emoji
from tools.emotions._tokens import features, pieces
from tools.emotions.base import FINE, GROUP_OF, LABELS, EmotionReading, distribution, entropy, joined
from tools.phrasing import tell

TOKENS = 64
"""Word pieces of a part that are read, as in training."""
_SENTENCES = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_MOST = 20_000
"""Characters that are read; the rest of a longer text is left out."""
_PART = 200
"""Characters of neighbouring sentences read together: a comment's length."""
_TELLING = 0.35
"""Least weight of a word for its feeling, in units of the logits, for it to be named."""
_EMOJI = 1.6
"""What one emoji adds to its class."""
_UNPLEASANT = ("anger", "disgust", "fear", "sadness")
_JUMBLED = 0.7
"""Worth of the order of words below which it is said."""
_NAMED = 3
"""Fine labels that are said."""
_FUNCTION = frozenset(
    """
    a an the i you he she it we they me him her us them my your his its our their this that these those is am are was were be
    been being do does did have has had will would can could should may might to of in on at for from by with and or but so as if
    then than there here what who when where why how which one much just i'm it's that's
    """.split()
)
"""Words that carry no feeling by themselves; the reading weighs them, but does not name them."""
Logits = NDArray[np.float32]


@dataclass(frozen=True)
class _Part:
    """What one part of a text says."""

    seven: NDArray[np.floating[Any]]
    """Logits over LABELS."""
    sure: NDArray[np.floating[Any]]
    """How sure each of FINE is, 0 to 1; zeros where they are not told apart."""
    fine: dict[str, float]
    words: tuple[str, ...]
    clear: float
    """How much it counts beside the others."""
    order: float = 1.0
    """What its words are worth by the order in which they stand, 0 to 1."""


@lru_cache
def card() -> ModelCard:
    """The card beside the weights."""
    table = json.loads(files("tools.emotions").joinpath("words.card.json").read_text("utf-8"))
    return ModelCard.model_validate({name: table[name] for name in ModelCard.model_fields if name in table})


class Weights:
    """The learned weights, read once."""

    def __init__(self, data: bytes) -> None:
        from safetensors.numpy import load

        tensors = load(data)
        names = bytes(tensors.pop("words.vocabulary")).decode("utf-8").split("\n")
        self._place = {name: n for n, name in enumerate(names)}
        self._table = tensors.pop("words.weight")  # stays fp16: a sentence needs a few of its rows
        self._of = {name: value.astype(np.float32) for name, value in tensors.items()}

    def logits(self, text: str, states: States) -> tuple[Logits, dict[str, Logits]]:
        """The 28 logits of a text with the states of its tokens, and what each of its words and pairs adds to them."""
        found = self._by_words(text)
        by_words = self._of["words.bias"] + sum(found.values(), np.zeros(len(FINE), np.float32))
        share = float(self._of["share"][0])
        return share * self._by_states(states) + (1 - share) * by_words, found

    def knows(self, word: str) -> bool:
        """Whether a word in small letters was met in training."""
        return word in self._place or f"not_{word}" in self._place

    def order(self, text: str) -> float:
        """What its words are worth by the order in which they stand, 0 to 1."""
        return _legible.order(pieces(text), self._place)

    def _by_words(self, text: str) -> dict[str, Logits]:
        known = [f for f in features(text) if f in self._place]
        places = [self._place[f] for f in known]
        rarity = self._of["words.rarity"][places]
        scaled = (rarity / max(float(np.linalg.norm(rarity)), 1e-9))[:, None] * self._table[places].astype(np.float32)
        return dict(zip(known, scaled, strict=True))

    def _by_states(self, states: States) -> Logits:
        units = _gelu(states @ self._of["wide.weight"] + self._of["wide.bias"])
        attend = units @ self._of["attend.weight"]
        shares = np.exp(attend - attend.max(0))
        shares /= shares.sum(0)
        views = units.reshape(len(units), shares.shape[1], -1)
        means = np.einsum("lv,lvu->vu", shares, views).ravel()
        return np.asarray(np.concatenate([means, units.max(0)]) @ self._of["head.weight"] + self._of["head.bias"], dtype=np.float32)

    def shown(self, logits: Logits) -> dict[str, float]:
        """The labels above their thresholds with their probabilities, strongest first."""
        sure = self.sure(logits)
        over = [n for n in np.argsort(-sure) if logits[n] >= self._of["thresholds"][n]]
        return {FINE[n]: round(float(sure[n]), 4) for n in over}

    def sure(self, logits: Logits) -> Logits:
        """Probability of each of FINE."""
        return np.asarray(1 / (1 + np.exp(-(logits * self._of["sure.scale"] + self._of["sure.shift"]))), dtype=np.float32)

    def seven(self, logits: Logits) -> Logits:
        """Logits over LABELS, from the probabilities of the labels that speak for each of them."""
        return np.asarray(grouped(self.sure(logits)) @ self._of["seven.weight"] + self._of["seven.bias"], dtype=np.float32)

    def group(self, label: str) -> list[int]:
        """The fine labels that speak for one of LABELS."""
        return [n for n, name in enumerate(FINE) if GROUP_OF[name] == LABELS.index(label)]


def grouped(sure: Logits) -> Logits:
    """Logarithms of the summed probabilities of FINE (..., 28) by what they speak for, (..., 7)."""
    places = np.array([GROUP_OF[name] for name in FINE])
    sums = np.stack([sure[..., places == column].sum(-1) for column in range(len(LABELS))], -1)
    return np.asarray(np.log(sums + 1e-4), dtype=np.float32)


def _gelu(x: Logits) -> Logits:
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), dtype=np.float32)


class WordsAnalyzer:
    """Reads the feelings of English and Chinese text."""

    modality: Modality = "text"
    languages = ("en", "zh")
    """Texts that are clearly in another one are not read."""

    def __init__(self, cache_dir: Path, correction: Correction | None = None) -> None:
        """`correction` was learned from a person's own texts."""
        self._states = TokenStates(cache_dir, TOKENS)
        self._correction = correction

    @property
    def card(self) -> ModelCard:
        """Scores of the held-back part of GoEmotions, and of Chinese restaurant reviews."""
        return card() if self._correction is None else self._correction.card(card())

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading of a text. Raises Unreadable when it has no words."""
        text = content.text.strip()[:_MOST]
        if not re.search(r"\w|[\U0001F300-\U0001FAFF\u2600-\u27BF]", text):
            raise Unreadable(tell(language, "emotion.no_words"), hint=tell(language, "emotion.no_words_hint"), param="text")
        self._must_be_legible(text, language)
        parts = self._parts(_split(text))
        clear = np.array([p.clear for p in parts])
        shares = distribution(np.average([p.seven for p in parts], axis=0, weights=clear))
        words = list(dict.fromkeys(w for p in sorted(parts, key=lambda p: -p.clear) for w in p.words))[:8]
        fine: dict[str, float] = {}
        for part in parts:
            for label, sure in part.fine.items():
                fine[label] = max(sure, fine.get(label, 0.0))
        if len(fine) > 1:
            fine.pop("neutral", None)  # of a longer text, some sentence is always plain
        ranked = dict(sorted(fine.items(), key=lambda kv: -kv[1])[:5])
        dimensions = {"valence": round(0.5 + 0.5 * (shares["joy"] - sum(shares[name] for name in _UNPLEASANT)), 4)}
        worth = float(np.average([p.order for p in parts], weights=clear))
        own = (*np.average([p.sure for p in parts], axis=0, weights=clear), float(np.log10(len(text))) / 2 - 1)
        return EmotionReading(
            label=max(shares, key=shares.__getitem__), distribution=shares,
            uncertainty=round(1.0 - worth * max(0.0, 1.0 - entropy(shares) - (0.0 if words else 0.25)), 4), fine=ranked,
            note=_note(ranked, words, worth, language), dimensions=dimensions, features=joined("text", shares, dimensions, own),
        )  # fmt: skip

    def _must_be_legible(self, text: str, language: str) -> None:
        """Raises Unreadable for a text in a wrong encoding, or in hardly a known word: random letters, or another language."""
        if _legible.wrong_encoding(text):
            raise Unreadable(
                tell(language, "emotion.garbled"), hint=tell(language, "emotion.garbled_hint"), param="text", code="text_garbled"
            )
        known = _weights()
        found = lambda word: (len(word) > 1 or word in "ai") and (known.knows(word) or self._states.whole(word))  # noqa: E731
        if language_of(text) == "en" and not emoji(text) and not _legible.are_words(text, found):
            raise Unreadable(
                tell(language, "emotion.unknown_words"), hint=tell(language, "emotion.language_hint"), param="text", code="language_unknown"
            )

    def _parts(self, texts: Sequence[str]) -> list[_Part]:
        english = [text for text in texts if language_of(text) == "en"]
        states = iter(self._states.of(english)) if english else iter(())
        parts = [_english(text, next(states)) if language_of(text) == "en" else _of_chinese(text) for text in texts]
        if self._correction is None:
            return parts
        corrected = self._correction.logits(texts, np.stack([part.seven for part in parts]))
        return [replace(part, seven=seven) for part, seven in zip(parts, corrected, strict=True)]


def _split(text: str) -> list[str]:
    """Neighbouring sentences of one language joined to parts of a comment's length."""
    parts: list[str] = []
    for sentence in (s.strip() for s in _SENTENCES.findall(text)):
        if not sentence:
            continue
        alike = bool(parts) and language_of(parts[-1]) == language_of(sentence) == "en"
        if alike and len(parts[-1]) + len(sentence) < _PART:
            parts[-1] = f"{parts[-1]} {sentence}"
        else:
            parts.append(sentence)
    return parts[:200] or [text]


def _english(text: str, states: States) -> _Part:
    weights = _weights()
    logits, added = weights.logits(text, states)
    seven = weights.seven(logits)
    words: dict[str, float] = {}
    best = LABELS[int(seven.argmax())]
    for feature, values in added.items():
        strength = float(values[weights.group(best)].max(initial=0.0)) if best != "neutral" else 0.0
        if strength >= _TELLING and any(w.isalpha() and w not in _FUNCTION for w in feature.removeprefix("not_").split("_")):
            words[feature.replace("_", " ")] = strength
    for label, count in emoji(text).items():
        seven[LABELS.index(label)] += _EMOJI * min(count, 3)
        words["emoji"] = _EMOJI
    plain, fine = distribution(seven)["neutral"], weights.shown(logits)
    if "emoji" in words:
        fine.pop("neutral", None)
    return _Part(seven, weights.sure(logits), fine, _longest(words), 0.05 + (1 - plain) ** 2, weights.order(text))


def _longest(words: dict[str, float]) -> tuple[str, ...]:
    """Strongest first, without words that stand in a pair already named."""
    named: list[str] = []
    for word in sorted(words, key=lambda w: -words[w]):
        if not any(set(word.split()) & set(other.split()) for other in named):
            named.append(word)
    return tuple(named[:4])


def _of_chinese(text: str) -> _Part:
    seven, evidence, words = _chinese.read(text)
    return _Part(seven, np.zeros(len(FINE)), {}, tuple(dict.fromkeys(words)), 0.15 + min(evidence, 4) / 4)


def _note(fine: dict[str, float], words: Sequence[str], worth: float, language: str) -> str:
    joint = tell(language, "emotion.joint")
    said = (
        [tell(language, "emotion.fine", labels=joint.join(tell(language, f"emotion.fine_{label}") for label in list(fine)[:_NAMED]))]
        if fine
        else []
    )
    said.append(tell(language, "emotion.words_found", words=joint.join(words)) if words else tell(language, "emotion.words_none"))
    if worth < _JUMBLED:
        said.append(tell(language, "emotion.words_jumbled"))
    return tell(language, "emotion.also").join(said)


@lru_cache(maxsize=1)
def _weights() -> Weights:
    """The file beside this one, checked against its card."""
    data = files("tools.emotions").joinpath("words.safetensors").read_bytes()
    if hashlib.sha256(data).hexdigest() != card().sha256:
        raise Unavailable("The emotion weights are damaged.", hint="Install again: make install.")
    return Weights(data)


def create(reference: str = "", *, cache_dir: Path | None = None) -> WordsAnalyzer:
    """The analyzer; its weights lie beside this file, the text encoder's export in `cache_dir`.

    `reference` is the directory of a correction (`assistant train emotion`).
    """
    cache = cache_dir or Path("~/.cache/synesthesia").expanduser()
    return WordsAnalyzer(cache, Correction(Path(reference).expanduser(), cache) if reference else None)
