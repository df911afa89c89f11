"""What is felt, and who asked for it. Documentation only."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from ui.api.answers.base import Facts


class Shared(BaseModel):
    """The share of one modality in a feeling."""

    label: str | None
    distribution: dict[str, float]
    weight: float
    uncertainty: float
    state: str
    note: str
    fine: dict[str, float] = {}
    dimensions: dict[str, float] = {}


class Fused(BaseModel):
    """The feeling over all modalities."""

    label: str | None
    distribution: dict[str, float]
    uncertainty: float
    interval: dict[str, list[float]]
    sureness: str


class Disagreement(BaseModel):
    """How far the modalities part."""

    score: float
    parted: bool
    text: str


class Feeling(BaseModel):
    """What was heard in words, voice and face; a hint, not a finding."""

    fused: Fused
    modalities: dict[str, Shared]
    disagreement: Disagreement
    timeline: list[Facts]
    skipped: list[Facts]


class EmotionAnswer(Feeling):
    """`POST /v1/emotion`."""

    object: Literal["emotion"]
    text: str
    help: str = ""
    file_id: str = ""


class EmotionPolicy(BaseModel):
    """What may be read here."""

    object: Literal["emotion.policy"]
    deployment: str
    modalities: list[str]
    allowed: bool
    reason: str


class AuditEntry(BaseModel):
    """A look at somebody's feelings that was asked for."""

    object: Literal["audit.entry"]
    id: int
    at: float
    owner: str
    why: str
    modalities: list[str]
    consent: bool
    deployment: str
    outcome: str
