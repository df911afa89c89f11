"""Which files a command line means: files, folders, globs. Knows which kinds are read, opens nothing."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TABLES = frozenset({".csv", ".tsv", ".json", ".jsonl"})
"""Read first: their rows may describe pictures and sounds that come after them."""


@dataclass
class Found:
    """What a command line names."""

    files: list[Path] = field(default_factory=list)
    """Files to read, each once."""
    skipped: list[Path] = field(default_factory=list)
    """Files of a folder that are of no kind we read."""
    folders: list[Path] = field(default_factory=list)
    """Folders named, all below them included."""


def find(paths: Sequence[str]) -> Found:
    """The files that `paths` mean. Hidden files and folders are left out.

    Raises NotFound for a path or a glob that matches nothing.
    """
    from retrieval.faults import NotFound

    found, wanted = Found(), dict[Path, None]()
    for given in paths:
        path = Path(given).expanduser()
        matches = [path] if path.exists() else [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]
        if not matches:
            raise NotFound(f"There is no file or folder '{given}'.", hint="Check the path; put globs in quotes.", param=given)
        for match in matches:
            if match.is_dir():
                found.folders.append(match)
            for file, known in _files(match):
                if known:
                    wanted[file] = None
                else:
                    found.skipped.append(file)
    found.files = sorted(wanted, key=lambda file: file.suffix.lower() not in TABLES)
    return found


def origin(path: Path) -> str:
    """The path under which the service remembers a file: absolute, links followed."""
    return str(path.resolve())


def _files(path: Path) -> Iterator[tuple[Path, bool]]:
    if path.is_file():
        yield path, True
        return
    known = extensions()
    for inner in sorted(path.rglob("*")):
        if not any(part.startswith(".") for part in inner.relative_to(path).parts) and _is_file(inner):
            yield inner, inner.suffix.lower() in known


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that may be listed but not entered
        return False


def extensions() -> frozenset[str]:
    """Extensions of the kinds that are read, with their dots."""
    from retrieval.bulk.kinds import READ

    return READ
