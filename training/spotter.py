"""The spotting network in torch, its losses, and how its weights are written for tools/spotting.py. Used by train_vqa.py."""

# ruff: noqa: E501 - tables and cards are one line each

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F
from tqdm import tqdm

from tools.spotting import LAYERS, STEP


def _block(before: int, after: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, size, stride, size // 2, bias=False), nn.BatchNorm2d(after))


class Spotter(nn.Module):
    """Layers a to h go down to a sixteenth, u and v come up to a quarter; see tools/spotting.py."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        w = width
        shape = {"a": (3, w), "b": (w, 2 * w), "c": (2 * w, 2 * w), "d": (2 * w, 4 * w), "e": (4 * w, 4 * w), "f": (4 * w, 8 * w),
                 "g": (8 * w, 8 * w), "h": (8 * w, 8 * w)}  # fmt: skip
        self.blocks = nn.ModuleDict({name: _block(*shape[name], stride=stride) for name, stride, _ in LAYERS})
        self.blocks.update({"u1": _block(8 * w, 4 * w, 1), "u2": _block(4 * w, 4 * w), "v1": _block(4 * w, 2 * w, 1), "v2": _block(2 * w, 2 * w),
                            "last": _block(2 * w, 3 * w)})  # fmt: skip
        self.out = nn.Conv2d(3 * w, 6, 1)
        nn.init.constant_(self.out.bias, 0.0)
        self.out.bias.data[0] = -3.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept = {}
        for name, _, skip in LAYERS:
            x = self.blocks[name](x)
            x = kept[name] = F.relu(x + kept[skip] if skip else x)
        for name, skip in (("u", "e"), ("v", "c")):
            x = F.interpolate(self.blocks[f"{name}1"](x), scale_factor=2, mode="nearest") + kept[skip]
            x = F.relu(self.blocks[f"{name}2"](x))
        return self.out(F.relu(self.blocks["last"](x)))


def targets(boxes: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heat (h, w), distances to the four edges (4, h, w) and where they count (h, w), from boxes in fractions of the square."""
    cells = side // STEP
    heat, reach, counts = (
        np.zeros((cells, cells), np.float32),
        np.zeros((4, cells, cells), np.float32),
        np.zeros((cells, cells), np.float32),
    )
    ys, xs = np.mgrid[:cells, :cells].astype(np.float32) + 0.5
    for box in sorted(boxes.tolist(), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1])):
        x0, y0, x1, y1 = (v * cells for v in box)
        cx, cy = int(min(cells - 1, (x0 + x1) / 2)) + 0.5, int(min(cells - 1, (y0 + y1) / 2)) + 0.5
        sx, sy = max(0.6, (x1 - x0) / 9), max(0.6, (y1 - y0) / 9)
        bump = np.exp(-((xs - cx) ** 2 / (2 * sx * sx) + (ys - cy) ** 2 / (2 * sy * sy)))
        heat = np.maximum(heat, bump)
        near = bump > 0.6
        reach[:, near] = np.stack([xs - x0, ys - y0, x1 - xs, y1 - ys])[:, near] / cells
        counts[near] = 1
    return heat, reach, counts


