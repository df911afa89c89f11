"""Spotting: a small convolutional network that finds where things are, without knowing what they are. Knows no question and no emotion.

One look at a small square picture gives, for every fourth pixel, how likely a thing has its centre there (Zhou, Wang and Krähenbühl 2019,
"Objects as points"), how far its four edges are, and how much of the pixel belongs to any thing. The weights are a safetensors file with
batch normalisation folded in; the graph is written out here and run by ONNX Runtime (about 10 ms on one core). The same network finds drawn
things and faces: only the weights differ.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.items import Box
from tools.subject import Pixels

STEP = 4
"""Pixels of the input a cell of the output stands for."""
LAYERS = (
    ("a", 2, ""), ("b", 2, ""), ("c", 1, ""), ("d", 2, ""), ("e", 1, ""), ("f", 2, ""), ("g", 1, "f"), ("h", 1, "g"),
)  # fmt: skip
"""Name, stride and skip connection of the layers on the way down; on the way up `u` joins `e`, `v` joins `c`."""
_SAME = 0.5
"""Overlap (intersection over union) from which two boxes are one thing."""


@dataclass(frozen=True)
class Spot:
    """A thing found."""

    box: Box
    score: float


@dataclass(frozen=True)
class Sight:
    """What one look gave."""

    spots: tuple[Spot, ...]
    """Best first."""
    mask: NDArray[np.float32]
    """Share of each cell that belongs to a thing, over the whole picture: (rows, columns)."""


class Spotter:
    """Finds things. Safe to call from several threads."""

    def __init__(self, weights: Path) -> None:
        self._path = weights
        self._lock = threading.Lock()

    def look(self, pixels: Pixels, least: float = 0.35) -> Sight:
        """The things in `pixels` (h, w, 3, RGB) whose score is at least `least`."""
        session, side = self._session
        small, (scale, left, top) = fitted(pixels, side)
        batch = small.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
        with self._lock:
            out = session.run(None, {"picture": batch})[0][0]
        height, width = pixels.shape[:2]
        found = [
            Spot(box, score)
            for (x0, y0, x1, y1), score in peaks(out, side, least)
            if (
                box := _inside(
                    (x0 - left) / scale / width, (y0 - top) / scale / height, (x1 - left) / scale / width, (y1 - top) / scale / height
                )
            )
        ]
        rows = slice(top // STEP, max(top // STEP + 1, -(-(top + round(height * scale)) // STEP)))
        columns = slice(left // STEP, max(left // STEP + 1, -(-(left + round(width * scale)) // STEP)))
        return Sight(tuple(distinct(found)), _sigmoid(out[5, rows, columns]))

    @cached_property
    def _session(self) -> tuple[Any, int]:
        import onnxruntime
        from safetensors import safe_open

        with safe_open(str(self._path), "np") as file:
            weights = {key: file.get_tensor(key).astype(np.float32) for key in file.keys()}  # noqa: SIM118
            side = int((file.metadata() or {}).get("side", "160"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(graph(weights), options, providers=["CPUExecutionProvider"]), side


def fitted(pixels: Pixels, side: int) -> tuple[Pixels, tuple[float, int, int]]:
    """The picture inside a square, its last rows repeated outside; with the scale and the place of its corner."""
    import cv2

    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(np.ascontiguousarray(pixels), (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    left, top = (side - w) // 2, (side - h) // 2
    square = cv2.copyMakeBorder(small, top, side - h - top, left, side - w - left, cv2.BORDER_REPLICATE)
    return square, (scale, left, top)


def peaks(out: NDArray[np.float32], side: int, least: float) -> list[tuple[Box, float]]:
    """Boxes in pixels of the input, where a cell's score is the highest among its neighbours."""
    heat = _sigmoid(out[0])
    padded = np.pad(heat, 1)
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max((2, 3))
    found = []
    for row, column in np.argwhere((heat >= around) & (heat >= least)):
        reach = np.maximum(out[1:5, row, column], 0.0) * side
        x, y = (column + 0.5) * STEP, (row + 0.5) * STEP
        box = (float(x - reach[0]), float(y - reach[1]), float(x + reach[2]), float(y + reach[3]))
        found.append((box, float(heat[row, column])))
    return found


def distinct(spots: list[Spot]) -> list[Spot]:
    """Best first, without those that another one covers."""
    kept: list[Spot] = []
    for spot in sorted(spots, key=lambda s: -s.score):
        if all(overlap(spot.box, other.box) < _SAME for other in kept):
            kept.append(spot)
    return kept


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if across <= 0 or down <= 0:
        return 0.0
    joint = across * down
    return joint / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - joint)


def graph(w: dict[str, NDArray[np.float32]]) -> bytes:
    """The network as an ONNX model."""
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = [numpy_helper.from_array(np.asarray([1, 1, 2, 2], np.float32), "twice")]

    def convolution(name: str, source: str, stride: int = 1, rectify: bool = True, add: str = "") -> str:
        kernel = w[f"{name}.weight"]
        constants.extend(numpy_helper.from_array(w[f"{name}.{part}"], f"{name}.{part}") for part in ("weight", "bias"))
        pad = kernel.shape[2] // 2
        nodes.append(
            helper.make_node("Conv", [source, f"{name}.weight", f"{name}.bias"], [f"{name}_0"], pads=[pad] * 4, strides=[stride] * 2)
        )
        last = f"{name}_0"
        if add:
            nodes.append(helper.make_node("Add", [last, add], [f"{name}_1"]))
            last = f"{name}_1"
        if rectify:
            nodes.append(helper.make_node("Relu", [last], [f"{name}_2"]))
            last = f"{name}_2"
        return last

    outputs: dict[str, str] = {"": "picture"}
    last = "picture"
    for name, stride, skip in LAYERS:
        last = outputs[name] = convolution(name, last, stride, add=outputs[skip] if skip else "")
    for name, skip in (("u", "e"), ("v", "c")):
        narrow = convolution(f"{name}1", last, rectify=False)
        nodes.append(
            helper.make_node(
                "Resize",
                [narrow, "", "twice"],
                [f"{name}_up"],
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        )
        nodes.append(helper.make_node("Add", [f"{name}_up", outputs[skip]], [f"{name}_sum"]))
        last = convolution(f"{name}2", f"{name}_sum")
    convolution("out", convolution("last", last), rectify=False)
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "h", "w"])]
    results = [helper.make_tensor_value_info("out_0", TensorProto.FLOAT, ["n", 6, "y", "x"])]
    body = helper.make_graph(nodes, "spotter", inputs, results, constants)
    model: bytes = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()
    return model


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)


def _inside(x0: float, y0: float, x1: float, y1: float) -> Box | None:
    """The box cut to the picture; none when nothing is left."""
    box = (min(max(x0, 0.0), 1.0), min(max(y0, 0.0), 1.0), min(max(x1, 0.0), 1.0), min(max(y1, 0.0), 1.0))
    return box if box[2] - box[0] > 0.004 and box[3] - box[1] > 0.004 else None
