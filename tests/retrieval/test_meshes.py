"""3D models: every kind gives the same triangles, and what is damaged, endless or in need of other files is refused."""

import json
import struct

import media_samples as samples
import numpy as np
import pytest

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import TooLarge, Unreadable, UnsupportedType
from retrieval.media_types import sniff
from retrieval.meshes import GREY, opened
from retrieval.readers import mesh as mesh_reader

KINDS = {"stl": "a.stl", "stl_ascii": "a.stl", "obj": "a.obj", "ply": "a.ply", "off": "a.off", "glb": "a.glb", "gltf": "a.gltf"}


def read(data, name="a.glb", **limits):
    return opened(data, sniff(data, name).media_type, DecodingLimits(**limits))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_box(kind):
    mesh = read(samples.mesh(kind), KINDS[kind])
    assert len(mesh.faces) == 12
    wanted = (1, 3, 2) if kind.startswith("stl") else (1, 2, 3)  # on a printer's bed the third axis points up
    assert mesh.extent == pytest.approx(wanted)


def test_colours_and_names_of_parts_are_kept():
    mesh = read(samples.mesh("glb"))
    assert mesh.parts == ("Crate",)
    assert np.abs(mesh.colours.astype(int) - (220, 20, 20)).max() <= 2
    assert (read(samples.mesh("stl"), "a.stl").colours == GREY).all()


def test_the_bytes_decide_what_a_model_is():
    for kind, name in KINDS.items():
        named = kind in ("obj", "gltf")  # these two are text like any other
        assert sniff(samples.mesh(kind), name if named else "a.bin").media_type.startswith("model/"), kind
    assert sniff(samples.mesh("obj"), "a.txt").media_type == "text/plain"


@pytest.mark.parametrize("data", [
    samples.mesh("stl") + b"x", samples.mesh("stl")[:-1], samples.mesh("stl")[:80] + struct.pack("<I", 2**31) + samples.mesh("stl")[84:],
    samples.mesh("glb")[:-4], samples.mesh("glb") + b"tail", b"\x00" * 84,
])  # fmt: skip
def test_lengths_that_do_not_fit_are_no_model(data):
    with pytest.raises(UnsupportedType):
        sniff(data, "a.stl")


@pytest.mark.parametrize(("data", "name"), [
    (b"# nothing but words\n" * 4, "a.obj"), (b"v 0 0 0\nv 1 0 0\nf 1 2 9\n", "a.obj"), (b"v 0 0 0\nv nan 1 0\nv 1 1 1\nf 1 2 3\n", "a.obj"),
    (b"v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n", "a.obj"), (b"OFF\n3 1 0\n0 0 0\n1 0 0\n", "a.off"), (b"OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n", "a.off"),
    (b"ply\nformat ascii 1.0\nelement vertex 5\n", "a.ply"), (b'{"asset": {"version": "2.0"}}', "a.gltf"), (b"[" * 100_000, "a.gltf"),
    (samples.mesh("ply")[:200], "a.ply"),
])  # fmt: skip
def test_damaged_models(data, name):
    with pytest.raises(Unreadable) as caught:
        read(data, name)
    assert caught.value.hint


def test_other_files_are_not_opened(tmp_path):
    (tmp_path / "secret.bin").write_bytes(b"\x00" * 500)
    scene = json.loads(samples.mesh("gltf"))
    for uri in (str(tmp_path / "secret.bin"), f"file://{tmp_path}/secret.bin", "http://127.0.0.1:9/x", "../secret.bin"):
        for buffer in scene["buffers"]:
            buffer["uri"] = uri
        with pytest.raises(Unreadable):
            read(json.dumps(scene).encode(), "a.gltf")
    assert len(read(b"mtllib /etc/passwd\n" + samples.mesh("obj"), "a.obj").faces) == 12


def test_triangles_are_counted_before_they_are_made_and_every_copy_counts():
    for kind, name in KINDS.items():
        with pytest.raises(TooLarge):
            read(samples.mesh(kind), name, mesh_faces=11)
    with pytest.raises(TooLarge):
        read(b"ply\nformat ascii 1.0\nelement vertex 3\nelement face 99999999999\nend_header\n", "a.ply")
    scene = json.loads(samples.mesh("gltf"))
    node = next(n for n, node in enumerate(scene["nodes"]) if "mesh" in node)
    scene["nodes"] += [{"mesh": scene["nodes"][node]["mesh"], "name": f"copy {n}"} for n in range(100)]
    scene["scenes"][0]["nodes"] += list(range(len(scene["nodes"]) - 100, len(scene["nodes"])))
    with pytest.raises(TooLarge):
        read(json.dumps(scene).encode(), "a.gltf", mesh_faces=1000)


def test_a_model_that_is_plain_text_is_read_under_any_name():
    for kind in ("obj", "gltf"):
        assert len(list(mesh_reader.create().read(samples.mesh(kind), "download"))) == 4
