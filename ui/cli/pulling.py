"""`assistant plan` and `assistant models pull`: what a profile needs, told beforehand, and its download. Knows no model library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import Json

if TYPE_CHECKING:
    from assistant.planning import Needed, Plan
    from assistant.pulling import Pulled
    from assistant.settings import Settings

Wanted = Annotated[list[str], typer.Argument(help="A profile (small, large) or models of the hub, `org/name` or `org/name@revision`.")]
_FITS = {
    "yes": "yes", "int8": "with ?quantize=int8", "int4": "with ?quantize=int4", "no": "no", "unknown": "size not known",
}  # fmt: skip
_VERDICTS = {
    "all": "All of it fits in memory at once.", "in turns": "Each fits, not all at once: the one unused for longest makes room.",
    "no": "At least one model fits in no form: choose another for its role in [models] of assistant.toml.",
    "unknown": "The size of at least one model is not known before it is downloaded.",
}  # fmt: skip


def plan(
    profile: Annotated[str, typer.Argument(help="bundled, small, large or remote. Default: the settings as they are.")] = "",
    json: Json = False,
) -> None:
    """Show what the models of a profile need, and what fits on this machine, before anything is downloaded. Opens no connection.

    Examples:

        assistant plan small

        assistant plan large --json
    """
    from assistant.planning import plan as make_plan
    from assistant.settings import read
    from ui.cli import output

    found = make_plan(read(), _profile(profile) if profile else "")
    if json:
        output.show_json(found.model_dump() | {"download": found.download, "memory": found.memory, "verdict": found.verdict})
        return
    _show(found)


def _show(found: Plan) -> None:
    from assistant.profiles import FOR_WHOM
    from ui.cli import output

    here = found.machine
    what = f", {here.accelerator} with {output.size(here.accelerator_memory)}" if here.accelerator else ", no accelerator"
    output.write(f"Profile {found.profile}: for {FOR_WHOM[found.profile]}.")
    output.write(f"This machine: {here.cores} cores, {output.size(here.free)} of {output.size(here.memory)} memory free{what}; "
                 f"{output.size(found.budget)} for models.")  # fmt: skip
    if not found.models:
        output.write("Nothing to download: its models come with the installed packages.")
        return
    rows = [
        [", ".join(one.roles), one.source, "here" if one.here else output.size(one.download), output.size(one.memory), _FITS[one.fits],
         one.licence, one.brings]
        for one in found.models
    ]  # fmt: skip
    output.table(["role", "model", "download", "memory", "fits", "licence", "brings"], rows)
    output.write(f"To download: {output.size(found.download)}. {_VERDICTS[found.verdict]}")


def pull(
    wanted: Wanted,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Ask the hub for exact sizes and licences; download nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before the download.")] = False,
    json: Json = False,
) -> None:
    """Download the models of a profile, or single models, and pin them: later loads take exactly these files.

    Says beforehand how large they are, under which licences, and what each brings. What was begun is resumed.

    Examples:

        assistant models pull small --dry-run

        assistant models pull small --yes

        assistant models pull Qwen/Qwen3.5-4B
    """
    from assistant import pulling
    from assistant.planning import plan as make_plan
    from assistant.settings import read
    from retrieval.faults import NotAllowed, Unavailable
    from retrieval.hosting.reference import parse
    from ui.cli import output

    settings = read()
    pairs = _sources(settings, wanted)
    if not pairs:
        _nothing(wanted, json)
    try:
        looked = [(pulling.look(settings, parse(source), backend), backend) for source, backend in pairs]
    except (Unavailable, NotAllowed):  # without the hub, what is known of a profile is still worth seeing
        for name in [] if json else [name for name in wanted if "/" not in name]:
            _show(make_plan(settings, name))
        raise
    if not json:
        _announce([one for one, _ in looked])
    if not dry_run and (yes or json or typer.confirm("Download?", default=True)):
        looked = [(pulling.pull(settings, one, backend), backend) for one, backend in looked]
    if json:
        output.show_json({"models": [one.model_dump() for one, _ in looked], "dry_run": dry_run})
        return
    for one, _ in looked:
        if one.path:
            output.write(f"{one.source} is here, pinned at {one.revision[:12]}.")


def _profile(name: str) -> str:
    from assistant.profiles import PROFILES
    from retrieval.faults import InvalidInput

    if name not in PROFILES:
        raise InvalidInput(
            f"There is no profile '{name}'.", hint=f"Profiles: {', '.join(PROFILES)}. A model is named `org/name`.", param="profile",
            code="unknown_profile",
        )  # fmt: skip
    return name


def _sources(settings: Settings, wanted: list[str]) -> list[tuple[str, str]]:
    """(hub id with its revision, back-end) of everything that was named."""
    from assistant.planning import plan as make_plan

    def needed(profile: str) -> list[Needed]:
        return list(make_plan(settings, profile).models)

    found: dict[str, str] = {}
    for name in wanted:
        models = [] if "/" in name else needed(_profile(name))
        found |= {one.source: one.backend for one in models} if models or "/" not in name else {name: _backend(name)}
    return list(found.items())


def _backend(name: str) -> str:
    """The back-end that a profile uses a model with; empty for another model, whose safetensors are taken."""
    from assistant.profiles import PROFILES

    source = name.partition("@")[0]
    uses = [use for models in PROFILES.values() for _, use in models if use.partition(":")[2] == source]
    return uses[0].partition(":")[0] if uses else ""


def _nothing(wanted: list[str], json: bool) -> None:
    from retrieval.faults import NotFound
    from ui.cli import output

    message, hint = f"There is nothing to download for '{' '.join(wanted)}'.", "Its models come with the installed packages."
    if json:
        output.show_json({"models": [], "message": f"{message} {hint}"})
        raise typer.Exit(1)
    raise NotFound(message, hint=hint, code="nothing_to_pull")


def _announce(looked: list[Pulled]) -> None:
    from assistant.profiles import KNOWN
    from ui.cli import output

    rows = []
    for one in looked:
        known = KNOWN.get(one.source)
        licence = one.licence or (known.licence if known else "")
        rows.append([one.source, output.size(one.missing), output.size(one.bytes), licence, known.brings if known else ""])
    output.table(["model", "to download", "in all", "licence", "brings"], rows)
    output.write(f"To download: {output.size(sum(one.missing for one in looked))}.")
