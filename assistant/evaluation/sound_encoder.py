"""Scores of the sound half of the joint space, on the folds of ESC-10 that it never heard: sounds by names, sentences and pictures.

The official folds keep recordings of one source together. An encoder without words is measured by its nearest neighbours only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.evaluation.base import Files, Score
from retrieval.content import Content
from retrieval.embedders.base import Embedder, Vectors

ROLE = "audio_embedder"
SETS = ("environment_sound/dev/esc10", "environment_sound/holdout/esc10")
HEARD = frozenset({"1", "2", "3"})
"""Folds that the shipped encoder was trained on."""
PROMPTS = ("{}", "the sound of {}")
SENTENCES = {
    "Dog bark": "A hound in the yard barks at a stranger.", "Rain": "Heavy drops fall from the grey sky onto the roof.",
    "Sea waves": "The surf rolls onto the shore.", "Baby cry": "A hungry newborn wails in its cot.",
    "Clock tick": "The old watch on the wall goes tick tock.", "Person sneeze": "He has a cold and goes achoo.",
    "Helicopter": "An aircraft with rotor blades hovers above the town.", "Chainsaw": "A lumberjack fells a tree with a motor saw.",
    "Rooster": "A cockerel greets the morning on the farm.", "Fire crackling": "Logs burn in the fireplace.",
}  # fmt: skip
"""Sentences in other words than those of the training."""
DRAWN = {
    "Dog bark": ("dog", "dog face"), "Rain": ("cloud with rain", "umbrella with rain drops"), "Sea waves": ("water wave",),
    "Baby cry": ("baby",), "Clock tick": ("alarm clock", "mantelpiece clock"), "Person sneeze": ("sneezing face",),
    "Helicopter": ("helicopter",), "Rooster": ("rooster",), "Fire crackling": ("fire",),
}  # fmt: skip
"""Names of emoji that show what makes the sound; there is none of a chainsaw."""


def evaluate(data: Path, embedder: Embedder) -> list[Score]:
    """Every figure of the sound encoder; about 20 s on two cores."""
    rows = [(files, row) for files in _sets(data) for row in files.rows if row["fold"] not in HEARD]
    sounds = embedder.embed([sound(files, row["file"]) for files, row in rows])
    kinds = np.array([row["class"] for _, row in rows])
    folds = ", ".join(sorted({row["fold"] for _, row in rows}))
    scores = [Score(ROLE, "esc10_nearest_neighbour", _nearest(sounds, kinds), len(rows), note=f"fold {folds}, another clip of it")]
    if "text" in embedder.modalities:
        scores += _by_words(embedder, sounds, kinds, f"fold {folds} of ESC-10, which the encoder never heard")
    if {"text", "image"} <= embedder.modalities:
        scores += _by_pictures(data, embedder, sounds, kinds)
    return scores


def sound(files: Files, name: str) -> Content:
    """A recording as an admitted content."""
    media_type = "audio/ogg" if name.endswith(".ogg") else "audio/flac"
    return Content(modality="audio", media_type=media_type, data=files.bytes(name), name=name)


def prompted(embedder: Embedder, names: Sequence[str]) -> Vectors:
    """One unit vector for each name: the mean over the prompts."""
    total = np.sum([embedder.embed([Content.from_text(p.format(n.lower())) for n in names]) for p in PROMPTS], axis=0)
    unit: Vectors = (total / np.linalg.norm(total, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _sets(data: Path) -> list[Files]:
    """The sets that are there; the first must be."""
    return [Files(data, name) for n, name in enumerate(SETS) if n == 0 or (data / f"{name}.tsv").is_file()]


def _nearest(sounds: Vectors, kinds: np.ndarray) -> float:
    alike = sounds @ sounds.T
    np.fill_diagonal(alike, -2)
    return float((kinds[alike.argmax(1)] == kinds).mean())


def _by_words(embedder: Embedder, sounds: Vectors, kinds: np.ndarray, note: str) -> list[Score]:
    names = sorted(SENTENCES)
    right = np.array([names.index(kind) for kind in kinds])
    named = prompted(embedder, names)
    told = embedder.embed([Content.from_text(SENTENCES[name]) for name in names])
    found = np.argsort(-(named @ sounds.T), axis=1)[:, :5]
    hits = float((right[found] == np.arange(len(names))[:, None]).mean())
    return [
        Score(ROLE, "esc10_names_top1", float(((sounds @ named.T).argmax(1) == right).mean()), len(kinds), goal=0.85, note=note),
        Score(ROLE, "esc10_sentences_top1", float(((sounds @ told.T).argmax(1) == right).mean()), len(kinds),
              note="ten sentences in words that were not trained on"),
        Score(ROLE, "esc10_found_by_name_precision5", hits, len(names), note="first five sounds for each name"),
    ]  # fmt: skip


def _by_pictures(data: Path, embedder: Embedder, sounds: Vectors, kinds: np.ndarray) -> list[Score]:
    """Sounds -> drawings of what makes them, in every style there is. Both towers were trained on words only, never on each other."""
    emoji = Files(data, "drawings/emoji/dev/emoji")
    of = {name: kind for kind, names in DRAWN.items() for name in names}
    rows = [row for row in emoji.rows if row["label"] in of]
    pictures, shown = embedder.embed([emoji.image(row["file"]) for row in rows]), np.array([of[row["label"]] for row in rows])
    have = np.isin(kinds, list(DRAWN))
    alike = sounds[have] @ pictures.T
    # A picture that is near to every sound tells nothing: each is measured against its own mean.
    alike = alike - alike.mean(0)
    top = shown[alike.argmax(1)] == kinds[have]
    five = (shown[np.argsort(-alike, axis=1)[:, :5]] == kinds[have][:, None]).any(1)
    note = f"{len(rows)} emoji of nine of the kinds"
    return [
        Score(ROLE, "sound_to_picture_top1", float(top.mean()), int(have.sum()), note=note),
        Score(ROLE, "sound_to_picture_top5", float(five.mean()), int(have.sum()), note=note),
    ]
