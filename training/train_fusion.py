"""Fits the ways to fuse words, voice and face: real readings of words (GoEmotions, Apache-2.0), simulated readings of voices and faces.

    python training/train_fusion.py --data DIR

The words are a half of the comments that the reading of words was not trained on; the other half is for measuring. Voices and faces are
simulated (`training/simulated_readings.py`), because no set of all three with rights for it was found. The cards take their scores from
`assistant eval emotion` on pairs made by label, of which nothing was learned.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).parents[1]))
from assistant.evaluation.emotion_fusion import CLEAN, Condition, evaluate, read
from assistant.evaluation.emotion_pairs import Pair, of_sets, spoken
from assistant.training.fusion_fitting import PACKAGE, Plan, fitted, ways
from assistant.training.runs import one_thread
from retrieval.backends import call, load
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import Unreadable
from tools.emotions.base import LABELS, EmotionReading
from tools.fusions.base import CORE, MODALITIES, Array, batch
from training.data import folder
from training.simulated_readings import simulated

PLACE = Path(__file__).parents[1] / "tools" / "fusions"
ROWS, STEPS = 15_000, 1500
EVENED = 0.5
"""Power to which the shares of the feelings in GoEmotions are raised: fear and disgust, 1 in 80 there, are learned from more often."""
WORDLESS = 0.1
SCORED = 40
"""Pairs of each feeling for the card."""
LIMITS = {
    "weighted": "Adds what each reading says by how sure it is; takes readings for independent, which those of one person are not.",
    "early": "Learned to weigh from simulated voices and faces.",
    "gated": "Learned to weigh from simulated voices and faces.",
    "attention": "Learned to weigh from simulated voices and faces.",
}


def words(data: Path, cache: Path) -> list[tuple[EmotionReading, int]]:
    """Readings of comments, and their labels."""
    from tools.emotions.words import create

    analyzer, found = create(cache_dir=cache), []
    for text, label in tqdm(spoken(data, learned=True), desc="words"):
        try:
            found.append((analyzer.analyze(Content.from_text(text), "en"), label))
        except Unreadable:
            continue
    return found


def situations(read: list[tuple[EmotionReading, int]], seed: int) -> tuple[list[dict[str, EmotionReading]], np.ndarray]:
    """ROWS situations of two readings or three, and their labels (ROWS,)."""
    random = np.random.default_rng(seed)
    of = [[reading for reading, own in read if own == label] for label in range(len(LABELS))]
    shares = np.array([len(one) for one in of], float) ** EVENED
    found, labels = [], []
    while len(found) < ROWS:
        label = int(random.choice(len(LABELS), p=shares / shares.sum()))
        one = {} if random.random() < WORDLESS else {"text": _told(random, of[label][random.integers(len(of[label]))])}
        one |= {m: reading for m in ("audio", "image") if (reading := simulated(random, m, label)) is not None}
        if len(one) > 1:
            found.append(one)
            labels.append(label)
    return found, np.array(labels)


def _told(random: np.random.Generator, reading: EmotionReading) -> EmotionReading:
    """The reading, at times with how pleasant its words are: some analysers tell that, some do not."""
    shares = reading.distribution
    pleasant = shares["joy"] - sum(shares[name] for name in ("anger", "disgust", "fear", "sadness"))
    return reading.model_copy(update={"dimensions": {"valence": 0.5 + pleasant / 2} if random.random() < 0.5 else {}})


def weighted_alone(rows: list[dict[str, EmotionReading]], labels: np.ndarray, seed: int) -> dict[str, Array]:
    """Reliabilities only: a shift towards common feelings would be that of the set, not of the person who is read."""
    found = fitted("weighted", batch(rows), labels, Plan(steps=STEPS, seed=seed, width=CORE))
    return {**found, "reliability": np.abs(found["reliability"]), "bias": np.zeros(len(LABELS), np.float32)}


def main() -> None:
    """Fit each way, save it with its card."""
    parser = argparse.ArgumentParser(description="Fit the ways to fuse words, voice and face.")
    parser.add_argument("--data")
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/synesthesia").expanduser())
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scores", action="store_true", help="only measure what is there again, and write it into the cards")
    options = parser.parse_args()
    data = folder(options.data)
    if not options.scores:
        train(data, options.cache, options.seed)
    for way, scores in measured(data, options.cache).items():
        place = PLACE / f"{way}.card.json"
        write(way, {**json.loads(place.read_text("utf-8")), "scores": scores})
        print(way, json.dumps(scores))


def train(data: Path, cache: Path, seed: int) -> None:
    """Fit each way and save it with a card that has no scores yet."""
    rows, labels = situations(words(data, cache), seed)
    for way in tqdm(ways(), desc="fit"):
        start = time.time()
        with one_thread():
            plan = Plan(steps=STEPS, seed=seed, width=CORE)
            weights = weighted_alone(rows, labels, seed) if way == "weighted" else fitted(way, batch(rows), labels, plan)
        blob = save(weights)
        (PLACE / f"{way}.safetensors").write_bytes(blob)
        write(way, {**card(way, blob), "training": told(round(time.time() - start, 1))})


def card(way: str, blob: bytes) -> dict[str, Any]:
    """The card, without scores."""
    return {
        "name": f"fusion-{way}", "role": "fusion", "kind": "learned", "source": "training/train_fusion.py", "revision": "1",
        "sha256": hashlib.sha256(blob).hexdigest(), "licence": "Apache-2.0", "bytes": len(blob), "modalities": ["text", "audio", "image"],
        "scores": {}, "limits": LIMITS[way],
    }  # fmt: skip


def told(seconds: float) -> dict[str, Any]:
    """How it was trained."""
    return {
        "command": "python training/train_fusion.py --data DATA", "seconds": seconds, "device": "cpu", "rows": ROWS,
        "data": {"GoEmotions": "Apache-2.0", "simulated readings": "Apache-2.0"},
    }  # fmt: skip


def measured(data: Path, cache: Path) -> dict[str, dict[str, float]]:
    """Scores of each way on pairs made by label, as `assistant eval emotion` tells them."""
    pairs, decoder = of_sets(data, SCORED), Decoder(workers=1)
    emotions = {
        modality: call(load("tools.emotions", name), cache_dir=cache, decoder=decoder)
        for modality, name in (("text", "words"), ("audio", "prosody"), ("image", "face"))
    }
    try:
        with tqdm(total=1.0, desc="measure") as bar:
            readings = read(pairs, emotions, decoder, lambda share: bar.update(share - bar.n))
    finally:
        decoder.close()
    return scored(pairs, readings)


def scored(pairs: list[Pair], readings: dict[str, Condition]) -> dict[str, dict[str, float]]:
    """The scores of each way's card, from what was read of the pairs."""
    rows = evaluate(pairs, readings, {way: load(PACKAGE, way)() for way in ways()})
    clean = {row.reader: row for row in rows if row.condition == CLEAN}
    alone = max(clean[name].macro_f1 for name in MODALITIES if name in clean)
    return {
        way: {
            "pairs_macro_f1": round(clean[way].macro_f1, 4), "pairs_accuracy": round(clean[way].accuracy, 4),
            "pairs_calibration_error": round(clean[way].calibration_error, 4), "pairs_best_modality_macro_f1": round(alone, 4),
            "pairs_only_noise_for_a_voice_macro_f1": round(
                next(r.macro_f1 for r in rows if r.reader == way and r.condition == "only noise for a voice"), 4),
        }
        for way in ways()
    }  # fmt: skip


def write(way: str, told: dict[str, Any]) -> None:
    """The card beside the weights."""
    (PLACE / f"{way}.card.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
