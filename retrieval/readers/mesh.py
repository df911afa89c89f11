"""3D models: pictures from a few sides, so that whatever finds pictures finds them too. The words are with the first one only."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.decoding_limits import DecodingLimits
from retrieval.items import Draft
from retrieval.media_types import sniff
from retrieval.readers.base import Reader

MEDIA_TYPES = ("model/stl", "model/obj", "model/ply", "model/off", "model/gltf-binary", "model/gltf+json")
EXTENSIONS = (".stl", ".obj", ".ply", ".off", ".glb", ".gltf")
_SEEN = {"corner": "from a corner 斜视", "front": "from the front 正面", "right": "from the right 右侧", "top": "from above 顶面"}


class MeshReader:
    """One picture for each view, `metadata["view"]` says which."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits

    def read(self, data: bytes, name: str) -> Iterator[Draft]:
        """Drafts of the views. Raises TooLarge (triangles), Unreadable (damaged, without a surface, in need of other files)."""
        from retrieval.meshes import opened
        from retrieval.pictures import to_png
        from retrieval.rendering import VIEWS, render

        kind = sniff(data, name).media_type
        if kind not in MEDIA_TYPES:  # one of the two kinds that are plain text, under a name that does not say so
            kind = "model/gltf+json" if data.lstrip().startswith(b"{") else "model/obj"
        mesh = opened(data, kind, self._limits)
        size = " x ".join(f"{side:.4g}" for side in mesh.extent)
        facts = f"3D model 三维模型: {len(mesh.vertices)} vertices 顶点, {len(mesh.faces)} faces 面, size 尺寸 {size}."
        parts = f" Parts 部件: {', '.join(mesh.parts)}." if mesh.parts else ""
        about = {"mesh": True, "vertices": len(mesh.vertices), "faces": len(mesh.faces), "extent": [round(side, 6) for side in mesh.extent]}
        for place, view in enumerate(VIEWS):
            picture = to_png(render(mesh, view))
            text = f"{facts}{parts} Seen {_SEEN[view]}." if place == 0 else f"3D model 三维模型, seen {_SEEN[view]}."
            yield Draft(
                modality="image", text=text, title=name, data=picture.data, media_type=picture.media_type, metadata={**about, "view": view}
            )


def create(limits: DecodingLimits | None = None) -> Reader:
    """The reader."""
    return MeshReader(limits or DecodingLimits())
