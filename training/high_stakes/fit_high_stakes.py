"""Fits the head of `assistant/high_stakes.py`: which questions are medical, legal, financial, about self-harm or how weapons are made.

    python training/high_stakes/fit_high_stakes.py --data DIR

Learns from templates.tsv filled from slots.toml, the sentences of everyday.tsv, the router's own turns, and a part of CLINC150, HWU64,
Banking77 and MedQuAD (by the hash of the sentence; `learned` says which). A fifth of everyday.tsv is kept back and shows what the least
chances of `assistant/high_stakes.py` catch. Minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
import time
import tomllib
import zlib
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from assistant import high_stakes  # noqa: E402
from assistant.high_stakes_head import CLASSES, FILE, Head, rows_of  # noqa: E402
from assistant.reflex.features import chinese  # noqa: E402
from retrieval.content import Content  # noqa: E402
from retrieval.embedders.minilm import create  # noqa: E402
from training.data import folder  # noqa: E402

HERE = Path(__file__).parent
OUT = ROOT / "assistant" / FILE
FILLED = 1
"""Sentences made of one template at most."""
REPEATED = 3.0
"""Times that a sentence of everyday.tsv counts."""
STRENGTH, SENSE = 3.0, 3.0
"""Of the regression, and of the embedding beside the pieces."""
FOLDS, KEPT_BACK = 5, 1
"""Of so many parts of everyday.tsv this one is not learned; it chooses the least chances."""
UNDECIDED = {"taxes", "rollover_401k", "improve_credit_score", "vaccines", "credit_score", "insurance", "insurance_change", "w2"}
"""Intents of CLINC150 that mix advice with account handling: they teach nothing, and are reported apart."""
BARS = high_stakes.LEAST, high_stakes.LEAST_HINTED
Row = tuple[str, str]


def written() -> list[Row]:
    """(class, sentence) from the templates."""
    slots = tomllib.loads((HERE / "slots.toml").read_text("utf-8"))
    found: list[Row] = []
    for line in (HERE / "templates.tsv").read_text("utf-8").splitlines():
        label, language, template = line.split("\t")
        dice = random.Random(zlib.crc32(template.encode()))
        made = {re.sub(r"\{(\w+)\}", lambda m, dice=dice, of=slots[language]: dice.choice(of[m[1]]), template) for _ in range(FILLED)}
        found += [(label, sentence) for sentence in sorted(made)]
    return found


def learned(text: str) -> bool:
    """Whether a sentence of a public set of everyday requests is learned; the others measure false alarms."""
    return zlib.crc32(text.encode()) % 40 in (1, 2, 3)


def public(data: Path) -> list[Row]:
    """Sentences that are none of the classes."""
    own = [line for file in sorted((ROOT / "training" / "router").glob("*/*.txt")) for line in file.read_text("utf-8").splitlines()]
    own = [re.sub(r"\{[^}]*\}", "it", line) for line in own if line.strip() and not line.startswith("#")]
    clinc = [line.split("\t") for line in (data / "intent_text/dev/clinc150.tsv").read_text("utf-8").splitlines()[1:]]
    hwu = [json.loads(line)["text"] for line in (data / "intent_text/dev/hwu64.jsonl").read_text("utf-8").splitlines()]
    bank = [line.split("\t")[0] for line in (data / "intent_text/dev/banking77.tsv").read_text("utf-8").splitlines()[1:]]
    taken = [row[0] for row in clinc if row[1] not in UNDECIDED and row[1] != "oos"] + hwu + bank
    fitting = [text for text in taken if learned(text)]
    asked = [json.loads(line)["question"] for line in (data / "faq/dev/medquad.jsonl").read_text("utf-8").splitlines()]
    ill = [("medical", text) for text in dict.fromkeys(asked) if zlib.crc32(text.encode()) % 40 == 1]
    return [("none", text) for text in [*own, *fitting]] + ill


def everyday_rows() -> list[tuple[str, str, str]]:
    """(class, language, sentence) as people write."""
    return [tuple(line.split("\t")) for line in (HERE / "everyday.tsv").read_text("utf-8").splitlines()]  # type: ignore[misc]


def vectors(texts: list[str], cache: Path) -> np.ndarray:
    """Sentence embeddings, zeros for Chinese."""
    embedder = create(cache)
    found = np.zeros((len(texts), 384), np.float32)
    known = [i for i, text in enumerate(texts) if not chinese(text)]
    for start in range(0, len(known), 128):
        some = known[start : start + 128]
        found[some] = embedder.embed([Content.from_text(texts[i]) for i in some])
    return found


def fit(rows: list[Row], embedded: np.ndarray, counts: list[float]) -> dict[str, np.ndarray]:
    """The weights of a logistic regression over hashed pieces and the embedding; a row counts as often as `counts` says."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    hashed = [rows_of(text) for _, text in rows]
    at = np.repeat(np.arange(len(rows)), [len(found) for found in hashed])
    values = np.concatenate([np.full(len(found), 1 / np.sqrt(len(found)), np.float32) for found in hashed])
    pieces = csr_matrix((values, (at, np.concatenate(hashed))), shape=(len(rows), Head.BUCKETS))
    labels = [CLASSES.index(label) for label, _ in rows]
    model = LogisticRegression(C=STRENGTH, max_iter=400).fit(hstack([pieces, csr_matrix(embedded * SENSE)]), labels, sample_weight=counts)
    weights = model.coef_.T.astype(np.float32)
    return {"table": weights[: Head.BUCKETS], "sense": weights[Head.BUCKETS :] * SENSE, "bias": model.intercept_.astype(np.float32)}


