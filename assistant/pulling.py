"""Pulling: downloads models from the hub, told beforehand and pinned afterwards. The only part of the service that connects to a hub.

What is taken are weights without code (safetensors; the formats of CTranslate2 and ONNX where a back-end needs those), configurations and
tokenizers. The commit and the sha256 of every weight file are written down, and later loads take exactly those.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.settings import Settings
from retrieval.faults import Fault, NotAllowed, NotFound, StorageFull, Unavailable
from retrieval.hosting.reference import Reference
from retrieval.hosting.weights import ModelFiles

PATIENCE = 4.0
"""Seconds for the hub to answer."""
_PLAIN = ("*.json", "*.txt", "*.model", "*.jinja", "*.py.txt")
_PATTERNS = {
    "diffusers": ("model_index.json", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors"),
    "faster_whisper": (*_PLAIN, "model.bin"),
    "kokoro": (*_PLAIN, "*.onnx", "*.bin"),
}
"""Back-end -> files that it reads, where they are not plain files and safetensors."""
_LEFT_OUT = ("*.fp16.safetensors", "*.bf16.safetensors", "*non_ema*", "onnx/*", "openvino/*")
"""Second copies of the same weights."""


class Pulled(BaseModel):
    """One model of the hub. Sizes in bytes."""

    model_config = ConfigDict(frozen=True)

    source: str
    revision: str
    """Commit."""
    licence: str = ""
    """As its page says."""
    files: int = 0
    bytes: int = 0
    """Of all its files that are used."""
    missing: int = 0
    """Of those that are not here yet."""
    path: str = ""
    """Where they are; empty before the download."""


def look(settings: Settings, reference: Reference, backend: str = "") -> Pulled:
    """What a download would bring, from the hub itself. Raises NotAllowed when offline, Unavailable, NotFound."""
    with _hub(settings, reference.where) as hub, _quiet():
        found = hub.HfApi().model_info(reference.where, revision=reference.revision or None, timeout=PATIENCE)
        files = _snapshot(hub, reference.where, str(found.sha), backend, dry_run=True)
    licence = str((found.card_data or {}).get("license", "")) if found.card_data is not None else ""
    return Pulled(
        source=reference.where, revision=str(found.sha), licence=licence, files=len(files), bytes=sum(f.file_size for f in files),
        missing=sum(f.file_size for f in files if f.will_download),
    )  # fmt: skip


def pull(settings: Settings, planned: Pulled, backend: str = "") -> Pulled:
    """Download what `look` has found, resuming what was begun, and pin it. Raises StorageFull, Unavailable, NotAllowed."""
    with _hub(settings, planned.source) as hub:
        free = shutil.disk_usage(_existing(Path(hub.constants.HF_HUB_CACHE))).free
        if planned.missing > free:
            raise StorageFull(
                f"{planned.source} needs {planned.missing / 1e9:.1f} GB; {free / 1e9:.1f} GB are free.",
                hint="Make room, or set HF_HOME to a larger disk.",
            )  # fmt: skip
        path = Path(_snapshot(hub, planned.source, planned.revision, backend))
    ModelFiles(settings.cache_dir).pin(planned.source, planned.revision, path)
    return planned.model_copy(update={"path": str(path), "missing": 0})


def _snapshot(hub: Any, source: str, revision: str, backend: str, **more: Any) -> Any:
    patterns = _PATTERNS.get(backend, (*_PLAIN, "*/*.json", "*.safetensors"))
    return hub.snapshot_download(
        source, revision=revision, allow_patterns=list(patterns), ignore_patterns=list(_LEFT_OUT), etag_timeout=PATIENCE, **more
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars for what takes no time."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    if are_progress_bars_disabled():
        yield
        return
    disable_progress_bars()
    try:
        yield
    finally:
        enable_progress_bars()


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


@contextmanager
def _hub(settings: Settings, source: str) -> Iterator[Any]:
    """The hub's library, whose errors are Faults inside the block."""
    if settings.offline:
        raise NotAllowed(f"{source} cannot be downloaded: the service is offline.", hint="Start without OFFLINE=1.", code="offline")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    import httpx2
    import huggingface_hub as hub
    from huggingface_hub import constants, errors

    try:
        yield hub
    except errors.GatedRepoError as error:
        raise NotAllowed(
            f"{source} is given only to people who accepted its licence.",
            hint=f"Accept it at {constants.ENDPOINT}/{source} and set HF_TOKEN.",
            code="gated_model",
        ) from error  # fmt: skip
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as error:
        raise NotFound(f"The hub has no model '{source}', or not for you.", hint="Check the name; private ones need HF_TOKEN.") from error
    except errors.OfflineModeIsEnabled as error:
        raise NotAllowed(
            f"{source} cannot be downloaded: the hub's library is switched offline.", hint="Unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE.",
            code="offline",
        ) from error  # fmt: skip
    except (httpx2.HTTPError, errors.HfHubHTTPError, OSError) as error:
        raise _unreachable(constants.ENDPOINT) from error


def _unreachable(endpoint: str) -> Fault:
    return Unavailable(
        f"The model hub at {endpoint} does not answer.",
        hint="Check the connection, or name a mirror with HF_ENDPOINT; a model can also be copied here and named by its directory.",
        code="hub_unreachable",
    )  # fmt: skip
