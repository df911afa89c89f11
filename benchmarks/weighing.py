"""What an installation weighs: the distribution and everything it requires without extras, by the files that were installed."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

NAME = "synesthesia"
MODEL_LIBRARIES = frozenset(("torch", "transformers", "diffusers", "accelerate", "sentence-transformers", "faster-whisper"))
"""What runs full-size models, and the drawing that is bundled; search, answers and speech never import it. The package that carries the
text encoder asks for some of it all the same, so an installation has it."""


def required(name: str = NAME, without: frozenset[str] = frozenset()) -> dict[str, Distribution]:
    """Every installed distribution that `name` needs without extras, itself included, by normalised name; not those in `without`, nor what
    only they need."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(name, frozenset[str]())]
    while waiting:
        name, extras = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if (key, extras) in seen or key in without:
            continue
        seen.add((key, extras))
        try:
            found[key] = distribution(name)
        except PackageNotFoundError:
            continue  # for another system
        for line in found[key].requires or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((needed.name, frozenset(needed.extras)))
    return found


def install_bytes(name: str = NAME, without: frozenset[str] = frozenset()) -> int:
    """Bytes of the files of all of them; of a project that is installed in place, those of its packages."""
    return sum(_bytes(one) for one in required(name, without).values()) + _in_place()


def _bytes(installed: Distribution) -> int:
    paths = [Path(str(installed.locate_file(file))) for file in installed.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


def _in_place() -> int:
    root = Path(__file__).parents[1]
    folders = [root / name for name in ("assistant", "retrieval", "tools", "ui")]
    return sum(
        path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
