"""The sound network in torch, and its weights as they ship; `retrieval/embedders/_residual_graph.py` runs them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

WIDTHS = (24, 48, 96, 192)


class Block(nn.Module):
    """Two 3x3 convolutions and a way around them (He et al. 2016), pooled where the size halves (ResNet-D)."""

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
    """Windows (n, 1, MELS, FRAMES) -> vectors (n, 384), not yet of unit length, and pooled features (n, width)."""

    def __init__(self, dimension: int = 384) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, WIDTHS[0], 7, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(WIDTHS[0])
        self.blocks = nn.Sequential(*(Block(given, width) for given, width in zip((WIDTHS[0], *WIDTHS), WIDTHS, strict=False)))
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(WIDTHS[-1], dimension)
        self.imitate = nn.Linear(WIDTHS[-1], 1024)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        pooled = self.drop(self.blocks(F.relu(self.norm(self.stem(x)))).mean((2, 3)))
        return self.head(pooled), self.imitate(pooled)


def folded(network: Network, prefix: str = "") -> dict[str, Tensor]:
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
    return {prefix + name: tensor.detach().half().contiguous().clone() for name, tensor in found.items()}
