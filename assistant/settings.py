"""Settings: the only module that reads the environment. Flag > environment > file > trained model > default, and it knows which won."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from assistant import adapted
from assistant.cluster import Cluster
from assistant.limits import Limits
from assistant.profiles import BUNDLED, PROFILES, Models
from assistant.retention import Retention
from assistant.stakes import HighStakes
from retrieval.faults import InvalidInput
from retrieval.postgres_address import checked

PREFIX = "ASSISTANT_"


class McpServer(BaseModel):
    """Another program whose tools the agent may use (Model Context Protocol): one of this machine, or one at an address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: tuple[str, ...] = ()
    """The program and its arguments; it is started at first need."""
    url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    key: str = Field(default="", repr=False)
    """Bearer key for `url`."""
    allow: tuple[str, ...] = Field(min_length=1)
    """Tools that may be used; the others are not shown to the chat model."""
    approve: tuple[str, ...] = ()
    """Those of `allow` that need the person's yes before each call."""
    env: dict[str, str] = Field(default_factory=dict, repr=False)
    """Environment of `command`, beside a few harmless variables such as PATH and HOME."""
    timeout: float = Field(default=30, gt=0)
    """Seconds for its start, and for each call."""

    @model_validator(mode="after")
    def _one_way_to_reach_it(self) -> McpServer:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either a command or a url")
        if unknown := set(self.approve) - set(self.allow):
            raise ValueError(f"approve names what allow does not: {', '.join(sorted(unknown))}")
        return self


class Settings(BaseModel):
    """All settings, resolved."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Literal["bundled", "small", "large", "remote"] = "bundled"
    data_dir: Path = Path("data")
    cache_dir: Path = Field(default=Path("~/.cache/synesthesia"), validate_default=True)
    """Models derived once from installed packages (the ONNX export)."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    ui_port: int = Field(default=8501, ge=0, le=65535)
    wyoming_port: int = Field(default=0, ge=0, le=65535)
    """Port for Home Assistant and its satellites; 0 is off."""
    wyoming_host: str = "127.0.0.1"
    """The protocol has no keys: beyond this machine, whoever reaches the port speaks as its person."""
    wake_phrases: tuple[str, ...] = ("computer",)
    """Offered to satellites. Nothing listens for them until a satellite asks."""
    api_keys: tuple[str, ...] = Field(default=(), repr=False)
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose X-Forwarded-For is believed."""
    oidc_allow: tuple[str, ...] = ()
    """Who may come in by OpenID Connect: mail addresses and `@domains`; empty is everybody whom the provider knows."""
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
    memory_remote: bool = False
    """Let a chat model on another machine read what people asked to be remembered."""
    content_filter: bool = True
    """Refuse to draw what is clearly unlawful or explicitly sexual."""
    content_filter_words: Path | None = None
    """A file of further words that are not drawn, one a line; they hold also when `content_filter` is off."""
    log_format: Literal["", "text", "json"] = ""
    """Empty is words on a terminal, else one JSON object a line."""
    log_level: Literal["", "debug", "info", "warning", "error"] = ""
    """Empty is `warning` on a terminal, else `info`: one line a request."""
    log_content: bool = False
    """Write messages whole, with what people sent, to look for a mistake with data of one's own."""
    otlp_endpoint: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Where traces go (OpenTelemetry over HTTP), such as http://localhost:4318; empty sends none."""
    deployment: Literal["personal", "workplace", "education"] = "personal"
    store: str = Field(default="faiss", pattern=r"^(faiss|milvus(:\S.*)?)$")
    """What searches: `faiss` on this machine, or `milvus`, `milvus:DIRECTORY`, `milvus:http://HOST:19530`."""
    store_token: str = Field(default="", repr=False)
    """Token of a Milvus cluster."""
    database: str = Field(default="sqlite", pattern=r"^(sqlite|postgres(ql)?://\S+)$")
    """Where the library and everything else is kept: `sqlite`, in the data directory, or `postgres://HOST/NAME`, for several processes."""
    database_password: str = Field(default="", repr=False)
    """Of PostgreSQL."""
    models_runtime: str = Field(default="process", pattern=r"^(process|ray(:https?://[^\s/@]+/?)?)$")
    """Where the models run: `process`, or as replicas of Ray Serve: `ray` on this machine, `ray:http://HOST:8100` elsewhere."""
    devices: str = "simulated"
    """Who serves the devices: a file of `tools/devices`."""
    sample: bool = True
    """Load the sample collection on the first start."""
    router: str = ""
    """Directory of a router trained further on own turns (`assistant train router`); empty is the one that ships."""
    models: Models = Models()
    limits: Limits = Limits()
    retention: Retention = Retention()
    high_stakes: HighStakes = HighStakes()
    cluster: Cluster = Cluster()
    openai_api_key: str = Field(default="", repr=False)
    openai_base_url: str = ""
    ollama_base_url: str = ""
    mcp: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")], McpServer] = Field(default_factory=dict)
    """Name -> server; written in the file only, as `[mcp.NAME]`."""
    sources: dict[str, str] = Field(default_factory=dict)
    """Key -> where its value came from: `flag`, `environment NAME`, `file PATH`; keys not listed are defaults."""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(address, strict=False)) for address in given)

    @field_validator("database")
    @classmethod
    def _without_password(cls, given: str) -> str:
        return given if given == "sqlite" else checked(given)

    @field_validator("content_filter_words", mode="before")
    @classmethod
    def _no_file(cls, path: Any) -> Any:
        return path or None

    @field_validator("data_dir", "cache_dir")
    @classmethod
    def _at_home(cls, path: Path) -> Path:
        return path.expanduser()

    def row(self, role: str) -> tuple[str, ...]:
        """The back-ends of `role` in the order they are asked, each `name` or `name:reference`: several are written with ` | ` between."""
        chosen = str(getattr(self.models, role) or getattr(PROFILES[self.profile], role))
        return tuple(part.strip() for part in chosen.split(" | "))

    def backend(self, role: str) -> tuple[str, str]:
        """(name, reference) of the back-end for `role`, of the first one if there are several, e.g. `("openai_http", "http://localhost:11434/v1#qwen3-vl")`."""
        name, _, reference = self.row(role)[0].partition(":")
        return name, reference


