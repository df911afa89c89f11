"""Text embedder: all-MiniLM-L6-v2 with its matrices in 8 bits, about twice as fast as `minilm` and a space of its own.

Weights are rounded for each output channel, activations for each token, so that a text has the same vector in whatever company. Cosine to
the exact vectors: 0.998 on average, at least 0.995; on 185 English paragraphs the first hits are the same. What was trained on exact
vectors (the router, the joint space) keeps the exact encoder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.embedders import _export
from retrieval.embedders.base import Embedder
from retrieval.embedders.minilm import MAX_TOKENS, MiniLM

WEIGHTS_SHA256 = "aaceed4ae66f55bd3ba4cf4c59dfdfc857e82c97e32f56378f33ec8abf67dfcd"
"""Of the exported weights: rounding is the same everywhere."""
_STEPS, _MIDDLE, _LEAST = 127, 128, 1e-9


def in_int8(graph: _export.Graph, values: str, name: str, weight: NDArray[Any]) -> str:
    """In whole numbers of 8 bits: each row of `values` by its own largest number, each column of `weight` by its own."""
    scale = (np.abs(weight).max(0) / _STEPS).astype(np.float32)
    rounded = np.clip(np.rint(weight / scale), -_STEPS, _STEPS).astype(np.int8)
    largest = graph.node("ReduceMax", [graph.node("Abs", [values], f"{name}_abs")], f"{name}_largest", axes=[-1], keepdims=1)
    step = graph.node("Mul", [largest, graph.constant(f"{name}_steps", np.array(1 / _STEPS, np.float32))], f"{name}_raw_step")
    step = graph.node("Max", [step, graph.constant(f"{name}_least", np.array(_LEAST, np.float32))], f"{name}_step")
    one, middle = graph.constant(f"{name}_one", np.array(1, np.float32)), graph.constant(f"{name}_middle", np.array(_MIDDLE, np.uint8))
    rows = graph.node("QuantizeLinear", [graph.node("Div", [values, step], f"{name}_scaled"), one, middle], f"{name}_rows")
    weights = [graph.constant(name, rounded), one, graph.constant(f"{name}_scale", scale), middle]
    zeros = graph.constant(f"{name}_zeros", np.zeros(weight.shape[1], np.int8))
    product = graph.node("MatMulIntegerToFloat", [rows, *weights, zeros], f"{name}_product", domain=_export.MICROSOFT)
    return graph.node("Mul", [product, step], f"{name}_out")


class MiniLMInt8(MiniLM):
    """The embedder. `unadapted` is the exact one, for what was trained on its vectors, such as the router."""

    space = f"int8_minilm-{WEIGHTS_SHA256[:8]}-{MAX_TOKENS}"
    card = MiniLM.card.model_copy(update={
        "name": "all-MiniLM-L6-v2, 8 bits", "sha256": WEIGHTS_SHA256, "bytes": 58_531_840,
        "limits": f"{MiniLM.card.limits} Rounded to 8 bits: about twice as fast, cosine 0.998 to the exact vectors.",
    })  # fmt: skip
    agreement = 0.99
    _name, _multiply = "minilm_int8", staticmethod(in_int8)

    def __init__(self, cache_dir: Path) -> None:
        super().__init__(cache_dir)
        self.unadapted = MiniLM(cache_dir)


def create(cache_dir: Path) -> Embedder:
    """The embedder; its ONNX export is kept in `cache_dir`."""
    return MiniLMInt8(cache_dir)
