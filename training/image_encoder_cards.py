"""Writes the cards of both members of the picture encoder, with scores measured through the service's own code.

    python training/image_encoder_cards.py --data DIR

The two are measured together, because they are only used together; run it after either was trained, and after `fit_likeness.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from assistant.evaluation.image_encoder import evaluate
from retrieval.embedders.senses import GRADIENTS, HERE, WEIGHTS, create
from training.data import folder

DATA = {
    "drawings/emoji: Noto, Blobmoji": "Apache-2.0", "drawings/emoji: Fluent": "MIT", "drawings/emoji: Twemoji, FxEmoji": "CC BY 4.0",
    "drawings/emoji: OpenMoji": "CC BY-SA 4.0", "names of emoji (Unicode CLDR), keywords (emojilib)": "Unicode-3.0, MIT",
    "drawings/icons: game-icons": "CC BY 3.0", "drawings/icons: Phosphor, flat-color-icons": "MIT",
    "drawings/openclipart, glitch, kenney, pixel_tiles": "CC0 1.0", "photos/caltech101": "CC BY 4.0", "photos/flowers": "CC BY 2.0",
    "photos/fruits (Fruits-360)": "CC BY-SA 4.0", "photos/grocery": "MIT", "photos/pets (Oxford-IIIT Pet)": "CC BY-SA 4.0",
    "photos/openimages_small": "CC BY 2.0", "photos/coco_captions": "CC BY 2.0, CC BY-SA 2.0, captions CC BY 4.0",
    "images/clothing": "CC0 1.0", "products/magento": "OSL-3.0",
}  # fmt: skip
TEACHER = {"teacher: MobileNet v1 on ImageNet (features of the photographs only)": "Apache-2.0"}
LIMITS = (
    "Sees 64 x 64 pixels. Names everyday things on drawings and simple photographs and is often wrong; reads no text, counts nothing, "
    "knows no person."
)
MEMBERS: dict[str, dict[str, Any]] = {
    WEIGHTS["image"]: {
        "name": "senses, pictures: residual network", "source": "training/train_image_encoder.py",
        "command": "python training/train_image_encoder.py --data DIR --minutes 69", "seconds": 4140,
        "device": "1 core of an AMD EPYC without AVX-512, shared", "data": DATA | TEACHER,
    },
    GRADIENTS: {
        "name": "senses, pictures: edges and colours", "source": "training/train_gradient_encoder.py",
        "command": "python training/train_gradient_encoder.py --data DIR --steps 3500", "seconds": 1085,
        "device": "1 core of an AMD EPYC without AVX-512, shared", "data": DATA,
    },
}  # fmt: skip


def card(weights: Path, about: dict[str, Any], scores: dict[str, float]) -> dict[str, Any]:
    """What is known of one file."""
    content = weights.read_bytes()
    return {
        "name": about["name"], "role": "image_embedder", "kind": "learned", "source": about["source"], "revision": "1",
        "sha256": hashlib.sha256(content).hexdigest(), "licence": "Apache-2.0", "bytes": len(content), "modalities": ["image"],
        "dimension": 384, "scores": scores, "scores_note": "of both members together, on rows that neither was trained on",
        "limits": LIMITS, "training": {key: about[key] for key in ("command", "seconds", "device", "data")},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia", type=lambda given: Path(given).expanduser())
    given = parser.parse_args()
    scores = {score.name: round(score.value, 4) for score in evaluate(folder(given.data), create(given.cache))}
    for name, about in MEMBERS.items():
        path = (HERE / name).with_suffix(".card.json")
        path.write_text(json.dumps(card(HERE / name, about, scores), indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
