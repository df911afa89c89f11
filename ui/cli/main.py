"""`assistant`: the command line. Gathers the commands and turns every failure into one line and an exit code.

Exit codes: 0 done; 1 it failed (a Fault, something broken, nothing to do); 2 the command line is wrong; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from ui.cli import (
    accounts,
    asking,
    auditing,
    backing_up,
    benching,
    chat,
    cluster,
    collections,
    curating,
    devices,
    drawing,
    evaluating,
    examining,
    feelings,
    ingesting,
    keys,
    labelling,
    listening,
    mapping,
    mcp,
    memory,
    migrating,
    models,
    my_data,
    output,
    pictures,
    pulling,
    reviewing,
    searching,
    serving,
    training,
    widget,
)

app = typer.Typer(
    name="assistant", no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        output.write(version("synesthesia"))
        raise typer.Exit()


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")] = False,
) -> None:
    """Synesthesia: an assistant for text, pictures, sound and documents that shows its evidence.

    Examples:

        assistant up                               # API and chat page

        assistant ingest ~/manuals

        assistant ask "What does the warranty cover?"
    """


_COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    "Run": (serving.up, serving.serve, serving.ui, mcp.mcp),
    "Ask": (asking.ask, chat.chat, listening.listen, asking.route, feelings.emotion),
    "Collections": (ingesting.ingest, searching.search, searching.recommend),
    "Care": (
        examining.doctor, pulling.plan, backing_up.backup, backing_up.restore, migrating.migrate, my_data.export_my_data,
        my_data.delete_my_data, my_data.retention,
    ),
}  # fmt: skip
for panel, commands in _COMMANDS.items():
    for function in commands:
        app.command(rich_help_panel=panel)(function)
app.add_typer(auditing.app, name="audit", rich_help_panel="Care")
app.add_typer(evaluating.app, name="eval", rich_help_panel="Care")
app.add_typer(benching.app, name="bench", rich_help_panel="Care")
app.command("map", rich_help_panel="Collections")(mapping.show_map)
for function in (drawing.draw, labelling.label, labelling.caption):
    app.command(rich_help_panel="Pictures and sounds")(function)
app.add_typer(pictures.app, name="pictures", rich_help_panel="Pictures and sounds")
app.add_typer(collections.app, name="collections", rich_help_panel="Collections")
app.add_typer(curating.app, name="faq", rich_help_panel="Collections")
app.add_typer(devices.app, name="devices", rich_help_panel="Ask")
app.add_typer(memory.app, name="memory", rich_help_panel="Care")
app.add_typer(models.app, name="models", rich_help_panel="Care")
app.add_typer(training.app, name="train", rich_help_panel="Care")
app.add_typer(accounts.app, name="accounts", rich_help_panel="Care")
app.add_typer(reviewing.app, name="reviews", rich_help_panel="Care")
app.add_typer(keys.app, name="keys", rich_help_panel="Care")
curating.app.command("init")(widget.init)
app.add_typer(widget.app, name="widget", rich_help_panel="Run")
app.add_typer(cluster.app, name="cluster", rich_help_panel="Run")


def main() -> None:
    """Run the command line and exit."""
    from retrieval.faults import Fault

    as_json = "--json" in sys.argv
    try:
        app()
    except Fault as fault:
        output.show_fault(fault.message, fault.hint, code=fault.code, as_json=as_json)
    except BrokenPipeError:  # the reader of our output left: not our failure, and nothing can be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        _other(error, as_json)
    sys.exit(1)


def _other(error: Exception, as_json: bool) -> None:
    """Faults of the service, and our own mistakes, without a traceback."""
    from ui.chat.client import ApiFault

    if isinstance(error, ApiFault):
        hint = error.hint or ("Is the server still running? Start it with: assistant serve" if error.down else "")
        output.show_fault(error.message, hint, as_json=as_json)
        return
    hint = "This is a mistake in the program. Please report it with the output of: assistant doctor --json"
    output.show_fault(f"{type(error).__name__}: {error}", hint, code="internal_error", as_json=as_json)


if __name__ == "__main__":
    main()
