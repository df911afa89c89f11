"""Trains the picture half of the joint space: a small residual network whose vectors meet MiniLM's vectors of the picture's words.

The text tower is locked (LiT, Zhai et al. 2022). Each picture is told from all labels and a sample of other texts by a softmax (CLIP,
Radford et al. 2021, with a bank in place of a large batch); texts that mean nearly the same are not counted as wrong. Photographs also
imitate a teacher's features. Drawings are tinted and laid on coloured grounds, and the right one of twelve colour phrases must be found.

    python training/train_image_encoder.py --data DIR --minutes 90

Resumes from its checkpoint. The learning rate follows the share of the minutes that has passed, so a slower machine takes fewer steps.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

from retrieval.content import Content
from retrieval.embedders.minilm import create as create_minilm
from training import data as sets
from training.image_text_pairs import SIDE as STORED
from training.image_text_pairs import TINTS, Picture, article, gathered, grounded_texts, pictures, tinted_texts
from training.teacher_features import features

WIDTHS, DEPTHS = (48, 96, 192, 384), (2, 2, 2, 2)
SIDE, EARLY_SIDE, EARLY_SHARE = 64, 48, 0.6
MEAN, STD = 0.5, 0.25
BATCH, RATE, DECAY = 96, 1.5e-3, 0.05
RANDOM_TEXTS = 768
KINDS = (0.6, 0.28, 0.12)
"""How often a picture is shown with its label, a caption, a keyword."""
ALIKE = 0.8
"""Cosine of two texts above which one is no wrong answer for the other."""
NOT_DRAWN = ("flag:", "button", "keycap")


class Block(nn.Module):
    """Two 3x3 convolutions and a way around them (He et al. 2016), the way around pooled where the size halves (ResNet-D)."""

    def __init__(self, given: int, width: int) -> None:
        super().__init__()
        halves = given != width
        self.conv1 = nn.Conv2d(given, width, 3, 2 if halves else 1, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if halves else None
        self.shortcut = nn.Conv2d(given, width, 1, bias=False) if halves else None
        self.norm3 = nn.BatchNorm2d(width) if halves else None
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x: Tensor) -> Tensor:
        around = self.norm3(self.shortcut(self.pool(x))) if self.pool else x
        return F.relu(self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))) + around)


class Network(nn.Module):
    """Pictures (n, 3, side, side) -> vectors (n, 384), not yet of unit length, and pooled features (n, 384)."""

    def __init__(self, dimension: int = 384) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 7, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(WIDTHS[0])
        given, blocks = WIDTHS[0], []
        for width, depth in zip(WIDTHS, DEPTHS, strict=True):
            for _ in range(depth):
                blocks.append(Block(given, width))
                given = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(given, dimension)
        self.imitate = nn.Linear(given, 1024)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        pooled = self.blocks(F.relu(self.norm(self.stem(x)))).mean((2, 3))
        return self.head(pooled), pooled


class Texts:
    """All words of all pictures as unit vectors, and which of them belong to whom."""

    def __init__(self, listed: list[Picture], cache: Path) -> None:
        self._places: dict[str, int] = {}
        self.own = [[[self._place(t) for t in kind] for kind in ((one.label,), one.captions, one.keywords)] for one in listed]
        trained = {one.label: one.photo for one in listed if not one.held and (one.photo or one.set.endswith("emoji"))}
        self.labels = torch.tensor(sorted({self._place(label) for label in trained} | {
            self._place(f"a photo of {article(label)}") for label, photo in trained.items() if photo}))  # fmt: skip
        coloured = [one.label for one in listed if one.set.endswith("emoji") and not any(word in one.label for word in NOT_DRAWN)]
        self.tints = {label: [self._place(t) for t in tinted_texts(label)] for label in dict.fromkeys(coloured)}
        self.grounds = {label: [self._place(t) for t in grounded_texts(label)] for label in dict.fromkeys(coloured)}
        self.vectors = torch.from_numpy(_vectors(list(self._places), cache))

    def _place(self, text: str) -> int:
        return self._places.setdefault(text, len(self._places))


def _vectors(texts: list[str], cache: Path) -> np.ndarray[Any, Any]:
    path = cache / f"texts_{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()[:12]}.npy"
    if not path.exists():
        embedder = create_minilm(cache)
        parts = [embedder.embed([Content.from_text(t) for t in texts[n : n + 512]]) for n in tqdm(range(0, len(texts), 512), desc="texts")]
        np.save(path, np.concatenate(parts).astype(np.float16))
    return np.load(path).astype(np.float32)


def _mix(batch: Tensor, low: float, high: float) -> Tensor:
    return torch.empty(len(batch), 1, 1, 1).uniform_(low, high)


def tinted(rgba: Tensor, colours: Tensor) -> Tensor:
    """Premultiplied drawings (n, 4, h, w) in one colour each (n, 3; 0..1): their light and dark stay."""
    alpha = rgba[:, 3:].clamp(min=1e-3)
    light = (rgba[:, :3] * torch.tensor([0.3, 0.59, 0.11]).view(1, 3, 1, 1)).sum(1, keepdim=True) / alpha
    ground = 0.35 + 0.75 * light
    return torch.cat([(colours[:, :, None, None] * ground).clamp(0, 1) * rgba[:, 3:], rgba[:, 3:]], 1)


def placed(rgba: Tensor, photo: Tensor, side: int) -> Tensor:
    """Turned, shifted, scaled and mirrored at random, at the size that is trained on. A photograph is cropped, a drawing may shrink."""
    count = len(rgba)
    zoom = torch.where(photo, torch.empty(count).uniform_(0.65, 1.0), torch.empty(count).uniform_(0.9, 1.25))
    stretch = torch.empty(count).uniform_(-0.08, 0.08).exp()
    turn = torch.empty(count).uniform_(-0.12, 0.12)
    mirror = torch.where(torch.rand(count) < 0.5, -1.0, 1.0)
    room = torch.where(photo, 1 - zoom, torch.full((count,), 0.06))
    cos, sin = turn.cos() * zoom, turn.sin() * zoom
    theta = torch.stack([
        torch.stack([cos * stretch * mirror, -sin / stretch, torch.empty(count).uniform_(-1, 1) * room], 1),
        torch.stack([sin * stretch * mirror, cos / stretch, torch.empty(count).uniform_(-1, 1) * room], 1),
    ], 1)  # fmt: skip
    grid = F.affine_grid(theta, [count, 4, side, side], align_corners=False)
    return F.grid_sample(rgba, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _palette() -> Tensor:
    return torch.tensor(list(TINTS.values())) / 255


def grounded(rgba: Tensor, wanted: Tensor) -> Tensor:
    """RGB on a ground: the wanted colour (an index, jittered), or at -1 mostly white, else any colour or a piece of another picture."""
    count, _, side, _ = rgba.shape
    chance = torch.rand(count)
    ground = torch.ones(count, 3)
    named = _palette()[torch.randint(len(TINTS), (count,))] + torch.randn(count, 3) * 0.06
    ground[chance > 0.75] = named[chance > 0.75]
    ground[chance > 0.9] = torch.rand(count, 3)[chance > 0.9]
    ground[wanted >= 0] = (_palette()[wanted.clamp(min=0)] + torch.randn(count, 3) * 0.05)[wanted >= 0]
    behind = ground.clamp(0, 1)[:, :, None, None].expand(count, 3, side, side).clone()
    other = (chance > 0.96) & (wanted < 0)
    behind[other] = (rgba[:, :3].roll(1, 0) + 1 - rgba[:, 3:].roll(1, 0))[other]
    return rgba[:, :3] + behind * (1 - rgba[:, 3:])


def jittered(rgb: Tensor, free: Tensor) -> Tensor:
    """Light, contrast and saturation at random where `free`; small pieces cut out."""
    loose = rgb * _mix(rgb, 0.8, 1.2)
    middle = loose.mean((2, 3), keepdim=True)
    loose = (loose - middle) * _mix(rgb, 0.8, 1.25) + middle
    grey = loose.mean(1, keepdim=True)
    loose = grey + (loose - grey) * _mix(rgb, 0.7, 1.3)
    rgb = torch.where(free.view(-1, 1, 1, 1), loose, rgb).clamp(0, 1)
    side = rgb.shape[-1]
    for n in torch.nonzero(torch.rand(len(rgb)) < 0.08).flatten().tolist():
        size = int(side * (0.15 + 0.25 * torch.rand(1).item()))
        top, left = torch.randint(side - size, (2,)).tolist()
        rgb[n, :, top : top + size, left : left + size] = torch.rand(3, 1, 1)
    return rgb


class Batches:
    """Endless batches: pictures with one of their texts each, some tinted, some on a named ground."""

    def __init__(self, listed: list[Picture], stored: np.ndarray[Any, Any], texts: Texts, teacher: np.ndarray[Any, Any], seed: int) -> None:
        self._listed, self._stored, self._texts, self._teacher = listed, stored, texts, teacher
        self._random = np.random.default_rng(seed)
        trained = np.array([n for n, one in enumerate(listed) if not one.held])
        weight = np.array([_weight(listed[n]) for n in trained])
        self._trained, self._chance = trained, weight / weight.sum()

    def next(self, side: int) -> tuple[Tensor, Tensor, Tensor, list[tuple[int, list[int], int]]]:
        """RGB (n, 3, side, side), text places (n,), teacher's features (n, 1024), (row, twelve texts, right one) of colour tasks."""
        chosen = self._random.choice(self._trained, BATCH, p=self._chance)
        rgba = torch.from_numpy(self._stored[np.sort(chosen)].astype(np.float32) / 255).permute(0, 3, 1, 2)
        chosen = np.sort(chosen)
        places, wanted, tints, tasks = [], torch.full((BATCH,), -1), torch.full((BATCH,), -1), []
        for row, n in enumerate(chosen):
            label, own = self._listed[n].label, self._texts.own[n]
            of_kind = own[int(self._random.choice(3, p=KINDS))] or own[0]
            place, chance, colour = int(self._random.choice(of_kind)), self._random.random(), int(self._random.integers(len(TINTS)))
            if label in self._texts.tints and not self._listed[n].photo and chance < 0.2:
                of = self._texts.tints if chance < 0.1 else self._texts.grounds
                (tints if chance < 0.1 else wanted)[row] = colour
                place = of[label][colour]
                tasks.append((row, of[label], colour))
            places.append(place)
        some = tints >= 0
        rgba[some] = tinted(rgba[some], _palette()[tints[some]])
        photo = torch.tensor([self._listed[n].photo for n in chosen])
        rgb = jittered(grounded(placed(rgba, photo, side), wanted), (tints < 0) & (wanted < 0))
        return (rgb - MEAN) / STD, torch.tensor(places), torch.from_numpy(self._teacher[chosen].astype(np.float32)), tasks


