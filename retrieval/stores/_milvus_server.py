"""A Milvus server: Milvus Lite in this process, over a directory, or a cluster at an address. The same calls for both.

Knows tables of rows (key, owner, collection, modality, vector); no items and no database. What of a row names somebody goes there as a
digest. Milvus Lite keeps what was written when the process is killed; after a loss of power the last writes may be missing, so what is
there must be compared with the truth (`retrieval.stores._milvus_mirror`).
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from retrieval.blobs import storage_fault
from retrieval.embedders.base import Vectors
from retrieval.faults import DataLocked, InvalidInput, NotInstalled, Unavailable
from retrieval.indexes import Keys

CONNECT_SECONDS, CALL_SECONDS = 5.0, 60.0
MOST = 16_384
"""Rows that Milvus returns at once."""
FLUSH_ROWS = 500
"""Rows that Milvus Lite may hold unsorted: it looks through them one by one, 0.1 ms each, where a search of 10,000 sorted ones takes 10."""
INSTALL = 'Install it with: make install EXTRAS=voice,grown, or set store = "faiss".'
SparseVector = Mapping[int, float]


@dataclass(frozen=True)
class Row:
    """One vector and where its item belongs."""

    key: int
    owner: str
    collection: str
    modality: str
    vector: Vectors | SparseVector


@dataclass(frozen=True)
class Place:
    """Where the server is: a directory, or an address with the name of a database there (empty is its default one)."""

    directory: Path | None
    address: str = ""
    database: str = ""

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        host = urlsplit(self.address).hostname or ""
        try:
            return self.directory is not None or host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False


def place_of(reference: str, directory: Path) -> Place:
    """The place a setting names: `http://host:19530`, `https://host/database`, a directory; empty is `directory`. Raises InvalidInput."""
    if "://" not in reference:
        return Place(Path(reference).expanduser() if reference else directory)
    parts = urlsplit(reference)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.password:
        raise InvalidInput(
            f"'{parts.scheme}://{parts.hostname or ''}' is no address of a Milvus cluster.",
            hint='Write it like: store = "milvus:http://milvus.example:19530"; a token goes into ASSISTANT_STORE_TOKEN.', param="store",
        )  # fmt: skip
    return Place(None, f"{parts.scheme}://{parts.netloc}", parts.path.strip("/"))


def installed(place: Place) -> None:
    """Raises NotInstalled when the packages for a place are missing."""
    for package in ("pymilvus", *(("milvus_lite",) if place.directory is not None else ())):
        if find_spec(package) is None:
            raise NotInstalled(f"The store 'milvus' needs the package '{package}'.", hint=INSTALL)


def digest(name: str) -> str:
    """What stands for the name of an owner or a collection: 32 letters that need no quoting and tell nothing."""
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Server:
    """An open connection. Safe for threads. Every call raises Unavailable when Milvus does not answer."""

    def __init__(self, place: Place, token: str = "") -> None:
        """Connects. Raises DataLocked when another process has the directory, StorageFull, Unavailable."""
        from pymilvus import MilvusClient

        for name in ("pymilvus", "milvus_lite", "grpc._server"):  # they log a failure with its traceback, and it is raised as well
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._place = place
        self._lite: tuple[Any, Any] | None = None
        self._guard = threading.Lock()
        self._loaded: set[str] = set()
        self._unsorted: dict[str, int] = {}
        address = place.address or self._start(place.directory)
        try:
            with self._asked():
                self._client = MilvusClient(
                    uri=address, token=token, db_name=place.database, timeout=CONNECT_SECONDS, dedicated=True,
                    grpc_options={"grpc.enable_http_proxy": 0} if place.local else {},
                )  # fmt: skip
        except BaseException:
            self._stop()
            raise

    def _start(self, directory: Path | None) -> str:
        assert directory is not None
        from milvus_lite.adapter.grpc.server import start_server_in_thread
        from milvus_lite.exceptions import DataDirLockedError

        try:
            directory.mkdir(parents=True, exist_ok=True)
            server, database, port = start_server_in_thread(str(directory))
        except DataDirLockedError as error:
            raise DataLocked(f"Another process uses the Milvus directory {directory}.", hint="Stop it first, or wait a moment.") from error
        except OSError as error:
            raise storage_fault(error, directory) from error
        self._lite = server, database
        return f"http://127.0.0.1:{port}"

    @contextmanager
    def _asked(self) -> Iterator[None]:
        import grpc
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
            self._loaded = set()  # a server that was started again may have forgotten
            where = self._place.address or str(self._place.directory)
            said = " ".join(str(getattr(error, "message", "") or error).split())[:300]
            hint = (
                "Try again in a moment."
                if self._place.directory
                else "Look whether the cluster runs and whether ASSISTANT_STORE_TOKEN is right."
            )
            raise Unavailable(f"Milvus at {where} did not do it ({said}).", hint=hint, code="store_unavailable") from error

    # Tables

    def tables(self) -> list[str]:
        """Names of all tables."""
        with self._asked():
            return list(self._client.list_collections(timeout=CALL_SECONDS))

    def make(self, table: str, dimension: int | None) -> None:
        """A new table of vectors of a dimension, searched by cosine, or of sparse ones, searched by inner product. Rows lie by owner."""
        from pymilvus import DataType

        with self._asked():
            schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("key", DataType.INT64, is_primary=True)
            schema.add_field("owner", DataType.VARCHAR, max_length=32, is_partition_key=True)
            schema.add_field("collection", DataType.VARCHAR, max_length=32)
            schema.add_field("modality", DataType.VARCHAR, max_length=16)
            index = self._client.prepare_index_params()
            if dimension is None:
                schema.add_field("vector", DataType.SPARSE_FLOAT_VECTOR)
                index.add_index("vector", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
            else:
                schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
                kind = "FLAT" if self._place.directory is not None else "AUTOINDEX"
                index.add_index("vector", index_type=kind, metric_type="COSINE")
            # Strong: a search sees what was written before it.
            self._client.create_collection(table, schema=schema, consistency_level="Strong", timeout=CALL_SECONDS)
            self._client.create_index(table, index, sync=False, timeout=CALL_SECONDS)  # in step it sleeps half a second

    def drop(self, table: str) -> None:
        """Delete a table; nothing when there is none of that name."""
        with self._asked():
            self._client.drop_collection(table, timeout=CALL_SECONDS)
        with self._guard:
            self._loaded.discard(table)
            self._unsorted.pop(table, None)

    def _load(self, table: str) -> None:
        if table not in self._loaded:
            self._client.load_collection(table, timeout=CALL_SECONDS)
            with self._guard:
                self._loaded.add(table)

    # Rows

    def put(self, table: str, rows: Sequence[Row]) -> None:
        """Insert or replace rows, in this order."""
        if not rows:
            return
        data = [
            {"key": row.key, "owner": digest(row.owner), "collection": digest(row.collection), "modality": row.modality,
             "vector": row.vector} for row in rows
        ]  # fmt: skip
        with self._asked():
            self._load(table)
            self._client.upsert(table, data, timeout=CALL_SECONDS)
        self._noted(table, len(rows))

    def remove(self, table: str, keys: Keys) -> None:
        """Delete rows by key."""
        with self._asked():
            self._load(table)
            for start in range(0, len(keys), MOST):
                self._client.delete(table, ids=keys[start : start + MOST].tolist(), timeout=CALL_SECONDS)

    def _noted(self, table: str, rows: int) -> None:
        with self._guard:
            self._unsorted[table] = self._unsorted.get(table, 0) + rows
            due = self._unsorted[table] >= FLUSH_ROWS
        if due:
            self.settle(table)

    def settle(self, table: str) -> None:
        """Milvus Lite sorts what was written; a cluster does so by itself, and allows nobody to ask for it often."""
        with self._guard:
            due = self._unsorted.pop(table, 0) and self._place.directory is not None
        if due:
            with self._asked():
                self._client.flush(table, timeout=CALL_SECONDS)

    def compact(self, table: str) -> None:
        """Ask for the room of deleted rows to be given back; it happens later."""
        with self._asked():
            self._client.flush(table, timeout=CALL_SECONDS)
            self._client.compact(table, timeout=CALL_SECONDS)

    def count(self, table: str) -> int:
        """Number of rows."""
        with self._asked():
            self._load(table)
            return int(self._client.query(table, filter="", output_fields=["count(*)"], timeout=CALL_SECONDS)[0]["count(*)"])

    def keys(self, table: str, after: int, last: int) -> Keys:
        """The keys behind `after` up to `last`, ascending; at most `MOST` apart."""
        assert last - after <= MOST
        return self._keys(table, f"key > {after} and key <= {last}")

    def beyond(self, table: str, last: int) -> Keys:
        """Some of the keys behind `last`, all of them if they are few."""
        return self._keys(table, f"key > {last}")

    def _keys(self, table: str, condition: str) -> Keys:
        with self._asked():
            self._load(table)
            rows = self._client.query(table, filter=condition, output_fields=["key"], limit=MOST, timeout=CALL_SECONDS)
        return np.sort(np.fromiter((row["key"] for row in rows), np.int64))

    def search(self, table: str, vector: Vectors | SparseVector, limit: int, condition: str) -> list[tuple[int, float]]:
        """(key, score) of the nearest rows, best first."""
        with self._asked():
            self._load(table)
            found = self._client.search(
                table, data=[vector], filter=condition, limit=min(limit, MOST), anns_field="vector", output_fields=["key"],
                timeout=CALL_SECONDS,
            )  # fmt: skip
        return [(int(hit["key"]), float(hit["distance"])) for hit in found[0]]

    def close(self) -> None:
        """Hang up; Milvus Lite ends."""
        try:
            self._client.close()
        finally:
            self._stop()

    def _stop(self) -> None:
        if self._lite is not None:
            server, database = self._lite
            self._lite = None
            server.stop(grace=2).wait()
            database.close()


def condition_of(owner: str, collections: Sequence[str], modalities: Sequence[str]) -> str:
    """The rows of an owner, of some collections and modalities or of all, as Milvus writes it."""
    parts = [f'owner == "{digest(owner)}"']
    if collections:
        parts.append(f"collection in {json.dumps([digest(name) for name in collections])}")
    if modalities:
        parts.append(f"modality in {json.dumps([name for name in modalities if name.isalpha()])}")
    return " and ".join(parts)
