"""SpriteTextEncoder and SpriteTokenizer: the words of a prompt as MiniLM's tokens, read from the installed package, never copied."""

# mypy: disable-error-code="misc, no-untyped-call, untyped-decorator, attr-defined, no-any-return"
# torch and diffusers declare few types

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import AutoTokenizer, BertConfig, BertModel, PreTrainedModel, PreTrainedTokenizerFast
from transformers.modeling_outputs import BaseModelOutput

from retrieval.embedders.minilm import model_directory

__all__ = ["PreTrainedModel", "PreTrainedTokenizerFast", "SpriteTextEncoder", "SpriteTokenizer"]
# diffusers asks this module which of its known bases a class has, so the bases are named here too

STYLES = ("noto", "3d", "flat")
"""The styles that can be asked for at the end of a prompt: "a cat, flat style"."""
MAX_TOKENS = 32


class SpriteTokenizer(PreTrainedTokenizerFast):
    """MiniLM's word pieces."""

    @classmethod
    def from_pretrained(cls, *args: Any, **options: Any) -> Any:
        """Whatever directory is named: the tokenizer of the installed package."""
        tokenizer = AutoTokenizer.from_pretrained(str(model_directory()))
        tokenizer.model_max_length = MAX_TOKENS
        return tokenizer


class SpriteTextEncoder(BertModel):
    """MiniLM; the words that name a style are read apart, so that they do not blur the noun.

    The output has one row a token (zero where padded, and where the style was named) and a last row that says which style was named,
    and whether there were any words at all.
    """

    @classmethod
    def from_pretrained(cls, *args: Any, **options: Any) -> SpriteTextEncoder:
        """Whatever directory is named: the weights of the installed package."""
        source = str(model_directory())
        known = {k: v for k, v in options.items() if k in ("dtype", "torch_dtype")}
        encoder: SpriteTextEncoder = super().from_pretrained(source, config=BertConfig.from_pretrained(source), **known)
        tokenizer = SpriteTokenizer.from_pretrained()
        encoder.style_tokens = [tokenizer(f", {s} style", add_special_tokens=False)["input_ids"] for s in STYLES]
        return encoder.eval()

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None, **_: Any) -> Any:
        """`attention_mask` is not needed: padding is known by its token."""
        mask = (input_ids != self.config.pad_token_id).long()
        switch = torch.zeros(len(input_ids), self.config.hidden_size, dtype=self.dtype, device=input_ids.device)
        for row, ids in enumerate(input_ids.tolist()):
            for style, wanted in enumerate(self.style_tokens):
                at = next((i for i in range(len(ids)) if ids[i : i + len(wanted)] == wanted), None)
                if at is not None:
                    mask[row, at : at + len(wanted)] = 0
                    switch[row, style] = 1
            switch[row, len(STYLES)] = float(mask[row].sum() <= 2)
        tokens = super().forward(input_ids=input_ids, attention_mask=mask).last_hidden_state * mask[..., None]
        return BaseModelOutput(last_hidden_state=torch.cat([tokens, switch[:, None]], 1))
