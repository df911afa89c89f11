"""Train the router's head: `python -m training.router.train_router --data DIR` or `python training/router/train_router.py --data DIR`.

Knows the model's form (assistant/reflex/head.py reads it), not how examples are written (examples.py). Writes the weights and their card.
The sentence embeddings are those of the bundled MiniLM; they are computed once and kept in `--cache`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

sys.path.insert(0, str(Path(__file__).parents[2]))
from assistant.reflex.features import BUCKETS, FLAGS, chinese, flags, pieces
from assistant.reflex.head import Head as Scorer
from training.data import folder
from training.router.examples import CLASSES, Example, attached_questions, ours, public_examples

ROOT = Path(__file__).parents[2]
OUT = ROOT / "assistant" / "reflex" / "router.safetensors"
HELDOUT = ROOT / "tests" / "assistant" / "heldout_turns.tsv"
HARD = HELDOUT.with_name("heldout_turns_hard.tsv")
TOOLS = CLASSES[:10]
HIDDEN = 48
"""Per member; the shipped head is the mean of the members' logits, which is again one head of the same form."""
PUBLIC_SHARE = {"out_of_scope": 3200, "search": 4200, "small_talk": 1700, "control_device": 1200, "help": 120}
"""Rows of the public sets per class, so that the large sets do not drown our own lines."""


def embeddings(texts: list[str], cache: Path) -> np.ndarray:
    """Unit MiniLM vectors (n, 384); computed once per text and kept in `cache`."""
    from retrieval.content import Content
    from retrieval.embedders.minilm import create

    store = cache / "router_embeddings.npz"
    known: dict[str, np.ndarray] = {}
    if store.is_file():
        with np.load(store, allow_pickle=False) as table:
            known = dict(zip(table["keys"].tolist(), table["vectors"], strict=True))
    keys = [hashlib.sha1(t.encode(), usedforsecurity=False).hexdigest() for t in texts]
    missing = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
    if missing:
        embedder, todo = create(cache), list(missing.values())
        fresh = np.concatenate([embedder.embed([Content.from_text(t) for t in todo[i : i + 256]]) for i in range(0, len(todo), 256)])
        known.update(zip(missing, fresh.astype(np.float16), strict=True))
        cache.mkdir(parents=True, exist_ok=True)
        np.savez(store, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
    return np.stack([known[k] for k in keys]).astype(np.float32)


class Head(torch.nn.Module):
    """Hashed pieces and flags: linear. Sentence embedding: one hidden layer."""

    def __init__(self) -> None:
        super().__init__()
        self.table = torch.nn.EmbeddingBag(BUCKETS, len(CLASSES), mode="sum")
        self.flags = torch.nn.Linear(len(FLAGS), len(CLASSES))
        self.first = torch.nn.Linear(384, HIDDEN)
        self.second = torch.nn.Linear(HIDDEN, len(CLASSES), bias=False)
        self.drop = torch.nn.Dropout(0.3)
        torch.nn.init.zeros_(self.table.weight)

    def forward(self, bags: list[list[int]], marks: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes). A zero vector means that there is no embedding."""
        flat = torch.tensor([b for bag in bags for b in bag])
        lengths = torch.tensor([len(bag) for bag in bags])
        starts = torch.cumsum(lengths, 0) - lengths
        weights = (1.0 / torch.sqrt(lengths.float())).repeat_interleave(lengths)
        linear = self.table(flat, starts, per_sample_weights=weights) * 4.0
        known = (vectors.abs().sum(1, keepdim=True) > 0).float()
        dense = self.second(self.drop(torch.tanh(self.first(vectors * 4.0)))) * known
        return linear + self.flags(marks) + dense


def _arrays(examples: list[Example], cache: Path) -> tuple[list[list[int]], np.ndarray, np.ndarray, np.ndarray]:
    bags = [[p.bucket for p in pieces(e.text, e.media)] for e in examples]
    marks = np.zeros((len(examples), len(FLAGS)), np.float32)
    for row, e in enumerate(examples):
        marks[row, flags(e.text, e.media, e.earlier)] = 1
    vectors = embeddings([e.text for e in examples], cache)
    vectors[[chinese(e.text) for e in examples]] = 0
    return bags, marks, vectors, np.array([CLASSES.index(e.label) for e in examples])


def _heldout(path: Path = HELDOUT) -> list[Example]:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
    found = []
    for words, media, expected in rows:
        named = [m for m in media.split(",") if m]
        found.append(Example(
            words, expected if expected in TOOLS else "out_of_scope",
            tuple(m for m in named if ":" not in m),
            tuple(m.split(":")[1] for m in named if ":" in m), "heldout", True,
        ))  # fmt: skip
    return found


def train(examples: list[Example], cache: Path, epochs: int, seed: int) -> Head:
    """Adam with weight decay on the class-balanced loss; one in five sentences loses its embedding, so that the pieces stand alone."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    bags, marks, vectors, labels = _arrays(examples, cache)
    counts = np.bincount(labels, minlength=len(CLASSES))
    weight = torch.tensor((counts.mean() / counts) ** 0.5, dtype=torch.float32)
    head = Head()
    optimizer = torch.optim.AdamW(head.parameters(), lr=5e-3, weight_decay=0.02)
    batches = len(examples) // 256 + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=epochs * batches)
    for _ in range(epochs):
        order = rng.permutation(len(examples))
        for part in np.array_split(order, batches):
            dense = vectors[part] * (rng.random((len(part), 1)) > 0.2)
            kept = [[b for b in bags[i] if rng.random() > 0.1] or bags[i] for i in part]
            logits = head(kept, torch.from_numpy(marks[part]), torch.from_numpy(dense.astype(np.float32)))
            loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels[part]), weight=weight, label_smoothing=0.03)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return head.eval()