def _weight(one: Picture) -> float:
    if one.set.endswith("caltech101"):
        return 2.4
    if one.photo:
        return 1.3 if "grocery" not in one.set else 0.8
    return 1.6 if one.set.endswith("emoji") else 0.7


def loss_of(network: Network, scale: Tensor, batch: tuple[Any, ...], texts: Texts, centre: Tensor, device: torch.device) -> Tensor:
    """Words by softmax over labels and a sample of other texts, both ways; colours by softmax over twelve; the teacher by cosine."""
    rgb, places, teacher, tasks = batch
    vectors, pooled = network(rgb.to(device).contiguous(memory_format=torch.channels_last))
    vectors = F.normalize(vectors, dim=1)
    own = texts.vectors[places].to(device)
    others = texts.vectors[torch.cat([texts.labels, torch.randint(len(texts.vectors), (RANDOM_TEXTS,))])].to(device)
    temperature = scale.exp().clamp(max=70)
    same = own @ others.T
    logits = torch.cat([(vectors * own).sum(1, keepdim=True), (vectors @ others.T).masked_fill(same > ALIKE, -1)], 1) * temperature
    words = F.cross_entropy(logits, torch.zeros(len(rgb), dtype=torch.long, device=device), label_smoothing=0.02)
    alike = (own @ own.T > ALIKE) & ~torch.eye(len(rgb), dtype=torch.bool, device=device)
    back = F.cross_entropy(((own @ vectors.T) * temperature).masked_fill(alike, -100), torch.arange(len(rgb), device=device))
    loss = words + 0.3 * back
    seen = teacher.abs().sum(1) > 0
    if seen.any():
        target = F.normalize(teacher[seen].to(device) - centre, dim=1)
        loss = loss + 1.5 * (1 - F.cosine_similarity(network.imitate(pooled[seen.to(device)]), target)).mean() * seen.float().mean()
    if tasks:
        rows = torch.tensor([row for row, _, _ in tasks], device=device)
        twelve = texts.vectors[torch.tensor([t for _, t, _ in tasks])].to(device)
        right = torch.tensor([colour for _, _, colour in tasks], device=device)
        guess = (vectors[rows][:, None] * twelve).sum(2) * temperature
        loss = loss + F.cross_entropy(guess, right) * len(tasks) / len(rgb) * 1.5
    return loss


