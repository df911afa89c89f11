"""Fits the chances of `retrieval/labelling.py` for the weights that lie beside `senses.py`: run it after every training of either encoder.

    python training/fit_labelling.py --data DIR

Pictures are rows kept back from training, sounds are heard by the network that was trained without their fold. Each is asked for in sets
of 3 to 30 labels, every second time without its own. Odd pictures fit the curve, even ones measure it. Writes
`retrieval/embedders/senses_labelling.json` with the measure; takes about a minute.
"""

from __future__ import annotations

import argparse
import json
import random

import numpy as np
from sklearn.linear_model import LogisticRegression

from assistant.evaluation.base import Files, held_out
from assistant.evaluation.image_encoder import PHOTOS
from retrieval.content import Content
from retrieval.embedders._export import digest
from retrieval.embedders.minilm import create as open_minilm
from retrieval.embedders.senses import HERE, WEIGHTS, Senses
from retrieval.labelling import FILE, PROMPTS, SURE, Labeller, evidence
from training.data import folder
from training.fit_likeness import FOLD, HEARD, SOUNDS

SIZES = (3, 5, 10, 30)
ASKED = 6
"""Sets that each thing is asked for in."""


def samples(vectors, truths, names, kind, seed):
    """(thing, evidence of the best label, whether it is right, whether the right one was asked for) for random sets of labels."""
    rng, table, found = random.Random(seed), {name: row for row, (name, _) in enumerate(names)}, []
    every = np.stack([vector for _, vector in names])
    for thing, (vector, truth) in enumerate(zip(vectors, truths, strict=True)):
        others = [name for name, _ in names if name != truth and float(every[table[name]] @ every[table[truth]]) < 0.75]
        for ask in range(ASKED):
            size = min(rng.choice(SIZES), len(others))
            inside = ask % 2 == 0
            asked = [*rng.sample(others, size - 1), truth] if inside else rng.sample(others, size)
            shown = evidence(vector, every[[table[name] for name in asked]], kind)
            best = int(shown[:, 0].argmax())
            found.append((thing, shown[best], asked[best] == truth, inside))
    return found


def fitted(found):
    """The curve, and what it achieves on the even things."""
    odd = [row for row in found if row[0] % 2]
    model = LogisticRegression(C=100.0, max_iter=1000).fit(np.stack([row[1] for row in odd]), [row[2] for row in odd])
    curve = [float(model.intercept_[0]), *map(float, model.coef_[0])]
    even = [row for row in found if row[0] % 2 == 0]
    chances = model.predict_proba(np.stack([row[1] for row in even]))[:, 1]
    right, inside = np.array([row[2] for row in even]), np.array([row[3] for row in even])
    given = chances >= SURE
    bins = np.minimum((chances * 10).astype(int), 9)
    gap = sum(abs(chances[bins == n].mean() - right[bins == n].mean()) * (bins == n).mean() for n in range(10) if (bins == n).any())
    return curve, {
        "asked": len(even), "best_is_right_when_asked_for": round(float(right[inside].mean()), 4),
        "given_and_right": round(float(right[given].mean()), 4), "given_when_asked_for": round(float(given[inside].mean()), 4),
        "none_when_not_asked_for": round(float(1 - given[~inside].mean()), 4), "calibration_error": round(float(gap), 4),
    }  # fmt: skip


def named(labeller, names, kind):
    """Each name with its vector."""
    return list(zip(names, labeller._named(kind, tuple(names)), strict=True))


def pictures(senses, labeller, data):
    """Samples of all photo sets, each asked among its own labels and those of the others."""
    vectors, truths = [], []
    for name in PHOTOS.values():
        files = Files(data, name)
        rows = [row for row in files.rows if held_out(row["file"], 5)][:600]
        vectors.append(senses.embed([files.image(row["file"]) for row in rows]))
        truths += [row["label"] for row in rows]
    return samples(np.concatenate(vectors), truths, named(labeller, sorted(set(truths)), "image"), "image", 1)


def sounds(senses, labeller, data):
    """Samples of ESC-10, each clip as the network of the committee heard it that was trained without its fold."""
    files = Files(data, SOUNDS)
    committee = senses.listeners > 1
    rows = [row for row in files.rows if committee or row["fold"] == FOLD]
    heard = [Content(modality="audio", media_type="audio/ogg", data=files.bytes(row["file"]), name=row["file"]) for row in rows]
    members = [int(row["fold"]) - 1 if committee else None for row in rows]
    vectors = np.stack([senses.heard(content, member) for content, member in zip(heard, members, strict=True)])
    truths = [HEARD[row["class"]] for row in rows]
    return samples(vectors, truths, named(labeller, sorted(set(HEARD.values())), "audio"), "audio", 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data")
    parser.add_argument("--cache", default="~/.cache/synesthesia")
    given = parser.parse_args()
    from pathlib import Path

    data, words = folder(given.data), open_minilm(Path(given.cache).expanduser())
    senses = Senses(Path(given.cache).expanduser(), words=words)
    labeller = Labeller(senses, words)
    found = {"image": fitted(pictures(senses, labeller, data)), "audio": fitted(sounds(senses, labeller, data))}
    for kind, (curve, scores) in found.items():
        print(kind, PROMPTS[kind], [round(value, 3) for value in curve], scores)
    FILE.write_text(json.dumps({
        "curves": {kind: [round(value, 3) for value in curve] for kind, (curve, _) in found.items()},
        "scores": {kind: scores for kind, (_, scores) in found.items()},
        "weights": {name: digest(HERE / name) for name in WEIGHTS.values()},
    }, indent=1) + "\n", "utf-8")  # fmt: skip


if __name__ == "__main__":
    main()
