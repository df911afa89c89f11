"""Planning: what a profile would need, and what of it fits on this machine, before anything is downloaded. Opens no connection."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from assistant.model_runtime import is_served
from assistant.profiles import KNOWN, PROFILES, Models
from assistant.settings import Settings
from retrieval.faults import Fault, NotInstalled
from retrieval.hosting.host import OVERHEAD, QUANTIZED, ModelHost, bf16_on_cpu
from retrieval.hosting.machine import Machine, machine
from retrieval.hosting.reference import Reference, parse
from retrieval.hosting.weights import ANY

BUNDLED_MEMORY = 700_000_000
"""What the service itself takes with its bundled models, measured."""


class Needed(BaseModel):
    """One model of a profile. Sizes in bytes, 0 where they are not known."""

    model_config = ConfigDict(frozen=True)

    source: str
    """Hub id or directory."""
    backend: str
    roles: tuple[str, ...]
    licence: str = ""
    brings: str = ""
    download: int = 0
    memory: int = 0
    here: bool = False
    """It is on this machine already."""
    fits: str = ""
    """yes | int8 | int4 (when quantized so) | no | unknown."""


class Plan(BaseModel):
    """A profile on this machine."""

    model_config = ConfigDict(frozen=True)

    profile: str
    machine: Machine
    budget: int
    """Memory for models."""
    models: tuple[Needed, ...]

    @property
    def download(self) -> int:
        """Of what is not here yet."""
        return sum(model.download for model in self.models if not model.here)

    @property
    def memory(self) -> int:
        """If every model were loaded at once."""
        return BUNDLED_MEMORY + sum(model.memory for model in self.models)

    @property
    def verdict(self) -> str:
        """all | in turns (one makes room for another) | no (one fits in no form) | unknown."""
        if any(model.fits == "no" for model in self.models):
            return "no"
        if any(model.fits == "unknown" for model in self.models):
            return "unknown"
        return "all" if sum(model.memory for model in self.models) <= self.budget else "in turns"


def plan(settings: Settings, profile: str = "") -> Plan:
    """The plan for `profile`; for the profile and the models of the settings when it is empty."""
    here = machine()
    host = ModelHost(settings.cache_dir, settings.limits.model_bytes)
    chosen = PROFILES[profile] if profile else _chosen(settings)
    return Plan(
        profile=profile or settings.profile, machine=here, budget=host.residency.budget,
        models=tuple(_needed(use, roles, host, here) for use, roles in uses(chosen).items()),
    )  # fmt: skip


def absent(settings: Settings) -> dict[str, tuple[str, ...]]:
    """Models of the hub that the settings name and that are missing in this process, with the roles they are for."""
    host = ModelHost(settings.cache_dir)
    found: dict[str, tuple[str, ...]] = {}
    for use, named in uses(_chosen(settings)).items():
        roles = tuple(role for role in named if not is_served(settings, role))
        if not roles:
            continue
        asked = parse(use.partition(":")[2], allowed=None)
        if asked.on_hub and not Path(asked.where).expanduser().exists() and not _here(host, asked):
            found[asked.where] = roles
    return found


def check_needed(settings: Settings, missing: dict[str, tuple[str, ...]]) -> None:
    """Raises NotInstalled for models that everything else rests on."""
    if not missing:
        return
    whole = settings.profile if any("/" in value for value in PROFILES[settings.profile].model_dump().values()) else ""
    raise NotInstalled(
        f"Models of the settings are not on this machine: {', '.join(missing)}.",
        hint=f"Download them with: assistant models pull {whole or ' '.join(missing)} (`assistant plan` says how large they are).",
        code="models_missing",
    )  # fmt: skip


def _here(host: ModelHost, asked: Reference) -> bool:
    try:
        host.files.locate(asked, ANY)
    except Fault:
        return False
    return True


def _chosen(settings: Settings) -> Models:
    return PROFILES[settings.profile].model_copy(update={role: value for role, value in settings.models if value})


def uses(models: Models) -> dict[str, tuple[str, ...]]:
    """`name:reference` -> its roles, for the back-ends that load a model from elsewhere."""
    found: dict[str, tuple[str, ...]] = {}
    for role, chosen in models:
        for use in chosen.split(" | "):
            name, _, reference = use.strip().partition(":")
            if reference and name != "openai_http":
                found[use.strip()] = (*found.get(use.strip(), ()), role)
    return found


def _needed(use: str, roles: tuple[str, ...], host: ModelHost, where: Machine) -> Needed:
    backend, _, reference = use.partition(":")
    asked = parse(reference, allowed=None)
    known = KNOWN.get(asked.where)
    size, numbers, here = (known.bytes, known.parameters, False) if known else (0, 0, False)
    try:
        found = host.files.locate(asked, ANY)
        size, numbers, here = found.bytes, found.parameters, True
    except Fault:
        pass  # not here yet: what is known of it will do
    each = QUANTIZED.get(asked.options.get("quantize", "")) or _plain(asked.options.get("dtype", ""), where)
    memory = int((numbers * each or size) * OVERHEAD)
    return Needed(
        source=asked.where, backend=backend, roles=roles, licence=known.licence if known else "", brings=known.brings if known else "",
        download=size, memory=memory, here=here, fits=_fits(memory, numbers if "chat_model" in roles else 0, host.residency.budget),
    )  # fmt: skip


def _plain(dtype: str, where: Machine) -> int:
    """Bytes a parameter without quantization."""
    if dtype:
        return 4 if dtype == "float32" else 2
    return 2 if where.accelerator or bf16_on_cpu() else 4


def _fits(memory: int, numbers: int, budget: int) -> str:
    """`numbers`: parameters that may be quantized; only the chat models' back-end takes that option."""
    if not memory:
        return "unknown"
    if memory <= budget:
        return "yes"
    return next((name for name, each in QUANTIZED.items() if numbers and numbers * each * OVERHEAD <= budget), "no")
