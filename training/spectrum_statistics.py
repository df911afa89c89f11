"""Makes `retrieval/embedders/spectrum.json`: mean and spread of each sound feature, over a folder of labelled sounds; prints the scores.

    python training/spectrum_statistics.py FOLDER   # with esc10.tsv and esc10.zip: ESC-10 (CC BY 3.0), folds 1 to 4

Labels are used for the scores only. A clip's neighbours are looked for in the other folds, which keep recordings of one source together.
"""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from pathlib import Path

import numpy as np

from retrieval.decoding import Decoder
from retrieval.embedders import spectrum


def main(folder: Path) -> None:
    rows = list(csv.DictReader((folder / "esc10.tsv").open(encoding="utf-8"), delimiter="\t"))
    decoder = Decoder()
    with zipfile.ZipFile(folder / "esc10.zip") as archive:
        sounds = [decoder.pcm(decoder.admit(archive.read(row["file"]), row["file"])) for row in rows]
    decoder.close()
    raw = np.array([spectrum.features(sound) for sound in sounds])
    constants = {
        "source": "ESC-10 folds 1 to 4 (CC BY 3.0), training/spectrum_statistics.py",
        "mean": [round(float(value), 4) for value in raw.mean(0)],
        "spread": [round(float(value) + 1e-4, 4) for value in raw.std(0)],
    }
    Path(spectrum.__file__).with_suffix(".json").write_text(json.dumps(constants, indent=1) + "\n", encoding="utf-8")
    spectrum._constants.cache_clear()
    vectors = np.array([spectrum.descriptor(sound) for sound in sounds])
    labels, folds = np.array([row["class"] for row in rows]), np.array([row["fold"] for row in rows])
    cosine = vectors @ vectors.T
    cosine[folds[:, None] == folds[None, :]] = -2
    nearest = np.argsort(-cosine, axis=1)[:, :5]
    print("nearest neighbour", round(float((labels[nearest[:, 0]] == labels).mean()), 3))
    print("precision at 5", round(float((labels[nearest] == labels[:, None]).mean()), 3))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
