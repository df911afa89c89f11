"""Pictures of triangles: the right side, the right shape, nearer before farther, no holes."""

import io

import media_samples as samples
import numpy as np
import pytest
import trimesh

from retrieval.decoding_limits import DecodingLimits
from retrieval.media_types import sniff
from retrieval.meshes import Mesh, opened
from retrieval.rendering import SIDE, VIEWS, render


def read(data):
    return opened(data, sniff(data).media_type, DecodingLimits())


def test_views_show_the_model_on_white():
    mesh = read(samples.mesh("glb"))
    shares = {}
    for view in VIEWS:
        pixels = np.asarray(render(mesh, view)).astype(int)
        assert pixels.shape == (SIDE, SIDE, 3)
        assert (pixels[0] == 255).all()
        shown = pixels.min(axis=2) < 250
        assert pixels[shown][:, 0].mean() > 2 * pixels[shown][:, 1].mean()
        rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
        shares[view] = np.ptp(columns) / np.ptp(rows)
    assert shares["front"] == pytest.approx(1 / 2, abs=0.02)
    assert shares["right"] == pytest.approx(3 / 2, abs=0.02)
    assert shares["top"] == pytest.approx(1 / 3, abs=0.02)


def test_the_nearer_one_hides_the_other():
    square = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], float)
    vertices = np.concatenate([square + np.array([0, 0, 1]), square * 2])
    faces = np.array([(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7)])
    colours = np.array([(255, 0, 0)] * 2 + [(0, 0, 255)] * 2, np.uint8)
    pixels = np.asarray(render(Mesh(vertices, faces, colours, ()), "front")).astype(int)
    assert pixels[SIDE // 2, SIDE // 2].argmax() == 0
    assert pixels[SIDE // 2, SIDE // 8].argmax() == 2
    turned = np.asarray(render(Mesh(vertices, faces[::-1], colours[::-1], ()), "front"))
    assert (turned == pixels).all(), "the order of the faces must not matter"


def test_a_fine_model_has_no_holes():
    ball = trimesh.creation.icosphere(subdivisions=4)
    data = io.BytesIO()
    ball.export(data, file_type="stl")
    pixels = np.asarray(render(read(data.getvalue()), "corner"))
    inside = np.hypot(*(np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2)) < SIDE * 0.42
    assert (pixels[inside].max(axis=1) < 250).all()
