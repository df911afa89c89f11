"""`assistant backup` and `restore`: a data directory as one archive, while it is in use or not. Knows paths; the archive is retrieval's."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import DataDir, Json

TRIES = 3
"""A file that somebody deletes while it is copied makes an archive fail; the next try no longer knows it."""


def backup(
    out: Annotated[Path, typer.Argument(help="Archive to write; must not exist.")], json: Json = False, data_dir: DataDir = None
) -> None:
    """Write documents, conversations and keys into one archive; a running server may go on.

    Examples:

        assistant backup assistant-backup.tar

        assistant backup "backup-$(date +%F).tar" --json
    """
    from assistant.settings import read
    from retrieval.backup import by_postgres
    from ui.cli import output

    settings = read({"data_dir": data_dir})
    if settings.database != "sqlite":
        raise by_postgres()
    manifest = archive_of(settings.data_dir, out)
    size = out.stat().st_size
    if json:
        output.show_json({"path": str(out), "bytes": size, "library": manifest["library"], "members": len(manifest["members"])})
    else:
        output.write(f"Saved {len(manifest['members'])} files, {output.size(size)}, to {out}.")


def archive_of(data_dir: Path, out: Path) -> dict[str, Any]:
    """Write the archive of a data directory; its manifest. Raises NotFound, Conflict, StorageFull.

    The library's database is copied first by SQLite's online backup, so that this works beside a running server and never writes to
    its files.
    """
    from retrieval.backup import write
    from retrieval.database import Database
    from retrieval.faults import InvalidInput, NotFound, StorageFull
    from retrieval.library import DATABASE

    if not (data_dir / DATABASE).is_file():
        raise NotFound(f"There is no library in {data_dir}.", hint="Name the data directory with --data-dir.")
    if not out.parent.is_dir():
        raise InvalidInput(f"There is no folder {out.parent}.", hint="Make it first, or choose another place.")
    for left in reversed(range(TRIES)):
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=".backup-") as folder:
            copy = Path(folder) / DATABASE
            with closing(sqlite3.connect(data_dir / DATABASE)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            database = Database(copy)
            try:
                return write(data_dir, database, out)
            except StorageFull as fault:
                if not left or not isinstance(fault.__cause__, FileNotFoundError):
                    raise
            finally:
                database.close()
    raise AssertionError("the last try returns or raises")


def restore(
    archive: Annotated[Path, typer.Argument(help="An archive that `assistant backup` wrote.")], json: Json = False, data_dir: DataDir = None
) -> None:
    """Unpack an archive into an empty data directory, after checking every file of it.

    Example: assistant restore assistant-backup.tar --data-dir ~/assistant-data
    """
    from assistant.settings import read
    from retrieval.backup import restore as unpack
    from ui.cli import output

    target = read({"data_dir": data_dir}).data_dir
    manifest = unpack(archive, target)
    if json:
        output.show_json({"data_dir": str(target), "library": manifest["library"], "members": len(manifest["members"])})
    else:
        output.write(f"Restored {len(manifest['members'])} files into {target}.")
