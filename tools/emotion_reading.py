"""The one door to the analysers of feelings: permission first, then a note in the audit log, then the readings. Keeps nothing.

Voice and face need the person's consent and are never read in a workplace or in education (EU AI Act, article 5(1)(f)). Words are no
biometric data; whoever hands them over asked for exactly this analysis of exactly these words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from retrieval.content import Content
from retrieval.faults import Fault, NotAllowed, NotInstalled, TooLarge, Unreadable, UnsupportedType
from retrieval.waves import wav
from tools.emotion_frames import read_frames
from tools.emotion_language import language_in
from tools.emotion_use import Use
from tools.emotions.base import EmotionReading
from tools.kit import Kit
from tools.phrasing import tell

FORBIDDEN = ("workplace", "education")
"""Deployments in which nothing is inferred from voice or face."""
SHORTEST = 0.5
"""Seconds of sound below which there is nothing to read."""
UNDERSTOOD = 0.5
"""Confidence of the recogniser from which its words are read."""
RATE = 16_000
_READ = {"text": ("text",), "audio": ("audio",), "image": ("image",), "video": ("audio", "image")}
"""Modalities that are read from a content."""


@dataclass(frozen=True)
class Wish:
    """Who wants feelings read, why, and what they allow."""

    owner: str
    why: str
    language: str
    consent: bool
    heard: str | None = None
    """What is said in the sound, where that is known already; None lets it be transcribed."""
    check: Callable[[], None] = lambda: None
    """Raises Cancelled when the work should stop."""


@dataclass
class Found:
    """What was read, and what could not be."""

    readings: dict[str, EmotionReading] = field(default_factory=dict)
    """By modality: text, audio, image."""
    skipped: list[tuple[str, Fault]] = field(default_factory=list)
    """(modality, why)."""


def permit(kit: Kit, modalities: Sequence[str], wish: Wish) -> None:
    """Note the use, or refuse it. Raises NotAllowed; what the audit log raises goes up, because an unnoted use must not happen."""
    fault: NotAllowed | None = None
    if any(modality != "text" for modality in modalities):
        if kit.deployment in FORBIDDEN:
            fault = NotAllowed(
                tell(wish.language, "emotion.forbidden", deployment=kit.deployment),
                hint=tell(wish.language, "emotion.forbidden_hint"), code="emotion_forbidden",
            )  # fmt: skip
        elif not wish.consent:
            fault = NotAllowed(
                tell(wish.language, "emotion.no_consent"), hint=tell(wish.language, "emotion.no_consent_hint"), code="consent_required"
            )
    outcome = "allowed" if fault is None else fault.code
    kit.audited(Use(wish.owner, wish.why, tuple(modalities), wish.consent, kit.deployment, outcome))
    if fault is not None:
        raise fault


def read(kit: Kit, contents: Iterable[Content], wish: Wish) -> Found:
    """Every reading that the contents allow: words of a text, the voice and the words of a sound, faces of a picture, all of a video.

    Raises NotAllowed before anything is computed, Cancelled.
    """
    given = list(contents)
    modalities = tuple(dict.fromkeys(name for content in given for name in _READ.get(content.modality, ())))
    permit(kit, modalities, wish)
    found = Found()
    for content in sorted(given, key=lambda c: c.modality != "text"):
        wish.check()
        if content.modality == "text":
            _take(found, "text", lambda content=content: _words(kit, content, wish.language))  # type: ignore[misc]
        if content.modality in ("audio", "video"):
            _sound(kit, content, wish, found)
        wish.check()
        if content.modality == "image":
            _take(found, "image", lambda content=content: kit.emotions["image"].analyze(content, wish.language))  # type: ignore[misc]
        elif content.modality == "video":
            _take(found, "image", lambda content=content: read_frames(kit, content, wish.language, wish.check))  # type: ignore[misc]
    return found


def _take(found: Found, name: str, work: Callable[[], EmotionReading]) -> None:
    """Keep a reading, or why there is none. The first reading of a modality stands."""
    if name in found.readings:
        return
    try:
        found.readings[name] = work()
    except (Unreadable, NotInstalled, UnsupportedType, TooLarge) as fault:
        found.skipped.append((name, fault))


def _words(kit: Kit, content: Content, language: str) -> EmotionReading:
    """The reading of words in a language that the analyser knows. Raises Unreadable."""
    analyzer = kit.emotions["text"]
    known: Sequence[str] = getattr(analyzer, "languages", ())
    spoken = language_in(content.text)
    if known and spoken and spoken not in known:
        raise Unreadable(
            tell(language, "emotion.language", name=tell(language, f"emotion.language_{spoken}")),
            hint=tell(language, "emotion.language_hint"), param="text", code="language_unknown",
        )  # fmt: skip
    return analyzer.analyze(content, language)


def _sound(kit: Kit, content: Content, wish: Wish, found: Found) -> None:
    """The voice of a sound or of the track of a video, and what it says."""
    samples = kit.decoder.pcm(content, RATE)
    if not len(samples):
        if content.modality == "audio":
            found.skipped.append(("audio", _no_voice(wish.language)))
        return
    seconds = len(samples) / RATE
    if seconds < SHORTEST:
        fault = Unreadable(
            tell(wish.language, "emotion.too_short", seconds=f"{seconds:.1f}"), hint=tell(wish.language, "emotion.no_voice_hint"),
            param="media", code="too_short",
        )  # fmt: skip
        found.skipped.append(("audio", fault))
        return
    _take(found, "audio", lambda: kit.emotions["audio"].analyze(to_wav(samples), wish.language))
    if "audio" in found.readings and "text" not in found.readings:
        heard = _heard(kit, content) if wish.heard is None else wish.heard
        if heard:
            _take(found, "text", lambda: _words(kit, Content.from_text(heard), wish.language))


def _no_voice(language: str) -> Unreadable:
    return Unreadable(tell(language, "emotion.no_voice"), hint=tell(language, "emotion.no_voice_hint"), param="media")


def _heard(kit: Kit, content: Content) -> str:
    """What is said; empty when nothing was understood well enough to read feelings from it."""
    try:
        heard = kit.transcribe(content, "")
    except Fault:
        return ""
    return str(heard.text) if heard.confidence >= UNDERSTOOD and not math.isnan(heard.confidence) else ""


def to_wav(samples: NDArray[np.float32], rate: int = RATE) -> Content:
    """Mono samples as a 16-bit WAV."""
    return Content(modality="audio", media_type="audio/wav", data=wav(samples, rate), name="voice.wav", seconds=len(samples) / rate)
