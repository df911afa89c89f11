"""Pictures shown in other ways, so that an encoder learns what stays: placed, tinted, on coloured grounds, in other light."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.image_text_pairs import TINTS


def palette() -> Tensor:
    """The twelve colours, shape (12, 3), 0 to 1."""
    return torch.tensor(list(TINTS.values())) / 255


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


def grounded(rgba: Tensor, wanted: Tensor) -> Tensor:
    """RGB on a ground: the wanted colour (an index, jittered), or at -1 mostly white, else any colour or a piece of another picture."""
    count, _, side, _ = rgba.shape
    chance = torch.rand(count)
    ground = torch.ones(count, 3)
    named = palette()[torch.randint(len(TINTS), (count,))] + torch.randn(count, 3) * 0.06
    ground[chance > 0.75] = named[chance > 0.75]
    ground[chance > 0.9] = torch.rand(count, 3)[chance > 0.9]
    ground[wanted >= 0] = (palette()[wanted.clamp(min=0)] + torch.randn(count, 3) * 0.05)[wanted >= 0]
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
