"""The graph written from folded weights computes what the same network computes in torch."""

import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from retrieval.embedders import _residual_graph

CODE = """
import sys, numpy as np, torch, torch.nn.functional as F
w = {k: torch.from_numpy(v.astype("f4")) for k, v in np.load(sys.argv[1]).items()}
x = F.relu(F.conv2d(torch.from_numpy(np.load(sys.argv[2])), w["stem.weight"], w["stem.bias"], 4, 3))
for n in range(3):
    at = f"blocks.{n}."
    halves = at + "shortcut.weight" in w
    y = F.relu(F.conv2d(x, w[at + "conv1.weight"], w[at + "conv1.bias"], 2 if halves else 1, 1))
    y = F.conv2d(y, w[at + "conv2.weight"], w[at + "conv2.bias"], 1, 1)
    if halves:
        x = F.conv2d(F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False), w[at + "shortcut.weight"], w[at + "shortcut.bias"])
    x = F.relu(x + y)
np.save(sys.argv[3], F.normalize(x.mean((2, 3)) @ w["head.weight"].T + w["head.bias"], dim=-1).numpy())
"""


def network(widths=(8, 8, 16, 24), channels=3, size=12, seed=0):
    """Random folded weights of a stem, three blocks and a head; the last two blocks halve."""
    rng = np.random.default_rng(seed)

    def conv(out, given, side):
        return {"weight": rng.normal(0, (2 / (given * side * side)) ** 0.5, (out, given, side, side)), "bias": rng.normal(0, 0.1, out)}

    layers = {"stem": conv(widths[0], channels, 7)}
    for n, (given, out) in enumerate(pairwise(widths)):
        layers |= {f"blocks.{n}.conv1": conv(out, given, 3), f"blocks.{n}.conv2": conv(out, out, 3)}
        if given != out:
            layers[f"blocks.{n}.shortcut"] = conv(out, given, 1)
    layers["head"] = {"weight": rng.normal(0, 1, (size, widths[-1])), "bias": rng.normal(0, 0.1, size)}
    return {f"{name}.{part}": array.astype(np.float16) for name, parts in layers.items() for part, array in parts.items()}


def run(weights, given):
    import onnxruntime

    session = onnxruntime.InferenceSession(_residual_graph.model(weights), providers=["CPUExecutionProvider"])
    return session.run([_residual_graph.VECTORS], {_residual_graph.INPUT: given})[0]


@pytest.mark.slow
def test_it_agrees_with_torch_at_even_and_odd_sizes(tmp_path):
    weights = network()
    np.savez(tmp_path / "weights.npz", **weights)
    for shape in ((2, 3, 64, 64), (1, 3, 61, 90)):
        given = np.random.default_rng(1).random(shape, np.float32)
        np.save(tmp_path / "given.npy", given)
        arguments = [str(tmp_path / name) for name in ("weights.npz", "given.npy", "out.npy")]
        subprocess.run([sys.executable, "-W", "ignore", "-c", CODE, *arguments], check=True)
        expected = np.load(tmp_path / "out.npy")
        assert np.allclose(run(weights, given), expected, atol=2e-3)


def test_the_answers_are_of_unit_length():
    vectors = run(network(), np.random.default_rng(2).random((2, 3, 40, 64), np.float32))
    assert vectors.shape == (2, 12)
    assert np.linalg.norm(vectors, axis=-1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("missing", ["stem.bias", "head.weight", "blocks.0.conv1.weight"])
def test_other_weights_are_refused(missing):
    weights = network()
    del weights[missing]
    with pytest.raises(ValueError, match="not the weights"):
        _residual_graph.model(weights)


def test_importing_it_is_free():
    code = "import sys, json; import retrieval.embedders._residual_graph; print(json.dumps([m for m in ('onnx', 'torch') if m in sys.modules]))"
    assert json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout) == []
