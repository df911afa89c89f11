"""Where the training sets lie. Tables and held-back rows are those of `assistant/evaluation/base.py`: training and scoring agree."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.evaluation.base import STYLE_LEFT_OUT, Files, held_out

__all__ = ["STYLE_LEFT_OUT", "Files", "folder", "held_out"]


def folder(given: str | None) -> Path:
    """The folder of the sets: `given`, or the variable `DATA`."""
    named = given or os.environ.get("DATA")
    if not named or not Path(named).is_dir():
        raise SystemExit("Name the folder of the training sets: --data DIR, or DATA=DIR in the environment.")
    return Path(named)
