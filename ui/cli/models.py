"""`assistant models`: which back-end and model serve each role, and what else could. Knows the settings and the interface folders."""

from __future__ import annotations

from typing import Any

import typer

from ui.cli.options import Json
from ui.cli.pulling import pull

app = typer.Typer(help="See which models are in use, download larger ones, and prepare them.", no_args_is_help=True)
app.command()(pull)

PACKAGES = {
    "chat_model": "assistant.chat_models", "text_embedder": "retrieval.embedders", "image_embedder": "retrieval.embedders",
    "audio_embedder": "retrieval.embedders", "image_generator": "tools.image_generators", "vqa": "tools.vqa",
    "text_emotion": "tools.emotions", "voice_emotion": "tools.emotions", "face_emotion": "tools.emotions",
    "fusion": "tools.fusions",
    "transcriber": "assistant.transcribers", "synthesizer": "assistant.synthesizers", "reranker": "retrieval.rerankers",
}  # fmt: skip
"""Role -> the folder whose files are its back-ends."""


@app.command("list")
def show(json: Json = False) -> None:
    """List every role with its model, licence, size and limits, and the back-ends that could serve it.

    Example: assistant models list --json
    """
    from assistant.settings import read
    from retrieval.backends import names
    from retrieval.items import ModelCard
    from ui.cli import output
    from ui.cli.examining import missing, trial

    settings = read()
    cards = {check.role: ModelCard(name=check.model, role=check.role, limits=check.note) for check in missing(settings)}
    if not cards:
        with trial(settings) as assistant:
            cards = {role: card for role, _, card in assistant.cards}
    rows: list[dict[str, Any]] = []
    for role, package in PACKAGES.items():
        backend, reference = settings.backend(role)
        card = cards[role].model_dump() if role in cards else None
        rows.append({"role": role, "backend": backend, "reference": reference, "card": card, "available": names(package)})
    if json:
        output.show_json({"data": rows})
        return
    cells = []
    for row in rows:
        card = row["card"] or {}
        size = output.size(card["bytes"]) if card.get("bytes") else ""
        cells.append([row["role"], row["backend"], str(card.get("name", "")), str(card.get("kind", "")), str(card.get("licence", "")), size,
                      ", ".join(row["available"]), str(card.get("limits", ""))])  # fmt: skip
    output.table(["role", "back-end", "model", "kind", "licence", "size", "could be", "limits"], cells)


@app.command()
def prepare(json: Json = False) -> None:
    """Export the bundled text encoder and reader once, so that the first start does not have to. `make install` runs it.

    Example: assistant models prepare
    """
    import time

    from assistant.profiles import BUNDLED
    from assistant.reflex.cross_reader import CrossReader
    from assistant.settings import read
    from retrieval.backends import load
    from retrieval.content import Content
    from retrieval.embedders.minilm_int8 import MiniLMInt8
    from ui.cli import output

    settings = read()
    started = time.monotonic()
    backend = BUNDLED.text_embedder
    embedder = load("retrieval.embedders", backend)(settings.cache_dir)
    embedder.embed([Content.from_text("Ready.")])
    MiniLMInt8(settings.cache_dir).exported()  # which the reader reads with
    CrossReader(settings.cache_dir).prepare()
    seconds = round(time.monotonic() - started, 2)
    if json:
        output.show_json({"text_embedder": backend, "space": embedder.space, "cache_dir": str(settings.cache_dir), "seconds": seconds})
    else:
        output.write(f"The text encoder {embedder.card.name} and the reader are ready ({seconds} s, in {settings.cache_dir}).")