_BORROWED = {
    "OFFLINE": "offline", "OPENAI_API_KEY": "openai_api_key", "OPENAI_BASE_URL": "openai_base_url",
    "OLLAMA_BASE_URL": "ollama_base_url",
}  # fmt: skip
_NESTED = ("models", "limits", "retention", "high_stakes", "cluster")
_LISTS = ("api_keys", "trusted_proxies", "oidc_allow", "fetch_hosts", "wake_phrases")
"""Settings that the environment writes with commas."""


def _from_environment(environ: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for name, key in _BORROWED.items():
        if environ.get(name):
            found[key] = (environ[name], f"environment {name}")
    keys = set(Settings.model_fields) - {"sources", "mcp", *_NESTED}
    groups: dict[str, type[BaseModel]] = {
        "models": Models, "limits": Limits, "retention": Retention, "high_stakes": HighStakes, "cluster": Cluster,
    }  # fmt: skip
    nested = {f"{group}.{key}" for group, kind in groups.items() for key in kind.model_fields}
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


def _adapted(found: dict[str, tuple[Any, str]]) -> dict[str, tuple[Any, str]]:
    """The models that `assistant train` was told to use, for what nobody set."""
    data_dir = Path(str(found["data_dir"][0] if "data_dir" in found else Settings.model_fields["data_dir"].default)).expanduser()
    profile = PROFILES.get(str(found["profile"][0]) if "profile" in found else "bundled", BUNDLED)
    where = f"file {adapted.folder(data_dir) / adapted.ACTIVE}"
    chosen = {
        "router" if role == "router" else f"models.{role}": (value.partition(":")[2] if role == "router" else value, where)
        for role, value in adapted.chosen(data_dir, profile.model_dump()).items()
    }
    return {key: value for key, value in chosen.items() if key not in found}


def read(flags: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """The settings. `flags` are those a person gave (dotted keys, None left out); `file` defaults to `./assistant.toml`.

    Raises InvalidInput that names the key, its value and what was expected.
    """
    environ = os.environ if environ is None else environ
    path = file or Path(environ.get(PREFIX + "CONFIG", "assistant.toml"))
    found: dict[str, tuple[Any, str]] = _from_file(path) if path.is_file() else {}
    found |= _from_environment(environ)
    found |= {key: (value, "flag") for key, value in (flags or {}).items() if value is not None}
    found |= _adapted(found)
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
