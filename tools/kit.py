"""Kit: the back-ends a tool may use, handed to each tool's `create(kit)` by the composition in `assistant/build.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.library import Library
from retrieval.recognition import TextRecognizer
from tools.devices.base import DeviceBackend
from tools.emotion_use import Use
from tools.emotions.base import EmotionAnalyzer
from tools.facts import Facts
from tools.fusions.base import Fusion
from tools.image_generators.base import ImageGenerator
from tools.studio import Studio
from tools.vqa.base import VisualQuestionAnswerer


@dataclass(frozen=True)
class Kit:
    """Back-ends shared by all tools. Each loads its model at first use."""

    library: Library
    decoder: Decoder
    recognizer: TextRecognizer
    image_generator: ImageGenerator
    """What draws; a tool asks `studio`, which keeps to the limits and takes turns."""
    studio: Studio
    vqa: VisualQuestionAnswerer
    emotions: dict[str, EmotionAnalyzer]
    """By modality: text, audio, image."""
    fusion: Fusion
    """What makes one reading of theirs."""
    devices: DeviceBackend
    transcribe: Callable[[Content, str], Any]
    """(audio or video, language) -> Transcript with text, words, confidence; see `assistant/transcribers/base.py`."""
    speak: Callable[[str, str], Content]
    """(text, language) -> audio/wav."""
    facts: Facts
    """What people asked to be remembered."""
    deployment: str = "personal"
    """`workplace` and `education` forbid emotion inference from voice and face."""
    audited: Callable[[Use], None] = lambda use: None
    """Notes a use of the emotion analysers before it happens; what it raises stops the use."""