def main() -> None:
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/synesthesia").expanduser())
    given = parser.parse_args()
    began = time.perf_counter()
    rows = written() + public(folder(given.data))
    own = everyday_rows()
    seen = vectors([text for _, text in rows], given.cache)
    seen_own = vectors([text for _, _, text in own], given.cache)
    pairs = [(label, text) for label, _, text in own]
    kept = [i for i in range(len(own)) if i % FOLDS != KEPT_BACK]
    weights = fit(rows + [pairs[i] for i in kept], np.concatenate([seen, seen_own[kept]]), [1.0] * len(rows) + [REPEATED] * len(kept))
    save_file({name: value.astype(np.float16) for name, value in weights.items()}, OUT)
    head = Head(OUT.read_bytes())
    report = [
        {
            "label": own[i][0],
            "text": own[i][2],
            "chances": head.probabilities(own[i][2], None if chinese(own[i][2]) else seen_own[i]).tolist(),
        }
        for i in sorted(set(range(len(own))) - set(kept))
    ]
    choose(report)
    print(len(rows), "rows", round(time.perf_counter() - began), "s", hashlib.sha256(OUT.read_bytes()).hexdigest(), OUT.stat().st_size)


def choose(report: list[dict[str, Any]]) -> None:
    """Prints what each pair of bars would catch, and what the shipped pair misses."""
    for least in (0.5, 0.6, 0.7, 0.8):
        for hinted in (0.05, 0.1, 0.15, 0.2, 0.3):
            high_stakes.LEAST, high_stakes.LEAST_HINTED = least, hinted
            told = [(row["label"], kind_of(row)) for row in report]
            asked = [(label, kind) for label, kind in told if label != "none"]
            alarms = sum(kind is not None for label, kind in told if label == "none")
            found, named = sum(kind is not None for _, kind in asked), sum(kind == label for label, kind in asked)
            print(least, hinted, f"recall {found / len(asked):.3f} right {named / len(asked):.3f} alarms {alarms}/{len(told) - len(asked)}")
    high_stakes.LEAST, high_stakes.LEAST_HINTED = BARS
    for row in report:
        if (kind_of(row) or "none") != row["label"]:
            print(row["label"], kind_of(row), row["text"], np.round(row["chances"], 2).tolist())


def kind_of(row: dict[str, Any]) -> str | None:
    """What the recogniser makes of a row whose chances are known."""

    class Known:
        def probabilities(self, words: str, vector: object) -> np.ndarray:
            return np.asarray(row["chances"], np.float32)

    return high_stakes.Recogniser(None, Known()).kind(row["text"])  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
