"""`assistant train`: models adapted to one's own data, compared with what they were before, used or not. Knows the trainings by name.

Everything happens on this machine; the data is read and not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.adapted import Card
    from assistant.training.runs import Options, Progress
    from retrieval.decoding import Decoder

app = typer.Typer(help="Adapt the models to your own data, and use or drop what came of it.", no_args_is_help=True)
Data = Annotated[list[Path], typer.Option("--data", help="File or folder to learn from; may be repeated.", show_default=False)]
Holdout = Annotated[Path | None, typer.Option("--holdout", help="Rows to measure on, instead of a fifth of the data.", show_default=False)]
Name = Annotated[str, typer.Option("--name", help="Name of the model. Default: its kind and a hash.", show_default=False)]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same model.")]
Use = Annotated[bool, typer.Option("--use", help="Use it from the next start on, if it is better.")]
Run = Callable[["Options", "Progress"], "Card"]


@app.command()
def encoder(
    data: Data, holdout: Holdout = None, name: Name = "", seed: Seed = 7, use: Use = False, json: Json = False, data_dir: DataDir = None
) -> None:
    """Bring questions nearer to their answers, and captions nearer to their pictures, in the words of your field.

    Data: a table with the columns question and answer, or image and caption; a golden file with its sources beside it; a folder of
    pictures. The exit code is 1 when the result is no better than what it began from.

    Examples:

        assistant train encoder --data faq.csv --use

        assistant train encoder --data faq.csv --data catalogue.csv --holdout asked.csv --name shop
    """
    from assistant.training.encoder import train

    _run(
        lambda options, progress: _decoded(lambda decoder: train(options, decoder, progress)),
        data, holdout, name, seed, use=use, json=json, data_dir=data_dir,
    )  # fmt: skip


@app.command()
def router(
    data: Data, holdout: Holdout = None, name: Name = "", seed: Seed = 7, use: Use = False, json: Json = False, data_dir: DataDir = None
) -> None:
    """Teach the router your own turns: which tool a request is for.

    Data: a table with the columns words, media and expected, as for `assistant eval routing`; expected is a tool, small_talk, help or
    out_of_scope. The exit code is 1 when the result is no better, or forgets everyday turns.

    Example: assistant train router --data turns.tsv --use
    """
    from assistant.training.router import train

    _run(train, data, holdout, name, seed, use=use, json=json, data_dir=data_dir)


@app.command()
def emotion(
    data: Data, holdout: Holdout = None, name: Name = "", seed: Seed = 7, use: Use = False, json: Json = False, data_dir: DataDir = None,
    label: Annotated[list[str] | None, typer.Option("--label", help="What a label of yours is here: great=joy; may be repeated.")] = None,
) -> None:  # fmt: skip
    """Correct the reading of feelings in texts by texts that you labelled.

    Data: a table with the columns text and label. The exit code is 1 when the result is no better than what it began from.

    Example: assistant train emotion --data reviews.csv --label pleased=joy --label "let down=sadness" --use
    """
    from assistant.training.emotion import train
    from retrieval.faults import InvalidInput
    from tools.emotions.base import LABELS

    mapping = {theirs.strip().casefold(): ours.strip() for theirs, _, ours in (pair.rpartition("=") for pair in label or [])}
    for theirs, ours in mapping.items():
        if ours not in LABELS or not theirs:
            raise InvalidInput(
                f"'{theirs}={ours}' maps onto no feeling.", hint=f"After the = comes one of: {', '.join(LABELS)}.", param="label"
            )
    _run(
        lambda options, progress: train(options, mapping, progress),
        data, holdout, name, seed, use=use, json=json, data_dir=data_dir,
    )  # fmt: skip


@app.command()
def fusion(
    data: Data,
    way: Annotated[str, typer.Option("--way", help="weighted, early, gated or attention. Default: the one that does best.")] = "",
    holdout: Holdout = None, name: Name = "", seed: Seed = 7, use: Use = False, json: Json = False, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Learn from your own pairs how far words, voice and face are to be relied on together.

    Data: a table with the columns text, audio, image (files beside it, any may be empty) and label; or a folder
    FEELING/NAME.txt, NAME.wav, NAME.jpg. The exit code is 1 when the result is no better than what is in use.

    Example: assistant train fusion --data pairs.tsv --use
    """
    from assistant.settings import read
    from assistant.training.fusion import train
    from ui.cli.examining import trial

    def work(options: Options, progress: Progress) -> Card:
        with trial(read({"data_dir": data_dir})) as assistant:
            return train(options, assistant.kit, way, progress)

    _run(work, data, holdout, name, seed, use=use, json=json, data_dir=data_dir)