def judge(head: Scorer, examples: list[Example], cache: Path, dense: bool = True) -> tuple[float, dict[str, dict[str, int]], list[str]]:
    """(accuracy, confusion expected -> predicted -> count, wrong rows). Classes without a tool count as `none`."""
    vectors = _arrays(examples, cache)[2]
    confusion: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    wrong = []
    for example, vector in zip(examples, vectors, strict=True):
        seen = pieces(example.text, example.media)
        scores = head.probabilities(seen, flags(example.text, example.media, example.earlier), vector if dense and vector.any() else None)
        best = int(scores.argmax())
        predicted = CLASSES[best] if CLASSES[best] in TOOLS else "none"
        expected = example.label if example.label in TOOLS else "none"
        confusion[expected][predicted] += 1
        if predicted != expected:
            wrong.append(f"{expected:16s} -> {predicted:16s} {example.text}  {example.media}{example.earlier}")
    right = sum(row.get(name, 0) for name, row in confusion.items())
    return right / len(examples), {k: dict(v) for k, v in confusion.items()}, wrong


def merge(heads: list[Head]) -> dict[str, np.ndarray]:
    """The mean of the members' logits as one head: the linear parts averaged, the hidden layers side by side."""

    def mean(pick: Any) -> np.ndarray:
        return np.mean([pick(h).detach().numpy() for h in heads], axis=0)

    return {
        "table": mean(lambda h: h.table.weight) * 4.0, "flags": mean(lambda h: h.flags.weight.T), "bias": mean(lambda h: h.flags.bias),
        "first": np.concatenate([h.first.weight.T.detach().numpy() * 4.0 for h in heads], axis=1),
        "first_bias": np.concatenate([h.first.bias.detach().numpy() for h in heads]),
        "second": np.concatenate([h.second.weight.T.detach().numpy() for h in heads]) / len(heads),
    }  # fmt: skip


