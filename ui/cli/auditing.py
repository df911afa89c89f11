"""`assistant audit`: what must be answerable for, and whether the book is as it was written. Knows the request and the file, no content."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ui.cli.options import DataDir, Json

app = typer.Typer(invoke_without_command=True)


@app.callback(invoke_without_command=True)
def audit(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, newest first.")] = 50,
    everyone: Annotated[bool, typer.Option("--everyone", help="Those of all people, for an admin.")] = False,
    action: Annotated[str, typer.Option("--action", help="Only this action, or this group: key, file.deleted, emotion.")] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List keys made and revoked, deletions, device actions, exports, refusals, uses of emotion analysis. Never content.

    Examples:

        assistant audit --limit 20

        assistant audit --everyone --action device

        assistant audit verify
    """
    if context.invoked_subcommand is not None:
        return
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        found = client.audit(limit, everyone=everyone, action=action)
    if json:
        output.show_json({"data": found})
        return
    rows = [
        [
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row["at"])), row["owner"], row["action"], row["subject"],
            ", ".join(row["modalities"]), row["why"], ("yes" if row["consent"] else "no") if row["action"] == "emotion" else "",
            row["deployment"], row["outcome"],
        ]
        for row in found
    ]  # fmt: skip
    output.table(["when", "who", "action", "what", "read", "why", "consent", "deployment", "outcome"], rows)


@app.command()
def verify(
    head: Annotated[str, typer.Option("--head", help="A head that was noted earlier; it must be in the book.")] = "",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Read the whole audit log and say whether anything in it was changed, taken out or cut off. Exit code 1 when it was.

    The head that it prints, noted in another place, later proves that nothing before it was changed.

    Examples:

        assistant audit verify

        assistant audit verify --head 9b1c...
    """
    from assistant.audit import Audit
    from assistant.database import place_of
    from assistant.settings import read
    from ui.cli import output

    book = Audit(place_of(read({"data_dir": data_dir})))
    try:
        found = book.verify(head.strip().lower())
    finally:
        book.close()
    if json:
        output.show_json(found.model_dump())
    elif found.ok:
        output.write(f"{found.entries} entries, unchanged. Emptied because their person was forgotten: {found.erased}.")
        output.write(f"Head: {found.head or '-'}")
    else:
        output.write(f"The audit log is not as it was written: {found.fault}" + (f" (entry {found.broken})." if found.broken else "."))
    if not found.ok:
        raise typer.Exit(1)