@app.command("image-lora")
def image_lora(
    data: Data,
    model: Annotated[str, typer.Option("--model", help="Stable Diffusion pipeline: a directory, or a hub id that was pulled.")] = "",
    steps: Annotated[int, typer.Option("--steps", min=0, help="Steps; 0 takes 20 a picture, 100 to 1000.")] = 0,
    holdout: Holdout = None, name: Name = "", seed: Seed = 7, use: Use = False, json: Json = False, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Teach a Stable Diffusion pipeline your own pictures (LoRA). Stopped with Ctrl-C, the same command goes on where it was.

    Data: a folder of pictures with their words in NAME.txt beside each, or a table with the columns image and caption. Without --model the
    pipeline in use is taken; the bundled drawing model cannot be trained this way.

    Example: assistant train image-lora --data pictures --model ~/models/sd-turbo --use
    """
    from assistant.settings import read
    from assistant.training.image_lora import train
    from tools.image_generators.diffusion import FOLDER

    backend, reference = read({"data_dir": data_dir}).backend("image_generator")
    source = model or reference or (str(FOLDER) if backend == "diffusion" else "")
    _run(
        lambda options, progress: _decoded(lambda decoder: train(options, source, decoder, progress, steps)),
        data, holdout, name, seed, use=use, json=json, data_dir=data_dir,
    )  # fmt: skip


@app.command("list")
def show(json: Json = False, data_dir: DataDir = None) -> None:
    """List the models that were trained here, their scores before and after, and which are in use.

    Example: assistant train list --json
    """
    from assistant import adapted
    from assistant.settings import read
    from ui.cli import output

    folder = read({"data_dir": data_dir}).data_dir
    active = adapted.active(folder)
    cards = [(card, sorted(role for role, name in active.items() if name == card.name)) for card in adapted.listed(folder)]
    if json:
        output.show_json({"data": [card.model_dump() | {"in_use": roles} for card, roles in cards]})
        return
    rows = [[card.name, card.kind, _scores(card), "yes" if card.better else "no", ", ".join(roles)] for card, roles in cards]
    output.table(["name", "kind", "scores", "better", "in use as"], rows)


@app.command("use")
def use_one(
    name: Annotated[str, typer.Argument(help="Name of the model.", show_default=False)] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take the last change back instead.")] = False,
    json: Json = False, data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Use a trained model from the next start on, or go back to what was in use before.

    Examples:

        assistant train use shop

        assistant train use --undo
    """
    from assistant import adapted
    from assistant.settings import read
    from retrieval.faults import InvalidInput
    from ui.cli import output

    if undo == bool(name):
        raise InvalidInput("Name a model, or say --undo.", hint="`assistant train list` shows the names.", param="name")
    folder = read({"data_dir": data_dir}).data_dir
    now = adapted.undo(folder) if undo else adapted.use(folder, name).roles
    if json:
        output.show_json({"in_use": adapted.active(folder)})
    elif undo:
        output.write(output.say("en", "train_undone", models=", ".join(sorted(set(now.values()))) or output.say("en", "train_none")))
    else:
        _say_used(name, sorted(now), data_dir)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="Name of the model.")], json: Json = False, data_dir: DataDir = None) -> None:
    """Delete a trained model that is not in use.

    Example: assistant train remove encoder-3f2a91c0
    """
    from assistant import adapted
    from assistant.settings import read
    from ui.cli import output

    adapted.remove(read({"data_dir": data_dir}).data_dir, name)
    if json:
        output.show_json({"removed": name})
    else:
        output.write(output.say("en", "train_removed", name=name))


def _decoded(work: Callable[[Decoder], Card]) -> Card:
    from retrieval.decoding import Decoder

    decoder = Decoder(workers=1)
    try:
        return work(decoder)
    finally:
        decoder.close()


def _run(
    train: Run, data: Sequence[Path], holdout: Path | None, name: str, seed: int, *, use: bool, json: bool, data_dir: Path | None
) -> None:
    """Train, show what came of it, and use it when that was asked for and it is better; exits with 1 when it is not."""
    from assistant import adapted
    from assistant.settings import go_offline, read
    from assistant.training.runs import Options
    from ui.cli import output

    settings = read({"data_dir": data_dir})
    go_offline(settings)
    options = Options(settings.data_dir, settings.cache_dir, tuple(data), holdout, name, seed)
    with _bar(quiet=json) as progress:
        card = train(options, progress)
    if use and card.better:
        adapted.use(settings.data_dir, card.name)
    if json:
        path = str(adapted.folder(settings.data_dir) / card.name)
        output.show_json(card.model_dump() | {"path": path, "in_use": use and card.better})
    else:
        _show(card, used=use, data_dir=data_dir)
    if not card.better:
        raise typer.Exit(1)


def _show(card: Card, *, used: bool, data_dir: Path | None) -> None:
    from ui.cli import output

    output.write(output.say("en", "train_rows", **card.rows))
    for note in card.notes:
        output.write(f"  {note}")
    before = {name.removeprefix("before_"): value for name, value in card.scores.items() if name.startswith("before_")}
    shown = [[name, f"{value:.3f}", f"{card.scores[f'after_{name}']:.3f}"] for name, value in before.items()]
    shown += [[name, "1.000", f"{value:.3f}"] for name, value in card.scores.items() if name.startswith("kept_")]
    output.table(["measured on what was held back", "before", "after"], shown)
    if not card.better:
        output.show_fault(output.say("en", "train_worse", name=card.name))
    elif used:
        _say_used(card.name, sorted(card.roles), data_dir)
    else:
        output.write(output.say("en", "train_made", name=card.name))


def _scores(card: Card) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in card.scores.items())


def _say_used(name: str, roles: Sequence[str], data_dir: Path | None) -> None:
    """Say so, and which roles are set otherwise and stay as they are."""
    from assistant.settings import read
    from ui.cli import output

    settings = read({"data_dir": data_dir})
    output.write(output.say("en", "train_used", name=name, roles=", ".join(roles)))
    for role in roles:
        value, key = (settings.router, "router") if role == "router" else (settings.backend(role)[1], f"models.{role}")
        if f"/{name}" not in value:
            output.write(output.say("en", "train_overruled", setting=key, where=settings.sources.get(key, "profile")))


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress]:
    """A bar with the time that is left, on standard error."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from ui.cli import output

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=output.notes(), disable=quiet or not output.notes().is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, what: bar.update(task, completed=share, description=what)
