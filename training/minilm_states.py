"""The token states of many texts after the lower layers of MiniLM, computed once and kept in a file: an epoch then costs the head only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tqdm import tqdm

from retrieval.embedders.minilm import model_directory

WIDTH = 384


def tokenizer(most: int) -> Tokenizer:
    """MiniLM's tokenizer, cut at `most` word pieces, without padding."""
    found = Tokenizer.from_file(str(model_directory() / "tokenizer.json"))
    found.no_padding()
    found.enable_truncation(most)
    return found


def run(encoder: torch.nn.Module, hidden: torch.Tensor, mask: torch.Tensor, start: int, stop: int) -> torch.Tensor:
    """Layers `start` to `stop` of the encoder."""
    away = torch.zeros(mask.shape, dtype=hidden.dtype, device=hidden.device).masked_fill(~mask, torch.finfo(hidden.dtype).min)
    for layer in encoder.encoder.layer[start:stop]:
        out = layer(hidden, attention_mask=away[:, None, None, :])
        hidden = out[0] if isinstance(out, tuple) else out
    return hidden


class Hidden:
    """Token states of many texts after the frozen layers, in one file; texts are given as lists of word-piece ids."""

    def __init__(self, ids: Sequence[Sequence[int]], first: int, cache: Path, name: str) -> None:
        self.lengths = np.array([len(i) for i in ids])
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])
        digest = hashlib.sha1(b"".join(np.array(i, np.int32).tobytes() + b"." for i in ids), usedforsecurity=False).hexdigest()[:12]
        path = cache / f"{name}-{first}-{digest}.f16"
        shape = (int(self.starts[-1]), WIDTH)
        if not path.is_file():
            cache.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(".tmp")
            self._fill(np.memmap(draft, np.float16, "w+", shape=shape), ids, first)
            draft.rename(path)
        self._states = np.memmap(path, np.float16, "r", shape=shape)

    @torch.no_grad()
    def _fill(self, states: np.memmap, ids: Sequence[Sequence[int]], first: int) -> None:
        from transformers import BertModel

        encoder = BertModel.from_pretrained(model_directory(), add_pooling_layer=False, attn_implementation="eager").eval()
        for part in tqdm(list(batches(np.arange(len(ids)), self.lengths, 4096)), desc="frozen layers"):
            width = max(self.lengths[i] for i in part)
            table, mask = np.zeros((len(part), width), np.int64), np.zeros((len(part), width), bool)
            for row, i in enumerate(part):
                table[row, : self.lengths[i]], mask[row, : self.lengths[i]] = ids[i], True
            hidden = encoder.embeddings(input_ids=torch.from_numpy(table))
            hidden = run(encoder, hidden, torch.from_numpy(mask), 0, first).numpy().astype(np.float16)
            for row, i in enumerate(part):
                states[self.starts[i] : self.starts[i + 1]] = hidden[row, : self.lengths[i]]
        states.flush()

    def batch(self, part: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """(states (n, longest, 384), mask) of the texts `part`."""
        width = max(self.lengths[i] for i in part)
        states, mask = np.zeros((len(part), width, WIDTH), np.float32), np.zeros((len(part), width), bool)
        for row, i in enumerate(part):
            states[row, : self.lengths[i]], mask[row, : self.lengths[i]] = self._states[self.starts[i] : self.starts[i + 1]], True
        return torch.from_numpy(states), torch.from_numpy(mask)


def batches(chosen: np.ndarray, lengths: np.ndarray, tokens: int, rng: np.random.Generator | None = None) -> Iterator[list[int]]:
    """Texts of like length together, `tokens` padded tokens a batch; with `rng` in a new order each time."""
    noise = rng.random(len(chosen)) * 2 if rng else np.zeros(len(chosen))
    order = chosen[np.argsort(lengths[chosen] + noise, kind="stable")]
    found, start = [], 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and (stop + 1 - start) * lengths[order[stop]] <= tokens:
            stop += 1
        found.append(order[start:stop].tolist())
        start = stop
    if rng:
        rng.shuffle(found)
    yield from found
