"""Learns the weights of the English emotion lexicon from GoEmotions (Apache-2.0) and scores them on a part that it never saw.

    python training/train_lexicon.py goemotions.tsv

Writes `tools/emotions/lexicon_en.safetensors` and its card. A few seconds on two cores. The held-back part is the sixth of the rows
that the sha1 of their text chooses; labels are grouped to Ekman's six and neutral as in the
GoEmotions paper; rows of several groups are left out of the score.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score

from tools.emotions._tokens import features
from tools.emotions.base import LABELS

GROUPS = {
    "anger": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "neutral": "neutral",
    "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration desire caring",
    "sadness": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
}
GROUP_OF = {fine: group for group, words in GROUPS.items() for fine in words.split()}
LEAST, MOST = 5, 9000
OUT = Path(__file__).parents[1] / "tools" / "emotions"


def read(path: Path):
    train, held = [], []
    for row in csv.DictReader(path.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE):
        groups = {GROUP_OF[e] for e in row["emotions"].split(",") if e in GROUP_OF}
        part = held if int(hashlib.sha1(row["text"].encode(), usedforsecurity=False).hexdigest()[-4:], 16) % 6 == 0 else train
        if len(groups) == 1:
            part.append((features(row["text"]), groups.pop()))
        elif part is train:
            part.extend((features(row["text"]), g) for g in sorted(groups - {"neutral"}))
    return train, held


def matrix(rows, place):
    columns, starts = [], [0]
    for found, _ in rows:
        columns += [place[f] for f in found if f in place]
        starts.append(len(columns))
    return csr_matrix((np.ones(len(columns), np.float32), columns, starts), shape=(len(rows), len(place)))


def chosen(rows):
    """The features that tell most (chi square over the classes) among those seen often enough."""
    from collections import Counter

    counts = {label: Counter() for label in LABELS}
    for found, label in rows:
        counts[label].update(found)
    total = sum(counts.values(), Counter())
    sizes = {label: sum(1 for _, g in rows if g == label) for label in LABELS}
    n = len(rows)
    scored = []
    for feature, seen in total.items():
        if seen < LEAST:
            continue
        chi = sum((counts[g][feature] - seen * sizes[g] / n) ** 2 / (seen * sizes[g] / n) for g in LABELS)
        scored.append((chi, feature))
    return [f for _, f in sorted(scored, reverse=True)[:MOST]]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--c", type=float, default=0.2)
    options = parser.parse_args()
    began = time.time()
    train, held = read(options.data)
    names = chosen(train)
    place = {name: n for n, name in enumerate(names)}
    sizes = np.asarray([sum(1 for _, g in train if g == label) for label in LABELS], np.float64)
    # Square root of the balanced weight: full balance drowns neutral, none ignores disgust and fear.
    weights = {n: float((sizes.sum() / (len(LABELS) * s)) ** 0.5) for n, s in enumerate(sizes)}
    model = LogisticRegression(C=options.c, max_iter=400, class_weight=weights)
    model.fit(matrix(train, place), [LABELS.index(g) for _, g in train])
    truth = [LABELS.index(g) for _, g in held]
    shown = matrix(held, place)
    coefficients = model.coef_.astype(np.float16)
    logits = shown @ coefficients.astype(np.float32).T + model.intercept_
    guess = logits.argmax(1)
    scores = {
        "macro_f1": f1_score(truth, guess, average="macro"),
        "accuracy": float((guess == np.asarray(truth)).mean()),
        "macro_f1_without_neutral": f1_score(
            [t for t in truth if t != 6], [g for g, t in zip(guess, truth, strict=True) if t != 6], average="macro"
        ),
    }
    for label, f1 in zip(LABELS, f1_score(truth, guess, average=None), strict=True):
        scores[f"f1_{label}"] = f1
    print({k: round(float(v), 4) for k, v in scores.items()}, len(train), len(held), round(time.time() - began, 1), "s")
    print(confusion_matrix(truth, guess))
    vocabulary = np.frombuffer("\n".join(names).encode("utf-8"), np.uint8)
    data = save({"vocabulary": vocabulary, "weights": np.ascontiguousarray(coefficients), "bias": model.intercept_.astype(np.float32)})
    (OUT / "lexicon_en.safetensors").write_bytes(data)
    card = {
        "name": "lexicon-en-1",
        "role": "text_emotion",
        "data": "GoEmotions (google-research/goemotions, Apache-2.0), English Reddit comments",
        "training": "training/train_lexicon.py: multinomial logistic regression over words and pairs",
        "rows": len(train),
        "held_back_rows": len(held),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "scores": {k: round(float(v), 4) for k, v in scores.items()},
        "limits": "English comments of one platform; short texts without feeling words read as neutral; irony is not understood.",
    }
    (OUT / "lexicon_en.card.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
