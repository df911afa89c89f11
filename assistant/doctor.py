"""Doctor: tries every part with a small real job and says what works, with which model, and what would make it better."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from assistant.service import Assistant
from retrieval.content import Content
from retrieval.faults import Fault, Unreadable
from retrieval.waves import recording
from tools.image_generators.base import ImageRequest


class Check(BaseModel):
    """One role and how it fared."""

    model_config = ConfigDict(frozen=True)

    role: str
    backend: str
    model: str
    kind: str
    """learned | classical | service."""
    works: bool
    ms: float = 0.0
    """Time of the small job, loading included."""
    licence: str = ""
    bytes: int = 0
    scores: dict[str, float] = Field(default_factory=dict)
    note: str = ""
    """Known limits, or what is wrong and what to do."""


def picture() -> Content:
    """A red square on white, 64x64."""
    from PIL import Image

    image = Image.new("RGB", (64, 64), "white")
    image.paste((220, 30, 30), (16, 16, 48, 48))
    out = io.BytesIO()
    image.save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue(), name="square.png", width=64, height=64)


def tone() -> Content:
    """One second of a 440 Hz tone."""
    samples = (np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000) * 12_000).astype("<i2")
    return recording(samples.tobytes(), 16_000, "tone.wav")


REACH_SECONDS = 4.0
"""For a chat model on a server to say that it is there."""


def _chat(assistant: Assistant) -> str:
    """Try the chat model: a server is asked, one of this process has its router try; what is worth noting."""
    if hasattr(assistant.chat_model, "reach"):
        return str(assistant.chat_model.reach(REACH_SECONDS))
    assistant.router.route("what can you do", [], [])
    return ""


def _jobs(assistant: Assistant, embedders: dict[str, Any]) -> dict[str, Callable[[], object]]:
    kit, voice = assistant.kit, assistant.voice
    happy = Content.from_text("I am so happy today")
    return {
        "chat_model": lambda: _chat(assistant),
        "text_embedder": lambda: embedders["text_embedder"].embed([happy]),
        "image_embedder": lambda: embedders["image_embedder"].embed([picture()]),
        "audio_embedder": lambda: embedders["audio_embedder"].embed([tone()]),
        "image_generator": lambda: kit.image_generator.generate(ImageRequest(prompt="a red circle", width=64, height=64, seed=1)),
        "vqa": lambda: kit.vqa.answer(picture(), "what colour is the square?", "en"),
        "text_emotion": lambda: kit.emotions["text"].analyze(happy, "en"),
        "voice_emotion": lambda: _reads(kit.emotions["audio"], tone()),
        "face_emotion": lambda: _reads(kit.emotions["image"], picture()),
        "fusion": lambda: kit.fusion.fuse({"text": kit.emotions["text"].analyze(happy, "en")}),
        "transcriber": lambda: voice.transcribe(tone()),
        "synthesizer": lambda: voice.speak("Hello.", "en"),
    }


def _reads(analyzer: Any, content: Content) -> None:
    try:
        analyzer.analyze(content, "en")
    except Unreadable:
        return  # "there is no face in it" is the right answer to a square


def _tried(job: Callable[[], object], limits: str) -> tuple[bool, str]:
    """Whether it works; what is wrong, what the job tells, or the known limits."""
    try:
        told = job()
    except Fault as fault:
        return False, f"{fault.message} {fault.hint}".strip()
    return True, told if isinstance(told, str) and told else limits


def examine(assistant: Assistant) -> list[Check]:
    """One Check per role, in the order of the settings. Takes some seconds: every model is loaded and used once."""
    jobs = _jobs(assistant, assistant.library.embedders)
    checks: list[Check] = []
    for role, backend, card in assistant.cards:
        started = time.perf_counter()
        # Pictures that a silent chat model is to look at are not waited for as well.
        note = next((c.note for c in checks if c.role == backend == "chat_model" and not c.works), "")
        works = not note
        if works:
            works, note = _tried(jobs[role], card.limits)
        checks.append(Check(
            role=role, backend=backend, model=card.name, kind=card.kind, works=works, ms=round((time.perf_counter() - started) * 1000, 1),
            licence=card.licence, bytes=card.bytes, scores=card.scores, note=note,
        ))  # fmt: skip
    return checks
