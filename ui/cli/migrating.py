"""`assistant migrate`: copies the library to another store or database while it is in use. The copying is retrieval's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.settings import Settings
    from retrieval.migrating import Migrated


def migrate(
    to: Annotated[str, typer.Option("--to", help="milvus, milvus:DIRECTORY, milvus:http://HOST:19530, faiss, or postgres://HOST/NAME.")],
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="Only this collection, by name or id. Default: all.", show_default=False)
    ] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Copy everything that is found to another store, and compare a sample of searches; a running server goes on.

    Then put the line that it prints into the settings and start again: what was written meanwhile is brought over at that start. The
    library's database stays the truth, so the way back is the line alone.

    With postgres://HOST/NAME the databases themselves are copied, conversations and accounts too, and every row compared. Stop the server
    before: what is written meanwhile stays behind.

    Examples:

        assistant migrate --to milvus

        assistant migrate --to milvus:http://milvus.example:19530 --collection manuals

        assistant migrate --to faiss --json

        assistant migrate --to postgres://synesthesia@db.example/synesthesia
    """
    from assistant.settings import Settings, read
    from retrieval.faults import Conflict, InvalidInput
    from ui.cli import output

    settings = read({"data_dir": data_dir})
    if to.startswith(("postgres://", "postgresql://")):
        _to_postgres(settings, to, collection, as_json=json)
        return
    name, _, reference = to.partition(":")
    try:
        Settings(store=to)
    except ValueError as error:
        raise InvalidInput(
            f"'{to}' is no store.", hint="Use milvus, milvus:DIRECTORY, milvus:http://HOST:19530, faiss, or postgres://HOST/NAME."
        ) from error
    if to == settings.store:
        raise Conflict(f"The library is on {to} already.", hint="`assistant doctor` shows the setting `store`.")
    if name == "faiss":
        _show(None, to, as_json=json)
        return
    with output.amounts("Copying", quiet=json) as (total, step):
        from retrieval.migrating import migrate as copy

        done = copy(
            settings.data_dir, reference, settings.store_token, offline=settings.offline, collection=collection or None, total=total,
            step=step,
        )  # fmt: skip
    _show(done, to, as_json=json)
    if done.same < done.searches:
        if not json:
            output.show_fault(
                f"{done.searches - done.same} of {done.searches} searches found something else: {', '.join(done.differing)}.",
                "Run it again; if it stays, please report it.",
            )
        raise typer.Exit(1)


def _to_postgres(settings: Settings, address: str, collection: str, *, as_json: bool) -> None:
    from assistant.database import SCHEMA
    from assistant.moving import move_rest
    from retrieval.database_postgres import PostgresDatabase
    from retrieval.faults import Conflict, InvalidInput
    from retrieval.moving import move_library
    from retrieval.postgres import Postgres
    from retrieval.postgres_address import checked
    from ui.cli import output

    if collection:
        raise InvalidInput("A database takes the whole library.", hint="Leave --collection out.", param="collection")
    if settings.database != "sqlite":
        raise Conflict(f"The library is in {settings.database} already.", hint="Use pg_dump to move it to another server.")
    database = PostgresDatabase(checked(address, settings.offline), settings.database_password)
    rest = Postgres(address, settings.database_password, SCHEMA)
    try:
        with output.amounts("Copying", quiet=as_json) as (total, step):
            moved = move_library(settings.data_dir, database, total, step)
            moved |= move_rest(settings.data_dir, rest)
    finally:
        database.close()
        rest.close()
    line = f'database = "{address}"'
    if as_json:
        output.show_json({"rows": moved, "setting": line})
        return
    output.write(f"{moved['items']} items, {moved['files']} files; {sum(moved.values())} rows copied, read back and found the same.")
    output.write("The folder blobs of the data directory is used on.")
    output.write(f"Now put this into assistant.toml and start again: {line}")


def _show(done: Migrated | None, to: str, *, as_json: bool) -> None:
    from ui.cli import output

    line = f'store = "{to}"'
    if as_json:
        report = {"items": done.items, "rows": done.rows, "searches": done.searches, "same": done.same} if done else {}
        output.show_json({**report, "differing": list(done.differing) if done else [], "setting": line})
        return
    if done:
        output.write(f"{done.items} items; {done.rows} rows brought over. {done.same} of {done.searches} searches found the same.")
    else:
        output.write("Nothing to copy: the indexes are built from the library's database at the next start.")
    output.write(f"Now put this into assistant.toml and start again: {line}")
