"""SpriteAutoencoder: a drawing with its transparency <-> 1,024 numbers, and back as clean pixels at twice the size it learned from.

Encoding is linear: low frequencies of brightness, opacity and two colour differences (DCT), then principal components. Decoding is its
inverse, then a small convolutional network that takes the ringing of the cut frequencies away, then one that doubles the size.
"""

# mypy: disable-error-code="misc, no-untyped-call, untyped-decorator, attr-defined, no-any-return"
# torch and diffusers declare few types

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.autoencoders.vae import DecoderOutput, DiagonalGaussianDistribution
from diffusers.models.modeling_outputs import AutoencoderKLOutput
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

LUMA = (0.299, 0.587, 0.114)


@lru_cache(maxsize=8)
def cosines(side: int, count: int) -> Tensor:
    """The first `count` vectors of the orthonormal DCT of `side` samples, shape (count, side)."""
    k, n = torch.arange(count, dtype=torch.float64)[:, None], torch.arange(side, dtype=torch.float64)[None]
    basis = torch.cos(torch.pi * (n + 0.5) * k / side) * (2 / side) ** 0.5
    basis[0] *= 0.5**0.5
    return basis.float()


@lru_cache(maxsize=8)
def low(count: int) -> Tensor:
    """Which of count x count frequencies are kept: those nearer than `count` to zero, as flat indices."""
    k = torch.arange(count)
    return torch.nonzero((k[:, None] ** 2 + k[None] ** 2 < count * count).flatten()).flatten()


def spread(picture: Tensor) -> Tensor:
    """RGBA (b, 4, h, w), colours multiplied by opacity, 0 to 1 -> brightness, opacity, blue and red difference."""
    red, green, blue, alpha = picture.unbind(1)
    light = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    return torch.stack([light, alpha, blue - light, red - light], 1)


def gather(channels: Tensor) -> Tensor:
    """The inverse of `spread`."""
    light, alpha, blue, red = channels.unbind(1)
    blue, red = blue + light, red + light
    green = (light - LUMA[0] * red - LUMA[2] * blue) / LUMA[1]
    return torch.stack([red, green, blue, alpha], 1)


class Frequencies:
    """Picture <-> its low frequencies as one vector."""

    def __init__(self, side: int, luma: int, chroma: int) -> None:
        self.side = side
        self.cuts = (luma, luma, chroma, chroma)
        self.size = sum(len(low(cut)) for cut in self.cuts)

    def analyse(self, picture: Tensor) -> Tensor:
        """(b, 4, side, side), colours multiplied by opacity -> (b, size)."""
        parts = []
        for channel, cut in zip(spread(picture).unbind(1), self.cuts, strict=True):
            basis = cosines(self.side, cut).to(channel)
            parts.append((basis @ channel @ basis.T).flatten(1)[:, low(cut).to(channel.device)])
        return torch.cat(parts, 1)

    def synthesise(self, vector: Tensor) -> Tensor:
        """The inverse, as far as low frequencies go."""
        channels, at = [], 0
        for cut in self.cuts:
            kept = low(cut).to(vector.device)
            square = vector.new_zeros(len(vector), cut * cut)
            square[:, kept] = vector[:, at : at + len(kept)]
            basis = cosines(self.side, cut).to(vector)
            channels.append(basis.T @ square.view(-1, cut, cut) @ basis)
            at += len(kept)
        return gather(torch.stack(channels, 1))


class Restorer(nn.Module):
    """Pixels -> the same pixels without ringing (`grow` 1), or twice as many (`grow` 2). It learns the difference to plain resampling."""

    def __init__(self, width: int, depth: int, grow: int) -> None:
        super().__init__()
        self.fold = 2 // grow
        self.grow = grow
        self.enter = nn.Conv2d(4 * self.fold**2, width, 3, padding=1)
        self.body = nn.ModuleList(
            nn.ModuleList([nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)]) for _ in range(depth)
        )
        self.leave = nn.Conv2d(width, 16, 3, padding=1)
        for weight in self.leave.parameters():
            nn.init.zeros_(weight)

    def forward(self, picture: Tensor) -> Tensor:
        """(b, 4, h, w) -> (b, 4, h * grow, w * grow), 0 to 1, no colour above its opacity."""
        plain = F.interpolate(picture, scale_factor=2, mode="bicubic", align_corners=False) if self.grow == 2 else picture
        x = self.enter(F.pixel_unshuffle(picture, self.fold) if self.fold > 1 else picture)
        for first, second in self.body:
            x = x + second(F.relu(first(F.relu(x))))
        return plain + F.pixel_shuffle(self.leave(F.relu(x)), 2)


