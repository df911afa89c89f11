"""Where the models run: in this process, or as replicas that Ray Serve keeps. Says which roles are served and how; knows no model.

Both ways use the same back-ends. The chat model, the voice that speaks and what is no learned model of its own stay in this process.
"""

from __future__ import annotations

import io
import os
import subprocess
import time
import wave
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.settings import Settings
from retrieval.backends import names
from retrieval.content import Content
from retrieval.faults import InvalidInput, Unavailable
from retrieval.serving.deployment import Capacity, Deployment, Kind

if TYPE_CHECKING:
    from retrieval.serving.plan import Plan, State
    from retrieval.serving.served import Connection, Served

ROLES: dict[str, tuple[Kind, str]] = {
    "text_embedder": ("encoder", "retrieval.embedders"), "image_embedder": ("encoder", "retrieval.embedders"),
    "audio_embedder": ("encoder", "retrieval.embedders"), "reranker": ("encoder", "retrieval.rerankers"),
    "image_generator": ("image_generator", "tools.image_generators"), "transcriber": ("transcriber", "assistant.transcribers"),
    "text_emotion": ("emotion", "tools.emotions"), "voice_emotion": ("emotion", "tools.emotions"),
    "face_emotion": ("emotion", "tools.emotions"),
}  # fmt: skip
ELSEWHERE = ("none", "wyoming", "shapes")
"""Back-ends without a model of their own: nothing to serve."""
MODALITIES = {"text_emotion": "text", "voice_emotion": "audio", "face_emotion": "image"}
SELDOM = ("image_generator", "transcriber")
"""Kinds whose trial is work: they are tried every minute at most."""
MINUTE = 60.0
_started: list[subprocess.Popen[bytes]] = []
"""Heads that this process began, which end with it."""
SPEECH = Path(__file__).parent / "samples" / "sounds" / "spoken_question.wav"


def is_served(settings: Settings, role: str) -> bool:
    """Whether the back-end of this role runs elsewhere."""
    return settings.models_runtime != "process" and role in ROLES and settings.backend(role)[0] not in ELSEWHERE


def address(settings: Settings) -> str:
    """Where the models are asked for. Raises InvalidInput for another machine while the settings are offline."""
    _, _, given = settings.models_runtime.partition(":")
    if not given:
        return f"http://127.0.0.1:{settings.cluster.port}"
    host = urlsplit(given).hostname or ""
    if settings.offline and not _here(host):
        raise InvalidInput("The models are on another machine, and `offline` is set.", hint="Unset one of them.", param="models_runtime")
    return given


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=8)
def _connection(where: str, seconds: float) -> Connection:
    from retrieval.serving.served import Connection

    return Connection(where, seconds)


def connection(settings: Settings) -> Connection:
    """The way to the models; one for all roles."""
    return _connection(address(settings), settings.cluster.call_seconds)


def deployments(settings: Settings) -> tuple[Deployment, ...]:
    """What the settings name, each back-end once: two roles of one back-end share its replicas."""
    found: dict[tuple[str, ...], Deployment] = {}
    for role in ROLES:
        if settings.backend(role)[0] not in ELSEWHERE:
            one = deployment(settings, role)
            found.setdefault((one.package, one.model, one.modality), one)
    return tuple(found.values())


def deployment(settings: Settings, role: str) -> Deployment:
    """The deployment of a role, by the name of the first role that has the same back-end."""
    from retrieval.serving.wire import Wire

    name, reference = settings.backend(role)
    kind, package = ROLES[role]
    if name not in names(package):
        raise InvalidInput(f"'{name}' is no back-end of {role}.", hint=f"Choose one of: {', '.join(names(package))}.", param=role)
    modality = MODALITIES.get(role, "")
    first = next(
        other for other in ROLES
        if ROLES[other][1] == package and settings.backend(other) == (name, reference) and MODALITIES.get(other, "") == modality
    )  # fmt: skip
    proxy = proxies()[package]
    cluster, (least, most) = settings.cluster, settings.cluster.replicas(kind)
    seconds = max(cluster.health_seconds, MINUTE) if kind in SELDOM else cluster.health_seconds
    return Deployment(
        name=first, kind=kind, package=package, backend=name, reference=reference, modality=modality, methods=proxy.methods,
        facts=proxy.facts, parts=proxy.parts, together=proxy.together, trial=Wire(package).pack(_trial(first)),
        cache_dir=settings.cache_dir.absolute(), model_bytes=settings.limits.model_bytes, offline=settings.offline,
        capacity=Capacity(
            least=least, most=most, cpus=getattr(cluster, f"{kind}_cpus"), gpus=getattr(cluster, f"{kind}_gpus"),
            target=cluster.target_calls, waiting=cluster.calls_waiting, batch=cluster.batch, batch_seconds=cluster.batch_seconds,
            health_seconds=seconds, ongoing=4 if kind == "image_generator" else 32,
        ),
    )  # fmt: skip


