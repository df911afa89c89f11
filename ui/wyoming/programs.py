"""What the Wyoming server offers, as it describes itself to Home Assistant. Knows the protocol's shapes, runs nothing."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from wyoming.info import (
    AsrModel,
    AsrProgram,
    Attribution,
    HandleModel,
    HandleProgram,
    Info,
    IntentModel,
    IntentProgram,
    TtsProgram,
    TtsVoice,
    WakeModel,
    WakeProgram,
)

if TYPE_CHECKING:
    from assistant.service import Assistant

NAME = "synesthesia"
LANGUAGES = ["en", "zh"]
"""Of intents and answers."""
_HEARD = {"pocketsphinx": ["en"]}
"""Languages of a recogniser that has not both."""
_CHINESE = ("cmn", "zh")


def info(assistant: Assistant) -> Info:
    """Recogniser, voice, intents, answers and wake phrases of `assistant`."""
    settings, voice = assistant.settings, assistant.voice
    heard, spoken = settings.backend("transcriber")[0], settings.backend("synthesizer")[0]
    phrases = settings.wake_phrases
    wake = [WakeModel(languages=["en"], phrase=phrase, **_of(wake_name(phrase), f"Wake phrase '{phrase}'")) for phrase in phrases]
    return Info(
        asr=[
            AsrProgram(
                models=[AsrModel(languages=_HEARD.get(heard, LANGUAGES), **_of(heard, voice.transcriber.card.name))],
                **_of(NAME, "Speech to text"),
            )
        ],
        tts=[
            TtsProgram(
                voices=[
                    TtsVoice(languages=["zh" if name.startswith(_CHINESE) else "en"], speakers=None, **_of(name, f"{spoken}: {name}"))
                    for name in voice.synthesizer.voices
                ],
                supports_synthesize_streaming=True, **_of(NAME, "Text to speech"),
            )
        ],
        handle=[
            HandleProgram(
                models=[HandleModel(languages=LANGUAGES, **_of("assistant", "Answers questions and tells the devices"))],
                supports_home_control=True, **_of(NAME, "The assistant"),
            )
        ],
        intent=[IntentProgram(models=[IntentModel(languages=LANGUAGES, **_of("intents", "Installed intents"))],
                              **_of(NAME, "Finds the command in a sentence; runs nothing"))],
        wake=[WakeProgram(models=wake, **_of(NAME, "Wake phrases"))] if wake else [],
    )  # fmt: skip


def wake_name(phrase: str) -> str:
    """The name under which a client asks for a wake phrase."""
    return phrase.strip().lower().replace(" ", "_")


def _of(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name, "description": description, "version": version("synesthesia"), "installed": True,
        "attribution": Attribution(name="Synesthesia", url=""),
    }  # fmt: skip
