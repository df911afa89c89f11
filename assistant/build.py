"""Composition: the one place where objects are joined. Reads the settings, picks the back-ends, knows every package below."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from assistant import model_runtime
from assistant.agent import Agent
from assistant.audit import Audit, note_action
from assistant.database import is_shared, library_of, place_of
from assistant.early import Early
from assistant.feeling import Feelings
from assistant.gaps import Gaps
from assistant.guard import Guard
from assistant.high_stakes import Recogniser
from assistant.listening_for import commands_of, expected_names, installed_books
from assistant.mcp_servers import McpConnection
from assistant.mcp_tools import McpTools
from assistant.memory import Memory
from assistant.planning import absent, check_needed
from assistant.reviewing import Reviewing
from assistant.reviews import Reviews
from assistant.service import Assistant
from assistant.settings import Settings, go_offline
from assistant.stores import store_of
from assistant.transcribers.base import Expected, Transcript
from assistant.voice import Voice
from retrieval.backends import call, load
from retrieval.candidates import LOOKS
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.descriptions import PictureDescriber
from retrieval.embedders.base import Embedder
from retrieval.hosting.host import ModelHost
from retrieval.items import ModelCard
from retrieval.lately import Lately
from retrieval.library import Library
from retrieval.lock import DirectoryLock
from retrieval.recognition import TextRecognizer
from retrieval.seeing import Sight
from tools.content_filter import ContentFilter
from tools.devices.base import Device
from tools.drawing_queue import DrawingQueue
from tools.drawing_quota import DrawingQuota
from tools.facts import Facts
from tools.home import Home
from tools.image_generators.base import ImageGenerator
from tools.kit import Kit
from tools.langchain import as_langchain
from tools.registry import create_all
from tools.studio import Studio

EMBEDDERS = ("text_embedder", "image_embedder", "audio_embedder")
EMOTIONS = {"text": "text_emotion", "audio": "voice_emotion", "image": "face_emotion"}


def build(settings: Settings, early: Early | None = None) -> Assistant:
    """Join everything. Takes the data directory's lock. `early` are embedders that load already (`assistant.early`).

    Raises DataLocked when another process has it, NotInstalled when models that everything is stored with are not on this machine; without
    another one it works, and its readiness says which is missing.
    """
    go_offline(settings)
    model_runtime.ensure(settings)
    missing = absent(settings)
    check_needed(settings, {model: roles for model, roles in missing.items() if {*roles} & {*EMBEDDERS}})
    lock = DirectoryLock(settings.data_dir, shared=is_shared(settings))
    lock.acquire()
    try:
        return _join(settings, lock, dict.fromkeys(missing, "model_missing"), early)
    except BaseException:
        lock.release()
        raise


def _backend(settings: Settings, package: str, role: str, chosen: str = "") -> Callable[..., Any]:
    if not chosen and model_runtime.is_served(settings, role):
        return model_runtime.served(settings, role)
    name, reference = (chosen.partition(":")[0], chosen.partition(":")[2]) if chosen else settings.backend(role)
    if name == "openai_http" and not reference.startswith(("http://", "https://")):
        ollama = settings.ollama_base_url.rstrip("/")
        reference = (settings.openai_base_url or (ollama and f"{ollama}/v1")) + reference
    return lambda **offered: call(load(package, name), reference=reference, **offered)


def open_embedders(settings: Settings, decoder: Decoder, models: ModelHost, early: Early | None = None) -> dict[str, Embedder]:
    """The embedder of each role. A back-end that has two roles is one object, so that its weights are loaded once."""
    made = dict(early or {})
    for role in EMBEDDERS:
        chosen = settings.backend(role)
        if chosen not in made:
            words = made.get(settings.backend("text_embedder"))
            made[chosen] = _backend(settings, "retrieval.embedders", role)(
                cache_dir=settings.cache_dir, decoder=decoder, words=words, models=models,
            )  # fmt: skip
    found = {role: made[settings.backend(role)] for role in EMBEDDERS}
    found["text_embedder"] = Lately(found["text_embedder"])
    if settings.backend("image_embedder")[0] == "senses":
        # Which pictures look alike it tells better together with their colours and layout than alone.
        found[LOOKS] = load("retrieval.embedders", "colour_layout")()
    return found


def _listener(voice: Voice, sight: Sight) -> Callable[[Content], str]:
    """Words for a sound: what is said in it, then what it sounds like."""

    def words(content: Content) -> str:
        return "\n".join(part for part in (voice.words(content), sight.words(content)) if part)

    return words


def _join(settings: Settings, lock: DirectoryLock, missing: dict[str, str], early: Early | None) -> Assistant:
    decoder = Decoder(settings.limits)
    recognizer = TextRecognizer()
    models = ModelHost(settings.cache_dir, settings.limits.model_bytes)
    models.troubles.update(missing)
    embedders = open_embedders(settings, decoder, models, early)
    reflex = _reflex(settings, embedders["text_embedder"])
    chat_model = _chat_model(settings, reflex, decoder, models)
    voice = Voice(
        decoder,
        _backend(settings, "assistant.transcribers", "transcriber")(models=models, offline=settings.offline),
        _backend(settings, "assistant.synthesizers", "synthesizer")(models=models, offline=settings.offline),
    )
    library = Library(
        settings.data_dir, embedders=embedders, decoder=decoder, limits=settings.limits,
        describe={
            "image": PictureDescriber(recognizer, Sight(embedders["image_embedder"])),
            "audio": _listener(voice, Sight(embedders["audio_embedder"])),
        },
        reranker=_backend(settings, "retrieval.rerankers", "reranker")(models=models), open_store=store_of(settings),
        open_database=library_of(settings),
    )  # fmt: skip
    audit = Audit(place_of(settings))
    home = _home(settings)
    home.follow(partial(note_action, audit))
    generator = _backend(settings, "tools.image_generators", "image_generator")(models=models)
    kit = Kit(
        library=library, decoder=decoder, recognizer=recognizer, devices=home,
        image_generator=generator, studio=open_studio(settings, generator, library),
        vqa=_backend(settings, "tools.vqa", "vqa")(
            recognizer=recognizer, embedder=embedders["image_embedder"], chat_model=None if chat_model is reflex else chat_model,
        ),
        emotions={
            modality: _backend(settings, "tools.emotions", role)(
                cache_dir=settings.cache_dir, decoder=decoder, models=models, modality=modality,
            )
            for modality, role in EMOTIONS.items()
        },
        fusion=_backend(settings, "tools.fusions", "fusion")(),
        transcribe=voice.transcribe, speak=voice.speak, facts=Facts(place_of(settings)), deployment=settings.deployment,
        audited=audit.add,
    )  # fmt: skip
    books = installed_books(settings.data_dir)
    voice.listen_for(lambda: expected_names(kit, books))
    reflex.router.commands, reflex.router.sentences = commands_of(settings.data_dir, kit)
    joined = _assistant(settings, lock, kit, voice, reflex, chat_model, audit)
    joined.troubles = lambda: dict(models.troubles)
    return joined


def open_studio(settings: Settings, generator: ImageGenerator, library: Library) -> Studio:
    """The one way to a picture, with the bounds of the settings. Raises InvalidInput when the operator's words cannot be read."""
    limits = settings.limits
    return Studio(
        generator, library, limits, queue=DrawingQueue(limits.drawings_at_once, limits.drawings_waiting),
        quota=DrawingQuota(place_of(settings), limits.drawings_per_day),
        content_filter=ContentFilter(settings.content_filter, settings.content_filter_words),
    )  # fmt: skip


