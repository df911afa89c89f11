"""SpriteDenoiser: what a noisy code was before the noise, given the words. A mixture-density network in the place of diffusers' UNet.

The words (MiniLM's tokens, averaged) say how likely each of the taught concepts is; each concept has an expected code in each style.
Around each lies what that does not explain (a variance a component); around all lies the spread of drawings in general, which an empty
prompt, or a picture that no concept explains, falls back to. From these the expectation of the clean code given the noisy one follows
exactly, at every noise level, which is what the denoiser of a diffusion model approximates; a handful of steps is therefore enough, and
words between two concepts give one or the other, by the noise, never a blend.
"""

# mypy: disable-error-code="misc, no-untyped-call, untyped-decorator, attr-defined, no-any-return"
# torch and diffusers declare few types

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.unets.unet_2d_condition import UNet2DConditionOutput
from torch import Tensor, nn


def kept(timestep: Tensor, steps: int) -> Tensor:
    """How much of the clean code's variance is left at `timestep`: the cosine schedule (`squaredcos_cap_v2`)."""

    def bar(time: Tensor) -> Tensor:
        return torch.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2

    return (bar((timestep.float() + 1) / steps) / bar(torch.zeros(()))).clamp(1e-6, 1.0)


def _guidance(embedded: Tensor | None, like: Tensor) -> Tensor:
    """The guidance scale that the pipeline embedded as sines and cosines, shape (b, 1, 1); 1 without any.

    The lowest frequency turns a tenth of a radian a unit, so its angle gives the scale back.
    """
    if embedded is None:
        return like.new_ones(len(like), 1, 1)
    half = embedded.shape[1] // 2
    angle = torch.atan2(embedded[:, half - 1], embedded[:, 2 * half - 1])
    return (1 + angle * 10).clamp(min=0).to(like)[:, None, None]


class SpriteDenoiser(ModelMixin, ConfigMixin):
    """Predicts the clean code (`prediction_type` "sample")."""

    @register_to_config
    def __init__(
        self, in_channels: int = 1024, sample_size: int = 1, cross_attention_dim: int = 384, concepts: int = 948, styles: int = 3,
        train_steps: int = 1000, general: float = 1e-4, considered: int = 4, time_cond_proj_dim: int = 16,
    ) -> None:  # fmt: skip
        """`general` is the share of drawings that are not as the words say; only the `considered` likeliest concepts count;
        `time_cond_proj_dim` tells the pipeline that the denoiser applies the guidance itself, in one pass."""
        super().__init__()
        self.read = nn.Linear(cross_attention_dim, concepts)
        self.codes = nn.Parameter(torch.zeros(concepts, styles, in_channels))
        """The expected code of each concept in each style."""
        self.unexplained = nn.Parameter(torch.ones(in_channels))
        """Variance of a drawing about what its words and style make one expect."""
        self.spread = nn.Parameter(torch.ones(in_channels))
        """Variance of all drawings."""

    def forward(
        self, sample: Tensor, timestep: Any, encoder_hidden_states: Tensor, timestep_cond: Tensor | None = None,
        cross_attention_kwargs: dict[str, Any] | None = None, added_cond_kwargs: dict[str, Any] | None = None, return_dict: bool = True,
    ) -> Any:  # fmt: skip
        """`encoder_hidden_states` are token vectors (zero where padded), then a row with what `SpriteTextEncoder` read of the style."""
        noisy = sample.flatten(1)
        times = torch.as_tensor(timestep, device=sample.device).expand(len(noisy))
        signal = kept(times, self.config.train_steps).to(noisy)[:, None, None]
        noise = 1 - signal
        words, switch = encoder_hidden_states[:, :-1].to(noisy), encoder_hidden_states[:, -1].to(noisy)
        likely, which = self.read(F.normalize(words.sum(1), dim=-1, eps=1e-6)).log_softmax(-1).topk(self.config.considered, -1)
        middles, widths = self._guided(self.codes[which].to(noisy).flatten(1, 2), _guidance(timestep_cond, noisy))
        seen = signal * widths + noise
        away = noisy[:, None] - signal.sqrt() * middles
        fit = -0.5 * (away**2 / seen + seen.log()).sum(-1)
        share = torch.softmax(fit + self._prior(likely, switch), -1)
        clean = middles + signal.sqrt() * widths / seen * away
        result = (share[..., None] * clean).sum(1).view_as(sample)
        return UNet2DConditionOutput(sample=result) if return_dict else (result,)

    def _guided(self, expected: Tensor, guidance: Tensor) -> tuple[Tensor, Tensor]:
        """Middles and variances of the expected codes and of drawings in general, each (b, expected + 1, channels).

        Classifier-free guidance is p(drawing | words)^g / p(drawing)^(g - 1); of two bell curves that is a bell curve again, so it is
        applied exactly, instead of by stretching the difference of two predictions.
        """
        narrow, wide = 1 / self.unexplained, 1 / self.spread
        precision = (guidance * narrow + (1 - guidance) * wide).clamp(min=1e-6)
        middles = guidance * narrow / precision * expected
        widths = (1 / precision).expand_as(expected)
        return torch.cat([middles, torch.zeros_like(middles[:, :1])], 1), torch.cat([widths, self.spread.expand_as(widths[:, :1])], 1)

    def _prior(self, likely: Tensor, switch: Tensor) -> Tensor:
        """Logarithm of what is expected before a look at the noisy code: each likely concept in the named style, or in any; without
        words, drawings in general.
        """
        styles = self.config.styles
        named, empty = switch[:, :styles], switch[:, styles : styles + 1]
        share = torch.where(named.sum(1, keepdim=True) > 0, named, torch.ones_like(named) / styles)
        general = torch.where(empty > 0, torch.ones_like(empty), torch.full_like(empty, self.config.general))
        concepts = (likely.softmax(-1)[..., None] * share[:, None]).flatten(1)
        return torch.cat([concepts * (1 - general), general], 1).clamp(min=1e-30).log()
