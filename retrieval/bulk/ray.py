"""Ray: the engine that reads on many machines, with Ray Data. Two kinds of actors: some fetch, decode and describe, others embed.

Names go out in windows, so that the driver never holds a million of them, and the streaming executor holds work back while the writer or
an embedder is behind. What travels is MessagePack in Arrow columns. Ray itself starts its actors from pickled code, on its own machines.
"""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import islice
from typing import Any

from retrieval.bulk.base import Listed, Read, Refused
from retrieval.bulk.places import Place, of_this_machine
from retrieval.bulk.reading import Opened, Reader
from retrieval.bulk.wire import Parcel, dumped, loaded, packed, size_of
from retrieval.faults import Fault, InvalidInput, NotAllowed, Unavailable

WINDOW = 20_000
"""Names that are handed to Ray at a time."""
BLOCK = 64
"""Names of one task."""
OPEN_FILES, EMBED_FILES = 16, 24
"""Files that an actor takes at once."""
THREADS = 4
"""That fetch, in one actor."""
STORE_BYTES = 1024 * 2**20
"""Of the object store of a Ray that is started here; what does not fit waits, or goes to the disk."""
OpenReader = Callable[[str, Place, int], Reader]
"""Makes a reader from settings as text, with so many decoding processes. Must be importable where Ray runs."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_enable_metrics_collection": "0", "RAY_prestart_worker_first_driver": "0", "RAY_num_prestart_python_workers": "0",
    "RAY_enable_worker_prestart": "0", "RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_LOG_TO_STDERR": "0",
}  # fmt: skip
_log = logging.getLogger(__name__)


def missing(place: Place) -> str:
    """Why Ray cannot read a place; empty when it can."""
    if find_spec("ray") is None:
        return "Ray is not installed (the extra grown)."
    if place.scheme == "memory":
        return "What is in the memory of this process, no other can read."
    return ""


def check_address(address: str, workers: int, *, offline: bool) -> None:
    """Raises InvalidInput for what is no cluster's address, NotAllowed for one of another machine when offline."""
    host, found, port = address.rpartition(":")
    if not workers or (address != "auto" and not (found and host and port.isdigit() and "/" not in host)):
        raise InvalidInput("--ray needs --workers and an address.", hint="Use --workers 8 --ray auto, or HOST:6379.", param="ray")
    if offline and address != "auto" and not of_this_machine(host):
        raise NotAllowed("This service is offline, and the cluster is on another machine.", hint="Start without OFFLINE=1.", code="offline")