def open_ear(settings: Settings, devices: Sequence[Device]) -> tuple[Callable[[Path], Transcript], Callable[[], None]]:
    """(what hears a file as the service with these `devices` and intents would, what ends it), for measuring without a service."""
    decoder, models = Decoder(settings.limits, workers=1), ModelHost(settings.cache_dir, settings.limits.model_bytes)
    transcriber = _backend(settings, "assistant.transcribers", "transcriber")(models=models, offline=settings.offline)
    expected = Expected(home=tuple(devices), books=tuple(installed_books(settings.data_dir)))
    synthesizer = _backend(settings, "assistant.synthesizers", "synthesizer")(models=models, offline=settings.offline)
    voice = Voice(decoder, transcriber, synthesizer)
    voice.listen_for(lambda: expected)

    def close() -> None:
        voice.close()
        decoder.close()

    return lambda path: voice.transcribe(decoder.admit(path.read_bytes(), name=path.name)), close


def _assistant(
    settings: Settings, lock: DirectoryLock, kit: Kit, voice: Voice, reflex: Any, chat_model: Any, audit: Audit
) -> Assistant:  # fmt: skip
    fast = reflex if settings.fast_path and chat_model is not reflex else None
    tools = create_all(kit)
    conversations = load("assistant.conversations", "postgres" if is_shared(settings) else "sqlite")(place_of(settings))
    memory = Memory(kit.library, conversations, settings.language, kit.facts)
    reviews = Reviews(place_of(settings))
    gaps = Gaps(kit.library, conversations, memory, kept=settings.keep_questions, reviews=reviews)
    agent = Agent(
        chat_model, [as_langchain(tool) for tool in tools.values()], memory, kit.library, gaps=gaps,
        hear=voice.transcribe, speak=voice.speak, wave=voice.wave, reflex=fast, model_calls=settings.limits.model_calls,
        turn_seconds=settings.limits.turn_seconds, foreign=_foreign(settings, kit), remembering=_remembering(settings, chat_model, reflex),
        feelings=Feelings(kit), router=reflex.router,
        noted=lambda owner, tool, why: audit.note(owner, "tool.held", tool, "held", why),
        guard=Guard(settings.high_stakes, Recogniser(reflex.router.embedder), reviews, audit.note),
    )  # fmt: skip
    reviewing = Reviewing(reviews, conversations, agent, audit.note)
    closing = threading.Event()
    return Assistant(
        settings=settings, lock=lock, library=kit.library, conversations=conversations, kit=kit, tools=tools, router=reflex.router,
        reader=reflex.reader, chat_model=chat_model, voice=voice, agent=agent, gaps=gaps, audit=audit, reviewing=reviewing,
        known=lambda: _cards(settings, kit, voice, chat_model),
        warm_up=_warm_up(settings, kit.library, reflex.router, closing), closing=closing,
    )  # fmt: skip


