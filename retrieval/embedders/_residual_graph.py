"""Writes a small residual convolution network as an ONNX graph, from its folded fp16 weights. Knows no picture and no sound.

The network: a 7x7 convolution of stride 4, blocks of two 3x3 convolutions with a way around them (average pool and 1x1 convolution where
the width changes), and a linear head over the mean of the features.
ONNX Runtime turns the weights into float32 when it loads the graph; nothing is kept on the disk, because this takes 0.1 s.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

VECTORS, INPUT = "vectors", "input"
Weights = dict[str, NDArray[Any]]


class _Graph:
    """Collects nodes and weights. Every weight is cast to float32 by a node of its own, which the runtime folds away."""

    def __init__(self, weights: Weights) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._weights = weights

    def weight(self, key: str) -> str:
        self.constant(f"{key}.half", self._weights[key])
        return self.node("Cast", [f"{key}.half"], key, to=1)

    def constant(self, name: str, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def convolution(self, given: str, key: str, stride: int) -> str:
        size = self._weights[f"{key}.weight"].shape[-1]
        return self.node(
            "Conv", [given, self.weight(f"{key}.weight"), self.weight(f"{key}.bias")], f"{key}.out", kernel_shape=[size, size],
            strides=[stride, stride], pads=[size // 2] * 4,
        )  # fmt: skip

    def relu(self, given: str) -> str:
        return self.node("Relu", [given], f"{given}.relu")


def _block(graph: _Graph, key: str, given: str, halves: bool) -> str:
    inner = graph.relu(graph.convolution(given, f"{key}.conv1", 2 if halves else 1))
    inner = graph.convolution(inner, f"{key}.conv2", 1)
    around = given
    if halves:
        pooled = graph.node("AveragePool", [given], f"{key}.pooled", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, count_include_pad=0)
        around = graph.convolution(pooled, f"{key}.shortcut", 1)
    return graph.relu(graph.node("Add", [inner, around], f"{key}.sum"))


def blocks(weights: Weights) -> int:
    """Number of blocks. Raises ValueError when the weights are not those of such a network."""
    found = {int(match[1]) for key in weights if (match := re.fullmatch(r"blocks\.(\d+)\.conv1\.weight", key))}
    if found != set(range(len(found))) or not {"stem.weight", "stem.bias", "head.weight", "head.bias"} <= set(weights):
        raise ValueError("not the weights of a residual network")
    return len(found)


def model(weights: Weights) -> bytes:
    """The serialized graph: `input` (n, channels, height, width) -> unit `vectors` (n, size). Raises ValueError for other weights."""
    from onnx import TensorProto, helper

    graph, count = _Graph(weights), blocks(weights)
    hidden = graph.relu(graph.convolution(INPUT, "stem", 4))
    for n in range(count):
        hidden = _block(graph, f"blocks.{n}", hidden, f"blocks.{n}.shortcut.weight" in weights)
    head, bias = graph.node("Transpose", [graph.weight("head.weight")], "head.turned", perm=[1, 0]), graph.weight("head.bias")
    mean = graph.node("ReduceMean", [hidden], "pooled", axes=[2, 3], keepdims=0)
    headed = graph.node("Add", [graph.node("MatMul", [mean, head], "product"), bias], "headed")
    graph.node("LpNormalization", [headed], VECTORS, axis=-1, p=2)
    size, channels = weights["head.weight"].shape[0], weights["stem.weight"].shape[1]
    given = [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", channels, "height", "width"])]
    answers = [helper.make_tensor_value_info(VECTORS, TensorProto.FLOAT, ["batch", size])]
    body = helper.make_graph(graph.nodes, "residual", given, answers, graph.constants)
    return bytes(helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString())
