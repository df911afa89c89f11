"""The scores of the text emotion: 28 labels and seven classes of English comments, the polarity of Chinese reviews."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.base import Score, held_out
from retrieval.content import Content
from retrieval.faults import NotFound, Unreadable
from tools.emotions.base import FINE, GROUP_OF, LABELS, EmotionAnalyzer, EmotionReading

PARTS = 8
"""One comment in so many is held back, by the hash of its text."""
GOAL, GOAL_SIX = 0.40, 0.62
_BAD = ("anger", "disgust", "fear", "sadness")
_FEELINGS = [place for place, label in enumerate(LABELS) if label != "neutral"]


def comments(data: Path) -> list[tuple[str, tuple[str, ...]]]:
    """(text, labels) of every row of GoEmotions. Raises NotFound."""
    return [(row["text"], tuple(row["emotions"].split(","))) for row in _rows(data, "goemotions.tsv")]


def evaluate(data: Path, analyzer: EmotionAnalyzer) -> list[Score]:
    """English on the held-back comments, Chinese on the reviews."""
    return [*_english(data, analyzer), *_chinese(data, analyzer)]


def _rows(data: Path, name: str) -> list[dict[str, str]]:
    path = data / "emotion_text" / "dev" / name
    if not path.is_file():
        raise NotFound(f"There is no {name} in {path.parent}.", hint="Name the folder that holds the sets: --data DIR.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _read(analyzer: EmotionAnalyzer, text: str) -> EmotionReading | None:
    try:
        return analyzer.analyze(Content.from_text(text), "en")
    except Unreadable:
        return None


def _english(data: Path, analyzer: EmotionAnalyzer) -> list[Score]:
    held = [(text, labels) for text, labels in comments(data) if held_out(text, PARTS)]
    readings = [_read(analyzer, text) for text, _ in held]
    truth = np.array([[name in labels for name in FINE] for _, labels in held])
    shown = np.array([[r is not None and name in r.fine for name in FINE] for r in readings])
    each = _f1(truth, shown)
    note = "comments held back by the hash of their text"
    weakest = ", ".join(f"{FINE[n]} {each[n]:.2f}" for n in np.argsort(each)[:3])
    groups = [{GROUP_OF[name] for name in labels} for _, labels in held]
    one = [n for n, g in enumerate(groups) if len(g) == 1]
    target = np.array([min(groups[n]) for n in one])
    said = np.array([LABELS.index(r.label) if (r := readings[n]) else LABELS.index("neutral") for n in one])
    columns = range(len(LABELS))
    seven = _f1(np.array([target == c for c in columns]).T, np.array([said == c for c in columns]).T)
    feeling = target != LABELS.index("neutral")
    named = np.array([_strongest(readings[n]) for n in one])
    six = _f1(np.array([target == c for c in _FEELINGS]).T[feeling], np.array([named == c for c in _FEELINGS]).T[feeling])
    ours = f"{note}; those of one group"
    return [
        Score("text_emotion", "goemotions_28_macro_f1", float(each.mean()), len(held), GOAL, note=f"{note}; weakest: {weakest}"),
        Score("text_emotion", "goemotions_6_macro_f1", float(seven[_FEELINGS].mean()), len(one), GOAL_SIX,
              note=f"{ours}; the six feelings, where neutral is an answer too"),
        Score("text_emotion", "goemotions_6_macro_f1_of_feelings", float(six.mean()), int(feeling.sum()), GOAL_SIX,
              note=f"{ours}, that is a feeling; the strongest of the six"),
        Score("text_emotion", "goemotions_7_macro_f1", float(seven.mean()), len(one), note=ours),
        Score("text_emotion", "goemotions_7_accuracy", float((target == said).mean()), len(one), note=ours),
    ]  # fmt: skip


def _strongest(reading: EmotionReading | None) -> int:
    """Place in LABELS of the feeling with the largest share, whatever that of neutral; -1 for no reading."""
    return -1 if reading is None else max(_FEELINGS, key=lambda place: reading.distribution[LABELS[place]])


def _f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> NDArray[np.float64]:
    """F1 of each column; 0 for a class that is never right."""
    both = (truth & said).sum(0)
    return np.asarray(2 * both / np.maximum(truth.sum(0) + said.sum(0), 1), dtype=np.float64)


def _chinese(data: Path, analyzer: EmotionAnalyzer) -> list[Score]:
    """Reviews of one or two stars against those of four or five; none of them was used to make the word lists."""
    rows = [(row["review"], float(row["star"])) for row in _rows(data, "asap_zh_sample.tsv")]
    judged = [(_pleasant(analyzer, text), star > 3) for text, star in rows if star != 3]
    right = [pleasant == good for pleasant, good in judged]
    halves = [float(np.mean([p == g for p, g in judged if g is side])) for side in (True, False)]
    note = "restaurant reviews, 1-2 stars against 4-5"
    return [
        Score("text_emotion", "asap_zh_polarity_accuracy", float(np.mean(right)), len(right), note=note),
        Score("text_emotion", "asap_zh_polarity_balanced", float(np.mean(halves)), len(right), note=f"{note}; mean of both sides"),
    ]


def _pleasant(analyzer: EmotionAnalyzer, text: str) -> bool:
    reading = _read(analyzer, text)
    return reading is not None and reading.distribution["joy"] > sum(reading.distribution[name] for name in _BAD)