def loss_of(out: torch.Tensor, heat: torch.Tensor, reach: torch.Tensor, counts: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """Focal loss of the centres, L1 of the edges, cross-entropy of the mask."""
    log_yes, log_no = F.logsigmoid(out[:, 0]), F.logsigmoid(-out[:, 0])
    yes = heat > 0.999
    share = out[:, 0].sigmoid()
    focal = -torch.where(yes, (1 - share) ** 2 * log_yes, (1 - heat) ** 4 * share**2 * log_no).sum() / yes.sum().clamp(min=1)
    edges = ((out[:, 1:5] - reach).abs() * counts[:, None]).sum() / counts.sum().clamp(min=1) / 4
    total = focal + 12 * edges
    if mask is not None:
        total = total + F.binary_cross_entropy_with_logits(out[:, 5], mask)
    return total


def fit(
    samples: dict[str, np.ndarray], *, width: int, side: int, epochs: int, batch: int, seed: int, checkpoint: Path, rate: float = 3e-3
) -> tuple[Spotter, float]:
    """Trains on uint8 squares with their targets. Goes on where `checkpoint` left off. Gives the network and the seconds it took."""
    from accelerate import Accelerator

    device = Accelerator().device
    torch.manual_seed(seed)
    net = Spotter(width).to(device).to(memory_format=torch.channels_last)
    steps = epochs * (len(samples["pictures"]) // batch)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps + 1, pct_start=0.1)
    first, spent = 0, 0.0
    if checkpoint.is_file():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"]), optimiser.load_state_dict(state["optimiser"]), schedule.load_state_dict(state["schedule"])
        first, spent = state["epoch"], state["seconds"]
    for epoch in range(first, epochs):
        began = time.time()
        dice = np.random.default_rng(seed + epoch)
        order = dice.permutation(len(samples["pictures"]))
        net.train()
        bar = tqdm(range(0, len(order) - batch + 1, batch), desc=f"epoch {epoch + 1}/{epochs}", mininterval=10)
        for start in bar:
            chosen = np.sort(order[start : start + batch])
            part = [torch.from_numpy(samples[k][chosen]) for k in ("pictures", "heat", "reach", "counts", "mask")]
            x, heat, reach, counts, mask = (p.to(device).float() for p in part)
            x = x.permute(0, 3, 1, 2) / 127.5 - 1
            if dice.random() < 0.5:
                x, heat, counts, mask = (t.flip(-1) for t in (x, heat, counts, mask))
                reach = reach.flip(-1)[:, [2, 1, 0, 3]]
            x = jitter(x, dice).to(memory_format=torch.channels_last)
            loss = loss_of(net(x), heat, reach / 255, counts, mask / 255)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            bar.set_postfix(loss=f"{loss.item():.3f}")
        spent += time.time() - began
        state = {
            "net": net.state_dict(),
            "optimiser": optimiser.state_dict(),
            "schedule": schedule.state_dict(),
            "epoch": epoch + 1,
            "seconds": spent,
        }
        torch.save(state, checkpoint)
    return net.eval().cpu(), spent


def jitter(x: torch.Tensor, dice: np.random.Generator) -> torch.Tensor:
    """Other light, contrast and colour for every picture, some noise for some."""
    n = len(x)
    gain = torch.from_numpy(dice.uniform(0.75, 1.25, (n, 3, 1, 1)).astype(np.float32) ** 0.7)
    shift = torch.from_numpy(dice.uniform(-0.15, 0.15, (n, 1, 1, 1)).astype(np.float32))
    x = x * gain.to(x) + shift.to(x)
    if dice.random() < 0.3:
        x = x + torch.randn_like(x) * float(dice.uniform(0.01, 0.08))
    return x.clamp(-1, 1)


def save(net: Spotter, path: Path, side: int) -> int:
    """Writes the weights with batch normalisation folded in, half precision. Gives their number."""
    tensors: dict[str, np.ndarray] = {}
    for name, (convolution, norm) in net.blocks.items():
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        tensors[f"{name}.weight"] = (convolution.weight * scale[:, None, None, None]).detach().numpy()
        tensors[f"{name}.bias"] = (norm.bias - norm.running_mean * scale).detach().numpy()
    tensors |= {"out.weight": net.out.weight.detach().numpy(), "out.bias": net.out.bias.detach().numpy()}
    save_file({k: np.ascontiguousarray(v, np.float16) for k, v in tensors.items()}, path, {"side": str(side)})
    return sum(v.size for v in tensors.values())


def options(description: str | None, out: Path, shown: tuple[str, int], epochs: int, width: int) -> argparse.Namespace:
    """The command line of a training; `shown` names what it is shown and how many. The cache folder is there and the threads are set."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument(
        "--cache", default="~/.cache/synesthesia/training", type=lambda given: Path(given).expanduser(),
        help="where the checkpoint lies; an interrupted run goes on from it",
    )  # fmt: skip
    parser.add_argument(f"--{shown[0]}", type=int, default=shown[1])
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--width", type=int, default=width)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    given.cache.mkdir(parents=True, exist_ok=True)
    return given


def write_card(path: Path, about: dict[str, Any]) -> None:
    """The card beside the weights: what is said about them, and what the file itself tells."""
    content = path.read_bytes()
    fixed = {
        "kind": "learned", "revision": "1", "sha256": hashlib.sha256(content).hexdigest(), "licence": "Apache-2.0", "bytes": len(content),
        "modalities": ["image"],
    }  # fmt: skip
    path.with_suffix(".card.json").write_text(json.dumps(about | fixed, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(about["scores"]))