def _home(settings: Settings) -> Home:
    """The devices, with the book of what was done. `mqtt`, `webhook` and `home_assistant` read `home.yaml` of the data directory."""
    return Home(_backend(settings, "tools.devices", "", settings.devices)(data_dir=settings.data_dir, offline=settings.offline))


def _reflex(settings: Settings, embedder: Embedder) -> Any:
    """The bundled chat model; its router reads with the encoder that it was trained on, whatever the library uses."""
    from assistant.chat_models.reflex import create

    trained_on = settings.backend("text_embedder")[0] in ("minilm", "minilm_int8")  # which bring it as `unadapted`
    words = embedder if trained_on else load("retrieval.embedders", "minilm")(settings.cache_dir)
    return create(settings.router, embedder=words, cache_dir=settings.cache_dir, timeout=settings.limits.turn_seconds)


def _remembering(settings: Settings, chat_model: Any, reflex: Any) -> Any:
    """What stands between the memory and a language model; `reflex` alone needs nothing."""
    from assistant.remembering import Remembering

    sealed = getattr(chat_model, "remote", False) and not settings.memory_remote
    return None if chat_model is reflex else Remembering(reflex, sealed=sealed)


def _chat_model(settings: Settings, reflex: Any, decoder: Decoder, models: ModelHost) -> Any:
    """The chat model of the settings, or several in a row that stand in for each other."""
    from assistant.fallback import Fallback

    row = settings.row("chat_model")
    timeout = settings.limits.turn_seconds
    made = [
        reflex if chosen.partition(":")[0] == "reflex" else _backend(settings, "assistant.chat_models", "chat_model", chosen)(
            timeout=timeout, models=models, decoder=decoder, api_key=settings.openai_api_key or "none", offline=settings.offline,
        )
        for chosen in row
    ]  # fmt: skip
    return made[0] if len(made) == 1 else Fallback(models=tuple(made), patience=timeout / len(made), profile=made[0].profile)


def _foreign(settings: Settings, kit: Kit) -> McpTools | None:
    """The tools of other programs, if the settings name any."""

    def keep(data: bytes, name: str, declared: str, owner: str) -> tuple[str, Content]:
        content = kit.decoder.admit(data, name, declared)
        return kit.library.add_file(content, owner, purpose="generated").id, content

    servers = [McpConnection(name, server, offline=settings.offline) for name, server in settings.mcp.items()]
    return McpTools(servers, keep) if servers else None


def _warm_up(settings: Settings, library: Library, router: Any, closing: threading.Event) -> list[tuple[str, Callable[[], object]]]:
    embedder = library.embedders["text_embedder"]
    parts: list[tuple[str, Callable[[], object]]] = [
        ("text_embedder", lambda: embedder.embed([Content.from_text("warm up")])),
        ("router", lambda: router.route("hello", [], [])),
    ]
    if settings.sample:
        from assistant.sample_collection import load as load_sample

        parts.append(("sample", lambda: load_sample(library, "local", stop=closing.is_set)))
    parts.append(("library", library.reembedding.start))
    return parts


def _cards(settings: Settings, kit: Kit, voice: Voice, chat_model: Any) -> list[tuple[str, str, ModelCard]]:
    used: dict[str, Any] = {"chat_model": chat_model} | {role: kit.library.embedders[role] for role in EMBEDDERS}
    used |= {role: kit.emotions[modality] for modality, role in EMOTIONS.items()} | {"fusion": kit.fusion}
    used |= {"image_generator": kit.image_generator, "vqa": kit.vqa, "transcriber": voice.transcriber, "synthesizer": voice.synthesizer}
    used |= {"reranker": kit.library.reranker} if kit.library.reranker is not None else {}
    return [(role, settings.backend(role)[0], _card(role, settings, backend)) for role, backend in used.items()]


def _card(role: str, settings: Settings, backend: Any) -> ModelCard:
    name, reference = settings.backend(role)
    card = getattr(backend, "cards", {}).get(role) or getattr(backend, "card", None)
    return card or ModelCard(name=reference or name, role=role, kind="service", limits="Its own provider knows.")
