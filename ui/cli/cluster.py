"""`assistant cluster`: the models as replicas of Ray Serve. Starts, shows and ends them; the work is `retrieval.serving`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.cli.options import DataDir, Json

if TYPE_CHECKING:
    from assistant.settings import Settings
    from retrieval.serving.plan import State

app = typer.Typer(
    no_args_is_help=True,
    help="The models in processes of their own (Ray Serve): several replicas, more under load, replaced when one dies.",
)  # fmt: skip
Ray = Annotated[
    str, typer.Option("--ray", help="A Ray cluster that runs already: auto, or HOST:6379. Default: a Ray of its own.", show_default=False)
]
Port = Annotated[int | None, typer.Option("--port", "-p", help="Port of the models.", show_default="8100")]


@app.command()
def up(
    port: Port = None,
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; there are no keys.", show_default="127.0.0.1")] = None,
    ray: Ray = "",
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay until Ctrl-C or SIGTERM, as containers want it.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:  # fmt: skip
    """Start Ray on this machine, deploy every model that the profile names, and show what runs.

    The replicas use the models of this installation. The server is then started with `assistant serve --models ray`; without this command
    it starts the same by itself, and ends it when it ends.

    Examples:

        assistant cluster up

        ASSISTANT_CLUSTER_ENCODER_REPLICAS=2-8 assistant cluster up --port 8200

        assistant cluster up --ray auto            # on a node of a cluster that runs already
    """
    from assistant import model_runtime
    from retrieval.faults import Conflict
    from retrieval.serving import cluster
    from ui.cli import output

    settings = _settings(port, host, data_dir)
    if not ray and (found := cluster.running(settings.cache_dir.absolute(), settings.cluster.port)):
        raise Conflict(
            f"The models are served already on port {found.port}.", hint="`assistant cluster status` shows them.", code="already_up"
        )
    plan = model_runtime.plan(settings, ray)
    head = cluster.start(plan)
    try:
        with _steps(quiet=json, total=len(plan.deployments)) as step:
            state = cluster.follow(plan, head, settings.cluster.start_seconds, step)
    except BaseException:
        cluster.end(head.pid)
        raise
    address = f"http://{plan.host}:{plan.port}"
    if json:
        output.show_json({"address": address, "deployments": list(state.deployments)})
    else:
        _table(state.deployments)
        standard = plan.host == "127.0.0.1" and plan.port == type(settings.cluster)().port
        output.write(f"\nModels  {address}\nNow     assistant serve --models {'ray' if standard else f'ray:{address}'}")
    if foreground and not ray:
        _stay(head, settings)


@app.command()
def status(port: Port = None, json: Json = False, data_dir: DataDir = None) -> None:
    """Show every deployment: its replicas, and whether they are well. The exit code is 1 when one is not.

    Examples:

        assistant cluster status

        assistant cluster status --json
    """
    from assistant import model_runtime
    from ui.cli import output

    settings = _settings(port, None, data_dir)
    rows = model_runtime.statuses(settings)
    well = all(row["health"] == "HEALTHY" for row in rows)
    if json:
        output.show_json({"address": model_runtime.address(settings), "ok": well, "deployments": rows})
    else:
        _table(rows)
    if not well:
        raise typer.Exit(1)


@app.command()
def down(port: Port = None, ray: Ray = "", json: Json = False, data_dir: DataDir = None) -> None:
    """End the replicas and the Ray that `cluster up` started on this machine; others are left alone.

    Examples:

        assistant cluster down

        assistant cluster down --ray auto          # take the models away from a cluster that goes on
    """
    from assistant import model_runtime
    from retrieval.faults import NotFound
    from retrieval.serving import cluster
    from ui.cli import output

    settings = _settings(port, None, data_dir)
    if ray:
        plan = model_runtime.plan(settings, ray, removes=True)
        cluster.follow(plan, cluster.start(plan), settings.cluster.start_seconds)
    elif not cluster.stop(settings.cache_dir.absolute(), settings.cluster.port):
        raise NotFound(f"No models are served on port {settings.cluster.port}.", hint="Start them with: assistant cluster up.")
    if json:
        output.show_json({"ended": True})
    else:
        output.write("Ended.")


def _settings(port: int | None, host: str | None, data_dir: Any) -> Settings:
    from assistant.settings import read

    return read({"cluster.port": port, "cluster.host": host, "data_dir": data_dir})


def _table(rows: Sequence[dict[str, Any]]) -> None:
    from ui.cli import output

    output.table(
        ["deployment", "replicas", "starting", "health", "state"],
        [[row["name"], str(row["running"]), str(row["starting"]), row["health"].lower(), row["state"].lower()] for row in rows],
    )
    for row in rows:
        if row["message"]:
            output.write(f"  {row['name']}: {output.shorten(row['message'], 400)}")


@contextmanager
def _steps(*, quiet: bool, total: int) -> Iterator[Callable[[State], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from ui.cli import output

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=output.notes(), disable=quiet or not output.notes().is_terminal) as bar:
        task = bar.add_task("Starting Ray", total=total)

        def step(state: State) -> None:
            waiting = [one["name"] for one in state.deployments if one["state"] != "RUNNING"]
            told = "Starting Ray" if state.phase == "starting" else f"Loading {waiting[0]}" if waiting else "Deploying"
            bar.update(task, description=told, completed=len(state.deployments) - len(waiting))

        yield step


def _stay(head: Any, settings: Settings) -> None:
    import signal

    from retrieval.faults import Unavailable
    from retrieval.serving import cluster
    from ui.cli import output

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = head.wait()
    except KeyboardInterrupt:
        cluster.stop(settings.cache_dir.absolute(), settings.cluster.port)
        output.notes().print("Stopped.", style="dim")
        return
    raise Unavailable(f"Ray ended by itself (exit code {code}).", hint="Its log is beside the cache: cluster-PORT.log.")
