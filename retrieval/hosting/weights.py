"""Weights: finds a model's files on this machine, pinned and checked. Knows no model class, and opens no connection.

A model comes from a directory, or from the hub's cache after `assistant models pull`, which writes down the commit and the sha256 of
each file in `models.lock.json`. Only safetensors are taken: a pickle could run code.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from filelock import FileLock

from retrieval.faults import InvalidInput, NotInstalled, Unreadable
from retrieval.hosting.reference import Reference

LOCK_FILE = "models.lock.json"
PICKLED = (".bin", ".pt", ".pth", ".pkl", ".ckpt", ".pickle", ".joblib", ".h5", ".msgpack")
SAFE = ("*.safetensors",)
"""Patterns of weight files; a back-end whose library has a format of its own that holds no code names that instead."""
ANY = ("*.safetensors", "*.onnx", "*.bin", "*.npz")
"""Every kind of weight file that some back-end reads."""
_BLOCK = 2**20


@dataclass(frozen=True)
class Weights:
    """A model that lies on this machine."""

    path: Path
    source: str
    """Hub id, or the directory as it was named."""
    files: tuple[Path, ...] = ()
    """Its weight files."""
    revision: str = ""
    """Commit of the hub; empty for a directory."""
    bytes: int = 0
    """Of its weight files."""
    options: dict[str, str] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> int:
        """Numbers in its safetensors, read from their heads; 0 for files of another kind. Raises Unreadable."""
        return sum(_numbers(path) for path in self.files if path.suffix == ".safetensors")

    def config(self, name: str = "config.json") -> dict[str, Any]:
        """A JSON file of the model; empty when there is none. Raises Unreadable."""
        path = self.path / name
        if not path.is_file():
            return {}
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (ValueError, OSError) as error:
            raise Unreadable(f"{path} cannot be read: {error}.", hint="Pull or copy the model again.") from error
        return found


class ModelFiles:
    """Finds models in directories and in the hub's cache. Safe for threads."""

    def __init__(self, cache_dir: Path) -> None:
        """`cache_dir` holds the lock file."""
        self._pins = cache_dir / LOCK_FILE
        self._digests: dict[tuple[str, int, float], str] = {}
        self._lock = threading.Lock()

    def locate(self, reference: Reference, patterns: tuple[str, ...] = SAFE) -> Weights:
        """The model's files. Raises NotInstalled when they are not here, InvalidInput when no weights match `patterns`."""
        folder = Path(reference.where).expanduser()
        if folder.is_dir():
            return _checked(folder, reference, "", patterns)
        if not reference.on_hub:
            raise NotInstalled(
                f"There is no model at '{reference.where}'.", hint="Name a directory that holds one, or a hub id such as org/name.",
            )  # fmt: skip
        pin = self.pins().get(reference.where, {})
        pulled = str(pin.get("revision", ""))
        revision = reference.revision or pulled
        snapshot = _snapshot(reference.where, revision, list(pin.get("files", ())) if revision == pulled else [])
        return _checked(snapshot, reference, snapshot.name, patterns)

    def pins(self) -> dict[str, dict[str, Any]]:
        """What was pulled: hub id -> `revision` and `files` (name -> sha256)."""
        try:
            found: dict[str, dict[str, Any]] = json.loads(self._pins.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def pin(self, source: str, revision: str, path: Path) -> dict[str, str]:
        """Write down the commit that was pulled and the sha256 of each file: a template or a configuration can do harm too."""
        files = {str(f.relative_to(path)): self.sha256(f) for f in sorted(path.rglob("*")) if f.is_file()}
        self._pins.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._pins.with_suffix(".lock")):
            pins = self.pins() | {source: {"revision": revision, "files": files}}
            fresh = self._pins.with_suffix(".new")
            fresh.write_text(json.dumps(pins, indent=1, sort_keys=True), "utf-8")
            fresh.replace(self._pins)
        return files

    def verify(self, weights: Weights) -> None:
        """Raises Unreadable when a file is not the one that was pulled, or was not pulled at all."""
        pin = self.pins().get(weights.source)
        if pin is None:
            return
        wanted = f"{weights.source}@{weights.revision}" if weights.revision not in ("", pin["revision"]) else weights.source
        pulled = {} if wanted != weights.source else pin["files"]
        there = {str(path.relative_to(weights.path)) for path in weights.path.rglob("*") if path.is_file()}
        for name in sorted(there | set(pulled)):
            if name not in there or name not in pulled or self.sha256(weights.path / name) != pulled[name]:
                raise Unreadable(
                    f"{name} of {wanted} is not the file that was pulled.", hint=f"Run: assistant models pull {wanted}",
                    code="weights_changed",
                )  # fmt: skip

    def digest(self, weights: Weights) -> str:
        """One sha256 over all weight files; the hash of the file itself when there is one."""
        found = [self.sha256(f) for f in weights.files]
        return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()

    def sha256(self, path: Path) -> str:
        """Of a file; kept as long as it is not changed."""
        stat = path.stat()
        key = (str(path.resolve()), stat.st_size, stat.st_mtime)
        with self._lock:
            if key in self._digests:
                return self._digests[key]
        found = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                found.update(block)
        with self._lock:
            return self._digests.setdefault(key, found.hexdigest())


def _numbers(path: Path) -> int:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            return sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise Unreadable(f"{path} is damaged: {error}.", hint="Pull or copy the model again.", code="weights_damaged") from error


def _snapshot(source: str, revision: str, files: list[str]) -> Path:
    """The folder of a model in the hub's cache that has these `files`; all of them when none are named."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(source, revision=revision or None, allow_patterns=files or None, local_files_only=True))
    except (LocalEntryNotFoundError, FileNotFoundError) as error:
        raise NotInstalled(
            f"The model {source} is not on this machine.", hint=f"Download it with: assistant models pull {source}", code="model_missing",
        ) from error  # fmt: skip


def _checked(folder: Path, reference: Reference, revision: str, patterns: tuple[str, ...]) -> Weights:
    files = tuple(sorted({f for pattern in patterns for f in folder.rglob(pattern) if f.is_file()}))
    if not files:
        pickled = sorted(f.name for f in folder.rglob("*") if f.suffix in PICKLED)
        why = f"its weights are {', '.join(pickled[:3])}, and such files can run code" if pickled else "it holds no weights"
        raise InvalidInput(
            f"'{reference.where}' cannot be used: {why}.", hint="Choose a model (or a revision) that comes as safetensors.",
            code="no_safetensors",
        )  # fmt: skip
    size = sum(f.stat().st_size for f in files)
    return Weights(path=folder, source=reference.where, files=files, revision=revision, bytes=size, options=dict(reference.options))
