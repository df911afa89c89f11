"""`assistant faq`: curated answers, and the questions that still wait for one. Knows the FAQ requests of the API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.cli.options import Collection, DataDir, Json, Yes

app = typer.Typer(help="Curate answers, and see which questions still wait for one.", no_args_is_help=True)
Identity = Annotated[str, typer.Argument(metavar="ID", help="Id, or the beginning of one.")]
Also = Annotated[list[str] | None, typer.Option("--also", help="Another way to ask it, in any language; may be repeated.")]
Tag = Annotated[list[str] | None, typer.Option("--tag", help="A tag; may be repeated.")]


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(help=".csv, .jsonl or .md file of questions and answers.")],
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Put a file of questions and answers in. Again: changed answers are updated, everything else stays.

    CSV has the columns question, answer and, if you like, paraphrases (separated by |), tags, language. JSONL has objects with the same
    names. Markdown has headings that end with a question mark, or lines that begin with Q: and A:. The exit code is 1 when a line was
    passed over.

    Examples:

        assistant faq import faq.csv

        assistant faq import faq.md --collection manuals --json
    """
    from retrieval.faults import NotFound
    from ui.cli import output
    from ui.cli.connection import connected

    if not file.is_file():
        raise NotFound(f"There is no file {file}.", hint="Check the path.")
    with connected(data_dir) as client:
        done = client.import_faq(client.collection_id(collection, make=True), file.name, file.read_bytes())
    if json:
        output.show_json(done)
    else:
        output.write(f"{done['added']} added, {done['updated']} updated, {done['unchanged']} unchanged in '{collection}'.")
        for problem in done["problems"]:
            output.show_fault(f"{file.name}, line {problem['line']}: {problem['message']}")
    if done["refused"]:
        raise typer.Exit(1)


@app.command("list")
def show(collection: Collection = "default", json: Json = False, data_dir: DataDir = None) -> None:
    """List the curated answers.

    Example: assistant faq list --collection manuals --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.faq(client.collection_id(collection))
    if json:
        output.show_json({"data": found})
        return
    rows = [[output.shorten(e["question"], 60), output.shorten(e["answer"], 60), str(len(e["paraphrases"])), e["id"]] for e in found]
    output.table(["question", "answer", "also", "id"], rows)


@app.command()
def add(
    question: Annotated[str, typer.Argument(help="The question.")],
    answer: Annotated[str, typer.Argument(help="Its answer, given word for word.")],
    also: Also = None,
    tag: Tag = None,
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Add a curated answer.

    Example: assistant faq add "How do I return an item?" "Send it back within 30 days." --also "怎么退货？"
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        entry = {"question": question, "answer": answer, "paraphrases": also or [], "tags": tag or []}
        made = client.add_faq(client.collection_id(collection, make=True), entry)
    if json:
        output.show_json(made)
    else:
        output.write(f"Added '{output.shorten(question, 80)}' ({made['id']}).")


@app.command()
def edit(
    identity: Identity,
    question: Annotated[str | None, typer.Option(help="The new question.", show_default=False)] = None,
    answer: Annotated[str | None, typer.Option(help="The new answer.", show_default=False)] = None,
    also: Also = None,
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Change a curated answer; what is not given stays, `--also` adds to the ways to ask it.

    Example: assistant faq edit faq-3f2a --answer "Send it back within 60 days."
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        target = client.collection_id(collection)
        known = _one(client.faq(target), identity)
        changes = {key: value for key, value in (("question", question), ("answer", answer)) if value is not None}
        more = {"paraphrases": [*known["paraphrases"], *also]} if also else {}
        changed = client.change_faq(target, known["id"], changes | more)
    if json:
        output.show_json(changed)
    else:
        output.write(f"Changed '{output.shorten(changed['question'], 80)}'.")


@app.command()
def remove(
    identity: Identity,
    collection: Collection = "default",
    yes: Yes = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a curated answer.

    Example: assistant faq remove faq-3f2a --yes
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        target = client.collection_id(collection)
        known = _one(client.faq(target), identity)
        if not yes and not json:
            typer.confirm(f"Delete '{output.shorten(known['question'], 80)}'?", abort=True)
        client.drop_faq(target, known["id"])
    if json:
        output.show_json({"id": known["id"], "deleted": True})
    else:
        output.write("Deleted.")


@app.command()
def export(
    out: Annotated[Path, typer.Argument(help="File to write: .jsonl or .csv.")],
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Write the curated answers to a file that can be put in again.

    Example: assistant faq export faq.csv --collection manuals
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        data = client.export_faq(client.collection_id(collection), "csv" if out.suffix.lower() == ".csv" else "jsonl")
    out.write_bytes(data)
    if json:
        output.show_json({"path": str(out), "bytes": len(data)})
    else:
        output.write(f"Saved: {out}")


@app.command()
def questions(collection: Collection = "default", json: Json = False, data_dir: DataDir = None) -> None:
    """List the open questions: refused, unanswered or rated down, those that ask the same together, the most asked first.

    Example: assistant faq questions --json
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.open_questions(client.collection_id(collection), 1000)
    if json:
        output.show_json({"data": found})
        return
    rows = []
    for cluster in found:
        why = ", ".join(f"{count} {name}" for name, count in cluster["outcomes"].items())
        latest = time.strftime("%Y-%m-%d %H:%M", time.localtime(cluster["latest_at"]))
        rows.append([str(cluster["count"]), output.shorten(cluster["question"], 70), why, latest, cluster["id"]])
    output.table(["asked", "question", "why", "latest", "id"], rows)


