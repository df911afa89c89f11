"""Watches every unpickling in the process of the tests (audit event `pickle.find_class`), and tells which were for code of ours."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OURS = tuple(f"{ROOT / package}/" for package in ("assistant", "tools", "retrieval", "ui"))
seen: list[str] = []
"""`module.name <- file:line` of each class or function that a pickle asked for while code of ours was at work."""


def watch() -> None:
    """From now on, for as long as the process lives."""
    sys.addaudithook(_note)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event != "pickle.find_class":
        return
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            seen.append(f"{'.'.join(str(part) for part in arguments)} <- {frame.f_code.co_filename}:{frame.f_lineno}")
            return
        frame = frame.f_back
