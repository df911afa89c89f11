"""Fusion: the ways to fuse fitted to a person's own pairs of words, voice and face, and the best of them kept.

A part of the pairs that is learned from chooses the way; what is reported is measured on pairs that were held back. Before is the fusion
in use. What a fusion learns belongs to the analysers whose readings it saw.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.adapted import Card
from assistant.evaluation.emotion_fusion import CLEAN, Condition, Row, clean_readings, evaluate, without
from assistant.evaluation.emotion_pairs import Pair, read
from assistant.training.fusion_fitting import PACKAGE, Plan, fitted, ways
from assistant.training.gain import judged
from assistant.training.rows import split
from assistant.training.runs import Draft, Options, Progress, one_thread
from retrieval.backends import load
from retrieval.faults import InvalidInput
from retrieval.items import ModelCard
from tools.emotions.base import LABELS
from tools.fusions._learned import FILE, LearnedFusion
from tools.fusions.base import MODALITIES, Array, Fusion, batch

if TYPE_CHECKING:
    from tools.kit import Kit

Report = Callable[[float], None]
CHOOSING = 4
"""One pair in so many of those learned from chooses the way."""


@dataclass(frozen=True)
class _Read:
    """Pairs with what was read of them."""

    pairs: list[Pair]
    readings: Condition


def train(options: Options, kit: Kit, way: str, progress: Progress) -> Card:
    """A fusion beside the others, `way` or the best one. Raises NotFound, InvalidInput, Unreadable for data that cannot be used."""
    options.check()
    if way and way not in ways():
        raise InvalidInput(f"'{way}' is no way to fuse.", hint=f"Use one of: {', '.join(ways())}.", param="way")
    pairs = [pair for path in options.data for pair in read(path)]
    parts = split(pairs, lambda pair: pair.key, options.seed, read(options.holdout) if options.holdout is not None else None)
    learned = _read(parts.train, kit, lambda share: progress(0.6 * share, "reading"))
    held = _read(parts.held, kit, lambda share: progress(0.6 + 0.2 * share, "reading"))
    if min(len(learned.pairs), len(held.pairs)) < 2:
        raise InvalidInput(
            "Hardly anything in these files could be read.", hint="Clear voices, faces from the front and whole sentences are needed.",
            param="data", code="too_few_rows",
        )  # fmt: skip
    draft = Draft(options, "fusion", f"{options} {way}")
    try:
        place = draft.open()
        with one_thread():
            chosen = way or _best(learned, options.seed, lambda share: progress(0.8 + 0.15 * share, "fusion"))
            _save(place, _fit(chosen, learned, options.seed))
        progress(0.97, "fusion")
        made = load(PACKAGE, chosen)(str(place))
        scores = {f"{when}_{name}": value for when, fusion in (("before", kit.fusion), ("after", made))
                  for name, value in _scores(fusion, held).items()}  # fmt: skip
        progress(1.0, "fusion")
        counts = parts.counts(len(parts.train) + len(parts.held) - len(learned.pairs) - len(held.pairs))
        better, said = judged(_right(kit.fusion, held), _right(made, held), options.seed)
        better = better and scores["after_macro_f1"] > scores["before_macro_f1"]
        notes = (f"Way to fuse: {chosen}.", _alone(held), *said)
        return draft.finish(FILE, roles={"fusion": chosen}, replaces={}, scores=scores, better=better, rows=counts, notes=notes)
    finally:
        draft.drop()


def _read(pairs: Sequence[Pair], kit: Kit, report: Report) -> _Read:
    """Those of the pairs of which anything could be read."""
    readings = clean_readings(pairs, kit.emotions, kit.decoder, report)
    kept = [place for place, one in enumerate(readings) if one]
    return _Read([pairs[place] for place in kept], [readings[place] for place in kept])


def _fit(way: str, rows: _Read, seed: int) -> dict[str, Array]:
    return fitted(way, batch(rows.readings), np.array([pair.label for pair in rows.pairs]), Plan(seed=seed))


def _best(rows: _Read, seed: int, report: Report) -> str:
    """The way that does best on a part of the rows, fitted to the rest."""
    order = np.random.default_rng(seed).permutation(len(rows.pairs))
    cut = max(1, len(order) // CHOOSING)
    judging, learning = (_Read([rows.pairs[n] for n in part], [rows.readings[n] for n in part]) for part in (order[:cut], order[cut:]))
    found = {}
    for place, way in enumerate(ways()):
        found[way] = _scores(_in_memory(way, _fit(way, learning, seed)), judging)["macro_f1"]
        report((place + 1) / len(ways()))
    return max(found, key=lambda name: (found[name], name == "weighted"))


def _in_memory(way: str, weights: Mapping[str, Array]) -> Fusion:
    forward = importlib.import_module(f"{PACKAGE}.{way}").forward
    return LearnedFusion(forward, weights, ModelCard(name=f"fusion-{way}", role="fusion"))


def _scores(fusion: Fusion, rows: _Read) -> dict[str, float]:
    """Figures of the pairs as they are, and the mean F1 with each modality left out in turn, of those that have another."""
    whole = _rows(fusion, rows, {CLEAN: rows.readings})[0]
    found = {"macro_f1": whole.macro_f1, "accuracy": whole.accuracy, "calibration_error": whole.calibration_error}
    less = {name: readings for name, readings in without(rows.readings).items() if all(readings) and readings != rows.readings}
    if less:
        found["macro_f1_with_one_missing"] = float(np.mean([row.macro_f1 for row in _rows(fusion, rows, less)]))
    return found


def _right(fusion: Fusion, rows: _Read) -> list[float]:
    """Of each pair, 1 when its feeling is read."""
    return [float(LABELS.index(fusion.fuse(one).label) == pair.label) for one, pair in zip(rows.readings, rows.pairs, strict=True)]


def _rows(fusion: Fusion, rows: _Read, conditions: Mapping[str, Condition]) -> list[Row]:
    return [row for row in evaluate(rows.pairs, conditions, {"fusion": fusion}) if row.reader == "fusion"]


def _alone(rows: _Read) -> str:
    """What each modality scores by itself."""
    found = {row.reader: row.macro_f1 for row in evaluate(rows.pairs, {CLEAN: rows.readings}, {})}
    return "Mean F1 alone: " + ", ".join(f"{name} {found[name]:.2f}" for name in MODALITIES if name in found) + "."


def _save(place: Path, weights: Mapping[str, Array]) -> None:
    from safetensors.numpy import save_file

    save_file(dict(weights), place / FILE)
