"""Measures plain speech for the norms of `tools/emotions/prosody.py`; prints them. Nothing is fitted to emotions.

    python training/measure_prosody.py --data DIR

Read sentences (LJSpeech and others, public domain or CC) and spoken orders (Picovoice coffee commands, Apache-2.0): a sample of each set,
the two counting alike.
"""

from __future__ import annotations

import argparse
import csv
import sys
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from retrieval.content import Content
from retrieval.decoding import Decoder
from tools.emotions._voice import RATE, measure
from training.data import folder

SETS = ("transcribed_en", "coffee_commands")
NAMES = ("semitones", "high", "movement", "spread", "alpha", "hammarberg", "flux", "dynamics", "pace", "voiced")


def voices(data: Path, name: str, count: int) -> np.ndarray:
    """(clips, measures) of a sample of one set."""
    place = data / "speech" / "dev" / name
    with place.with_suffix(".tsv").open(encoding="utf-8", newline="") as file:
        files = [row["file"] for row in csv.DictReader(file, delimiter="\t")]
    found = []
    with zipfile.ZipFile(place.with_suffix(".zip")) as clips:
        for file in files[:: max(1, len(files) // count)]:
            sound = Content(modality="audio", media_type="audio/ogg", data=clips.read(file), name=file)
            voice = measure(Decoder().pcm(sound, RATE))
            if voice is not None:
                found.append([getattr(voice, measured) for measured in NAMES])
    return np.array(found)


def main() -> None:
    """Print mean and spread of each measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--count", type=int, default=120)
    options = parser.parse_args()
    tables = [voices(folder(options.data), name, options.count) for name in SETS]
    means = np.mean([table.mean(0) for table in tables], 0)
    spreads = np.sqrt(np.mean([table.var(0) for table in tables], 0))
    for name, mean, spread in zip(NAMES, means, spreads, strict=True):
        print(f'"{name}": ({mean:.2f}, {spread:.2f}),')


if __name__ == "__main__":
    main()
