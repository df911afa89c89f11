"""Trains the picture half of the joint space: a perceptron over edges, textures and colours whose vectors meet MiniLM's of the words.

The text tower is locked (LiT, Zhai et al. 2022). Each picture is told from all labels and a sample of other texts by a softmax (CLIP,
Radford et al. 2021, with a bank in place of a large batch); texts that mean nearly the same are not counted as wrong. Drawings are also
tinted and laid on coloured grounds, and the right one of twelve colour phrases must be found. Convolution networks of 4 M parameters were
tried at the same cost and were worse: two cores show them too few pictures. Every view of every picture is described once (`_gradients.py`)
and kept; the perceptron then learns from the kept numbers.

    python training/train_image_encoder.py --data DIR --steps 3000
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from retrieval.embedders._gradients import SIDE, described, mirror
from training import data as sets
from training.image_text_pairs import TINTS, Picture, gathered, pictures
from training.image_views import grounded, jittered, palette, placed, tinted
from training.image_words import Scorer, Texts

HIDDEN, BATCH, RATE, DECAY, DROPOUT, NOISE = 2560, 512, 2e-3, 0.05, 0.4, 0.1
SCALE = 30.0
"""Factor on the cosine before the softmax."""
RANDOM_TEXTS = 768
ALIKE = 0.8
"""Cosine of two texts above which one is no wrong answer for the other."""
KINDS = {True: (0.6, 0.4, 0.0), False: (0.85, 0.12, 0.03)}
"""How often a photograph, a drawing is shown with its label, a caption, a keyword. More keywords make names worse."""
VIEWS = {"plain": 0.28, "placed": 0.17, "placed_2": 0.17, "placed_3": 0.17, "tinted": 0.07, "grounded": 0.07, "grounded_2": 0.07}
"""How often each view is learned from. Every one is mirrored half of the time; only emoji have the coloured ones."""
COLOURED = tuple(name for name in VIEWS if name.startswith(("tinted", "grounded")))
Tasks = list[tuple[int, list[int], int]]


class Perceptron(nn.Module):
    """Numbers (n, given) -> vectors (n, 384), not yet of unit length."""

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.hidden = nn.Linear(len(mean), HIDDEN)
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


def shown(view: str, rgba: Tensor, photo: Tensor, colours: Tensor) -> Tensor:
    """RGB (n, 3, SIDE, SIDE) of premultiplied pictures (n, 4, SIDE, SIDE) in one view."""
    if view == "plain":
        return rgba[:, :3] + 1 - rgba[:, 3:]
    if view == "tinted":
        rgba = tinted(rgba, palette()[colours])
    ground = colours if view.startswith("grounded") else torch.full((len(rgba),), -1)
    rgb = grounded(placed(rgba, photo, SIDE), ground)
    return jittered(rgb, torch.full((len(rgba),), view.startswith("placed")))


def _numbers(part: tuple[int, np.ndarray], view: str, stored: Path, photo: np.ndarray, colours: np.ndarray, seed: int) -> np.ndarray:
    start, rows = part
    torch.set_num_threads(1)
    torch.manual_seed(seed + start)
    rgba = torch.from_numpy(np.load(stored, mmap_mode="r", allow_pickle=False)[rows].astype(np.float32) / 255).permute(0, 3, 1, 2)
    rgb = shown(view, rgba, torch.from_numpy(photo[rows]), torch.from_numpy(colours[rows]))
    return described(np.ascontiguousarray(rgb.permute(0, 2, 3, 1).numpy())).astype(np.float16)


def numbers(view: str, stored: Path, photo: np.ndarray, rows: np.ndarray, colours: np.ndarray, cache: Path, workers: int) -> np.ndarray:
    """The numbers of one view of `rows`, shape (len(rows), count); made once (8 ms a picture) and then read from `cache`."""
    path = cache / f"numbers_{view}_{len(rows)}.npy"
    if not path.exists():
        parts = [(start, rows[start : start + 128]) for start in range(0, len(rows), 128)]
        of = partial(_numbers, view=view, stored=stored, photo=photo, colours=colours, seed=list(VIEWS).index(view) * 1_000_003)
        with get_context("spawn").Pool(workers) as pool:
            found = np.concatenate(list(tqdm(pool.imap(of, parts), desc=view, total=len(parts), mininterval=5)))
        np.save(path, found)
    return np.load(path, mmap_mode="r", allow_pickle=False)


def weight(one: Picture) -> float:
    """How often a picture is drawn for a batch, relative to others."""
    if one.set.endswith("caltech101"):
        return 2.4
    if one.photo:
        return 1.3 if "grocery" not in one.set else 0.8
    return 1.6 if one.set.endswith("emoji") else 0.7


class Samples:
    """Batches of kept numbers with a text each, and the twelve colour phrases where a view has a colour."""

    def __init__(self, listed: list[Picture], stored: Path, texts: Texts, cache: Path, seed: int, workers: int) -> None:
        self._random = np.random.default_rng(seed)
        self._listed, self._texts = listed, texts
        photo = np.array([one.photo for one in listed])
        self._colours = {view: self._random.integers(len(TINTS), size=len(listed)) for view in COLOURED}
        coloured = np.array([n for n, one in enumerate(listed) if one.label in texts.tints and one.set.endswith("emoji")])
        self._place = np.full(len(listed), -1)
        self._place[coloured] = np.arange(len(coloured))
        none, everything = np.full(len(listed), -1), np.arange(len(listed))
        self.views = {
            view: numbers(view, stored, photo, coloured if view in COLOURED else everything, self._colours.get(view, none), cache, workers)
            for view in VIEWS
        }
        self._trained = np.array([n for n, one in enumerate(listed) if not one.held])
        chance = np.array([weight(listed[n]) for n in self._trained])
        self._chance = chance / chance.sum()

    def spread(self) -> tuple[Tensor, Tensor]:
        """Mean and spread of the numbers over what is trained on."""
        known = torch.from_numpy(self.views["plain"][self._trained[::4]]).float()
        deviation = known.std(0)
        return known.mean(0), deviation + 0.05 * deviation.mean()

    def next(self) -> tuple[Tensor, Tensor, Tasks]:
        """Numbers (BATCH, count), text places, and (row, twelve texts, right one) of the colour tasks."""
        chosen = self._random.choice(self._trained, BATCH, p=self._chance)
        views = self._random.choice(list(VIEWS), BATCH, p=list(VIEWS.values()))
        given, places, tasks = [], [], []
        for row, (n, view) in enumerate(zip(chosen, views, strict=True)):
            if view in COLOURED and self._place[n] >= 0:
                phrases = (self._texts.tints if view == "tinted" else self._texts.grounds)[self._listed[n].label]
                colour = int(self._colours[view][n])
                tasks.append((row, phrases, colour))
                places.append(phrases[colour])
                given.append(self.views[view][self._place[n]])
            else:
                own = self._texts.own[n]
                places.append(int(self._random.choice(own[int(self._random.choice(3, p=KINDS[self._listed[n].photo]))] or own[0])))
                given.append(self.views["placed" if view in COLOURED else view][n])
        rows = np.stack(given)
        flipped = self._random.random(BATCH) < 0.5
        rows[flipped] = rows[flipped][:, mirror()]
        return torch.from_numpy(rows).float(), torch.tensor(places), tasks


def loss_of(network: nn.Module, batch: tuple[Tensor, Tensor, Tasks], texts: Texts, device: torch.device) -> Tensor:
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
        plain = np.asarray(samples.views["plain"][rows], np.float32)
        with torch.no_grad():
            return F.normalize(sum(F.normalize(network(torch.from_numpy(seen)), dim=1) for seen in (plain, plain[:, mirror()])), dim=1)

    network.eval()
    found = {name: round(value, 3) for name, value in scorer.figures(embed).items()}
    network.train()
    return found


def train(args: argparse.Namespace, report: Callable[[str], None] = tqdm.write) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = Accelerator().device
    root, cache, started = sets.folder(args.data), Path(args.cache), time.monotonic()
    listed = pictures(root)
    stored, texts = gathered(root, cache, listed), Texts(listed, cache)
    samples, scorer = Samples(listed, stored, texts, cache, args.seed, args.threads), Scorer(listed, cache)
    network = Perceptron(*samples.spread()).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, args.steps)
    checkpoint, done = cache / "image_encoder.pt", 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"]), optimizer.load_state_dict(state["optimizer"])
        schedule.load_state_dict(state["schedule"])
        done = state["step"]
    for step in tqdm(range(done, args.steps), initial=done, total=args.steps, mininterval=10):
        loss = loss_of(network, samples.next(), texts, device)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % args.every == args.every - 1:
            report(json.dumps({"step": step + 1, "loss": round(loss.item(), 3), **scored(network, samples, scorer)}))
            known = {"network": network.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
            torch.save(known | {"step": step + 1}, checkpoint)
    save_file(network.cpu().eval().folded(), args.out)
    report(json.dumps({"seconds": round(time.monotonic() - started), **scored(network, samples, scorer)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia/training", type=lambda given: Path(given).expanduser())
    parser.add_argument("--out", default="retrieval/embedders/senses_image.safetensors")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--every", type=int, default=300, help="steps between scores and checkpoints; an interrupted run goes on from one")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=7)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
