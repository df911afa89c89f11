"""Profiles: which model serves each role, and what is known of the models named here. Knows no back-end and no setting.

Sizes are those of the published files, rounded; `assistant models pull --dry-run` asks the hub for the exact ones.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

GB = B = 10**9


class Models(BaseModel):
    """Back-end of each role, `name` or `name:reference`. A role left empty follows the profile; `none` leaves an optional one out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chat_model: str = ""
    text_embedder: str = ""
    image_embedder: str = ""
    audio_embedder: str = ""
    reranker: str = ""
    image_generator: str = ""
    vqa: str = ""
    text_emotion: str = ""
    voice_emotion: str = ""
    face_emotion: str = ""
    fusion: str = ""
    transcriber: str = ""
    synthesizer: str = ""


BUNDLED = Models(
    chat_model="reflex", text_embedder="minilm", image_embedder="senses", audio_embedder="senses", reranker="none",
    image_generator="diffusion", vqa="compose", text_emotion="words", voice_emotion="prosody", face_emotion="face",
    fusion="weighted", transcriber="pocketsphinx", synthesizer="espeak",
)  # fmt: skip
_ONE_SPACE = "sentence_transformers:google/embeddinggemma-2"
SMALL = BUNDLED.model_copy(update={
    "chat_model": "transformers:Qwen/Qwen3.5-0.8B", "text_embedder": _ONE_SPACE, "image_embedder": _ONE_SPACE, "audio_embedder": _ONE_SPACE,
    "image_generator": "diffusers:stabilityai/sd-turbo", "vqa": "chat_model",
    "text_emotion": "transformers:cirimus/modernbert-base-go-emotions", "transcriber": "faster_whisper:Systran/faster-whisper-base",
})  # fmt: skip
LARGE = SMALL.model_copy(update={
    "chat_model": "transformers:Qwen/Qwen3.5-9B", "reranker": "cross_encoder:BAAI/bge-reranker-v2-m3",
    "image_generator": "diffusers:black-forest-labs/FLUX.2-klein-4B", "transcriber": "transformers:openai/whisper-large-v3-turbo",
})  # fmt: skip
REMOTE = BUNDLED.model_copy(update={"chat_model": "openai_http", "vqa": "chat_model"})
PROFILES: dict[str, Models] = {"bundled": BUNDLED, "small": SMALL, "large": LARGE, "remote": REMOTE}
FOR_WHOM: dict[str, str] = {
    "bundled": "anybody: nothing to download, two processor cores",
    "small": "a machine with 8 GB of free memory (12 GB where the processor has no bfloat16); an accelerator makes it quick",
    "large": "a machine with an accelerator of 48 GB; of 24 GB with a smaller image generator and a quantized chat model",
    "remote": "a person with a chat model on a server (vLLM, Ollama, hosted); everything else is bundled",
}


class Known(BaseModel):
    """A model that a profile names, or that is worth naming."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    """Of the files that are downloaded, about."""
    parameters: int = 0
    """About; 0 when the files are loaded as they are."""
    licence: str
    brings: str
    """One sentence: what a person gets."""


KNOWN: dict[str, Known] = {
    "Qwen/Qwen3.5-0.8B": Known(
        bytes=int(1.8 * GB), parameters=int(0.87 * B), licence="Apache-2.0",
        brings="Conversation, tool use, and answers about pictures and video, in many languages.",
    ),
    "Qwen/Qwen3.5-4B": Known(
        bytes=int(9.3 * GB), parameters=int(4.6 * B), licence="Apache-2.0", brings="The same, with fewer mistakes.",
    ),
    "Qwen/Qwen3.5-9B": Known(
        bytes=int(19.3 * GB), parameters=int(9.6 * B), licence="Apache-2.0", brings="The same, for long and involved questions.",
    ),
    "google/gemma-4-E4B-it": Known(
        bytes=16 * GB, parameters=8 * B, licence="Apache-2.0", brings="Conversation about text, pictures and sound.",
    ),
    "google/embeddinggemma-2": Known(
        bytes=int(1.5 * GB), parameters=int(0.74 * B), licence="Apache-2.0",
        brings="One space for text, pictures and sound in over 100 languages: search across all of them.",
    ),
    "BAAI/bge-reranker-v2-m3": Known(
        bytes=int(2.3 * GB), parameters=int(0.57 * B), licence="Apache-2.0", brings="The best passages first, in many languages.",
    ),
    "stabilityai/sd-turbo": Known(
        bytes=int(5.2 * GB), parameters=int(1.3 * B), licence="Stability AI Community Licence",
        brings="Photographs and paintings of 512 pixels in one to four steps.",
    ),
    "black-forest-labs/FLUX.2-klein-4B": Known(
        bytes=16 * GB, parameters=8 * B, licence="Apache-2.0",
        brings="Pictures of 1024 pixels in four steps, and changes to pictures in plain words.",
    ),
    "Tongyi-MAI/Z-Image-Turbo": Known(
        bytes=int(20.5 * GB), parameters=int(10.3 * B), licence="Apache-2.0", brings="Pictures with English and Chinese lettering.",
    ),
    "cirimus/modernbert-base-go-emotions": Known(
        bytes=int(0.6 * GB), parameters=int(0.15 * B), licence="MIT", brings="27 feelings in English text.",
    ),
    "Systran/faster-whisper-base": Known(
        bytes=int(0.15 * GB), licence="MIT", brings="Speech in 99 languages, quick on a processor.",
    ),
    "openai/whisper-large-v3-turbo": Known(
        bytes=int(1.6 * GB), parameters=int(0.81 * B), licence="MIT", brings="Speech in 99 languages, with few mistakes.",
    ),
}  # fmt: skip
