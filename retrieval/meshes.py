"""3D models from bytes nobody trusts, through trimesh: triangles with colours, and how large they are. Runs inside the worker process.

Only what lies in the file itself is read: materials and buffers in other files are left out or refused. Every copy of a part counts, so a
small file cannot unfold into a large scene.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.decoding_limits import DecodingLimits
from retrieval.faults import Fault, TooLarge, Unreadable

KINDS = {
    "model/stl": "stl", "model/obj": "obj", "model/ply": "ply", "model/off": "off", "model/gltf-binary": "glb", "model/gltf+json": "gltf",
}  # fmt: skip
GREY = (150, 163, 184)
"""Colour of what has none: cool enough to be told from the white around it."""
_Z_UP = ("model/stl",)
"""Kinds whose third axis points up, as on a printer's bed; the others are made for screens, where the second does."""
_COUNT = re.compile(rb"element\s+face\s+(\d+)")
_UNNAMED = re.compile(
    r"(?:geometry|mesh|object|node|default|world|model|untitled)?[\W_\d]*(?:\.?(?:obj|stl|ply|off|glb|gltf))?", re.IGNORECASE
)
_HINT = "Open it in a 3D program, export it as .glb with everything embedded and send that."


@dataclass(frozen=True)
class Mesh:
    """Triangles in the model's own units, the second axis pointing up."""

    vertices: NDArray[np.float64]
    """Shape (n, 3)."""
    faces: NDArray[np.int64]
    """Shape (m, 3), places in `vertices`."""
    colours: NDArray[np.uint8]
    """Shape (m, 3), RGB of each face."""
    parts: tuple[str, ...]
    """Names that people gave to parts."""

    @property
    def extent(self) -> tuple[float, float, float]:
        """Width, height, depth."""
        x, y, z = np.ptp(self.vertices[self.faces.ravel()], axis=0)
        return float(x), float(y), float(z)


def _damaged() -> Unreadable:
    return Unreadable("The 3D model is damaged, or needs other files.", hint=_HINT, code="mesh_unreadable")


def _too_many(faces: int, limit: int) -> TooLarge:
    return TooLarge(
        f"The 3D model has {faces} triangles; the limit is {limit}.", hint="Simplify it, or raise limits.mesh_faces.", code="too_many_faces"
    )


def _declared(data: bytes, media_type: str) -> int:
    """Triangles that the head of the file claims; 0 where it claims none."""
    if media_type == "model/ply":
        found = _COUNT.search(data[:65536])
        return int(found[1][:12]) if found else 0
    if media_type == "model/off":
        numbers = re.findall(rb"\d+", re.sub(rb"#[^\n]*", b"", data[:4096]))
        return int(numbers[1][:12]) if len(numbers) > 1 else 0
    if media_type == "model/stl" and not data.startswith(b"solid"):
        return int.from_bytes(data[80:84], "little")
    return 0


def opened(data: bytes, media_type: str, limits: DecodingLimits) -> Mesh:
    """The triangles of a model. Raises TooLarge (triangles), Unreadable (damaged, no triangles, no size, other files needed)."""
    if (claimed := _declared(data, media_type)) > limits.mesh_faces:
        raise _too_many(claimed, limits.mesh_faces)
    try:
        mesh = _joined(_scene(data, media_type, limits), limits)
    except (Fault, MemoryError):
        raise
    except Exception as error:  # the parsers raise whatever comes: KeyError, IndexError, struct.error, JSON errors
        raise _damaged() from error
    finite: NDArray[np.bool_] = np.isfinite(mesh.vertices[mesh.faces].sum(axis=(1, 2)))
    faces = mesh.faces[finite]
    kept = Mesh(mesh.vertices, faces, mesh.colours[finite], mesh.parts)
    if not len(faces) or sum(side > 0 for side in kept.extent) < 2 or max(kept.extent) > 1e30:
        raise Unreadable("The 3D model has no surface.", hint=_HINT, code="mesh_empty")
    return _upright(kept) if media_type in _Z_UP else kept


def _upright(mesh: Mesh) -> Mesh:
    x, y, z = mesh.vertices.T
    return Mesh(np.stack([x, z, -y], axis=1), mesh.faces, mesh.colours, mesh.parts)


def _scene(data: bytes, media_type: str, limits: DecodingLimits) -> Any:
    import logging

    import trimesh
    from PIL import Image

    logging.getLogger("trimesh").setLevel(logging.CRITICAL)
    Image.MAX_IMAGE_PIXELS = limits.image_pixels
    options = {"skip_materials": True} if media_type == "model/obj" else {}
    return trimesh.load_scene(io.BytesIO(data), file_type=KINDS[media_type], resolver=None, process=False, **options)


def _joined(scene: Any, limits: DecodingLimits) -> Mesh:
    """All parts where they stand, as one mesh."""
    placed = [(scene.geometry[scene.graph[node][1]], scene.graph[node][0], node) for node in sorted(scene.graph.nodes_geometry, key=str)]
    placed = [(part, place, node) for part, place, node in placed if getattr(part, "faces", None) is not None and len(part.faces)]
    total = sum(len(part.faces) for part, _, _ in placed)
    if total > limits.mesh_faces:
        raise _too_many(total, limits.mesh_faces)
    if not placed:
        raise Unreadable("The 3D model has no triangles.", hint=_HINT, code="mesh_empty")
    vertices, faces, colours, before = [], [], [], 0
    for part, place, _ in placed:
        points = np.asarray(part.vertices, np.float64)
        vertices.append(points @ np.asarray(place)[:3, :3].T + np.asarray(place)[:3, 3])
        faces.append(np.asarray(part.faces, np.int64) + before)
        colours.append(_colours(part))
        before += len(points)
    joined = np.concatenate(faces)
    if joined.min() < 0 or joined.max() >= before:
        raise _damaged()
    named = dict.fromkeys(str(name) for part, _, node in placed for name in (node, part.metadata.get("name", "")))
    parts = tuple(name[:80] for name in named if name and not _UNNAMED.fullmatch(name))[:20]
    return Mesh(np.concatenate(vertices), joined, np.concatenate(colours), parts)


def _colours(part: Any) -> NDArray[np.uint8]:
    """RGB of each face, from its own colours, those of its corners, its material or its texture; grey where it has none."""
    plain = np.broadcast_to(np.asarray(GREY, np.uint8), (len(part.faces), 3))
    try:
        visual = part.visual
        if not visual.defined:
            return plain
        if visual.kind == "texture":
            visual = visual.to_color()
        shades = np.asarray(visual.face_colors, np.uint8)
    except Exception:  # a texture that does not decode, corners without a place in it
        return plain
    return shades[:, :3] if shades.shape == (len(part.faces), 4) else plain
