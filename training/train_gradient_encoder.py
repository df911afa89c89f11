"""Trains the second member of the picture half of the joint space: a perceptron over edges and colours (`_gradients.py`).

A convolution network needs many more pictures than a few thousand steps show it; histograms of gradients need none. This member
learns in minutes what the other cannot, and errs elsewhere, so that the mean of both is better than either. Text tower, words and
losses are those of `train_image_encoder.py`. Every picture is described once in each of five views, and the perceptron then learns from
the kept numbers.

    python training/train_gradient_encoder.py --data DIR --steps 3500
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from retrieval.embedders._gradients import DIMENSION, SIDE, described
from training import data as sets
from training.image_text_pairs import TINTS, Picture, gathered, pictures
from training.train_image_encoder import ALIKE, KINDS, RANDOM_TEXTS, Scorer, Texts, _palette, _weight, grounded, jittered, placed, tinted

HIDDEN, BATCH, RATE, DECAY, DROPOUT, NOISE = 2048, 512, 2e-3, 0.05, 0.4, 0.1
SCALE = 30.0
VIEWS = ("plain", "mirrored", "placed", "tinted", "grounded")
SHARES = (0.3, 0.25, 0.27, 0.09, 0.09)
"""How often each view is learned from; only emoji have the last two."""
Tasks = list[tuple[int, list[int], int]]


class Perceptron(nn.Module):
    """Numbers (n, DIMENSION) -> vectors (n, 384), not yet of unit length."""

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.hidden = nn.Linear(DIMENSION, HIDDEN)
        self.norm = nn.BatchNorm1d(HIDDEN)
        self.head = nn.Linear(HIDDEN, 384)

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean) / self.spread
        if self.training:
            x = x + NOISE * torch.randn_like(x)
        return self.head(F.dropout(F.relu(self.norm(self.hidden(x))), DROPOUT, self.training))

    def folded(self) -> dict[str, Tensor]:
        """The weights as they ship: scaling and batch norm folded into the first layer, fp16."""
        gain = self.norm.weight / (self.norm.running_var + self.norm.eps).sqrt()
        weight = self.hidden.weight / self.spread
        bias = self.hidden.bias - weight @ self.mean
        found = {
            "hidden.weight": weight * gain[:, None], "hidden.bias": (bias - self.norm.running_mean) * gain + self.norm.bias,
            "head.weight": self.head.weight, "head.bias": self.head.bias,
        }  # fmt: skip
        return {name: tensor.detach().half().contiguous().clone() for name, tensor in found.items()}


def _shown(view: str, rgba: Tensor, photo: Tensor, colours: Tensor) -> Tensor:
    """RGB (n, 3, SIDE, SIDE) of premultiplied pictures in one view."""
    nothing = torch.full((len(rgba),), -1)
    if view in ("plain", "mirrored"):
        small = F.interpolate(rgba, (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)
        rgb = small[:, :3] + 1 - small[:, 3:]
        return rgb.flip(3) if view == "mirrored" else rgb
    if view == "tinted":
        rgba = tinted(rgba, _palette()[colours])
    rgb = grounded(placed(rgba, photo, SIDE), colours if view == "grounded" else nothing)
    return jittered(rgb, torch.full((len(rgba),), view == "placed"))


def numbers(view: str, stored: np.ndarray, listed: list[Picture], rows: np.ndarray, colours: np.ndarray, cache: Path) -> np.ndarray:
    """The numbers of one view of `rows`, shape (len(rows), DIMENSION); made once and then read from `cache`."""
    path = cache / f"gradients_{view}_{len(rows)}.npy"
    if not path.exists():
        found = np.zeros((len(rows), DIMENSION), np.float16)
        photo = torch.tensor([listed[n].photo for n in rows])
        for start in tqdm(range(0, len(rows), 128), desc=view, mininterval=5):
            part = slice(start, start + 128)
            rgba = torch.from_numpy(stored[rows[part]].astype(np.float32) / 255).permute(0, 3, 1, 2)
            rgb = _shown(view, rgba, photo[part], torch.from_numpy(colours[part]))
            found[part] = described(np.ascontiguousarray(rgb.permute(0, 2, 3, 1).numpy()))
        np.save(path, found)
    return np.load(path)


class Samples:
    """Batches of kept numbers with a text each, and the twelve colour phrases where a view has a colour."""

    def __init__(self, listed: list[Picture], stored: np.ndarray, texts: Texts, cache: Path, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._listed, self._texts = listed, texts
        everything = np.arange(len(listed))
        self._colours = self._random.integers(len(TINTS), size=(2, len(listed)))
        coloured = np.array([n for n, one in enumerate(listed) if one.label in texts.tints and one.set.endswith("emoji")])
        self._place = np.full(len(listed), -1)
        self._place[coloured] = np.arange(len(coloured))
        self.views = [numbers(view, stored, listed, everything, self._colours[0], cache) for view in VIEWS[:3]]
        self.views += [numbers(view, stored, listed, coloured, self._colours[n][coloured], cache) for n, view in enumerate(VIEWS[3:])]
        self._trained = np.array([n for n, one in enumerate(listed) if not one.held])
        weight = np.array([_weight(listed[n]) for n in self._trained])
        self._chance = weight / weight.sum()

    def spread(self) -> tuple[Tensor, Tensor]:
        """Mean and spread of the numbers over what is trained on."""
        known = torch.from_numpy(self.views[0][self._trained]).float()
        return known.mean(0), known.std(0) + 0.05

    def next(self) -> tuple[Tensor, Tensor, Tasks]:
        """Numbers (BATCH, DIMENSION), text places, and (row, twelve texts, right one) of the colour tasks."""
        chosen = self._random.choice(self._trained, BATCH, p=self._chance)
        given, places, tasks = np.empty((BATCH, DIMENSION), np.float32), [], []
        for row, n in enumerate(chosen):
            view = int(self._random.choice(len(VIEWS), p=SHARES))
            if view > 2 and self._place[n] < 0:
                view = 2
            own = self._texts.own[n]
            place = int(self._random.choice(own[int(self._random.choice(3, p=KINDS))] or own[0]))
            if view > 2:
                phrases, colour = (self._texts.tints, self._texts.grounds)[view - 3][self._listed[n].label], int(self._colours[view - 3][n])
                tasks.append((row, phrases, colour))
                place = phrases[colour]
            given[row] = self.views[view][self._place[n] if view > 2 else n]
            places.append(place)
        return torch.from_numpy(given), torch.tensor(places), tasks


def loss_of(
    network: nn.Module, batch: tuple[Tensor, Tensor, list[tuple[int, list[int], int]]], texts: Texts, device: torch.device
) -> Tensor:
    """Words by softmax over labels and a sample of other texts; colours by softmax over twelve."""
    given, places, tasks = batch
    vectors, own = F.normalize(network(given.to(device)), dim=1), texts.vectors[places].to(device)
    others = texts.vectors[torch.cat([texts.labels, torch.randint(len(texts.vectors), (RANDOM_TEXTS,))])].to(device)
    wrong = (vectors @ others.T).masked_fill(own @ others.T > ALIKE, -1)
    logits = torch.cat([(vectors * own).sum(1, keepdim=True), wrong], 1) * SCALE
    loss = F.cross_entropy(logits, torch.zeros(len(given), dtype=torch.long, device=device), label_smoothing=0.02)
    if tasks:
        rows = torch.tensor([row for row, _, _ in tasks], device=device)
        twelve = texts.vectors[torch.tensor([phrases for _, phrases, _ in tasks])].to(device)
        right = torch.tensor([colour for _, _, colour in tasks], device=device)
        loss = loss + 0.3 * F.cross_entropy((vectors[rows][:, None] * twelve).sum(2) * SCALE, right)
    return loss


def scored(network: nn.Module, samples: Samples, scorer: Scorer) -> dict[str, float]:
    """The figures of `Scorer`, each picture seen plain and mirrored."""

    def embed(rows: list[int]) -> Tensor:
        with torch.no_grad():
            return F.normalize(sum(F.normalize(network(torch.from_numpy(samples.views[k][rows]).float()), dim=1) for k in (0, 1)), dim=1)

    network.eval()
    found = scorer.figures(embed)
    network.train()
    return found


def train(args: argparse.Namespace, report: Callable[[str], None] = tqdm.write) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = Accelerator().device
    root, cache, started = sets.folder(args.data), Path(args.cache), time.monotonic()
    listed = pictures(root)
    stored, texts = gathered(root, cache, listed), Texts(listed, cache)
    samples, scorer = Samples(listed, stored, texts, cache, args.seed), Scorer(listed, stored, cache)
    network = Perceptron(*samples.spread()).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, args.steps)
    for step in tqdm(range(args.steps), mininterval=10):
        loss = loss_of(network, samples.next(), texts, device)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % args.every == args.every - 1:
            report(json.dumps({"step": step + 1, "loss": round(loss.item(), 3), **scored(network.cpu(), samples, scorer)}))
    save_file(network.cpu().eval().folded(), args.out)
    report(json.dumps({"seconds": round(time.monotonic() - started), **scored(network, samples, scorer)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia/training", type=lambda given: Path(given).expanduser())
    parser.add_argument("--out", default="retrieval/embedders/senses_gradients.safetensors")
    parser.add_argument("--steps", type=int, default=3500)
    parser.add_argument("--every", type=int, default=300, help="steps between scores")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=7)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
