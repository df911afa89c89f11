"""Composition: the one place where objects are joined. Reads the settings, picks the back-ends, knows every package below."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from assistant.agent import Agent
from assistant.conversations.sqlite import create as open_conversations
from assistant.memory import Memory
from assistant.service import Assistant
from assistant.settings import Settings, go_offline
from assistant.voice import Voice
from retrieval.backends import load
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.descriptions import PictureDescriber
from retrieval.embedders.base import Embedder
from retrieval.items import ModelCard
from retrieval.library import Library
from retrieval.lock import DirectoryLock
from retrieval.recognition import TextRecognizer
from tools.kit import Kit
from tools.langchain import as_langchain
from tools.registry import create_all

EMBEDDERS = ("text_embedder", "image_embedder", "audio_embedder")
EMOTIONS = {"text": "text_emotion", "audio": "voice_emotion", "image": "face_emotion"}


def build(settings: Settings) -> Assistant:
    """Join everything. Takes the data directory's lock: raises DataLocked when another process has it."""
    go_offline(settings)
    lock = DirectoryLock(settings.data_dir)
    lock.acquire()
    try:
        return _join(settings, lock)
    except BaseException:
        lock.release()
        raise


def _backend(settings: Settings, package: str, role: str) -> Callable[..., Any]:
    name, reference = settings.backend(role)
    if name == "openai_http" and not reference.startswith(("http://", "https://")):
        ollama = settings.ollama_base_url.rstrip("/")
        reference = (settings.openai_base_url or (ollama and f"{ollama}/v1")) + reference
    create = load(package, name)
    return lambda **more: create(reference, **more)


def _join(settings: Settings, lock: DirectoryLock) -> Assistant:
    decoder = Decoder(settings.limits)
    recognizer = TextRecognizer()
    decoding = {"audio_embedder": {"decoder": decoder}}
    embedders: dict[str, Embedder] = {
        role: load("retrieval.embedders", settings.backend(role)[0])(settings.cache_dir, **decoding.get(role, {})) for role in EMBEDDERS
    }
    voice = Voice(
        decoder,
        _backend(settings, "assistant.transcribers", "transcriber")(),
        _backend(settings, "assistant.synthesizers", "synthesizer")(),
    )
    library = Library(
        settings.data_dir, embedders=embedders, decoder=decoder, limits=settings.limits,
        describe={"image": PictureDescriber(recognizer), "audio": voice.words},
    )  # fmt: skip
    kit = Kit(
        library=library, decoder=decoder, recognizer=recognizer, devices=load("tools.devices", "simulated")(settings.data_dir),
        image_generator=_backend(settings, "tools.image_generators", "image_generator")(),
        vqa=_backend(settings, "tools.vqa", "vqa")(recognizer=recognizer),
        emotions={modality: _backend(settings, "tools.emotions", role)() for modality, role in EMOTIONS.items()},
        transcribe=voice.transcribe, speak=voice.speak, deployment=settings.deployment,
    )  # fmt: skip
    return _assistant(settings, lock, kit, voice, embedders)


def _assistant(settings: Settings, lock: DirectoryLock, kit: Kit, voice: Voice, embedders: dict[str, Embedder]) -> Assistant:
    from assistant.chat_models.reflex import create as create_reflex

    embedder = embedders["text_embedder"]
    timeout = settings.limits.turn_seconds
    reflex: Any = create_reflex("", embedder=embedder, timeout=timeout)
    chat_model, fast = reflex, None
    if settings.backend("chat_model")[0] != "reflex":
        more = {"api_key": settings.openai_api_key} if settings.openai_api_key else {}
        chat_model = _backend(settings, "assistant.chat_models", "chat_model")(embedder=embedder, timeout=timeout, **more)
        fast = reflex if settings.fast_path else None
    tools = create_all(kit)
    conversations = open_conversations(settings.data_dir)
    agent = Agent(
        chat_model, [as_langchain(tool) for tool in tools.values()], Memory(kit.library, conversations, settings.language), kit.library,
        hear=voice.transcribe, speak=voice.speak, reflex=fast, model_calls=settings.limits.model_calls, turn_seconds=timeout,
    )  # fmt: skip
    closing = threading.Event()
    return Assistant(
        settings=settings, lock=lock, library=kit.library, conversations=conversations, kit=kit, tools=tools, router=reflex.router,
        voice=voice, agent=agent, cards=_cards(settings, kit, voice, embedders, chat_model),
        warm_up=_warm_up(settings, kit.library, embedder, reflex.router, closing), closing=closing,
    )  # fmt: skip


def _warm_up(
    settings: Settings, library: Library, embedder: Embedder, router: Any, closing: threading.Event
) -> list[tuple[str, Callable[[], object]]]:
    parts: list[tuple[str, Callable[[], object]]] = [
        ("text_embedder", lambda: embedder.embed([Content.from_text("warm up")])),
        ("router", lambda: router.route("hello", [], [])),
    ]
    if settings.sample:
        from assistant.sample_collection import load as load_sample

        parts.append(("sample", lambda: load_sample(library, "local", stop=closing.is_set)))
    return parts


def _cards(settings: Settings, kit: Kit, voice: Voice, embedders: dict[str, Embedder], chat_model: Any) -> list[tuple[str, str, ModelCard]]:
    used: dict[str, Any] = {"chat_model": chat_model, **embedders}
    used |= {role: kit.emotions[modality] for modality, role in EMOTIONS.items()}
    used |= {"image_generator": kit.image_generator, "vqa": kit.vqa, "transcriber": voice.transcriber, "synthesizer": voice.synthesizer}
    return [(role, settings.backend(role)[0], _card(role, settings, backend)) for role, backend in used.items()]


def _card(role: str, settings: Settings, backend: Any) -> ModelCard:
    name, reference = settings.backend(role)
    return getattr(backend, "card", None) or ModelCard(name=reference or name, role=role, kind="service", limits="Its own provider knows.")
