"""`assistant export-my-data`, `delete-my-data` and `retention`: what is kept of a person, and how long. Knows requests of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import DataDir, Json, Yes

Owner = Annotated[str, typer.Option("--owner", help="Whose. Default: whoever uses this machine.", show_default=False)]


def export_my_data(
    out: Annotated[Path, typer.Argument(help="Archive to write; must not exist.")], owner: Owner = "", json: Json = False,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Save everything that is kept of a person as one zip: a page to read (index.html), JSON, and the files as they were given.

    Keys are in it without their secrets.

    Examples:

        assistant export-my-data my-data.zip

        assistant export-my-data anna.zip --owner anna
    """
    from retrieval.faults import Conflict
    from ui.cli import output
    from ui.cli.connection import connected

    if out.exists():
        raise Conflict(f"{out} exists already.", hint="Choose another name.", param="out")
    with connected(data_dir, ready=False) as client:
        try:
            with out.open("xb") as file:
                size = sum(file.write(piece) for piece in client.download("/v1/my_data/export", owner=owner))
        except BaseException:
            out.unlink(missing_ok=True)
            raise
    if json:
        output.show_json({"path": str(out), "bytes": size})
    else:
        output.write(f"Saved {output.size(size)} to {out}. Unpack it and open index.html.")


def delete_my_data(
    owner: Owner = "",
    account: Annotated[bool, typer.Option("--account", help="Their keys and their account too.")] = False,
    yes: Yes = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Delete everything that is kept of a person, so that its bytes are gone: files, collections, conversations, memory, questions, log.

    It cannot be undone. Copies elsewhere (backups, exports) are yours to delete.

    Examples:

        assistant delete-my-data

        assistant delete-my-data --owner anna --account --yes
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        kept = client.get("/v1/my_data", owner=owner)
        if not yes and not json:
            told = f"{kept['files']} files ({output.size(kept['bytes'])}), {kept['conversations']} conversations, {kept['memory']} facts"
            typer.confirm(f"Delete everything of '{output.shorten(kept['owner'], 60)}': {told}?", abort=True)
        gone = client.remove("/v1/my_data", owner=owner, account=account, confirm="delete")["deleted"]
    if json:
        output.show_json({"deleted": gone})
    else:
        output.write(", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in gone.items() if count) or "There was nothing.")


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Delete what is older than the settings `[retention]` allow. A running server does this by itself every hour.

    Examples:

        assistant retention --dry-run

        assistant retention --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir, ready=False) as client:
        found: dict[str, Any] = client.post(f"/v1/retention?dry_run={str(dry_run).lower()}", {})
    if json:
        output.show_json(found)
        return
    counted = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in found["deleted"].items() if count)
    word = "Would delete" if dry_run else "Deleted"
    output.write(f"{word}: {counted}." if counted else "Nothing is older than the settings allow.")
