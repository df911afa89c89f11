"""VisualQuestionAnswerer: a picture and a question in, an answer with the regions it rests on out. One file per back-end."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict

from retrieval.content import Content
from retrieval.items import Box, ModelCard


class Region(BaseModel):
    """A place in the picture and what is there."""

    model_config = ConfigDict(frozen=True)

    box: Box
    label: str
    """Recognised words, or what was found (`face`, `red circle`)."""
    confidence: float


class VisualAnswer(BaseModel):
    """An answer that holds to its evidence."""

    model_config = ConfigDict(frozen=True)

    text: str
    """A sentence in the asked language. Says that it is unsure when confidence is low."""
    confidence: float
    kind: str
    """text | colour | count | yes_no | object | scene | where | unknown: which question was understood; scene is all that is there."""
    regions: tuple[Region, ...] = ()
    value: str = ""
    """The bare answer (`red`, `3`, `NO ENTRY`), for programs and for chaining."""


class VisualQuestionAnswerer(Protocol):
    """Answers questions about one picture."""

    card: ModelCard

    def answer(self, image: Content, question: str, language: str) -> VisualAnswer:
        """The answer; `kind == "unknown"` and low confidence when the picture does not tell."""
        ...
