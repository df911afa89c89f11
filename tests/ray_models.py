"""A real Ray on this machine with the bundled back-ends as replicas, started once for a session of tests."""

import os
import socket
import time
from contextlib import contextmanager

import psutil
import tiny_encoders
from library_samples import CACHE

from assistant import model_runtime
from retrieval.serving import cluster
from retrieval.serving.deployment import Capacity, Deployment
from retrieval.serving.plan import Plan
from retrieval.serving.served import Connection
from retrieval.serving.wire import Wire

PACKAGES = {"encoder": "retrieval.embedders", "reranker": "retrieval.rerankers", "image_generator": "tools.image_generators",
            "transcriber": "assistant.transcribers", "emotion": "tools.emotions"}  # fmt: skip
SMALL = Capacity(cpus=0.05)
TWO = Capacity(least=2, most=2, cpus=0.05, health_seconds=2)
GROWING = Capacity(least=1, most=2, cpus=0.05, target=1)
NARROW = Capacity(cpus=0.05, ongoing=1, waiting=1)
BACKENDS = {
    "words_in_two": ("encoder", "minilm", "", TWO), "senses": ("encoder", "senses", "", SMALL),
    "growing": ("encoder", "minilm", "", GROWING), "colours": ("encoder", "colour_layout", "", SMALL), "shapes": ("image_generator", "shapes", "", SMALL),
    "narrow_shapes": ("image_generator", "shapes", "", NARROW), "pocketsphinx": ("transcriber", "pocketsphinx", "", SMALL),
    "felt_words": ("emotion", "words", "text", SMALL), "felt_voice": ("emotion", "prosody", "audio", SMALL),
    "felt_face": ("emotion", "face", "image", SMALL), "reranker": ("reranker", "cross_encoder", "", SMALL),
}  # fmt: skip
"""Name -> (kind, back-end, modality, capacity)."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Models:
    """The cluster as a test sees it."""

    def __init__(self, plan, head):
        self.plan, self.head = plan, head
        self.connection = Connection(f"http://127.0.0.1:{plan.port}", seconds=120)
        self.deployments = {one.name: one for one in plan.deployments}

    def served(self, name, connection=None, identity=None):
        one = self.deployments[name]
        return model_runtime.proxies()[one.package](connection or self.connection, one.name, one.package, identity or one.identity)

    def replicas(self, name):
        """Process ids of its replicas."""
        found = set()
        for process in psutil.Process(self.head.pid).children(recursive=True):
            try:
                if f"ServeReplica:{name}:" in " ".join(process.cmdline()):
                    found.add(process.pid)
            except psutil.Error:  # it just ended
                continue
        return found

    def status(self, name):
        return next(row for row in self.served(name).call("status") if row["name"] == name)


def deployment(name, references):
    kind, backend, modality, capacity = BACKENDS[name]
    package = PACKAGES[kind]
    proxy = model_runtime.proxies()[package]
    return Deployment(
        name=name, kind="encoder" if kind == "reranker" else kind, package=package, backend=backend, reference=references.get(name, ""),
        modality=modality, methods=proxy.methods, facts=proxy.facts, parts=proxy.parts, together=proxy.together, cache_dir=CACHE, offline=True,
        capacity=capacity,
    )  # fmt: skip


@contextmanager
def running(folder, names=tuple(BACKENDS)):
    references = {"reranker": f"{tiny_encoders.cross_encoder(folder / 'reranker')}?dtype=float32"} if "reranker" in names else {}
    port = free_port()
    made = [deployment(name, references) for name in names]
    trials = {"words_in_two": "text_embedder", "senses": "image_embedder"}
    made = [
        one.model_copy(update={"trial": Wire(one.package).pack(model_runtime._trial(trials[one.name]))}) if one.name in trials else one
        for one in made
    ]
    plan = Plan(
        deployments=tuple(made), host="127.0.0.1", port=port, folder=cluster.folder_for(port), haproxy=bool(os.environ.get("HAP")), state=folder / "cluster.json", cpus=2,
        object_store_bytes=80_000_000, begun=time.time(),
    )  # fmt: skip
    head = cluster.start(plan)
    try:
        cluster.follow(plan, head, 300)
        models = Models(plan, head)
        yield models
        models.connection.close()
    finally:
        cluster.end(head.pid)
        head.wait()
