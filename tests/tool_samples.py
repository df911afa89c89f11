"""A real kit in a scratch directory for tests of tools: the bundled back-ends, a library, and turns over it."""

from library_samples import CACHE

from assistant.settings import Settings
from assistant.voice import Voice
from retrieval.backends import load
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.descriptions import PictureDescriber
from retrieval.items import Draft, Locator
from retrieval.library import Library
from retrieval.recognition import TextRecognizer
from tools.base import Media, ToolContext
from tools.content_filter import ContentFilter
from tools.drawing_queue import DrawingQueue
from tools.drawing_quota import DrawingQuota
from tools.facts import Facts
from tools.kit import Kit
from tools.studio import Studio

OWNER = "local"
RECOGNIZER = TextRecognizer()


class NoText:
    """Reads nothing: for pictures without words, where recognition would only cost time."""

    def read(self, pixels):
        return []


def make_kit(path, *, deployment="personal", recognizer=None):
    """Yields a Kit and closes what it opened; use it with `yield from` in a fixture."""
    settings = Settings()
    decoder = Decoder(settings.limits)
    recognizer = recognizer or RECOGNIZER
    embedders = {
        role: load("retrieval.embedders", settings.backend(role)[0])(CACHE)
        for role in ("text_embedder", "image_embedder", "audio_embedder")
    }
    voice = Voice(decoder, load("assistant.transcribers", "pocketsphinx")(""), load("assistant.synthesizers", "espeak")(""))
    library = Library(path, embedders=embedders, decoder=decoder, describe={"image": PictureDescriber(NoText())}, limits=settings.limits)
    generator = load("tools.image_generators", "shapes")("")
    studio = Studio(generator, library, settings.limits, queue=DrawingQueue(), quota=DrawingQuota(path), content_filter=ContentFilter())
    kit = Kit(
        library=library, decoder=decoder, recognizer=recognizer, image_generator=generator, studio=studio,
        vqa=load("tools.vqa", "compose")("", recognizer=recognizer, embedder=embedders["image_embedder"]),
        emotions={kind: load("tools.emotions", name)("") for kind, name in (("text", "words"), ("audio", "prosody"), ("image", "face"))},
        fusion=load("tools.fusions", "weighted")(), devices=load("tools.devices", "simulated")(path), transcribe=voice.transcribe, speak=voice.speak,
        facts=Facts(path), deployment=deployment,
    )  # fmt: skip
    yield kit
    kit.facts.close()
    studio.close()
    library.close()
    voice.close()
    decoder.close()


def turn(kit, language="en", *, consent=False, collections=("default",)):
    """A new turn of the owner."""
    ids = tuple(kit.library.ensure_collection(name, OWNER).id for name in collections)
    return ToolContext(
        owner=OWNER, collections=ids, language=language, open=lambda file_id: kit.library.open_file(file_id, OWNER), consent=consent
    )


def attach(kit, context, data, name="file", declared=""):
    """Bring a file into the conversation, as a face does."""
    content = data if isinstance(data, Content) else kit.decoder.admit(data, name, declared)
    file = kit.library.add_file(content, OWNER)
    handle = f"{content.modality}_{1 + sum(m.modality == content.modality for m in context.media)}"
    media = Media(handle, file.id, content.modality, content.media_type, content.name)
    context.media.append(media)
    return media


def remember(kit, *texts, collection="default"):
    """Passages into a collection."""
    where = kit.library.ensure_collection(collection, OWNER)
    drafts = [Draft(modality="text", title=title, text=text, locator=Locator(page=n)) for n, (title, text) in enumerate(texts, 1)]
    return kit.library.add_drafts(drafts, where.id, OWNER)


def run(tool, context, **arguments):
    """Call a tool as the agent does: arguments checked first."""
    return tool.run(tool.arguments(**arguments), context)
