"""Writes docs/commands.md from the command line itself: python docs/generate_commands.py. tests/test_docs.py checks that it is current."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from ui.cli.main import app

PAGE = Path(__file__).with_name("commands.md")
HEAD = """# Commands

This page is written by `python docs/generate_commands.py`. Every command has `--help` with examples.

Exit codes: 0 done, 1 it failed, 2 the command line is wrong. Answers go to standard output, progress and failures to standard error.
`--json` prints one JSON value, also for a failure: `{"error": {"message", "hint", "code"}}`.

Commands talk to the server that holds the data directory. When none runs, the command runs the same API inside itself for as long as it
lasts.
"""


def commands(group: Any = None, prefix: str = "assistant") -> Iterator[tuple[str, Any]]:
    """(full name, command) of every command that can be run."""
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{prefix} {name}", command
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name, command in commands():
        said, _, examples = inspect.cleandoc(command.help or "").partition("Example")
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        usage = " ".join([name, *(p.metavar or p.name.upper() for p in arguments)])
        parts.append(f"\n## {name}\n\n{said.strip()}\n")
        lines = [line.strip() for line in examples.partition(":")[2].splitlines() if line.strip()]
        parts.append("\n```\n" + "\n".join(lines or [usage]) + "\n```\n")
        rows = [f"| `{', '.join(p.opts)}` | {_help(p)} |" for p in command.params if p.name != "help" and _help(p)]
        if rows:
            parts.append("\n| option or argument | meaning |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def _help(parameter: Any) -> str:
    return str(getattr(parameter, "help", None) or "").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
