"""Cluster: how many processes serve the models, and what each may take; the table `[cluster]` of the settings. Pure values."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

Replicas = Annotated[str, Field(pattern=r"^[1-9]\d{0,3}(-[1-9]\d{0,3})?$")]
"""`2` for two replicas, `1-8` for as many as the load needs."""
Cpus = Annotated[float, Field(gt=0)]
Gpus = Annotated[float, Field(ge=0)]


class Cluster(BaseModel):
    """Counts, processor cores and accelerators of a replica for each kind of model, and the bounds of their queues."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address that `assistant cluster up` listens on. The models ask for no key: beyond this machine only in a network of one's own."""
    port: int = Field(default=8100, ge=1, le=65535)
    haproxy: bool = False
    """Let HAProxy carry the calls rather than Serve's own proxy: half the time a call, and its statistics are open to the network."""
    encoder_replicas: Replicas = "1-2"
    encoder_cpus: Cpus = 0.2
    encoder_gpus: Gpus = 0.0
    image_generator_replicas: Replicas = "1"
    image_generator_cpus: Cpus = 0.2
    image_generator_gpus: Gpus = 0.0
    transcriber_replicas: Replicas = "1"
    transcriber_cpus: Cpus = 0.2
    transcriber_gpus: Gpus = 0.0
    emotion_replicas: Replicas = "1"
    emotion_cpus: Cpus = 0.1
    emotion_gpus: Gpus = 0.0
    target_calls: float = Field(default=4.0, gt=0)
    """Calls at work in a replica beyond which another one is started."""
    calls_waiting: int = Field(default=128, ge=1)
    """Calls that wait for a replica of a deployment; more get 503."""
    call_seconds: float = Field(default=300.0, gt=0)
    """That one call may take."""
    batch: int = Field(default=32, ge=1)
    """Contents that go through an encoder together."""
    batch_seconds: float = Field(default=0.0, ge=0, le=1)
    """That a call waits for others to go with."""
    health_seconds: float = Field(default=10.0, gt=0)
    """Between two trials of a replica."""
    start_seconds: float = Field(default=120.0, gt=0)
    """That a server waits for the models when it starts."""
    object_store_bytes: int = Field(default=80_000_000, ge=80_000_000)
    """Shared memory of Ray; calls do not go through it."""

    @field_validator("*")
    @classmethod
    def _from_least_to_most(cls, given: object) -> object:
        if isinstance(given, str) and "-" in given and all(part.isdigit() for part in given.split("-")):
            least, most = (int(part) for part in given.split("-"))
            if least > most:
                raise ValueError(f"{least} is more than {most}")
        return given

    def replicas(self, kind: str) -> tuple[int, int]:
        """(least, most) of a kind."""
        least, _, most = str(getattr(self, f"{kind}_replicas")).partition("-")
        return int(least), int(most or least)
