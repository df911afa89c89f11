"""ModelHost: what a full-size back-end needs to come by its model: its files, a place in memory, a device. One for the whole service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from retrieval.faults import Fault, InvalidInput, NotInstalled, Unreadable
from retrieval.hosting.machine import machine
from retrieval.hosting.reference import OPTIONS, parse
from retrieval.hosting.residency import Residency, Resident
from retrieval.hosting.weights import SAFE, ModelFiles, Weights
from retrieval.items import ModelCard

T = TypeVar("T")
SHARE = 0.7
"""Of the free memory that models may take when the settings name no budget."""
OVERHEAD = 1.15
"""A model in memory against its weights: buffers, activations of short inputs."""
QUANTIZED = {"int8": 1.1, "int4": 0.62}
"""Bytes a parameter; embeddings and norms stay as they are."""


class ModelHost:
    """Finds, loads and keeps models. Safe for threads; does nothing before it is asked."""

    def __init__(self, cache_dir: Path, budget: int = 0) -> None:
        """`budget` in bytes; 0 takes `SHARE` of what is free."""
        self.files = ModelFiles(cache_dir)
        self._budget = budget
        self.troubles: dict[str, str] = {}
        """Model -> code of why it cannot be used, as last seen: `model_missing`, `weights_changed`, `weights_damaged`, `no_safetensors`."""

    @cached_property
    def residency(self) -> Residency:
        """The models in memory."""
        if self._budget:
            return Residency(self._budget)
        here = machine()
        return Residency(int(SHARE * (here.accelerator_memory or here.free)))

    def locate(self, reference: str, allowed: tuple[str, ...] = OPTIONS, patterns: tuple[str, ...] = SAFE) -> Weights:
        """The files of `org/name@revision?option=value` or of a directory; `patterns` are those of its weight files.

        Never connects. Raises NotInstalled, InvalidInput.
        """
        return self.files.locate(parse(reference, allowed), patterns)

    def resident(self, weights: Weights, kind: str, load: Callable[[], T], *, quantizes: bool = False) -> Resident[T]:
        """The model of `weights` loaded as `kind` (which class); the same two are the same model, loaded once."""
        options = "&".join(f"{k}={v}" for k, v in sorted(weights.options.items()))
        name = f"{weights.source}{'@' + weights.revision[:8] if weights.revision else ''}{'?' + options if options else ''} ({kind})"
        with self.watched(weights.source):
            size = self.size(weights)
        return self.residency.resident(name, lambda: self._verified(weights, load), size, quantizes=quantizes)

    def _verified(self, weights: Weights, load: Callable[[], T]) -> T:
        with self.watched(weights.source):
            self.files.verify(weights)
            return load()

    @contextmanager
    def watched(self, source: str) -> Iterator[None]:
        """Note whether what is done here with the model `source` goes well. What is wrong with it is no fault of who asked: 503."""
        try:
            yield
        except Fault as fault:
            if isinstance(fault, (NotInstalled, Unreadable)) or fault.code in ("no_safetensors", "model_unfit"):
                fault.status = 503
                self.troubles[source] = fault.code
            raise
        self.troubles.pop(source, None)

    def size(self, weights: Weights) -> int:
        """Bytes in memory, about."""
        if not weights.parameters:
            return int(weights.bytes * OVERHEAD)
        each = QUANTIZED.get(weights.options.get("quantize", "")) or self.dtype(weights).itemsize
        return int(weights.parameters * each * OVERHEAD)

    def device(self, weights: Weights) -> str:
        """`cuda`, `mps` or `cpu`: what the reference asks for, else the best there is."""
        asked = weights.options.get("device", "")
        if asked:
            return asked
        import torch

        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"

    def dtype(self, weights: Weights) -> Any:
        """The torch dtype: what the reference asks for, else bfloat16 where the machine computes in it, else float32.

        Raises InvalidInput.
        """
        import torch

        asked = weights.options.get("dtype", "")
        if asked:
            found = getattr(torch, asked, None)
            if not isinstance(found, torch.dtype):
                raise InvalidInput(f"'{asked}' is no dtype.", hint="Use float32, bfloat16 or float16.", param="dtype")
            return found
        return torch.bfloat16 if self.device(weights) != "cpu" or bf16_on_cpu() else torch.float32

    def card(self, weights: Weights, role: str, **more: Any) -> ModelCard:
        """What is known of a model that came from elsewhere."""
        return ModelCard(**{
            "name": weights.source.rstrip("/").rsplit("/", 1)[-1], "role": role, "source": weights.source, "revision": weights.revision,
            "sha256": self.files.digest(weights), "bytes": weights.bytes, **more,
        })  # fmt: skip


def needs(package: str, extra: str = "models") -> NotInstalled:
    """The fault for a library that is not installed."""
    return NotInstalled(f"This model needs the package '{package}'.", hint=f"Install it with: make install EXTRAS={extra}.")


def bf16_on_cpu() -> bool:
    """Whether the processor multiplies bfloat16 itself; where it does not, bfloat16 is slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