@app.command()
def answer(
    identity: Identity,
    text: Annotated[str, typer.Argument(metavar="ANSWER", help="The answer, given word for word from now on.")],
    question: Annotated[str | None, typer.Option(help="A better wording of the question.", show_default=False)] = None,
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Answer an open question: it becomes a curated answer, its wordings become ways to ask it, and cases that must stay answered.

    Example: assistant faq answer question-3f2a "On Sundays from 10 to 16."
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        target = client.collection_id(collection)
        cluster = _one(client.open_questions(target, 1000), identity)
        entry = {"question": question or cluster["question"], "answer": text, "closes": cluster["question_ids"]}
        made = client.add_faq(target, entry)
    if json:
        output.show_json(made)
    else:
        output.write(f"Answered '{output.shorten(made['question'], 80)}' ({cluster['count']} asked it).")


@app.command()
def dismiss(identity: Identity, collection: Collection = "default", json: Json = False, data_dir: DataDir = None) -> None:
    """Take an open question off the list without an answer.

    Example: assistant faq dismiss question-3f2a
    """
    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        target = client.collection_id(collection)
        cluster = _one(client.open_questions(target, 1000), identity)
        client.dismiss_question(target, cluster["id"])
    if json:
        output.show_json({"id": cluster["id"], "deleted": True, "count": cluster["count"]})
    else:
        output.write(f"Dismissed '{output.shorten(cluster['question'], 80)}'.")


@app.command()
def cases(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write them to this golden file (.jsonl).", show_default=False)] = None,
    collection: Collection = "default",
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List the questions that were open and are answered now, or write them to a file for `assistant eval grounding`.

    Example: assistant faq cases --out golden.jsonl && assistant eval grounding golden.jsonl --min-right 1
    """
    import json as json_format

    from ui.cli import output
    from ui.cli.connection import connected

    with connected(data_dir) as client:
        found = client.cases(client.collection_id(collection))
    if out is not None:
        out.write_text("".join(json_format.dumps(case, ensure_ascii=False) + "\n" for case in found), "utf-8")
    if json:
        output.show_json({"data": found, "path": str(out) if out else None})
    elif out is not None:
        output.write(f"Saved: {out} ({len(found)} cases)")
    else:
        rows = [[output.shorten(case["question"], 60), output.shorten(case["expected_answer"], 60), case["id"]] for case in found]
        output.table(["question", "answer", "id"], rows)


def _one(rows: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    """The row with that id, or with the only id that begins so. Raises NotFound."""
    from retrieval.faults import NotFound

    exact = [row for row in rows if identity in (row["id"], *row.get("question_ids", ()))]
    found = exact or [row for row in rows if row["id"].startswith(identity)]
    if len(found) != 1:
        many = f"{len(found)} begin so; give more of it." if found else "List them first."
        raise NotFound(f"There is nothing with the id '{identity[:80]}'.", hint=many, param="id")
    return found[0]