def folded(network: Network) -> dict[str, Tensor]:
    """The weights as they ship: batch norm folded into the convolution before it, fp16."""

    def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
        gain = norm.weight / (norm.running_var + norm.eps).sqrt()
        return conv.weight * gain.view(-1, 1, 1, 1), norm.bias - norm.running_mean * gain

    found: dict[str, Tensor] = {}
    found["stem.weight"], found["stem.bias"] = fold(network.stem, network.norm)
    for n, block in enumerate(network.blocks):
        for name, conv, norm in (("conv1", block.conv1, block.norm1), ("conv2", block.conv2, block.norm2)):
            found[f"blocks.{n}.{name}.weight"], found[f"blocks.{n}.{name}.bias"] = fold(conv, norm)
        if block.shortcut is not None:
            found[f"blocks.{n}.shortcut.weight"], found[f"blocks.{n}.shortcut.bias"] = fold(block.shortcut, block.norm3)
    found["head.weight"], found["head.bias"] = network.head.weight, network.head.bias
    return {name: tensor.detach().half().contiguous().clone() for name, tensor in found.items()}


class Scorer:
    """Quick figures on pictures that were kept back, while it trains."""

    def __init__(self, listed: list[Picture], stored: np.ndarray[Any, Any], cache: Path) -> None:
        self._stored = stored
        held = [(n, one) for n, one in enumerate(listed) if one.held]
        self._photos = [(n, one) for n, one in held if one.set.endswith("caltech101")]
        self._style = [(n, one) for n, one in held if f"{sets.STYLE_LEFT_OUT}_" in one.file]
        self._new = [(n, one) for n, one in held if one.set.endswith("emoji") and f"{sets.STYLE_LEFT_OUT}_" not in one.file]
        self._classes = sorted({one.label for one in listed if one.set.endswith("caltech101")})
        self._concepts = sorted({one.label for one in listed if one.set.endswith("emoji")})
        self._class_vectors = torch.from_numpy(_vectors([f"a photo of {article(c)}" for c in self._classes], cache))
        self._concept_vectors = torch.from_numpy(_vectors(self._concepts, cache))

    def __call__(self, network: Network, side: int = SIDE) -> dict[str, float]:
        network.eval()
        found = self.figures(lambda rows: self._embed(network, rows, side))
        network.train()
        return found

    def figures(self, embed: Callable[[list[int]], Tensor]) -> dict[str, float]:
        """The figures of an encoder that maps rows to unit vectors."""
        photos, style, new = (embed([place for place, _ in chosen]) for chosen in (self._photos, self._style, self._new))
        ranks = (photos @ self._class_vectors.T).argsort(1, descending=True)
        right = torch.tensor([self._classes.index(one.label) for _, one in self._photos])
        return {
            "caltech_top1": (ranks[:, 0] == right).float().mean().item(),
            "caltech_top5": (ranks[:, :5] == right[:, None]).any(1).float().mean().item(),
            "style_recall5": self._found(style, self._style), "new_recall5": self._found(new, self._new),
        }  # fmt: skip

    def _found(self, vectors: Tensor, chosen: list[tuple[int, Picture]]) -> float:
        """Picture -> its own name among all concepts' names, in the first five."""
        ranks = (vectors @ self._concept_vectors.T).topk(5, 1).indices
        right = torch.tensor([self._concepts.index(one.label) for _, one in chosen])
        return (ranks == right[:, None]).any(1).float().mean().item()

    @torch.no_grad()
    def _embed(self, network: Network, rows: list[int], side: int) -> Tensor:
        parts = []
        for n in range(0, len(rows), 128):
            rgba = torch.from_numpy(self._stored[rows[n : n + 128]].astype(np.float32) / 255).permute(0, 3, 1, 2)
            rgb = F.interpolate(rgba[:, :3] + 1 - rgba[:, 3:], (side, side), mode="bilinear", antialias=True, align_corners=False)
            parts.append(F.normalize(network((rgb - MEAN) / STD)[0], dim=1))
        return torch.cat(parts)


