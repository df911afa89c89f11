"""Listing: the names below a place, one after the other, with size and mark. Holds no more than one page or one folder of them.

Hidden files and folders are left out, as the ordinary ingestion leaves them out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retrieval.bulk.base import Listed
from retrieval.bulk.places import Place, unknown
from retrieval.faults import Fault, NotAllowed, NotFound

_MARKS = ("ETag", "etag", "generation", "content_md5", "md5Hash", "checksum")
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")


def listing(place: Place, system: Any) -> Iterator[Listed]:
    """What lies below a place. Raises NotFound, NotAllowed, Unavailable."""
    if place.local:
        yield from _folder(Path(place.root))
        return
    try:
        yield from _bucket(place, system) if place.scheme == "s3" else _walked(place, system)
    except Fault:
        raise
    except FileNotFoundError as error:
        raise NotFound(f"There is nothing at {place.address}.", hint="Check the bucket and the folder.", param="path") from error
    except PermissionError as error:
        raise NotAllowed(f"{place.address} may not be listed.", hint="Check the credentials in the environment.") from error
    except Exception as error:  # whatever the library of a cloud raises: its words may hold keys
        raise unknown(place, error) from None


def mark_of(info: Mapping[str, Any], size: int) -> str:
    """What tells one version of an object from the next: its ETag, else size and time."""
    for key in _MARKS:
        if info.get(key):
            return str(info[key]).strip('"')[:200]
    for key in _TIMES:
        if info.get(key):
            return f"{size}-{info[key]}"[:200]
    return str(size)


def _folder(root: Path) -> Iterator[Listed]:
    waiting = [root]
    while waiting:
        try:
            entries = os.scandir(waiting.pop())
        except OSError:  # it may be listed and not entered, or went away
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                try:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                        continue
                    state = entry.stat()
                    if not stat.S_ISREG(state.st_mode):
                        continue
                    path = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                except OSError:
                    continue
                if path.isprintable() and path.encode("utf-8", "ignore").decode() == path:
                    yield Listed(path, state.st_size, f"{state.st_size}-{state.st_mtime_ns}")


def _bucket(place: Place, system: Any) -> Iterator[Listed]:
    """Page by page: `find` of fsspec would hold every name at once."""
    bucket, _, prefix = place.root.partition("/")
    prefix = f"{prefix.rstrip('/')}/" if prefix else ""
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    while True:
        page = system.call_s3("list_objects_v2", **asked)
        for entry in page.get("Contents") or ():
            key = str(entry["Key"])
            if not key.endswith("/") and not _hidden(key.removeprefix(prefix)) and key.isprintable():
                size = int(entry["Size"])
                yield Listed(f"s3://{bucket}/{key}", size, mark_of(entry, size))
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def _walked(place: Place, system: Any) -> Iterator[Listed]:
    """Folder by folder."""
    waiting = [place.root if place.scheme != "memory" else f"/{place.root}"]
    while waiting:
        for info in system.ls(waiting.pop(), detail=True):
            name = str(info["name"])
            if _hidden(name.rstrip("/").rpartition("/")[2]):
                continue
            if info.get("type") == "directory":
                waiting.append(name)
            elif name.isprintable():
                size = int(info.get("size") or 0)
                yield Listed(f"{place.scheme}://{name.lstrip('/')}", size, mark_of(info, size))
        system.invalidate_cache()


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