def proxies() -> dict[str, type[Served]]:
    """Interface -> what stands for a back-end of it in this process."""
    from assistant.served import ServedTranscriber
    from retrieval.serving.encoders import ServedEmbedder, ServedReranker
    from tools.served import ServedAnalyzer, ServedGenerator

    return {
        "retrieval.embedders": ServedEmbedder, "retrieval.rerankers": ServedReranker, "tools.image_generators": ServedGenerator,
        "tools.emotions": ServedAnalyzer, "assistant.transcribers": ServedTranscriber,
    }  # fmt: skip


def served(settings: Settings, role: str) -> Callable[..., Any]:
    """What makes the back-end of a role as its callers see it; it takes and leaves whatever a back-end is offered."""
    one = deployment(settings, role)
    return lambda **offered: proxies()[one.package](connection(settings), one.name, one.package, one.identity)


def _trial(role: str) -> dict[str, Any]:
    """A small call of each role that its model must answer."""
    words = Content.from_text("I am glad that it works.")
    calls: dict[str, tuple[str, Callable[[], list[Any]]]] = {
        "text_embedder": ("embed", lambda: [[words]]), "image_embedder": ("embed", lambda: [[_picture()]]),
        "audio_embedder": ("embed", lambda: [[_sound()]]), "reranker": ("score", lambda: ["warm up", ["warm up"]]),
        "image_generator": ("generate", _drawing), "transcriber": ("transcribe", lambda: [_samples(), "en"]),
        "text_emotion": ("analyze", lambda: [words, "en"]), "voice_emotion": ("analyze", lambda: [_sound(), "en"]),
        "face_emotion": ("analyze", lambda: [_picture(), "en"]),
    }  # fmt: skip
    method, arguments = calls[role]
    return {"method": method, "arguments": arguments()}


def _picture() -> Content:
    from PIL import Image

    out = io.BytesIO()
    Image.radial_gradient("L").resize((64, 64)).convert("RGB").save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), width=64, height=64)


def _sound() -> Content:
    return Content(modality="audio", media_type="audio/wav", data=SPEECH.read_bytes(), name=SPEECH.name)


def _samples() -> Any:
    import numpy as np

    with wave.open(str(SPEECH)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def _drawing() -> list[Any]:
    from tools.image_generators.base import ImageRequest

    return [ImageRequest(prompt="a cat", width=64, height=64, seed=1, steps=1)]


def plan(settings: Settings, ray: str = "", *, removes: bool = False, tied_to: int = 0) -> Plan:
    """What a head does for these settings; `ray` is the address of a Ray cluster to join, where it deploys or `removes`."""
    from retrieval.serving import cluster
    from retrieval.serving.plan import Plan

    wanted = deployments(settings)
    cpus = sum(one.capacity.cpus * one.capacity.most for one in wanted) + 1
    return Plan(
        deployments=wanted, host=settings.cluster.host, port=settings.cluster.port, address=ray,
        folder=cluster.folder_for(settings.cluster.port), state=cluster.state_file(settings.cache_dir.absolute(), settings.cluster.port),
        haproxy=settings.cluster.haproxy, cpus=max(os.cpu_count() or 1, int(cpus) + 1),
        gpus=accelerators() if any(one.capacity.gpus for one in wanted) else 0,
        object_store_bytes=settings.cluster.object_store_bytes, begun=time.time(), tied_to=tied_to, removes=removes,
    )  # fmt: skip


def accelerators() -> int:
    """How many this machine has."""
    import torch

    return int(torch.cuda.device_count())


def ensure(settings: Settings, step: Callable[[State], None] = lambda state: None) -> None:
    """Before a server starts: its models answer. On this machine they are started when they do not, and end with this process.

    Raises Unavailable when they do not answer in time, NotInstalled without Ray.
    """
    if settings.models_runtime == "process":
        return
    known = connection(settings)
    if not known.answers() and settings.models_runtime == "ray":
        from retrieval.serving import cluster

        wanted = plan(settings, tied_to=os.getpid())
        with cluster.alone(wanted.state):
            if not known.answers():
                _started.append(cluster.start(wanted))
                cluster.follow(wanted, _started[-1], settings.cluster.start_seconds, step)
        return
    deadline = time.monotonic() + settings.cluster.start_seconds
    needed = {one.name for one in deployments(settings)}
    while left := needed - known.serves():
        if time.monotonic() > deadline:
            raise Unavailable(
                f"The models at {known.address} do not answer: {', '.join(sorted(left))}.",
                hint="`assistant cluster up` starts them there.", code="models_unavailable",
            )  # fmt: skip
        time.sleep(0.5)


def statuses(settings: Settings) -> list[dict[str, Any]]:
    """Every deployment: name, replicas that run and that start, health. Raises Unavailable when nobody answers."""
    known = connection(settings)
    for one in deployments(settings):
        if one.name in known.serves():
            found: list[dict[str, Any]] = proxies()[one.package](known, one.name, one.package, one.identity).call("status")
            return found
    raise known.away("models")
