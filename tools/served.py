"""Tools' models that another process holds, as their callers see them in this one. Knows no address and no engine."""

from __future__ import annotations

from typing import Any

from retrieval.content import Content, Modality
from retrieval.items import ModelCard, Recipe
from retrieval.serving.served import Served
from tools.emotions.base import EmotionReading
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest, Picture, Watch


class ServedGenerator(Served):
    """An image generator."""

    methods = ("identity", "generate", "edit", "make")
    facts = ("card", "model")

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        found: ModelCard = self.fact("card")
        return found

    def identity(self) -> tuple[str, str]:
        """(model, model_sha256) of its recipes."""
        found: tuple[str, str] = self.call("identity")
        return found

    def generate(self, request: ImageRequest, watch: Watch = UNWATCHED) -> list[Picture]:
        """`request.n` pictures, in the order of their seeds."""
        watch.check()
        found: list[Picture] = self.watched("generate", (request,), watch)
        return found

    def edit(self, image: Content, parent: Recipe | None, request: EditRequest, watch: Watch = UNWATCHED) -> Picture:
        """A changed copy."""
        watch.check()
        found: Picture = self.watched("edit", (image, parent, request), watch)
        return found

    def _make(self, recipe: Recipe, watch: Watch = UNWATCHED) -> Picture:
        watch.check()
        found: Picture = self.watched("make", (recipe,), watch)
        return found

    def _method(self, name: str) -> Any:
        return self._make if name == "make" else super()._method(name)


class ServedAnalyzer(Served):
    """An emotion analyzer."""

    methods = ("analyze",)
    facts = ("card", "modality")

    @property
    def card(self) -> ModelCard:
        """What is known of the model."""
        found: ModelCard = self.fact("card")
        return found

    @property
    def modality(self) -> Modality:
        """What it reads."""
        found: Modality = self.fact("modality")
        return found

    def analyze(self, content: Content, language: str) -> EmotionReading:
        """The reading."""
        found: EmotionReading = self.call("analyze", content, language)
        return found
