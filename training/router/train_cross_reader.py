"""Train the cross reader: question and passage in one pass of MiniLM; the sentence that answers, or none. `... --data DIR`.

Low-rank additions (LoRA, Hu et al. 2021) to every matrix of MiniLM's six layers, and a small head over the mean of each sentence's word
pieces; the first piece stands for "none of them", as in SQuAD 2.0 (Rajpurkar et al. 2018). What the reader's own features say is added.
It learns the passages of `written/`, three articles of XQuAD and CMRC2018 in four, and a part of MedQuAD; the rest reports.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.utils.parametrize
from safetensors.numpy import load_file, save_file
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from assistant.reflex.cross_reader import CARD, FILE, WINDOW, CrossModel, Window, windows  # noqa: E402
from assistant.reflex.matching import FEATURES, Passage  # noqa: E402
from assistant.reflex.reader import rarity  # noqa: E402
from retrieval.embedders.minilm import create, model_directory  # noqa: E402
from retrieval.fine_tuned import PIECES, RECORDED  # noqa: E402
from training.data import folder  # noqa: E402
from training.minilm_states import batches, tokenizer  # noqa: E402
from training.router.read_passages import Example, gathered  # noqa: E402

OUT = ROOT / "assistant" / "reflex" / FILE
WIDTH, RANK, HEAD, DROPPED = 384, 16, 128, 0.1
EPOCHS, RATE, WIDE_RATE, WARM, DECAY = 3.5, 1e-3, 3e-3, 0.06, 0.01
THRESHOLD = 0.6
TOKENS = 4096
"""Padded word pieces of a step."""
RECORDED_TEXT = "Which bus goes to the museum? Line 7 stops at the museum every ten minutes."


class LowRank(torch.nn.Module):
    """What is added to a matrix: the product of two thin ones."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.down = torch.nn.Parameter(torch.randn(RANK, weight.shape[1]) / RANK**0.5 / 4)
        self.up = torch.nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        """The matrix as it is used."""
        return weight + self.up @ self.down


