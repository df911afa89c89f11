"""analyze_emotion: what words, voice and face say, fused, with each one's share and their disagreement. Stores nothing.

Voice and face are read only with the person's consent, and never in a workplace or in education (EU AI Act, article 5(1)(f)). Words are
read without it only when the call itself hands them over: then the person asked for exactly this analysis of exactly this text.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from retrieval.content import Content
from retrieval.faults import Fault, InvalidInput, NotAllowed, NotInstalled, Unreadable
from tools.base import Media, Tool, ToolContext, ToolResult
from tools.emotion_fusion import Fused, emotion, fuse, sentence, source
from tools.emotions.base import EmotionReading, Moment
from tools.kit import Kit
from tools.look import middle_frame
from tools.media import resolve
from tools.phrasing import tell, together

_FORBIDDEN = ("workplace", "education")


class AnalyzeEmotionArguments(BaseModel):
    """Whose feelings, from what."""

    text: str = Field(
        default="", max_length=4000, description="Words to analyse; empty when only a recording, a picture or a video is meant."
    )
    media: str = Field(
        default="",
        max_length=200,
        description="Handle (audio_1, image_1, video_1), file id or item id; empty for the newest voice and face.",
    )


class AnalyzeEmotionTool(Tool):
    """Emotion from words, voice and face."""

    name = "analyze_emotion"
    description = (
        "Estimate the emotion in given words, a voice recording, a face or a video, when the person asks how someone feels or how "
        "something sounds."
    )
    arguments = AnalyzeEmotionArguments
    cost = "moderate"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit

    def run(self, args: AnalyzeEmotionArguments, context: ToolContext) -> ToolResult:
        """The fused reading. Raises NotAllowed without consent, InvalidInput when there is nothing to read."""
        context.check()
        chosen = self._media(args, context)
        self._check_allowed(chosen, args, context)
        readings: dict[str, EmotionReading] = {}
        skipped: list[str] = []
        faults: list[Fault] = []
        if args.text.strip():
            readings["text"] = self._kit.emotions["text"].analyze(Content.from_text(args.text), context.language)
        for media, content in chosen:
            for name, part in self._parts(content, context.language, bool(readings.get("text"))):
                context.check()
                try:
                    readings[name] = self._kit.emotions[name].analyze(part, context.language)
                except (Unreadable, NotInstalled) as fault:
                    faults.append(fault)
                    skipped.append(f"{source(name, context.language)}: {fault.message}")
            del media
        if not readings:
            raise faults[0] if faults else self._nothing(context)
        return _result(fuse(readings), readings, skipped, context)

    def _media(self, args: AnalyzeEmotionArguments, context: ToolContext) -> list[tuple[Media, Content]]:
        """The named medium; without a name the newest voice and the newest face, if the person consented or nothing else is given."""
        if args.media:
            return [resolve(self._kit, context, args.media, "audio", "image", "video")]
        if args.text.strip() and not context.consent:
            return []
        found: list[Media] = []
        for kinds in (("audio", "video"), ("image", "video")):
            newest = next((m for m in reversed(context.media) if m.modality in kinds), None)
            if newest is not None and newest not in found:
                found.append(newest)
        if not found and not args.text.strip():
            raise self._nothing(context)
        return [(m, context.open(m.file_id)) for m in found]

    def _nothing(self, context: ToolContext) -> InvalidInput:
        return InvalidInput(
            tell(context.language, "emotion.nothing"),
            hint=tell(context.language, "emotion.nothing_hint"),
            param="text",
            code="missing_media",
        )

    def _check_allowed(self, chosen: Iterable[tuple[Media, Content]], args: AnalyzeEmotionArguments, context: ToolContext) -> None:
        """Consent and deployment come before any computation."""
        if not any(True for _ in chosen):
            return
        if self._kit.deployment in _FORBIDDEN:
            raise NotAllowed(
                tell(context.language, "emotion.forbidden", deployment=self._kit.deployment),
                hint=tell(context.language, "emotion.forbidden_hint"),
                code="emotion_forbidden",
            )
        if not context.consent:
            raise NotAllowed(
                tell(context.language, "emotion.no_consent"),
                hint=tell(context.language, "emotion.no_consent_hint"),
                code="consent_required",
            )

    def _parts(self, content: Content, language: str, has_text: bool) -> list[tuple[str, Content]]:
        """(modality, content) to read: the voice of a sound, the face of a picture, both and the words of a video."""
        parts: list[tuple[str, Content]] = []
        if content.modality in ("audio", "video"):
            samples = self._kit.decoder.pcm(content, 16_000)
            if len(samples):
                parts.append(("audio", to_wav(samples)))
                words = "" if has_text else self._words(content)
                if words:
                    parts.append(("text", Content.from_text(words)))
        if content.modality == "image":
            parts.append(("image", content))
        elif content.modality == "video":
            parts.append(("image", middle_frame(self._kit, content)))
        return parts

    def _words(self, content: Content) -> str:
        """What is said; empty when nothing was understood well enough to read feelings from it."""
        try:
            heard = self._kit.transcribe(content, "")
        except Fault:
            return ""
        return str(heard.text) if heard.confidence >= 0.5 else ""


def to_wav(samples: NDArray[np.float32], rate: int = 16_000) -> Content:
    """Mono samples as a 16-bit WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Content(modality="audio", media_type="audio/wav", data=out.getvalue(), name="voice.wav", seconds=len(samples) / rate)


def _result(fused: Fused, readings: dict[str, EmotionReading], skipped: list[str], context: ToolContext) -> ToolResult:
    """The shape of `/v1/emotion`, and a sentence."""
    language = context.language
    told = sentence(fused, readings, language)
    sure = "sure" if fused.uncertainty < 0.55 else "unsure" if fused.uncertainty > 0.78 else "likely"
    share = round(fused.distribution[fused.label] * 100)
    answer = tell(language, f"emotion.{sure}", label=emotion(fused.label, language), share=share)
    notes = [f"{source(n, language)}: {r.note}" for n, r in readings.items() if r.note]
    data: dict[str, Any] = {
        "fused": {"label": fused.label, "distribution": fused.distribution, "uncertainty": fused.uncertainty},
        "modalities": {
            n: {
                "label": r.label, "distribution": {k: round(v, 4) for k, v in r.distribution.items()}, "weight": fused.weights[n],
                "uncertainty": round(r.uncertainty, 4), "note": r.note, **({"fine": r.fine} if r.fine else {}),
            }
            for n, r in readings.items()
        },
        "disagreement": {"score": fused.disagreement, "text": told},
        "timeline": _timeline(readings), "skipped": skipped,
    }  # fmt: skip
    full = together([answer, told], language)
    return ToolResult(text="\n".join([full, *notes, *skipped]), answer=full, data=data)


def _timeline(readings: dict[str, EmotionReading]) -> list[dict[str, Any]]:
    moments: list[tuple[str, Moment]] = [(n, m) for n, r in readings.items() for m in r.timeline]
    return [
        {"start": m.start, "end": m.end, "label": m.label, "modality": n, "scores": m.scores}
        for n, m in sorted(moments, key=lambda p: p[1].start)
    ]


def create(kit: Kit) -> AnalyzeEmotionTool:
    """The tool."""
    return AnalyzeEmotionTool(kit)
