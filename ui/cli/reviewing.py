"""`assistant reviews`: answers that wait for a person, on the command line. Knows the requests of the API."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from ui.cli.options import DataDir, Json

app = typer.Typer(help="Look at answers before those who asked get them.", no_args_is_help=True)
Identity = Annotated[str, typer.Argument(metavar="ID", help="Id, or the beginning of one.")]


@app.command("list")
def show(
    state: Annotated[str, typer.Option("--state", help="waiting, approved, edited or rejected; empty for all.")] = "waiting",
    mine: Annotated[bool, typer.Option("--mine", help="Only what this machine's own person asked.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List answers that wait for a person, with the draft and its sources.

    Examples:

        assistant reviews list

        assistant reviews list --state rejected --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.reviews(state, everyone=not mine)
    if json:
        output.show_json({"data": found})
        return
    if not found:
        output.write("Nothing waits." if state == "waiting" else "There are none.")
    for review in found:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(int(review["created_at"])))
        output.write(f"{review['id']}  {review['kind']}  {review['state']}  {when}")
        output.write(f"  {output.clean(str(review['question']))}")
        output.write(f"  > {output.clean(str(review.get('draft') or review['answer'] or review['reason']))}")
        for source in review.get("citations", ()):
            output.write(f"  [{source['index']}] {output.clean(str(source['title']))}: {output.shorten(str(source['cited_text']), 200)}")


@app.command()
def approve(identity: Identity, json: Json = False, data_dir: DataDir = None) -> None:
    """Let the draft through as it is.

    Example: assistant reviews approve rev_3f2a
    """
    _decide(identity, {"decision": "approve"}, json, data_dir)


@app.command()
def edit(
    identity: Identity,
    answer: Annotated[str, typer.Argument(help="The answer; marks [n] that stay keep their sources.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Give another answer than the draft.

    Example: assistant reviews edit rev_3f2a "Adults take 400 mg at most every six hours [1]. Ask your doctor first."
    """
    _decide(identity, {"decision": "edit", "answer": answer}, json, data_dir)


@app.command()
def reject(
    identity: Identity,
    reason: Annotated[str, typer.Option("--reason", help="Why; the one who asked reads it.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Give no answer, and say why.

    Example: assistant reviews reject rev_3f2a --reason "Please ask your doctor: this depends on your other medicines."
    """
    _decide(identity, {"decision": "reject", "reason": reason}, json, data_dir)


def _decide(identity: str, body: dict[str, Any], json: bool, data_dir: Any) -> None:
    from retrieval.faults import NotFound
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        known = [str(review["id"]) for review in client.reviews(everyone=True, limit=1000) if str(review["id"]).startswith(identity)]
        if len(known) != 1:
            raise NotFound(f"{len(known)} reviews begin with '{identity[:80]}'.", hint="Take an id from: assistant reviews list")
        done = client.decide(known[0], body["decision"], body.get("answer", ""), body.get("reason", ""))
    if json:
        output.show_json(done)
    else:
        output.write(f"{done['state'].capitalize()}: {output.shorten(str(done['question']), 80)}")
