"""Stakes: the kinds of questions where a wrong answer can do harm, and what the operator wants done with each. Recognises nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["medical", "legal", "financial", "self_harm", "weapons"]
Policy = Literal["cite", "review", "decline", "help"]
Choice = Literal["cite", "review", "decline", "off"]
ORDER: tuple[Kind, ...] = ("self_harm", "weapons", "medical", "legal", "financial")
"""Which kind counts where words are of several."""


class HighStakes(BaseModel):
    """What is done with each kind; the group `[high_stakes]` of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    medical: Choice = "cite"
    """`cite`: only what a source says; `review`: a person decides first; `decline`: no answer; `off`: like any other question."""
    legal: Choice = "cite"
    financial: Choice = "cite"
    weapons: Choice = "decline"
    self_harm: Literal["help", "off"] = "help"
    """`help`: the fixed text with where to find people. Who plainly speaks of taking their own life gets it in any case."""

    def policy(self, kind: Kind) -> Policy | None:
        """What is done with a kind; None for nothing."""
        chosen = getattr(self, kind)
        return None if chosen == "off" else chosen


class Stakes(BaseModel):
    """What a turn is about, and what is done with it."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    policy: Policy