class Network(torch.nn.Module):
    """Logits of "none" and of each sentence: what the reader's features say, and what question and passage in one pass add."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import BertModel

        self.encoder = BertModel.from_pretrained(model_directory(), add_pooling_layer=False, attn_implementation="sdpa")
        self.encoder.requires_grad_(False)
        for module in self.encoder.encoder.modules():
            if isinstance(module, torch.nn.Linear):
                torch.nn.utils.parametrize.register_parametrization(module, "weight", LowRank(module.weight))
        shipped = load_file(OUT.with_name("reader.safetensors"))
        self.wide = torch.nn.Linear(len(FEATURES), 1)
        self.wide.weight.data = torch.from_numpy(shipped["sentence_en"])[None].clone()
        self.wide.bias.data = torch.from_numpy(shipped["sentence_bias_en"]).clone()
        self.inner, self.outer = torch.nn.Linear(4 * WIDTH, HEAD), torch.nn.Linear(HEAD, 1)
        self.outer.weight.data *= 0.1
        self.drop = torch.nn.Dropout(DROPPED)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, spans: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """(n, 1 + sentences). `spans` (n, 2 + sentences, tokens) averages tokens: of the question, the first token, each sentence."""
        with torch.autocast(ids.device.type, torch.bfloat16):
            states = self.encoder(input_ids=ids, attention_mask=mask)[0]
        parts = torch.bmm(spans, states.float())
        asked, parts = parts[:, :1].expand_as(parts[:, 1:]), parts[:, 1:]
        seen = torch.cat([parts, asked * parts * 4, (asked - parts).abs(), parts[:, :1].expand_as(parts)], -1)
        inner = self.inner(seen)
        logits = self.outer(self.drop(inner * torch.sigmoid(1.702 * inner))).squeeze(-1)
        wide = self.wide(features).squeeze(-1)
        logits = logits + torch.cat([torch.zeros_like(wide[:, :1]), wide], 1)
        return logits.masked_fill(spans[:, 1:].sum(-1) == 0, -1e4)


class Packed:
    """Examples as windows of word pieces."""

    def __init__(self, examples: Sequence[Example]) -> None:
        cutter, words = tokenizer(1 << 20), rarity()
        self.examples: list[Example] = []
        self.rows: list[Window] = []
        self.right: list[list[int]] = []

        def cut(texts: Sequence[str]) -> list[list[int]]:
            return [encoding.ids[1:-1] for encoding in cutter.encode_batch(list(texts))]

        for e in tqdm(examples, desc="cut", mininterval=20):
            text, starts = joined(e.sentences)
            for window in windows(e.question, Passage(1, text, e.title), words, cut):
                of = [max(n for n, start in enumerate(starts) if start <= c.sentence.start) for c in window.candidates]
                right = [n for n, place in enumerate(of) if place in e.answers]
                if right or not e.any_of:
                    self.examples.append(replace(e, answers=tuple(right)))
                    self.rows.append(window)
                    self.right.append(right)
        self.lengths = np.array([len(row.pieces) for row in self.rows])

    def batches(self, tokens: int, rng: np.random.Generator | None = None) -> Iterator[list[int]]:
        """Places of rows."""
        return batches(np.arange(len(self.rows)), self.lengths, tokens, rng)

    def batch(self, part: Sequence[int]) -> tuple[torch.Tensor, ...]:
        """(ids, mask, spans, features, target)."""
        width, most = max(self.lengths[i] for i in part), max(len(self.rows[i].spans) for i in part)
        ids, mask = np.zeros((len(part), width), np.int64), np.zeros((len(part), width), np.int64)
        spans = np.zeros((len(part), most, width), np.float32)
        features = np.zeros((len(part), most - 2, len(FEATURES)), np.float32)
        target = np.zeros((len(part), most - 1), np.float32)
        for row, i in enumerate(part):
            window = self.rows[i]
            ids[row, : len(window.pieces)], mask[row, : len(window.pieces)] = window.pieces, 1
            for n, (start, stop) in enumerate(window.spans):
                spans[row, n, start:stop] = 1 / (stop - start)
            features[row, : len(window.candidates)] = np.stack([c.values for c in window.candidates])
            target[row, [a + 1 for a in self.right[i]] or [0]] = 1
        return tuple(torch.from_numpy(x) for x in (ids, mask, spans, features, target))


def joined(sentences: Sequence[str]) -> tuple[str, list[int]]:
    """A passage of sentences, and where each begins; what ends without a full stop is a line of its own."""
    text, starts = "", []
    for sentence in sentences:
        starts.append(len(text))
        text += sentence + (" " if sentence[-1:] in ".!?" else "\n")
    return text, starts


def fit(network: Network, learn: Packed, epochs: float) -> None:
    """Adam, the rate rising at first and falling from then on."""
    rng = np.random.default_rng(5)
    slow = [p for name, p in network.named_parameters() if p.requires_grad and not name.startswith("wide")]
    groups = [{"params": slow, "rate": RATE}, {"params": [*network.wide.parameters()], "rate": WIDE_RATE, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, RATE, weight_decay=DECAY)
    steps = max(1, int(epochs * len(list(learn.batches(TOKENS, np.random.default_rng(0))))))
    order = (part for _ in range(steps) for part in learn.batches(TOKENS, rng))
    network.train()
    for step, part in zip(bar := tqdm(range(steps), mininterval=20), order, strict=False):
        share = step / steps
        for group in optimizer.param_groups:
            group["lr"] = group["rate"] * min(share / WARM, (1 - share) / (1 - WARM))
        *given, target = learn.batch(part)
        chances = torch.log_softmax(network(*given), -1)
        loss = -torch.logsumexp(chances.masked_fill(target == 0, -1e4), -1).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(slow, 1.0)
        optimizer.step()
        bar.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    network.eval()


def report(model: CrossModel, packed: Packed, threshold: float) -> dict[str, float]:
    """Of each source, by what ships: the right sentence of what it tells, how often that is said, and silence about the rest."""
    scores: dict[str, list[float]] = {}
    for start in range(0, len(packed.rows), 16):
        read = range(start, min(start + 16, len(packed.rows)))
        for i, chances in zip(read, model.probabilities([packed.rows[i] for i in read]), strict=True):
            right, best, said = packed.right[i], int(chances[1:].argmax()), float(chances[1:].max()) >= threshold
            language, _, name = packed.examples[i].source.partition("_")
            for source in {packed.examples[i].source, f"written_{language}" if name else language}:
                if right:
                    scores.setdefault(f"{source}_right_sentence", []).append(best in right)
                    scores.setdefault(f"{source}_answered_rightly", []).append(said and best in right)
                else:
                    scores.setdefault(f"{source}_silent", []).append(not said)
    return {name.replace(" ", "_"): round(float(np.mean(values)), 4) for name, values in sorted(scores.items())}


@torch.no_grad()
def weights_of(network: Network) -> dict[str, np.ndarray]:
    """What ships: the low-rank additions, the head, and a text with its states by which the export is checked."""
    found: dict[str, np.ndarray] = {}
    for name, value in network.encoder.named_parameters():
        if name.endswith(("weight.0.up", "weight.0.down")):
            found[name.replace(".parametrizations.weight.0", ".weight")] = value.numpy().astype(np.float16)
    found["wide"] = np.concatenate([network.wide.weight[0].numpy(), network.wide.bias.numpy()])
    found |= {"inner": network.inner.weight.numpy().astype(np.float16), "inner_bias": network.inner.bias.numpy()}
    found |= {"outer": network.outer.weight[0].numpy(), "outer_bias": network.outer.bias.numpy()}
    pieces = tokenizer(WINDOW).encode(RECORDED_TEXT).ids
    states = network.encoder(input_ids=torch.tensor([pieces]), attention_mask=torch.ones(1, len(pieces), dtype=torch.long))[0]
    return found | {PIECES: np.array(pieces, np.int32), RECORDED: states[0].mean(0).numpy()}


def describe(out: Path, threshold: float, scores: dict[str, float], seconds: float) -> None:
    """The card."""
    blob = out.read_bytes()
    card = {
        "name": "reflex-cross-reader", "role": "reader", "kind": "learned", "source": "training/router/train_cross_reader.py",
        "revision": "1", "sha256": hashlib.sha256(blob).hexdigest(), "licence": "Apache-2.0", "bytes": len(blob), "modalities": ["text"],
        "scores": scores,
        "limits": "English; Chinese word by word in English (assistant/reflex/dictionary.tsv), names as syllables. Reads only what the "
        "reader would refuse or doubts. Quotes whole sentences; takes one thing for another now and then when the passage names neither, "
        "and does not reckon.",
        "threshold": threshold,
        "training": {
            "command": "python training/router/train_cross_reader.py --data DATA", "seconds": round(seconds), "device": "2 CPU cores",
            "data": {
                "Passages and questions written for it": "Apache-2.0", "XQuAD en": "CC BY-SA 4.0", "CMRC2018": "CC BY-SA 4.0",
                "MedQuAD": "CC BY 4.0",
            },
        },
    }  # fmt: skip
    out.with_name(CARD).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Train, report, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--epochs", type=float, default=EPOCHS, help="0 measures the weights that are there")
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help="least probability with which a sentence is quoted")
    parser.add_argument("--cache", type=Path, default=ROOT / ".work" / "cache")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.manual_seed(5)
    examples = gathered(folder(options.data), create(options.cache), random.Random(5))
    kept_back, began = Packed([e for e in examples if e.report]), time.time()
    seconds = float(json.loads(options.out.with_name(CARD).read_text("utf-8"))["training"]["seconds"]) if not options.epochs else 0.0
    if options.epochs:
        network, learn = Network(), Packed([e for e in examples if not e.report])
        print(f"{len(learn.rows)} rows to learn, {len(kept_back.rows)} kept back")
        fit(network, learn, options.epochs)
        save_file(weights_of(network), options.out)
        seconds = time.time() - began
    scores = report(CrossModel(options.cache, options.out.read_bytes(), options.threshold), kept_back, options.threshold)
    describe(options.out, options.threshold, scores, seconds)
    print(json.dumps(scores), f"{seconds:.0f} s, {options.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
