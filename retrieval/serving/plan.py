"""What is to be deployed and how far that is, as files that the head and those who started it share. Knows no engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from retrieval.serving.deployment import Deployment

Phase = Literal["starting", "deploying", "ready", "failed"]


class Plan(BaseModel):
    """What a head does."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    deployments: tuple[Deployment, ...]
    host: str
    port: int
    address: str = ""
    """Of a Ray cluster to join; empty starts one here."""
    folder: Path
    """Where Ray keeps its sockets and logs: short, because a socket's name may not be long."""
    state: Path
    """The file of its state."""
    haproxy: bool = False
    """Whether HAProxy carries the calls."""
    cpus: int
    """Processor cores that Ray may give away; they are counted, not measured."""
    gpus: int = 0
    object_store_bytes: int
    begun: float
    """Seconds since the epoch."""
    removes: bool = False
    """Take the deployments away from the cluster it joins, rather than put them there."""
    tied_to: int = 0
    """Process with which it ends; 0 for none."""

    @property
    def joins(self) -> bool:
        """Whether it deploys on a cluster that is there already."""
        return bool(self.address)


class State(BaseModel):
    """How far a head is."""

    model_config = ConfigDict(frozen=True)

    pid: int
    begun: float
    port: int
    phase: Phase
    deployments: tuple[dict[str, Any], ...] = ()
    """Name, state, health, running, starting and message of each."""
    error: str = ""


def write(plan: Plan, state: State) -> None:
    """Put the state in place, whole."""
    beside = plan.state.with_suffix(".part")
    beside.write_text(state.model_dump_json(), "utf-8")
    os.replace(beside, plan.state)


def read(path: Path) -> State | None:
    """The state in the file; None when there is none."""
    try:
        return State.model_validate_json(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
