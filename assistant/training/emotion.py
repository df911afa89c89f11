"""Emotion: the reading of texts corrected by a person's own labelled texts, whose labels are mapped onto ours.

A linear layer over the sentence's vector is added to the logits of the reading; part of the rows decides when to stop. Everyday texts are
held to their reading, so that the words of one trade do not colour all others. Before and after are measured through the analyzer itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.adapted import Card
from assistant.training.gain import judged
from assistant.training.rows import folded, needed, split, table
from assistant.training.runs import Draft, Options, Progress, one_thread
from retrieval.content import Content
from retrieval.faults import InvalidInput, Unreadable
from tools.emotions._correction import FILE
from tools.emotions.base import GROUP_OF, LABELS

if TYPE_CHECKING:
    from tools.emotions.words import WordsAnalyzer

STEPS, CHECKED, PATIENCE, RATE = 400, 10, 6, 0.01
NEAR = 1e-3
"""Weight of a small correction."""
HELD = 2.0
"""Weight of everyday texts keeping their reading."""
KEPT = 0.9
"""Least share of everyday texts, not learned from, that keep their feeling."""
KNOWN = Path(__file__).with_name("known_texts.tsv")
"""Everyday texts: half are held in place, half tell whether they stayed."""
ALSO = {
    "happy": "joy", "happiness": "joy", "angry": "anger", "sad": "sadness", "afraid": "fear", "scared": "fear", "surprised": "surprise",
    "disgusted": "disgust", "none": "neutral", "no emotion": "neutral", "高兴": "joy", "快乐": "joy", "喜悦": "joy", "愤怒": "anger",
    "生气": "anger", "悲伤": "sadness", "难过": "sadness", "恐惧": "fear", "害怕": "fear", "惊讶": "surprise", "厌恶": "disgust",
    "中性": "neutral", "无": "neutral",
}  # fmt: skip
EXAMPLE = "text,label"
Array = NDArray[np.float32]
Report = Callable[[float], None]


@dataclass(frozen=True)
class Felt:
    """A text and the place of its feeling in LABELS."""

    text: str
    label: int

    @property
    def key(self) -> str:
        """The same for the same words."""
        return folded(self.text)


def read(path: Path, mapping: Mapping[str, str]) -> list[Felt]:
    """The texts of a file; `mapping` gives one of ours for labels of their own. Raises InvalidInput that names a label nobody knows."""
    rows = table(path)
    text = needed(rows, ("text", "words", "sentence", "comment", "message", "文本", "内容"), path, EXAMPLE)
    label = needed(rows, ("label", "emotion", "emotions", "feeling", "标签", "情绪", "情感"), path, EXAMPLE)
    found = [Felt(row[text], _ours(row[label], mapping, f"{path}, line {line}")) for line, row in rows if row.get(text) and row.get(label)]
    if len({one.label for one in found}) < 2:
        raise InvalidInput(
            f"All rows of {path} have one feeling.", hint="Texts of at least two feelings are needed.", param="data", code="one_class"
        )
    return found


def _ours(label: str, mapping: Mapping[str, str], where: str) -> int:
    name = label.strip().casefold()
    name = mapping.get(name, name)
    name = ALSO.get(name, name)
    if name in LABELS:
        return LABELS.index(name)
    if name in GROUP_OF:
        return GROUP_OF[name]
    raise InvalidInput(
        f"{where}: '{label}' is no feeling that is known here.",
        hint=f"Say which of {', '.join(LABELS)} it is, for example: --label {name or 'great'}=joy.", param="data", code="unknown_label",
    )  # fmt: skip


def train(options: Options, mapping: Mapping[str, str], progress: Progress) -> Card:
    """A correction beside the others. Raises NotFound, InvalidInput, Unreadable for data that cannot be used."""
    options.check()
    from tools.emotions.words import create

    rows = [one for path in options.data for one in read(path, mapping)]
    parts = split(rows, lambda one: one.key, options.seed, read(options.holdout, mapping) if options.holdout is not None else None)
    shipped = create(cache_dir=options.cache_dir)
    known = read(KNOWN, {})
    draft = Draft(options, "emotion", f"{options} {sorted(mapping.items())}")
    try:
        place = draft.open()
        logits, vectors, labels = _read_all(shipped, parts.train, options.cache_dir, lambda share: progress(0.6 * share, "emotion"))
        still = _read_all(shipped, known[::2], options.cache_dir, lambda share: None)
        with one_thread():
            _save(place, _fitted(logits, vectors, labels, still, options.seed))
        new = create(str(place), cache_dir=options.cache_dir)
        right = np.array([row.label for row in parts.held])
        before = _said_of(shipped, parts.held, lambda share: progress(0.6 + 0.2 * share, "emotion"))
        after = _said_of(new, parts.held, lambda share: progress(0.8 + 0.2 * share, "emotion"))
        told = (("before", _figures(before, right)), ("after", _figures(after, right)))
        scores = {f"{when}_{name}": value for when, found in told for name, value in found.items()}
        scores["kept_everyday"] = float(np.mean([_said(shipped, one) == _said(new, one) for one in known[1::2]]))
        weight = 1 / np.bincount(right)[right]  # each feeling counts alike, as in the mean F1
        better, notes = judged((before == right) * weight, (after == right) * weight, options.seed)
        better = better and scores["after_macro_f1"] > scores["before_macro_f1"] and scores["kept_everyday"] >= KEPT
        return draft.finish(FILE, roles={"text_emotion": "words"}, scores=scores, better=better, rows=parts.counts(), notes=notes)
    finally:
        draft.drop()


def _read_all(
    shipped: WordsAnalyzer, rows: Sequence[Felt], cache_dir: Path, progress: Report
) -> tuple[Array, Array, NDArray[np.int64]]:  # fmt: skip
    """Logits (n, 7), vectors (n, 384) and labels (n,) of the texts that have words."""
    from retrieval.embedders.minilm import MiniLM

    logits, kept = [], []
    for place, row in enumerate(rows):
        try:
            shares = shipped.analyze(Content.from_text(row.text), "en").distribution
        except Unreadable:
            continue
        logits.append(np.log([max(shares[label], 1e-6) for label in LABELS]))
        kept.append(row)
        progress((place + 1) / len(rows))
    vectors = MiniLM(cache_dir).embed([Content.from_text(row.text) for row in kept])
    return np.asarray(logits, np.float32), vectors, np.array([row.label for row in kept])


def _fitted(
    logits: Array, vectors: Array, labels: NDArray[np.int64], still: tuple[Array, Array, NDArray[np.int64]], seed: int
) -> dict[str, Array]:  # fmt: skip
    """Weights in the form of `Correction`; `still` are the logits and vectors of texts whose reading is to stay."""
    import torch

    order = np.random.default_rng(seed).permutation(len(labels))
    cut = max(1, len(order) // 6)
    deciding, learning = torch.from_numpy(order[:cut]), torch.from_numpy(order[cut:])
    words = torch.nn.Parameter(torch.zeros(vectors.shape[1], len(LABELS)))
    base, seen, target = (torch.from_numpy(one) for one in (logits, vectors, labels))
    kept_base, kept_seen = (torch.from_numpy(one) for one in still[:2])
    counts = torch.bincount(target, minlength=len(LABELS)).clamp(min=1).float()
    weight = (counts.mean() / counts) ** 0.5
    optimizer = torch.optim.Adam([words], lr=RATE)

    def loss(which: Any) -> Any:
        return torch.nn.functional.cross_entropy(base[which] + seen[which] @ words, target[which], weight=weight)

    with torch.no_grad():
        best, since, kept = float(loss(deciding)), 0, words.numpy().copy()
    for step in range(STEPS):
        moved = torch.nn.functional.cross_entropy(kept_base + kept_seen @ words, kept_base.softmax(-1))
        optimizer.zero_grad()
        (loss(learning) + HELD * moved + NEAR * (words**2).sum()).backward()
        optimizer.step()
        if (step + 1) % CHECKED == 0:
            with torch.no_grad():
                now = float(loss(deciding))
            since = 0 if now < best else since + 1
            if now < best:
                best, kept = now, words.detach().numpy().copy()
            if since >= PATIENCE:
                break
    return {"words": kept}


def _said(analyzer: WordsAnalyzer, row: Felt) -> int:
    """Place of the feeling that is read, -1 for a text without words."""
    try:
        return LABELS.index(analyzer.analyze(Content.from_text(row.text), "en").label)
    except Unreadable:
        return -1


def _said_of(analyzer: WordsAnalyzer, rows: Sequence[Felt], progress: Report) -> NDArray[np.int64]:
    """Place of the feeling that is read in each row."""
    said = np.empty(len(rows), np.int64)
    for place, row in enumerate(rows):
        said[place] = _said(analyzer, row)
        progress((place + 1) / len(rows))
    return said


def _figures(said: NDArray[np.int64], right: NDArray[np.int64]) -> dict[str, float]:
    """Accuracy, and the mean F1 of the feelings that occur."""
    f1 = []
    for label in sorted(set(right.tolist())):
        hit, wrong = float(((said == label) & (right == label)).sum()), float(((said == label) != (right == label)).sum())
        f1.append(2 * hit / (2 * hit + wrong))
    return {"accuracy": float((said == right).mean()), "macro_f1": float(np.mean(f1))}


def _save(place: Path, weights: dict[str, Array]) -> None:
    from safetensors.numpy import save_file

    save_file(weights, place / FILE)
