"""What a process of bulk ingestion reads with: decoder, embedders and describers as the settings name them. Joins no library and no agent.

The settings travel as text to workers on other machines: only what reading needs, and no key.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from assistant.build import open_embedders
from assistant.limits import Limits
from assistant.settings import Settings, go_offline
from assistant.voice import Voice
from retrieval.backends import call, load
from retrieval.bulk.places import Place, opened
from retrieval.bulk.reading import Reader
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.descriptions import PictureDescriber
from retrieval.hosting.host import ModelHost
from retrieval.recognition import TextRecognizer
from retrieval.seeing import Sight

_TRAVELS = ("profile", "models", "limits", "offline", "cache_dir", "fetch_hosts")


def reading_settings(settings: Settings) -> str:
    """The part of the settings that reading needs, as text."""
    return settings.model_dump_json(include=set(_TRAVELS))


def open_reader(text: str, place: Place, decoders: int = 0, system: Any = None) -> Reader:
    """The reader of a place by `reading_settings`; `decoders` processes, or as many as the limits say. Raises as `opened` does."""
    settings = Settings.model_validate(json.loads(text))
    go_offline(settings)
    if system is None:
        system = opened(place, offline=settings.offline, hosts=settings.fetch_hosts)
    limits: Limits = settings.limits
    count = decoders or limits.decoders
    decoder = Decoder(limits, workers=count)
    models = ModelHost(Path(settings.cache_dir), limits.model_bytes)
    embedders = open_embedders(settings, decoder, models)
    voice = Voice(decoder, _made(settings, "transcriber", models), _made(settings, "synthesizer", models))
    sight, hearing = Sight(embedders["image_embedder"]), Sight(embedders["audio_embedder"])
    return Reader(
        place, system, decoder, embedders=embedders, file_bytes=limits.file_bytes, decoders=count, close=voice.close,
        describe={"image": PictureDescriber(TextRecognizer(), sight), "audio": partial(_heard, voice, hearing)},
    )  # fmt: skip


def _heard(voice: Voice, hearing: Sight, content: Content) -> str:
    """What is said in a sound, then what it sounds like."""
    return "\n".join(part for part in (voice.words(content), hearing.words(content)) if part)


def _made(settings: Settings, role: str, models: ModelHost) -> Any:
    name, reference = settings.backend(role)
    return call(load(f"assistant.{role}s", name), reference=reference, models=models, offline=settings.offline)
