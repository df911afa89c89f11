"""The store that the settings name. Knows their spelling, `faiss` or `milvus:PLACE`; the engines are retrieval's."""

from __future__ import annotations

from pathlib import Path

from assistant.settings import Settings
from retrieval.backends import call, load
from retrieval.engine import Engine
from retrieval.library import OpenStore
from retrieval.stores.base import Store


def store_of(settings: Settings) -> OpenStore:
    """What opens the store over a database. Raises InvalidInput for an unknown one, or for a place where there is none."""
    name, _, reference = settings.store.partition(":")
    create = load("retrieval.stores", name)

    def opened(database: Engine, directory: Path) -> Store:
        store: Store = call(
            create, reference=reference, database=database, directory=directory, token=settings.store_token, offline=settings.offline
        )
        return store

    return opened
