"""Pairs: words, a voice and a face that show the same feeling, with its label. From a person's table or folder, or made from public sets.

No set of all three with rights for it was found. So pairs of public sets are made by label: words of one person, the voice of another, the
face of a third. That tells how readings combine when their errors have nothing to do with each other; people are less kind than that.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.evaluation.base import Files, held_out
from assistant.evaluation.text_emotion import PARTS, comments
from retrieval.faults import InvalidInput, NotFound
from tools.emotions._names import known
from tools.emotions.base import GROUP_OF, LABELS

VOICES = "nc_or_unclear/emotion_speech/dev/ravdess_en_subset"
FACES = "nc_or_unclear/face_emotion/dev/facial_expressions"
WORDS = "emotion_text/dev/goemotions.tsv"
ENDINGS = {
    "text": (".txt",), "audio": (".wav", ".ogg", ".mp3", ".flac", ".m4a", ".opus"), "image": (".jpg", ".jpeg", ".png", ".webp"),
}  # fmt: skip
COLUMNS = {
    "text": ("text", "words", "transcript"), "audio": ("audio", "voice", "sound", "recording"), "image": ("image", "face", "picture"),
}  # fmt: skip
SET = 280
"""Pairs that are made of public sets where no limit is named."""
Opened = Callable[[], bytes]


@dataclass(frozen=True)
class Pair:
    """What one person said, how it sounded and how they looked; any one of them may be missing."""

    key: str
    """The same for the same pair."""
    label: int
    """Place in LABELS."""
    text: str = ""
    files: dict[str, tuple[str, Opened]] = field(default_factory=dict)
    """`audio` and `image` -> name of the file, and what opens it."""


def read(data: Path, limit: int = 0) -> list[Pair]:
    """The pairs of a table, of a folder with a folder for each feeling, or of the public sets; at most `limit` where it is not 0.

    Raises NotFound, InvalidInput.
    """
    if data.is_file():
        return sample(of_table(data), limit)
    if (data / WORDS).is_file():
        return sample(of_sets(data, math.ceil((limit or SET) / len(LABELS))), limit)
    if data.is_dir():
        return sample(of_folder(data), limit)
    raise NotFound(f"There is no {data}.", hint="Name a table, or a folder: --data PATH.", param="data")


def sample(pairs: list[Pair], limit: int) -> list[Pair]:
    """At most `limit` pairs, as many of each feeling as there are, the same ones every time; all for 0."""
    if not limit or len(pairs) <= limit:
        return pairs
    of: list[list[int]] = [[] for _ in LABELS]
    for place in sorted(range(len(pairs)), key=lambda place: _order(pairs[place].key)):
        of[pairs[place].label].append(place)
    turns = [place for turn in itertools.zip_longest(*of) for place in turn if place is not None]
    return [pairs[place] for place in sorted(turns[:limit])]


def label_of(name: str, where: str) -> int:
    """Place in LABELS of what somebody calls a feeling. Raises InvalidInput."""
    plain = name.strip().casefold()
    if plain in GROUP_OF:
        return GROUP_OF[plain]
    if found := known(plain):
        return LABELS.index(found)
    raise InvalidInput(
        f"{where}: '{name}' is no feeling that is known here.", hint=f"Use one of: {', '.join(LABELS)}.", param="data", code="unknown_label"
    )


def of_table(path: Path) -> list[Pair]:
    """The rows of a table: columns text, audio, image (files beside the table) and label. Raises InvalidInput, NotFound."""
    from assistant.training.rows import column, needed, table

    rows = table(path)
    label = needed(rows, ("label", "emotion", "feeling", "标签", "情绪", "情感"), path, "text,audio,image,label")
    columns = {modality: column(rows, names) for modality, names in COLUMNS.items()}
    if not any(columns.values()):
        raise InvalidInput(f"{path} names no words, voice or face.", hint="Its first line is: text,audio,image,label.", param="data")
    found = []
    for line, row in rows:
        files = {}
        for modality in ("audio", "image"):
            name = row.get(columns[modality], "") if columns[modality] else ""
            if name and not (path.parent / name).is_file():
                raise NotFound(f"{path}, line {line}: there is no file {name}.", hint="Paths are beside the table.", param="data")
            if name:
                files[modality] = (name, (path.parent / name).read_bytes)
        text = row.get(columns["text"], "") if columns["text"] else ""
        if (text or files) and row.get(label):
            key = "|".join([text, *(name for name, _ in files.values())])
            found.append(Pair(key, label_of(row[label], f"{path}, line {line}"), text, files))
    return _several(found, path)


def of_folder(folder: Path) -> list[Pair]:
    """FOLDER/FEELING/NAME.txt, NAME.wav, NAME.jpg: files of one name are a pair. A table in the folder goes first. Raises InvalidInput."""
    tables = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".tsv", ".csv", ".jsonl"))
    if tables:
        return of_table(tables[0])
    found = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        label, stems = label_of(place.name, str(place)), sorted({path.stem for path in place.iterdir() if path.is_file()})
        for stem in stems:
            beside = {m: next((p for e in ends if (p := place / f"{stem}{e}").is_file()), None) for m, ends in ENDINGS.items()}
            text = beside.pop("text")
            files = {modality: (path.name, path.read_bytes) for modality, path in beside.items() if path is not None}
            if text or files:
                found.append(Pair(f"{place.name}/{stem}", label, text.read_text("utf-8").strip() if text else "", files))
    return _several(found, folder)


def _several(found: list[Pair], where: Path) -> list[Pair]:
    if len({pair.label for pair in found}) < 2:
        raise InvalidInput(
            f"{where} has rows of {len({p.label for p in found})} feelings.",
            hint="Pairs of two feelings at least are needed: a table with text, audio, image, label, or FOLDER/FEELING/NAME.wav.",
            param="data", code="one_class",
        )  # fmt: skip
    return found


def of_sets(data: Path, most: int) -> list[Pair]:
    """Pairs by label of GoEmotions, RAVDESS and photographs of faces, `most` of each feeling; the same on every machine."""
    voices, faces, told = _by_label(data, VOICES), _by_label(data, FACES), spoken(data, learned=False)
    found = []
    for label in range(len(LABELS)):
        texts = sorted((text for text, own in told if own == label), key=_order)[:most]
        for place, text in enumerate(texts):
            files = {m: rows[label][place % len(rows[label])] for m, rows in (("audio", voices), ("image", faces)) if rows[label]}
            found.append(Pair(text, label, text, files))
    return found


def spoken(data: Path, *, learned: bool) -> list[tuple[str, int]]:
    """(text, label) of the comments with one feeling that the reading of words did not learn from.

    The shipped fusions learned from one half of them (`learned`), and are measured on the other.
    """
    found = []
    for text, names in comments(data):
        groups = {GROUP_OF[name] for name in names}
        if held_out(text, PARTS) and len(groups) == 1 and held_out(f"fusion {text}", 2) is learned:
            found.append((text, min(groups)))
    return found


def _by_label(data: Path, name: str) -> list[list[tuple[str, Opened]]]:
    """The files of a set with each of LABELS, in a mixed order; contempt is none of them."""
    files = Files(data, name)
    found: list[list[tuple[str, Opened]]] = [[] for _ in LABELS]
    for row in sorted(files.rows, key=lambda row: _order(row["file"])):
        if label := known(row["emotion"]) if row["emotion"] != "contempt" else "":
            found[LABELS.index(label)].append((row["file"], _opener(files, row["file"])))
    return found


def _opener(files: Files, name: str) -> Opened:
    return lambda: files.bytes(name)


def _order(name: str) -> str:
    return hashlib.sha256(f"pairs {name}".encode()).hexdigest()


def counts(pairs: Sequence[Pair]) -> dict[str, int]:
    """How many pairs of each feeling."""
    of = np.bincount([pair.label for pair in pairs], minlength=len(LABELS))
    return dict(zip(LABELS, map(int, of), strict=True))