def bounded(picture: Tensor) -> Tensor:
    """Opacity within 0 and 1, colours within 0 and opacity; opacity that is nearly 0 or 1 becomes so."""
    alpha = ((picture[:, 3:].clamp(0, 1) - 0.5) * 1.08 + 0.5).clamp(0, 1)
    return torch.cat([torch.minimum(picture[:, :3].clamp(min=0), alpha), alpha], 1)


class SpriteAutoencoder(ModelMixin, ConfigMixin):
    """The linear code and its decoder, with the call signature of diffusers' autoencoders; pictures are RGBA in -1 to 1."""

    @register_to_config
    def __init__(
        self, side: int = 96, luma: int = 48, chroma: int = 24, latent_channels: int = 1024, width: int = 24, depth: int = 2,
        scaling_factor: float = 1.0, block_out_channels: tuple[int, ...] = (4,) * 8, in_channels: int = 4, out_channels: int = 4,
    ) -> None:  # fmt: skip
        """`block_out_channels` only tells the pipeline that the whole picture (2 ** 7 = 128 pixels) is one place of the code."""
        super().__init__()
        self.frequencies = Frequencies(side, luma, chroma)
        self.mean = nn.Parameter(torch.zeros(self.frequencies.size))
        self.basis = nn.Parameter(torch.zeros(latent_channels, self.frequencies.size))
        self.scale = nn.Parameter(torch.ones(latent_channels))
        self.refine = Restorer(width, depth, 1)
        self.enlarge = Restorer(width, depth, 2)

    def project(self, picture: Tensor) -> Tensor:
        """Colours multiplied by opacity, 0 to 1, (b, 4, side, side) -> (b, latent)."""
        return (self.frequencies.analyse(picture) - self.mean) @ self.basis.T / self.scale

    def rough(self, latent: Tensor) -> Tensor:
        """(b, latent) -> what the linear code alone says, (b, 4, side, side)."""
        return self.frequencies.synthesise((latent * self.scale) @ self.basis + self.mean)

    def clean(self, latent: Tensor) -> Tensor:
        """(b, latent) -> (b, 4, 2 * side, 2 * side), colours multiplied by opacity, 0 to 1."""
        return bounded(self.enlarge(bounded(self.refine(self.rough(latent)))))

    def encode(self, x: Tensor, return_dict: bool = True) -> Any:
        """RGB or RGBA in -1 to 1, any size -> latent of shape (b, latent, 1, 1)."""
        picture = F.interpolate(x / 2 + 0.5, size=(self.config.side, self.config.side), mode="bilinear", antialias=True)
        alpha = picture[:, 3:] if picture.shape[1] == 4 else torch.ones_like(picture[:, :1])
        latent = self.project(torch.cat([picture[:, :3] * alpha, alpha], 1))[..., None, None]
        certain = DiagonalGaussianDistribution(torch.cat([latent, torch.full_like(latent, -30.0)], 1), deterministic=True)
        return AutoencoderKLOutput(latent_dist=certain) if return_dict else (certain,)

    def decode(self, z: Tensor, return_dict: bool = True, generator: Any = None) -> Any:
        """(b, latent, 1, 1) -> RGBA in -1 to 1, 2 * side pixels a side."""
        picture = self.clean(z.flatten(1))
        alpha = picture[:, 3:]
        colours = (picture[:, :3] / alpha.clamp(min=1 / 255)).clamp(0, 1)
        sample = torch.cat([colours, alpha], 1) * 2 - 1
        return DecoderOutput(sample=sample) if return_dict else (sample,)

    def forward(self, sample: Tensor) -> Tensor:
        """There and back."""
        result: Tensor = self.decode(self.encode(sample).latent_dist.mode()).sample
        return result
