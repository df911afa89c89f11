"""Settings: the only module that reads the environment. Flag > environment > `assistant.toml` > default, and it knows which won."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from retrieval.faults import InvalidInput

PREFIX = "ASSISTANT_"
MIB = 2**20


class Models(BaseModel):
    """Back-end of each role, `name` or `name:reference`. A role left empty follows the profile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chat_model: str = ""
    text_embedder: str = ""
    image_embedder: str = ""
    audio_embedder: str = ""
    image_generator: str = ""
    vqa: str = ""
    text_emotion: str = ""
    voice_emotion: str = ""
    face_emotion: str = ""
    transcriber: str = ""
    synthesizer: str = ""
    reranker: str = ""


BUNDLED = Models(
    chat_model="reflex", text_embedder="minilm", image_embedder="senses", audio_embedder="senses",
    image_generator="diffusion", vqa="compose", text_emotion="words", voice_emotion="prosody", face_emotion="face",
    transcriber="pocketsphinx", synthesizer="espeak",
)  # fmt: skip
PROFILES: dict[str, Models] = {"bundled": BUNDLED}


class Limits(BaseModel):
    """Every bound in one place. Sizes in bytes, times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body_bytes: int = Field(default=64 * MIB, ge=1024)
    file_bytes: int = Field(default=50 * MIB, ge=1024)
    image_pixels: int = Field(default=20_000_000, ge=10_000)
    image_frames: int = Field(default=64, ge=1)
    pdf_pages: int = Field(default=500, ge=1)
    audio_seconds: float = Field(default=3600, gt=0)
    video_seconds: float = Field(default=3600, gt=0)
    text_chars: int = Field(default=5_000_000, ge=1000)
    prompt_chars: int = Field(default=32_000, ge=100)
    messages: int = Field(default=400, ge=1)
    mesh_faces: int = Field(default=500_000, ge=1)
    fetch_seconds: float = Field(default=30, gt=0)
    decode_seconds: float = Field(default=120, gt=0)
    decode_bytes: int = Field(default=2048 * MIB, ge=256 * MIB)
    turn_seconds: float = Field(default=300, gt=0)
    model_calls: int = Field(default=8, ge=1)
    turns_at_once: int = Field(default=4, ge=1)
    turns_waiting: int = Field(default=32, ge=0)
    model_bytes: int = Field(default=0, ge=0)
    """Memory for full-size models; 0 takes 70 percent of what is free when the first one loads."""


class Settings(BaseModel):
    """All settings, resolved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Literal["bundled"] = "bundled"
    data_dir: Path = Path("data")
    cache_dir: Path = Field(default=Path("~/.cache/synesthesia"), validate_default=True)
    """Models derived once from installed packages (the ONNX export)."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    ui_port: int = Field(default=8501, ge=0, le=65535)
    api_keys: tuple[str, ...] = ()
    offline: bool = False
    """`OFFLINE=1`: no outgoing connection at all."""
    fetch_hosts: tuple[str, ...] = ()
    """Hosts, `name` or `name:port`, from which files may be fetched though their addresses are private."""
    language: Literal["", "en", "zh"] = ""
    """Language of answers; empty follows the turn."""
    fast_path: bool = True
    """With a language model, let `reflex` take device commands and curated answers it is sure of."""
    keep_questions: bool = True
    """Keep questions that were refused, unanswered or rated down, so that somebody can answer them once and for all."""
    deployment: Literal["personal", "workplace", "education"] = "personal"
    sample: bool = True
    """Load the sample collection on the first start."""
    models: Models = Models()
    limits: Limits = Limits()
    openai_api_key: str = Field(default="", repr=False)
    openai_base_url: str = ""
    ollama_base_url: str = ""
    sources: dict[str, str] = Field(default_factory=dict)
    """Key -> where its value came from: `flag`, `environment NAME`, `file PATH`; keys not listed are defaults."""

    @field_validator("data_dir", "cache_dir")
    @classmethod
    def _at_home(cls, path: Path) -> Path:
        return path.expanduser()

    def backend(self, role: str) -> tuple[str, str]:
        """(name, reference) of the back-end for `role`, e.g. `("openai_http", "http://localhost:11434/v1#qwen3-vl")`."""
        chosen = getattr(self.models, role) or getattr(PROFILES[self.profile], role)
        name, _, reference = chosen.partition(":")
        return name, reference


_BORROWED = {
    "OFFLINE": "offline", "OPENAI_API_KEY": "openai_api_key", "OPENAI_BASE_URL": "openai_base_url",
    "OLLAMA_BASE_URL": "ollama_base_url",
}  # fmt: skip
_NESTED = ("models", "limits")
_LISTS = ("api_keys", "fetch_hosts")
"""Settings that the environment writes with commas."""


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for name, key in _BORROWED.items():
        if environ.get(name):
            found[key] = (environ[name], f"environment {name}")
    keys = set(Settings.model_fields) - {"sources", *_NESTED}
    nested = {f"{group}.{key}" for group, kind in (("models", Models), ("limits", Limits)) for key in kind.model_fields}
    for key in keys | nested:
        name = PREFIX + key.replace(".", "_").upper()
        if name in environ:
            value: Any = environ[name]
            found[key] = (tuple(v.strip() for v in value.split(",") if v.strip()) if key in _LISTS else value, f"environment {name}")
    return found


def _from_file(path: Path) -> dict[str, tuple[Any, str]]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path} is not valid TOML: {error}.", hint="Correct that line and start again.") from error
    found: dict[str, tuple[Any, str]] = {}
    for key, value in table.items():
        if key in _NESTED and isinstance(value, dict):
            found.update({f"{key}.{name}": (inner, f"file {path}") for name, inner in value.items()})
        else:
            found[key] = (value, f"file {path}")
    return found


def read(flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """The settings. `flags` are those a person gave (dotted keys, None left out); `file` defaults to `./assistant.toml`.

    Raises InvalidInput that names the key, its value and what was expected.
    """
    environ = os.environ if environ is None else environ
    path = file or Path(environ.get(PREFIX + "CONFIG", "assistant.toml"))
    found: dict[str, tuple[Any, str]] = _from_file(path) if path.is_file() else {}
    found |= _from_environment(environ)
    found |= {key: (value, "flag") for key, value in (flags or {}).items() if value is not None}
    tree: dict[str, Any] = {"sources": {key: where for key, (_, where) in found.items()}}
    for key, (value, _) in found.items():
        group, _, inner = key.partition(".")
        if inner:
            tree.setdefault(group, {})[inner] = value
        else:
            tree[key] = value
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        where = tree["sources"].get(key, "the settings")
        raise InvalidInput(
            f"Setting '{key}' from {where} has value {first.get('input')!r}: {first['msg']}.",
            hint="`assistant doctor` lists every setting and where it came from.", param=key,
        ) from error  # fmt: skip


def go_offline(settings: Settings) -> None:
    """Tell the hub libraries to stay offline; called once by the composition before any of them is imported."""
    if settings.offline:
        os.environ.update({"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"})
