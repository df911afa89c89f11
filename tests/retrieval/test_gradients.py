"""Numbers of pictures: what changes them, and what does not."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from retrieval.embedders._gradients import SIDE, Perceptron, described, mirror
from retrieval.faults import Unavailable


def perceptron(hidden=16, seed=0):
    """Random weights."""
    rng = np.random.default_rng(seed)
    shapes = {"hidden.weight": (hidden, len(mirror())), "hidden.bias": (hidden,), "head.weight": (384, hidden), "head.bias": (384,)}
    return {name: rng.normal(0, 0.1, shape).astype(np.float16) for name, shape in shapes.items()}


def noise(count=2, seed=0):
    """Pictures whose edges go everywhere, in steps that float32 holds exactly."""
    small = np.random.default_rng(seed).integers(0, 256, (count, SIDE // 4, SIDE // 4, 3))
    return (small.repeat(4, axis=1).repeat(4, axis=2) / 256).astype(np.float32)


def test_the_numbers_of_the_mirror_image_are_those_of_the_picture_in_another_order():
    plain = noise()
    flipped = described(np.ascontiguousarray(plain[:, :, ::-1]))
    assert np.mean(np.abs(flipped - described(plain)[:, mirror()]) > 1e-3) < 1e-3
    assert (mirror()[mirror()] == np.arange(len(mirror()))).all()


def test_a_picture_is_the_same_alone_and_among_others():
    pictures = noise(5)
    assert np.allclose(described(pictures)[3], described(pictures[3:4])[0], atol=1e-5)


def test_edges_do_not_change_with_the_light_and_colours_do():
    dark = noise(1) * np.float32(0.5) + np.float32(0.1)
    light, count = dark + np.float32(0.3), 8 * 8 * 8
    assert np.allclose(described(dark)[0, :count], described(light)[0, :count], atol=1e-2)
    assert not np.allclose(described(dark), described(light), atol=1e-2)


def test_an_empty_picture_has_no_edges():
    blank = described(np.full((1, SIDE, SIDE, 3), 0.7, np.float32))
    assert np.isfinite(blank).all()
    assert not blank[0, : 8 * 8 * 8].any()


def test_vectors_are_of_unit_length_and_the_mirror_image_has_the_same(tmp_path):
    save_file(perceptron(), tmp_path / "weights.safetensors")
    seen = Perceptron(tmp_path / "weights.safetensors")
    plain = noise(3)
    vectors = seen.run(plain)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.allclose(vectors, seen.run(np.ascontiguousarray(plain[:, :, ::-1])), atol=5e-3)


def test_weights_of_something_else_are_a_fault(tmp_path):
    save_file({"stem.weight": np.zeros((3, 3), np.float16)}, tmp_path / "other.safetensors")
    with pytest.raises(Unavailable):
        Perceptron(tmp_path / "other.safetensors")
