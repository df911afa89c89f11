"""Writes the card of the picture encoder, with scores measured through the service's own code.

    python training/image_encoder_card.py --data DIR

Run it after `train_image_encoder.py` and `fit_likeness.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from assistant.evaluation.image_encoder import evaluate
from retrieval.embedders.senses import HERE, WEIGHTS, create
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
LIMITS = (
    "Sees 128 x 128 pixels, by edges, textures and colours. Names everyday things on drawings and simple photographs and is often wrong; "
    "reads no text, counts nothing, knows no person."
)
TRAINING = {
    "command": "python training/train_image_encoder.py --data DIR --steps 3000", "seconds": 1932,
    "device": "2 cores of an AMD EPYC without AVX-512, shared", "data": DATA,
}  # fmt: skip


def card(weights: Path, scores: dict[str, float]) -> dict[str, Any]:
    """What is known of the weights."""
    content = weights.read_bytes()
    return {
        "name": "senses, pictures", "role": "image_embedder", "kind": "learned", "source": "training/train_image_encoder.py",
        "revision": "2",
        "sha256": hashlib.sha256(content).hexdigest(), "licence": "Apache-2.0", "bytes": len(content), "modalities": ["image"],
        "dimension": 384, "scores": scores, "scores_note": "on rows that it was not trained on", "limits": LIMITS, "training": TRAINING,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder of the training sets (default: $DATA)")
    parser.add_argument("--cache", default="~/.cache/synesthesia", type=lambda given: Path(given).expanduser())
    given = parser.parse_args()
    scores = {score.name: round(score.value, 4) for score in evaluate(folder(given.data), create(given.cache))}
    weights = HERE / WEIGHTS["image"]
    weights.with_suffix(".card.json").write_text(json.dumps(card(weights, scores), indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(scores, indent=2))


if __name__ == "__main__":
    main()