def _steps(minutes: float, passed: float) -> Iterator[float]:
    """The share of the time that has passed, until it is all."""
    started = time.monotonic() - passed
    while (share := (time.monotonic() - started) / (minutes * 60)) < 1:
        yield share


def _averaged(average: Tensor, now: Tensor, count: Tensor) -> Tensor:
    """Exponential mean over some 500 steps, over fewer at the beginning."""
    return average.lerp(now, 1 - min(0.998, (1 + int(count)) / (10 + int(count)))) if average.is_floating_point() else now


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    device = Accelerator().device
    root, cache = sets.folder(args.data), Path(args.cache)
    listed = pictures(root)
    stored, teacher, texts = gathered(root, cache, listed), features(root, cache, listed), Texts(listed, cache)
    centre = torch.from_numpy(teacher[teacher.any(1)].astype(np.float32).mean(0)).to(device)
    batches, scorer = Batches(listed, stored, texts, teacher, args.seed + int(time.time()) % 1000), Scorer(listed, stored, cache)
    network = Network().to(device).to(memory_format=torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(network, avg_fn=_averaged, use_buffers=True)
    scale = nn.Parameter(torch.tensor(math.log(20.0), device=device))
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [*(p for p in network.parameters() if p.ndim <= 1), scale]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0}], lr=RATE)
    checkpoint, passed, step = cache / "image_encoder.pt", 0.0, 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(state["network"]), average.load_state_dict(state["average"]), optimizer.load_state_dict(state["optimizer"])
        scale.data, passed, step = state["scale"], state["passed"], state["step"]
    bar, saved, started = (
        tqdm(total=round(args.minutes * 60), initial=round(passed), unit="s", mininterval=10),
        time.monotonic(),
        time.monotonic() - passed,
    )
    for share in _steps(args.minutes, passed):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 400) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-5
        loss = loss_of(network, scale, batches.next(EARLY_SIDE if share < EARLY_SHARE else SIDE), texts, centre, device)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(network)
        step += 1
        bar.set_postfix(step=step, loss=f"{loss.item():.3f}", refresh=False)
        bar.n = round(time.monotonic() - started)
        bar.update(0)
        if time.monotonic() - saved > args.every * 60:
            passed = time.monotonic() - started
            torch.save({"network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                        "scale": scale.data, "passed": passed, "step": step}, checkpoint)  # fmt: skip
            ship(average.module, Path(args.out))
            tqdm.write(json.dumps({"step": step, "share": round(share, 3), "loss": round(loss.item(), 3), **scorer(average.module)}))
            saved = time.monotonic()
    ship(average.module, Path(args.out))
    torch.save({"network": network.state_dict(), "average": average.state_dict(), "optimizer": optimizer.state_dict(),
                "scale": scale.data, "passed": args.minutes * 60, "step": step}, checkpoint)  # fmt: skip
    for side in (SIDE, 72, STORED):
        tqdm.write(json.dumps({"side": side, "steps": step, **scorer(average.module, side)}))


def ship(network: Network, path: Path) -> None:
    """Write the weights as the service reads them."""
    save_file(folded(network), path, metadata={"side": str(SIDE), "mean": str(MEAN), "std": str(STD)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia/training", type=lambda given: Path(given).expanduser())
    parser.add_argument("--out", default="retrieval/embedders/senses_image.safetensors")
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--every", type=float, default=6, help="minutes between checkpoints")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--seed", type=int, default=7)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