def save(weights: dict[str, np.ndarray], scores: dict[str, Any], trained: dict[str, int], seconds: float) -> None:
    """Weights as fp16 safetensors with their card beside them."""
    save_file({k: np.ascontiguousarray(v.astype(np.float16)) for k, v in weights.items()}, OUT)
    data = OUT.read_bytes()
    card = {
        "name": "reflex-router", "role": "router", "kind": "learned", "source": "training/router/train_router.py", "revision": "1",
        "sha256": hashlib.sha256(data).hexdigest(), "licence": "Apache-2.0", "bytes": len(data), "modalities": ["text"],
        "classes": list(CLASSES), "scores": scores,
        "limits": "Trained on short requests in English and Simplified Chinese; long or indirect ones may be misread.",
        "training": {
            "command": "python training/router/train_router.py --data DATA", "seconds": round(seconds), "device": "2 CPU cores",
            "examples": trained,
            "data": {
                "training/router/{en,zh}": "ours, Apache-2.0", "CLINC150": "CC BY 3.0", "HWU64": "CC BY 4.0", "SNIPS 2017": "CC0 1.0",
                "Banking77": "CC BY 4.0", "NLU++": "CC BY 4.0", "MedQuAD": "CC BY 4.0", "COVID-QA FAQ": "Apache-2.0",
                "ChatterBot corpus": "BSD-3-Clause", "XQuAD": "CC BY-SA 4.0", "CMRC2018": "CC BY-SA 4.0", "DRCD": "CC BY-SA 3.0",
                "PartiPrompts": "Apache-2.0", "GoEmotions": "Apache-2.0", "AWS retail demo store": "MIT-0",
            },
        },
    }  # fmt: skip
    OUT.with_name("router.card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


def shipped(data: Path, cache: Path) -> None:
    """Put what the shipped code scores with the new weights into the card."""
    from assistant.evaluation.router import evaluate
    from assistant.reflex.router import Router
    from retrieval.embedders.minilm import create

    place = OUT.with_name("router.card.json")
    card = json.loads(place.read_text("utf-8"))
    card["scores"] |= {score.name: round(score.value, 4) for score in evaluate(data, Router(create(cache)))}
    place.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Train, judge on what was kept back and on the held-out turns, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="folder of the public sets; default: the variable DATA")
    parser.add_argument("--cache", type=Path, default=ROOT / ".work" / "cache")
    parser.add_argument("--per-line", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--members", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--final", action="store_true", help="print single errors of the held-out turns never, only the totals")
    options = parser.parse_args()
    torch.set_num_threads(2)
    began, data = time.time(), folder(options.data)
    rows = list(public_examples(data, options.seed))
    rng = np.random.default_rng(options.seed)
    held = [r for r in rows if r.held]
    open_rows = [r for r in rows if not r.held]
    heads, counts = [], defaultdict(int)
    check: set[Example] = set()
    for member in range(options.members):
        fitted = list(ours(data, options.per_line, options.seed + member))
        kept_back = {e for e in fitted if int(hashlib.sha1(e.text.encode(), usedforsecurity=False).hexdigest(), 16) % 25 == 0}
        check |= kept_back
        fitted = [e for e in fitted if e not in kept_back]
        for label, share in PUBLIC_SHARE.items():
            group = [r for r in open_rows if r.label == label]
            fitted += [group[i] for i in rng.permutation(len(group))[:share]]
        fitted += attached_questions(data, options.seed + member)
        print(f"member {member}: {len(fitted)} turns")
        for example in fitted:
            counts[example.label] += 1
        heads.append(train(fitted, options.cache, options.epochs, options.seed + member))
    held = [held[i] for i in rng.permutation(len(held))[:2500]]
    own = sorted(check, key=lambda e: (e.label, e.text))[:1500]
    weights = merge(heads)
    from safetensors.numpy import save as packed

    head = Scorer(packed({k: np.ascontiguousarray(v.astype(np.float16)) for k, v in weights.items()}), CLASSES)
    scores: dict[str, Any] = {}
    for name, rows_, dense in (
        ("own", own, True),
        ("public", held, True),
        ("heldout", _heldout(), True),
        ("heldout_without_embedding", _heldout(), False),
        ("heldout_hard", _heldout(HARD), True),
    ):
        score, confusion, wrong = judge(head, rows_, options.cache, dense)
        scores[name] = round(score, 4)
        print(f"{name}: {score:.3f}")
        if name == "heldout":
            languages = {lang: [r for r in rows_ if chinese(r.text) == (lang == "zh")] for lang in ("en", "zh")}
            scores |= {f"heldout_{lang}": round(judge(head, part, options.cache)[0], 4) for lang, part in languages.items()}
            for expected, row in confusion.items():
                print(f"  {expected:16s} {dict(sorted(row.items(), key=lambda kv: -kv[1]))}")
        elif name in ("own", "public") and not options.final:
            print("\n".join(f"  {line}" for line in wrong[:45]))
    save(weights, scores, dict(counts), time.time() - began)
    shipped(data, options.cache)
    print(json.dumps(scores), f"{time.time() - began:.0f} s", f"{OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
