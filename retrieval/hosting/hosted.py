"""Hosted: one model of one back-end, by its reference. Knows where it is, what it is, and how it is kept; knows no model class."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from retrieval.faults import Fault, InvalidInput, NotInstalled, Unavailable
from retrieval.hosting.host import ModelHost, needs
from retrieval.hosting.reference import OPTIONS
from retrieval.hosting.residency import Resident
from retrieval.hosting.weights import SAFE, Weights
from retrieval.items import ModelCard

T = TypeVar("T")
_LICENCE = re.compile(r"\A---\n.*?^license(?:_name)?:\s*[\"']?([^\n\"']+)", re.DOTALL | re.MULTILINE)
_BROKEN = (OSError, ValueError, KeyError, RuntimeError, AttributeError, TypeError)
"""What libraries raise over files that do not fit them."""


class Hosted:
    """Finds its model when it is asked, not before. Safe for threads."""

    def __init__(
        self, models: ModelHost, reference: str, role: str, *, allowed: tuple[str, ...] = OPTIONS, patterns: tuple[str, ...] = SAFE
    ) -> None:
        """`role` is the one of the card; `allowed` and `patterns` as `ModelHost.locate` takes them."""
        self.models = models
        self.reference = reference
        self._role, self._allowed, self._patterns = role, allowed, patterns
        self._weights: Weights | None = None

    @property
    def weights(self) -> Weights:
        """The model's files. Raises NotInstalled as long as they are not here, InvalidInput."""
        if self._weights is None:
            with self.models.watched(self.reference.partition("?")[0]):
                self._weights = self.models.locate(self.reference, self._allowed, self._patterns)
        return self._weights

    def card(self, **more: Any) -> ModelCard:
        """What is known of the model; of one that is not here, that it is not. Loads nothing and raises nothing."""
        try:
            weights = self.weights
        except Fault as fault:
            name = self.reference.partition("?")[0]
            missing: dict[str, Any] = {"source": name, "licence": "unknown", "limits": f"{fault.message} {fault.hint}".strip()}
            return ModelCard(**{"name": name or "no model", "role": self._role, **more, **missing})
        return self.models.card(weights, self._role, **{"licence": licence(weights.path), **more})

    def resident(self, kind: str, load: Callable[[Weights], T]) -> Resident[T]:
        """The model as `load` makes it from its files. Raises as `weights`; a model that does not load is Unavailable."""
        weights = self.weights
        return self.models.resident(weights, kind, lambda: _loaded(weights, load))


def _loaded(weights: Weights, load: Callable[[Weights], T]) -> T:
    try:
        return load(weights)
    except Fault:
        raise
    except ModuleNotFoundError as error:
        raise needs(str(error.name)) from error
    except ImportError as error:  # the message of transformers names the package and how it is installed
        raise NotInstalled(f"{weights.source} needs more packages.", hint=" ".join(str(error).split())[:300]) from error
    except MemoryError as error:
        raise Unavailable(f"There is not enough memory for {weights.source}.", hint="`assistant plan` shows what fits.") from error
    except _BROKEN as error:
        first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise InvalidInput(
            f"{weights.source} cannot be loaded here: {first[:200]}", hint="Choose a model made for this back-end, or pull it again.",
            code="model_unfit",
        ) from error  # fmt: skip


def licence(folder: Path) -> str:
    """What the model's README names as its licence; `unknown` when it names none."""
    try:
        found = _LICENCE.match((folder / "README.md").read_text("utf-8")[:20_000])
    except (OSError, UnicodeDecodeError):
        return "unknown"
    return found[1].strip() if found else "unknown"
