"""Deployment: a back-end that is to be served by processes of its own, and how many of them. Pure values; knows no engine."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["encoder", "image_generator", "transcriber", "emotion"]


class Capacity(BaseModel):
    """What the replicas of one deployment may take, and when there is another."""

    model_config = ConfigDict(frozen=True)

    least: int = Field(default=1, ge=1)
    """Replicas that always run."""
    most: int = Field(default=1, ge=1)
    """Replicas under load."""
    cpus: float = Field(default=0.5, gt=0)
    """Processor cores that Ray sets aside for a replica; its libraries compute with that many threads, at least one."""
    gpus: float = Field(default=0, ge=0)
    """Accelerators, or a part of one."""
    target: float = Field(default=4, gt=0)
    """Calls at work in a replica beyond which another one is started."""
    ongoing: int = Field(default=32, ge=1)
    """Calls that a replica takes at once."""
    waiting: int = Field(default=128, ge=1)
    """Calls that wait for a replica; more are refused."""
    batch: int = Field(default=32, ge=1)
    """Contents that go through an encoder together."""
    batch_seconds: float = Field(default=0.0, ge=0)
    """That a call waits for company."""
    health_seconds: float = Field(default=10, gt=0)
    """Between two trials of a replica."""


class Deployment(BaseModel):
    """One back-end, and how it is served."""

    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    name: str = Field(pattern=r"^[a-z_]+$")
    """The role it serves; the path of its address."""
    kind: Kind
    package: str
    """Dotted; its `base` has the interface."""
    backend: str
    reference: str = ""
    modality: str = ""
    """For back-ends that are made for one."""
    methods: tuple[str, ...]
    """That may be called."""
    facts: tuple[str, ...] = ()
    """Attributes that may be asked for."""
    parts: tuple[str, ...] = ()
    """Attributes that are back-ends of their own."""
    together: str = ""
    """The method whose first argument is a list that may be joined with those of other calls."""
    trial: bytes = b""
    """The call, as it is sent, that shows whether a replica works."""
    cache_dir: Path
    model_bytes: int = 0
    offline: bool = False
    capacity: Capacity = Capacity()

    @property
    def model(self) -> str:
        """The name of the back-end and what it was given, as the settings write it."""
        return f"{self.backend}:{self.reference}" if self.reference else self.backend

    @property
    def identity(self) -> str:
        """Changes with the model: a server that expects another one is told so."""
        return hashlib.sha256(f"{self.package}|{self.model}|{self.modality}".encode()).hexdigest()[:16]
