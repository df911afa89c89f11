"""Where conversations, accounts and the other small databases lie: in files of the data directory, or in PostgreSQL. Knows the settings."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path

from assistant.settings import Settings
from retrieval.engine import Engine, OpenDatabase
from retrieval.postgres import Postgres
from retrieval.postgres_address import checked
from retrieval.tables import Place

SCHEMA = "assistant"
"""What is not the library's. The library has a schema of its own."""


def is_shared(settings: Settings) -> bool:
    """Whether several processes may work on the same data."""
    return settings.database != "sqlite"


def place_of(settings: Settings) -> Place:
    """The data directory, or the database of the settings: one object a process. Raises NotAllowed for one elsewhere when offline."""
    if not is_shared(settings):
        return settings.data_dir
    checked(settings.database, settings.offline)
    return _opened(settings.database, settings.database_password, settings.limits.database_connections)


def library_of(settings: Settings) -> OpenDatabase | None:
    """What opens the library's database where it is shared; None for the file of the data directory."""
    if not is_shared(settings):
        return None
    address = checked(settings.database, settings.offline)

    def opened(data_dir: Path) -> Engine:
        from retrieval.database_postgres import PostgresDatabase

        return PostgresDatabase(address, settings.database_password, most=settings.limits.database_connections)

    return opened


@lru_cache(maxsize=8)
def _opened(address: str, password: str, most: int) -> Postgres:
    database = Postgres(address, password, SCHEMA, most)
    atexit.register(database.close)
    return database