class RayEngine:
    """Reads with `workers` pairs of actors: on the cluster at `address`, or on a Ray of this machine that ends with the run."""

    def __init__(self, settings: str, place: Place, open_reader: OpenReader, workers: int, address: str = "") -> None:
        self._opening = partial(open_reader, settings, place, 1)
        self._workers, self._address = workers, address
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._joined = False

    def run(self, tasks: Iterator[Listed]) -> Iterator[Read | Refused]:
        """As `retrieval.bulk.base.Engine`. Raises Unavailable when Ray does not start, or is lost."""
        while names := list(islice(tasks, WINDOW)):
            try:
                self._begin()
                yield from self._window(names)
            except Fault:
                raise
            except Exception as error:
                _log.exception("bulk ingestion with Ray stopped")
                raise Unavailable(
                    f"Ray stopped ({type(error).__name__}).", hint="Run it again: it goes on from here. --workers 0 does without Ray.",
                    code="ray_lost",
                ) from error  # fmt: skip

    def _begin(self) -> None:
        if self._folder is not None or self._joined:
            return
        os.environ.update(_QUIET)
        if not self._address:
            # Read as Ray is imported: without it, whoever on this machine finds the port may run programs as this person.
            os.environ.update({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)})
        import ray
        from ray.data import DataContext

        if self._address:
            with _quietly():
                ray.init(address=self._address, log_to_driver=False, logging_level=logging.ERROR)
            self._joined = True
        else:
            from ray._private import ray_constants

            # Or else Ray takes the address by which others reach this machine, also when it is told 127.0.0.1.
            ray_constants.ENABLE_RAY_CLUSTER = False
            self._folder = tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True)
            with _quietly():
                ray.init(
                    address="local", num_cpus=2 * self._workers, include_dashboard=False, object_store_memory=STORE_BYTES,
                    log_to_driver=False, logging_level=logging.ERROR, _node_ip_address="127.0.0.1", _temp_dir=self._folder.name,
                )  # fmt: skip
        DataContext.get_current().enable_progress_bars = False
        for name in ("ray.data", "ray._private"):
            logging.getLogger(name).setLevel(logging.CRITICAL)

    def close(self) -> None:
        """End the Ray that was started here, or leave the cluster. Safe to call twice."""
        if self._folder is not None or self._joined:
            import ray

            ray.shutdown()
        if self._folder is not None:
            self._folder.cleanup()
        self._folder, self._joined = None, False

    def _window(self, names: list[Listed]) -> Iterator[Read | Refused]:
        import pyarrow as pa
        import ray.data

        known = {one.origin: one for one in names}
        columns = {"origin": [one.origin for one in names], "size": [one.size for one in names], "mark": [one.mark for one in names]}
        pool = ray.data.ActorPoolStrategy(min_size=1, max_size=self._workers)
        made = {"fn_constructor_kwargs": {"opening": self._opening}, "batch_format": "pyarrow", "compute": pool, "num_cpus": 1}
        blocks = max(1, min(len(names), -(-len(names) // BLOCK)))
        files = (
            ray.data.from_arrow(pa.table(columns), override_num_blocks=blocks)
            .map_batches(OpenFiles, batch_size=OPEN_FILES, **made)
            .map_batches(EmbedFiles, batch_size=EMBED_FILES, **made)
        )
        for table in files.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
            for row in table.column("data").to_pylist():
                yield _result(loaded(row), known)


class OpenFiles:
    """An actor that fetches, admits, reads and describes."""

    def __init__(self, opening: Callable[[], Reader]) -> None:
        self._reader = opening()
        self._pool = ThreadPoolExecutor(THREADS)

    def __call__(self, names: Any) -> Iterator[Any]:
        """A row for each file, one at a time, so that large files make small blocks."""
        rows = [Listed(row["origin"], row["size"], row["mark"]) for row in names.to_pylist()]
        for found in self._pool.map(self._reader.open, rows):
            yield _row(_refusal(found) if isinstance(found, Refused) else {"wire": _wire(found)})


class EmbedFiles:
    """An actor that embeds what the others opened."""

    def __init__(self, opening: Callable[[], Reader]) -> None:
        self._reader = opening()

    def __call__(self, rows: Any) -> Iterator[Any]:
        """A row for each file."""
        opened = []
        for row in rows.column("data").to_pylist():
            value = loaded(row)
            if "wire" in value:
                opened.append(_opened(value["wire"]))
            else:
                yield _row(value)
        for found in self._reader.embed(opened) if opened else ():
            yield _row(_refusal(found) if isinstance(found, Refused) else {"wire": found.wire})


@contextmanager
def _quietly() -> Iterator[None]:
    """What Ray's C++ says of its own log as it starts does not stand in the terminal."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _row(value: dict[str, Any]) -> Any:
    import pyarrow as pa

    return pa.table({"data": pa.array([dumped(value)], pa.large_binary())})


def _wire(file: Opened) -> dict[str, Any]:
    return packed(file.listed, file.digest, file.content, file.drafts, {}, file.warnings, file.fault)


def _opened(wire: dict[str, Any]) -> Opened:
    parcel = Parcel.of(wire)
    return Opened(
        Listed(parcel.origin, 0, parcel.mark), parcel.digest, parcel.content, [parcel.draft(n) for n in range(len(parcel.drafts))],
        parcel.warnings, parcel.fault,
    )  # fmt: skip


def _refusal(refused: Refused) -> dict[str, Any]:
    return {"origin": refused.listed.origin, "code": refused.code, "reason": refused.reason, "hint": refused.hint}


def _result(value: dict[str, Any], known: dict[str, Listed]) -> Read | Refused:
    if "wire" in value:
        return Read(known[value["wire"]["origin"]], value["wire"], size_of(value["wire"]))
    return Refused(known[value["origin"]], value["code"], value["reason"], value["hint"])
