"""The engines that a library may rest on, for suites that run over each of them."""

import os
from pathlib import Path

import postgres_server

ENGINES = ("sqlite", "postgres")


class OnSqlite:
    """A file in the data directory."""

    def open(self, data_dir: Path):
        from retrieval.database import Database

        return Database(data_dir / "library.db")

    def opener(self, data_dir: Path):
        """What `Library` takes as `open_database`."""

    def drop(self) -> None:
        """The folder goes by itself."""


class OnPostgres:
    """Fresh databases of the server of the tests, one for each data directory."""

    def __init__(self) -> None:
        self._server = postgres_server.server()
        self._addresses: dict[str, str] = {}

    def address(self, data_dir: Path) -> str:
        place = os.path.realpath(data_dir)
        if place not in self._addresses:
            self._addresses[place] = self._server.database()
        return self._addresses[place]

    def open(self, data_dir: Path):
        from retrieval.database_postgres import PostgresDatabase

        return PostgresDatabase(self.address(data_dir), postgres_server.PASSWORD)

    def opener(self, data_dir: Path):
        """What `Library` takes as `open_database`."""
        return self.open

    def drop(self) -> None:
        for address in self._addresses.values():
            self._server.drop(address)


Place = OnSqlite | OnPostgres
current: Place = OnSqlite()
"""What the libraries of a test rest on."""


def place(engine: str) -> Place:
    """An engine by its name. Skips where PostgreSQL is missing."""
    return OnPostgres() if engine == "postgres" else OnSqlite()
