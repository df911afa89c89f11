"""Helpers of the tests that a study shares, so that nothing is written twice. Knows where they lie, not what they do."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).resolve().parents[2] / "tests"


def borrowed(name: str) -> ModuleType:
    """The module `tests/NAME.py` or `tests/ui/NAME.py`. The folders go last on the path: some of their names are those of packages."""
    for folder in (TESTS, TESTS / "ui"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    return importlib.import_module(name)
