"""Small real parts for library tests: a reader of plain text, an embedder of hashed words, and a library made of them."""

import hashlib
import os
import re
from pathlib import Path
from types import SimpleNamespace

import library_databases
import numpy as np

from retrieval.content import Content
from retrieval.embedders.minilm import create as open_minilm
from retrieval.faults import Unreadable
from retrieval.items import Draft, Locator, ModelCard
from retrieval.library import Library

LIMITS = SimpleNamespace(file_bytes=2**20, prompt_chars=10_000)
CACHE = Path(os.environ.get("ASSISTANT_CACHE_DIR", "~/.cache/synesthesia")).expanduser()


class HashedWords:
    """Embeds text as signed counts of hashed words: cheap, deterministic, and near for texts with words in common."""

    space, dimension, modalities = "hashed-1", 1024, frozenset({"text"})
    card = ModelCard(name="hashed words", role="text_embedder", kind="classical", dimension=1024)

    def embed(self, contents):
        vectors = np.zeros((len(contents), self.dimension), np.float32)
        for row, content in enumerate(contents):
            vectors[row, 0] = 0.01
            for word in re.findall(r"\w+", content.text.lower()):
                digest = hashlib.sha256(word.encode()).digest()
                for at in range(0, 12, 3):  # four places a word: two words may meet in one of them, hardly ever in all
                    place = 1 + int.from_bytes(digest[at : at + 2]) % (self.dimension - 1)
                    vectors[row, place] += 1 if digest[at + 2] % 2 else -1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class PictureMeans:
    """Embeds raw bytes as a histogram: enough of a space of its own, and near for pictures with bytes in common."""

    space, dimension, modalities = "means-1", 8, frozenset({"image"})
    card = ModelCard(name="means", role="image_embedder", kind="classical", dimension=8)

    def embed(self, contents):
        counts = [np.bincount(np.frombuffer(c.data, np.uint8) % 8, minlength=8) + 0.01 for c in contents]
        vectors = np.array(counts, np.float32).reshape(-1, 8)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Paragraphs:
    """Reads text files: a draft for each paragraph; a paragraph `![name] bytes` is a picture."""

    def read(self, content):
        if not content.data:
            raise Unreadable("The file is empty.", hint="Send one with something in it.")
        text, place = content.data.decode(), 0
        drafts = []
        for paragraph in text.split("\n\n"):
            picture = re.fullmatch(r"!\[(.*)\] (.*)", paragraph.strip())
            if picture:
                drafts.append(Draft(modality="image", title=picture[1], data=picture[2].encode(), media_type="image/png"))
            elif paragraph.strip():
                span = (place, place + len(paragraph))
                drafts.append(Draft(modality="text", text=paragraph.strip(), title=content.name, locator=Locator(char_span=span)))
            place += len(paragraph) + 2
        return drafts


def document(text, name="notes.txt"):
    return Content(modality="file", media_type="text/plain", data=text.encode(), name=name)


def open_library(data_dir, **more):
    parts = {
        "embedders": {"text_embedder": HashedWords(), "image_embedder": PictureMeans()},
        "decoder": Paragraphs(), "describe": {}, "limits": LIMITS, "open_database": library_databases.current.opener(data_dir),
    }  # fmt: skip
    return Library(data_dir, **{**parts, **more})


def minilm():
    return open_minilm(CACHE)


def ingested(library, text, collection="default", owner="ann", name="notes.txt", metadata=None):
    """Keep and read a text file; its file id."""
    library.ensure_collection(collection, owner)
    file = library.add_file(document(text, name), owner)
    attachment = library.ingest(file.id, collection, owner, metadata)
    assert attachment.status == "completed", attachment.error
    return file.id
