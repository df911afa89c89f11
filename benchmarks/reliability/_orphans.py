"""Files of a data directory that nothing names: what an interrupted or refused upload must not leave behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_NAMED = "SELECT sha256 FROM files UNION SELECT blob FROM items WHERE blob IS NOT NULL"


def orphans(data: Path) -> list[str]:
    """Blobs without a row, drafts that were never renamed, and rows without a blob, as relative paths. Reads beside a running server."""
    with closing(sqlite3.connect(f"file:{data / 'library.db'}?mode=ro", uri=True)) as database:
        named = {row[0] for row in database.execute(_NAMED)}
    there = {path.name: path for path in (data / "blobs").rglob("*") if path.is_file()}
    stray = [str(path.relative_to(data)) for name, path in there.items() if name not in named]
    lost = [f"blob {name[:12]} is missing" for name in named if name not in there]
    return sorted(stray + lost + [str(path.relative_to(data)) for path in data.rglob("*.tmp") if path.parent.parent.name != "blobs"])
