"""`assistant doctor`: tries every part with a small real job and says what works. Needs no data and leaves none behind."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.doctor import Check
    from assistant.service import Assistant
    from assistant.settings import Settings

OPTIONAL_ROLES = frozenset({"synthesizer", "transcriber", "voice_emotion", "face_emotion"})
"""Roles without which questions are still answered; one that is missing is reported and is no failure."""


@contextmanager
def trial(settings: Settings) -> Iterator[Assistant]:
    """The assistant of these settings on an empty, temporary data directory, so that a running server is not in the way."""
    from assistant.build import build

    with tempfile.TemporaryDirectory(prefix="assistant-doctor-") as folder:
        assistant = build(settings.model_copy(update={"data_dir": Path(folder), "sample": False, "store": "faiss", "database": "sqlite"}))
        try:
            yield assistant
        finally:
            asyncio.run(assistant.close())


def doctor(json: Json = False, data_dir: DataDir = None) -> None:
    """Try every model and say what works, with which licence and limits, and where each setting came from.

    The exit code is 1 when something that is required does not work.

    Examples:

        assistant doctor

        assistant doctor --json
    """
    from assistant.doctor import examine
    from assistant.settings import read
    from ui.cli import output

    settings = read({"data_dir": data_dir})
    models = looked_at_models(settings)
    checks = missing(settings) or [check for check in models if not check.works]
    if not checks:
        with trial(settings) as assistant:
            checks = examine(assistant) + models + looked_at_store(settings) + looked_at_database(settings)
    broken = [check.role for check in checks if not check.works and check.role not in OPTIONAL_ROLES]
    report = {"ok": not broken, "checks": [check.model_dump() for check in checks], "settings": values_of(settings),
              "data_dir": data_of(settings)}  # fmt: skip
    if json:
        output.show_json(report)
    else:
        _show(checks, report)
    if broken:
        if not json:
            output.show_fault(f"Not working: {', '.join(broken)}.", "The notes above say what to do.")
        raise typer.Exit(1)


def missing(settings: Settings) -> list[Check]:
    """A check for every role whose model is not on this machine; nothing can be tried before it is."""
    from assistant.doctor import Check
    from assistant.planning import absent

    return [
        Check(role=role, backend=settings.backend(role)[0], model=source, kind="learned", works=False,
              note=f"Not on this machine. Download it with: assistant models pull {source}")
        for source, roles in absent(settings).items() for role in roles
    ]  # fmt: skip


def looked_at_models(settings: Settings) -> list[Check]:
    """A check of the replicas when the models do not run in this process; nothing else can be tried while they do not answer."""
    from assistant.doctor import Check
    from assistant.model_runtime import address, statuses
    from retrieval.faults import Fault

    if settings.models_runtime == "process":
        return []
    try:
        rows = statuses(settings)
        unwell = [f"{row['name']} is {row['health'].lower()}" for row in rows if row["health"] != "HEALTHY"]
        note = "; ".join(unwell) or ", ".join(f"{row['name']} {row['running']}" for row in rows)
        return [Check(role="models", backend="ray", model=address(settings), kind="service", works=not unwell, note=note)]
    except Fault as fault:
        note = f"{fault.message} {fault.hint}"
        return [Check(role="models", backend="ray", model=settings.models_runtime, kind="service", works=False, note=note)]


def looked_at_store(settings: Settings) -> list[Check]:
    """A check of the store when it is not the one of this machine, which is tried with the rest."""
    from assistant.doctor import Check
    from retrieval.faults import DataLocked, Fault
    from retrieval.library import INDEXES
    from retrieval.lock import running_server

    name, _, reference = settings.store.partition(":")
    if name == "faiss":
        return []
    from retrieval.stores.milvus import look

    works, note = True, ""
    try:
        note = look(reference, settings.data_dir / INDEXES, settings.store_token, settings.offline)
    except DataLocked as fault:
        works, note = running_server(settings.data_dir) is not None, f"{fault.message} {fault.hint}"
    except Fault as fault:
        works, note = False, f"{fault.message} {fault.hint}"
    return [Check(role="store", backend=name, model=reference or "in the data directory", kind="service", works=works, note=note)]


def looked_at_database(settings: Settings) -> list[Check]:
    """A check of PostgreSQL when the settings name one."""
    from assistant.database import is_shared, place_of
    from assistant.doctor import Check
    from retrieval.faults import Fault
    from retrieval.postgres import Postgres

    if not is_shared(settings):
        return []
    works, note = True, ""
    try:
        place = place_of(settings)
        note = place.answers() if isinstance(place, Postgres) else ""
    except Fault as fault:
        works, note = False, f"{fault.message} {fault.hint}"
    return [Check(role="database", backend="postgres", model=settings.database, kind="service", works=works, note=note)]


def data_of(settings: Settings) -> dict[str, Any]:
    """The data directory: where, how large, which server holds it."""
    from retrieval.lock import running_server

    folder = settings.data_dir
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    running = running_server(folder)
    return {"path": str(folder), "bytes": sum(path.stat().st_size for path in files), "server": running[0] if running else None}


def values_of(settings: Settings) -> list[dict[str, Any]]:
    """Every setting with its value and where it came from; secrets are masked."""
    rows, known = [], type(settings).model_fields
    for key, value in _flat(settings).items():
        secret = key in known and not known[key].repr and bool(value)
        shown = "set" if secret else str(value) if isinstance(value, Path) else value
        rows.append({"setting": key, "value": shown, "source": settings.sources.get(key, "default")})
    return rows


def _flat(settings: Settings) -> dict[str, Any]:
    from pydantic import BaseModel

    values: dict[str, Any] = {}
    for key in type(settings).model_fields:
        value = getattr(settings, key)
        if key == "sources":
            continue
        if key == "models":
            values |= {f"models.{role}": ":".join(filter(None, settings.backend(role))) for role in type(value).model_fields}
        elif isinstance(value, BaseModel):
            values |= {f"{key}.{name}": getattr(value, name) for name in type(value).model_fields}
        elif key == "mcp":
            values |= {f"mcp.{name}": " ".join(server.command) or server.url for name, server in value.items()}
        else:
            values[key] = value
    return values


def _show(checks: list[Check], report: dict[str, Any]) -> None:
    from ui.cli import output

    rows = [
        [
            c.role,
            c.model,
            c.backend,
            c.kind,
            "yes" if c.works else "NO",
            f"{c.ms / 1000:.2f} s",
            output.size(c.bytes) if c.bytes else "",
            c.licence,
        ]
        for c in checks
    ]
    output.table(["role", "model", "back-end", "kind", "works", "time", "size", "licence"], rows)
    output.write("\nScores and limits:")
    for check in checks:
        scores = ", ".join(f"{name} {value:g}" for name, value in check.scores.items())
        output.write(f"  {check.role}: {' | '.join(part for part in (check.note, scores) if part)}")
    data = report["data_dir"]
    output.write(f"\nData directory: {data['path']}, {output.size(data['bytes'])}, {data['server'] or 'no server is running'}")
    output.write("\nSettings (flag > environment > assistant.toml > default):")
    output.table(["setting", "value", "from"], [[row["setting"], str(row["value"]), row["source"]] for row in report["settings"]])
