"""`assistant eval`: routing, retrieval and grounding on a person's own cases, and the bundled models on public sets. Knows no model.

Each part measures in a module of its own and is only imported when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ui.cli.options import Collections, DataDir, Json

app = typer.Typer(no_args_is_help=True, help="Measure routing, retrieval, grounding, emotion and the bundled models.")
Share = Annotated[float, typer.Option(min=0, max=1, help="Exit with 1 when the figure is lower.")]
Sets = Annotated[Path | None, typer.Option(envvar="DATA", help="The folder of the public sets.", show_default=False)]
Only = Annotated[list[str] | None, typer.Option(help="Measure this set or model only; may be repeated.", show_default=False)]
Golden = Annotated[
    list[Path] | None,
    typer.Argument(help="Golden files: id, question, expected_sources, answerable (JSONL, CSV or TSV).", show_default=False),
]
Drop = Annotated[
    float | None, typer.Option(min=0, max=1, help="Exit with 1 when a figure fell by more since the last run.", show_default=False)
]


@app.command()
def routing(
    files: Annotated[list[Path], typer.Argument(help="TSV files with the columns words, media, expected.")],
    min_routing: Share = 0,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """How often the right tool comes first. The column expected names a tool, or none.

    The column media is empty, a path beside the file, or image, audio, video or file for a small stand-in.

    Examples:

        assistant eval routing turns.tsv --min-routing 0.9
    """
    from ui.cli import evaluating_routing

    evaluating_routing.run(_present(files), min_routing, json=json, data_dir=data_dir)


@app.command()
def commands(
    files: Annotated[list[Path], typer.Argument(help="TSV files: words or a sound file, the intent (or none), slots as JSON.")],
    min_typed: Share = 0,
    min_spoken: Share = 0,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Whether commands to your devices are understood, typed and spoken, by the installed intents and yours. Nothing is carried out.

    A sound file is heard as the service hears it. Rows with the intent none must not act: questions, other speech, noise.

    Examples:

        assistant eval commands commands.tsv --min-typed 0.97

        assistant eval commands recordings/orders.tsv --min-spoken 0.8 --json
    """
    from ui.cli import evaluating_commands

    evaluating_commands.run(_present(files), {"typed": min_typed, "spoken": min_spoken}, json=json, data_dir=data_dir)


@app.command()
def retrieval(
    files: Golden = None,
    min_recall: Share = 0,
    min_mrr: Share = 0,
    max_drop: Drop = None,
    collection: Collections = None,
    data: Sets = None,
    only: Only = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Where the right source comes in a search: recall at 1, 5 and 10 and mean reciprocal rank, by direction of modality.

    Measured on golden files over your collections, or on public sets with --data. A case may be asked with an image or audio file.
    --min-recall is that of the first five. Figures are compared with those of the last run.

    Examples:

        assistant eval retrieval golden.jsonl --collection manuals --min-recall 0.9

        assistant eval retrieval golden.jsonl --max-drop 0.02 --json

        assistant eval retrieval --data sets --only articles_en
    """
    from ui.cli.evaluating_golden import Wanted, run

    floors = {"recall@5": min_recall, "mrr": min_mrr}
    run(Wanted("retrieval", _present(files), collection or (), data, only or (), floors, max_drop, json, data_dir))


@app.command()
def grounding(
    files: Golden = None,
    min_right: Share = 0,
    min_support: Share = 0,
    min_abstention_precision: Share = 0,
    min_abstention_recall: Share = 0,
    max_drop: Drop = None,
    collection: Collections = None,
    data: Sets = None,
    only: Only = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """What answers rest on: right sources, citations that support, and refusals where the collection has no answer.

    Measured on golden files over your collections, or on public sets with --data. Figures are compared with those of the last run.

    Examples:

        assistant eval grounding golden.jsonl --collection manuals --min-right 0.8 --min-abstention-recall 0.9

        assistant eval grounding golden.jsonl --max-drop 0.02 --json

        assistant eval grounding --data sets --only faq_en
    """
    from ui.cli.evaluating_golden import Wanted, run

    floors = {
        "right": min_right, "citation_support": min_support, "abstention_precision": min_abstention_precision,
        "abstention_recall": min_abstention_recall,
    }  # fmt: skip
    run(Wanted("grounding", _present(files), collection or (), data, only or (), floors, max_drop, json, data_dir))


@app.command()
def bundled(
    data: Sets = None,
    only: Only = None,
    require_goals: Annotated[bool, typer.Option(help="Exit with 1 when a goal is missed.")] = False,
    json: Json = False,
) -> None:
    """The models that come along, measured again on public sets.

    Examples:

        assistant eval bundled --data sets

        assistant eval bundled --data sets --only vqa --json
    """
    from retrieval.faults import InvalidInput
    from ui.cli import evaluating_bundled

    if data is None:
        raise InvalidInput("The sets to measure on are not named.", hint="assistant eval bundled --data DIR", param="data")
    evaluating_bundled.run(data, only or [], require_goals=require_goals, json=json)


@app.command()
def emotion(
    data: Sets = None,
    limit: Annotated[int, typer.Option(min=14, help="Pairs at most, as many of each feeling as there are; the same every time.")] = 280,
    least: Annotated[float, typer.Option("--min", min=0, max=1, help="Exit with 1 when the macro-F1 of the fusion in use is lower.")] = 0,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """The ways to fuse words, voice and face beside each of them alone: as they are, with one missing, with one damaged.

    Data: a table with the columns text, audio, image and label; a folder FEELING/NAME.txt, NAME.wav, NAME.jpg; or the folder of the
    public sets, of which pairs are made by label.

    Examples:

        assistant eval emotion --data pairs.tsv --min 0.5

        assistant eval emotion --data sets --limit 140 --json
    """
    from retrieval.faults import InvalidInput
    from ui.cli import evaluating_emotion

    if data is None:
        raise InvalidInput("The pairs to measure on are not named.", hint="assistant eval emotion --data PATH", param="data")
    evaluating_emotion.run(data, limit, least, json=json, data_dir=data_dir)


def _present(files: list[Path] | None) -> list[Path]:
    for file in files or ():
        if not file.is_file():
            raise typer.BadParameter(f"There is no file {file}.", param_hint="FILES")
    return files or []
