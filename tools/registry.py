"""Registry: finds the tools by file. A module of this package with a `create(kit) -> Tool` is a tool, named like its file."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from tools.base import Tool
from tools.kit import Kit


@lru_cache
def names() -> tuple[str, ...]:
    """Names of all tools, sorted, without importing any of them."""
    spec = find_spec("tools")
    found = []
    for module in pkgutil.iter_modules(spec.submodule_search_locations if spec else None):
        origin = None if module.ispkg else getattr(find_spec(f"tools.{module.name}"), "origin", None)
        if origin and _creates(Path(origin)):
            found.append(module.name)
    return tuple(sorted(found))


def _creates(source: Path) -> bool:
    """True when the module defines `create` with one argument called `kit`. Only a module that may do so is parsed: all take 0.1 s."""
    text = source.read_text("utf-8")
    if "\ndef create(" not in text:
        return False
    tree = ast.parse(text)
    return any(isinstance(n, ast.FunctionDef) and n.name == "create" and [a.arg for a in n.args.args] == ["kit"] for n in tree.body)


def create_all(kit: Kit) -> dict[str, Tool]:
    """Every tool by name. Raises ValueError when a tool is not named like its file: that is a bug."""
    made: dict[str, Tool] = {}
    for name in names():
        tool: Tool = importlib.import_module(f"tools.{name}").create(kit)
        if tool.name != name:
            raise ValueError(f"tools/{name}.py makes a tool called '{tool.name}'.")
        made[name] = tool
    return made
