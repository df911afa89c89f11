"""The kinds of files that fuzzing damages: a good one of each, how often each is tried, and trial n of a seed as bytes."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import cache

from benchmarks.reliability import _damage, _damaged_documents
from benchmarks.reliability._borrowed import borrowed

INSIDE = {**_damage.INSIDE, **_damaged_documents.INSIDE}
WEIGHTS = {
    "png": 18, "gif": 12, "jpeg": 14, "webp": 12, "wav": 8, "mp3": 8, "flac": 6, "ogg": 3, "opus": 3, "m4a": 4, "pdf": 12, "mp4": 2,
    "webm": 1, "docx": 2, "pptx": 1, "json": 1, "csv": 1, "html": 2, "md": 1, "glb": 1, "gltf": 1, "stl": 1, "obj": 1, "ply": 1, "off": 1,
}  # fmt: skip
"""Of 117 files: pictures 56, sounds 32, PDF 12, the others by how deep their parsers are."""
_ORDER = tuple(kind for kind, weight in WEIGHTS.items() for _ in range(weight))


@cache
def good(kind: str) -> bytes:
    """A sound file of that kind, small, made here."""
    samples = borrowed("media_samples")
    if kind in ("glb", "gltf", "stl", "obj", "ply", "off"):
        return bytes(samples.mesh(kind))
    made: dict[str, Callable[[], bytes]] = {
        "png": lambda: samples.noise("PNG", (40, 40)), "gif": lambda: samples.gif(3), "jpeg": lambda: samples.noise("JPEG", (40, 40)),
        "webp": lambda: samples.noise("WEBP", (40, 40)), "pdf": lambda: samples.pdf([[(18, "Warranty"), (11, "Two years from the day.")]]),
        "wav": lambda: samples.wav(samples.tone(0.3)), "mp3": lambda: samples.sound("mp3", "libmp3lame", 0.5),
        "flac": lambda: samples.sound("flac", "flac", 0.3), "ogg": _vorbis, "opus": lambda: samples.sound("ogg", "libopus", 0.3),
        "m4a": lambda: samples.sound("mp4", "aac", 0.3), "mp4": lambda: samples.video(1.0),
        "webm": lambda: samples.video(0.6, container="webm", codec="libvpx"), "docx": samples.docx, "pptx": samples.pptx,
        "json": lambda: b'[{"name": "Jacket", "price": 189.0, "tags": ["a", null]}, {"question": "q", "answer": "a"}]',
        "csv": 'name,price\n"Jacket; red",189\n夹克,1\n'.encode,
        "html": lambda: b"<html><head><title>t</title></head><body><h1>a</h1><p>b<br>c<table><tr><td>1<td>2</table></body></html>",
        "md": "# 标题\n\nwords *here*\n\n```\ncode\n```\n- a\n- b\n".encode,
    }  # fmt: skip
    return made[kind]()


def _vorbis() -> bytes:
    """FLAC in Ogg: the libraries here write no Vorbis, and the pages are what matters."""
    return bytes(borrowed("media_samples").sound("ogg", "flac", 0.3))


def damaged(kind: str, rng: random.Random) -> bytes:
    """A damaged file: seven in ten are damaged inside their own checksums and lengths."""
    inside = INSIDE.get(kind)
    if inside is None or rng.random() > 0.7:
        return _damage.mutated(good(kind), rng)
    made = inside(good(kind), rng)
    return made + rng.randbytes(io.DEFAULT_BUFFER_SIZE) if rng.random() < 0.02 else made


def trial(seed: int, n: int) -> tuple[str, bytes]:
    """(kind, bytes) of trial `n`: the same whenever it is asked for."""
    kind = _ORDER[n * 53 % len(_ORDER)]
    return kind, damaged(kind, random.Random(f"{seed}/{n}"))
