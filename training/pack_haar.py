"""Packs Haar cascades of OpenCV 4 for the face reader: numbers only, nothing is learned here.

    pip download --no-deps "opencv-python-headless<5" && unzip 'opencv*.whl' 'cv2/data/*'
    python training/pack_haar.py --cascades cv2/data        # writes tools/emotions/haar.safetensors

The files and their licences (both allow redistribution with their notice, kept in `tools/emotions/haar.LICENCES.md`):
`haarcascade_frontalface_alt2.xml` (Rainer Lienhart; Intel License Agreement, BSD style) and `haarcascade_smile.xml` (Oscar Deniz Suarez,
Modesto Castrillon-Santana; BSD style).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

OUT = Path(__file__).parents[1] / "tools" / "emotions" / "haar.safetensors"
NAMES = {"face": "haarcascade_frontalface_alt2.xml", "smile": "haarcascade_smile.xml"}


def pack(path: Path) -> dict[str, np.ndarray]:
    """The numbers of one cascade of trees of at most two nodes. Raises ValueError for any other."""
    cascade = ET.parse(path).getroot().find("cascade")  # noqa: S314 - a file of the wheel that the person unpacked
    if cascade is None or cascade.findtext("featureType") != "HAAR":
        raise ValueError(f"{path} is no Haar cascade")
    rects, weights, tilted = [], [], []
    for feature in cascade.findall("features/_"):
        tilted.append(feature.findtext("tilted", "0").strip() == "1")
        rows = [line.text.split() for line in feature.findall("rects/_")]
        rects.append([[int(v) for v in row[:4]] for row in rows] + [[0, 0, 0, 0]] * (3 - len(rows)))
        weights.append([float(row[4]) for row in rows] + [0.0] * (3 - len(rows)))
    nodes, thresholds, leaves, stages, limits = [], [], [], [], []
    for stage in cascade.findall("stages/_"):
        trees = stage.findall("weakClassifiers/_")
        stages.append(len(trees))
        limits.append(float(stage.findtext("stageThreshold")))
        for tree in trees:
            inner = np.asarray(tree.findtext("internalNodes").split(), float).reshape(-1, 4)
            leaf = [float(v) for v in tree.findtext("leafValues").split()]
            if len(inner) > 2:
                raise ValueError("trees of more than two nodes are not run")
            if len(inner) == 2 and inner[0, 0] > 0 and inner[0, 1] > 0:
                raise ValueError("both branches of a root lead on")
            inner = np.pad(inner, ((0, 2 - len(inner)), (0, 0)))
            nodes.append(inner[:, :3].astype(int))
            thresholds.append(inner[:, 3])
            leaves.append(leaf + [0.0] * (3 - len(leaf)))
    return {
        "size": np.array([int(cascade.findtext("width")), int(cascade.findtext("height"))], np.int16),
        "rects": np.array(rects, np.int8), "weights": np.array(weights, np.float32), "tilted": np.array(tilted, np.uint8),
        "nodes": np.array(nodes, np.int16),
        "thresholds": np.array(thresholds, np.float32), "leaves": np.array(leaves, np.float32), "stages": np.array(stages, np.int16),
        "limits": np.array(limits, np.float32) - np.float32(1e-5),  # as OpenCV reads them
    }  # fmt: skip


def licence(path: Path) -> str:
    """The comment above a cascade: author, terms."""
    return "\n".join(line.strip() for line in re.search(r"<!--(.*?)-->", path.read_text("utf-8"), re.DOTALL)[1].strip().splitlines())


def main() -> None:
    """Pack, and write the notices beside the numbers; the card keeps its scores until they are measured anew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cascades", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    tensors: dict[str, np.ndarray] = {}
    for name, file in NAMES.items():
        tensors |= {f"{name}.{key}": np.ascontiguousarray(value) for key, value in pack(options.cascades / file).items()}
    save_file(tensors, options.out)
    notices = "\n\n".join(f"{file}, packed into haar.safetensors\n\n{licence(options.cascades / file)}" for file in NAMES.values())
    options.out.with_name("haar.LICENCES.md").write_text(notices + "\n", "utf-8")
    place = options.out.with_suffix(".card.json")
    if place.is_file():
        card = json.loads(place.read_text("utf-8"))
        card |= {"sha256": hashlib.sha256(options.out.read_bytes()).hexdigest(), "bytes": options.out.stat().st_size}
        place.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
