"""Machine: what this computer has for models. Knows no model; imports torch only where an accelerator is asked about."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

_CGROUP = Path("/sys/fs/cgroup/memory.max")
_CGROUP_USED = Path("/sys/fs/cgroup/memory.current")
_CGROUP_STATE = Path("/sys/fs/cgroup/memory.stat")


class Machine(BaseModel):
    """Sizes in bytes."""

    model_config = ConfigDict(frozen=True)

    cores: int
    memory: int
    """Of the machine, or of the container when that has less."""
    free: int
    """Memory that a new program could take now."""
    accelerator: str = ""
    """Name of the first accelerator; empty when there is none."""
    accelerator_memory: int = 0


def machine(accelerators: bool = True) -> Machine:
    """This machine. Without `accelerators` torch is not imported (it takes seconds)."""
    import psutil

    memory = psutil.virtual_memory()
    total, free = int(memory.total), int(memory.available)
    limit, used = _number(_CGROUP), _number(_CGROUP_USED)
    if limit is not None and limit < total:
        total, free = limit, min(free, limit - (used or 0))
    name, size = _accelerator() if accelerators else ("", 0)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Machine(cores=cores, memory=total, free=max(free, 0), accelerator=name, accelerator_memory=size)


def memory_used() -> tuple[int, int]:
    """Bytes (taken, there in all) by what would end this process: its own against the machine's, or those of its container, whichever
    is fuller. Files that the system keeps in memory and would give up are not counted."""
    import psutil

    own = (int(psutil.Process().memory_info().rss), int(psutil.virtual_memory().total))
    limit, used = _number(_CGROUP), _number(_CGROUP_USED)
    if limit is None or used is None or limit > own[1]:
        return own
    container = (max(0, used - _given_up()), limit)
    return max(own, container, key=lambda pair: pair[0] / pair[1])


def _given_up() -> int:
    """Bytes of file cache in the container that were not used for long."""
    try:
        rows = dict(line.split(" ", 1) for line in _CGROUP_STATE.read_text().splitlines())
        return int(rows["inactive_file"])
    except (OSError, ValueError, KeyError):
        return 0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None  # not Linux, or no limit ("max")


def _accelerator() -> tuple[str, int]:
    import torch

    if torch.cuda.is_available():
        found = torch.cuda.get_device_properties(0)
        return str(found.name), int(found.total_memory)
    if torch.backends.mps.is_available():
        return "Apple GPU", 0
    return "", 0
