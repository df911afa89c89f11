"""The limit: the encoder without a library around it, a FAISS index and an SQLite table with a text index. One function a contestant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

WARM = ["The first sentence.", "Another one, to load everything."]
BATCH_TOKENS, MOST_TOKENS = 8192, 256


class Way(NamedTuple):
    """What a contestant does."""

    ingest: Callable[[list[str]], None]
    search: Callable[[str], object]
    close: Callable[[], object] = lambda: None


def model_folder() -> str:
    """Where the package keeps the model."""
    from retrieval.embedders.minilm import model_directory

    return str(model_directory())


def sentence_transformer() -> Any:
    """The model as most people load it, warm."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_folder(), device="cpu")
    model.encode(WARM)
    return model


def by_sentence_transformers(folder: Path) -> Way:
    """sentence-transformers as it comes: float32, batches of 32."""
    model = sentence_transformer()
    return _bare(folder, lambda texts: model.encode(texts, batch_size=32, normalize_embeddings=True))


def by_bf16(folder: Path) -> Way:
    """A loop around the torch model in bfloat16: sorted by length, batches of 8,192 tokens, pooled and normalised in float32."""
    import torch
    from tokenizers import Tokenizer
    from transformers.models.bert.modeling_bert import BertModel

    model = BertModel.from_pretrained(model_folder(), dtype=torch.bfloat16).eval()
    tokenizer = Tokenizer.from_file(f"{model_folder()}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)

    @torch.inference_mode()
    def embed(texts: list[str]) -> Any:
        ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda place: -len(ids[place]))
        vectors = torch.empty(len(ids), 384)
        while order:
            part = order[: max(1, BATCH_TOKENS // len(ids[order[0]]))]
            order = order[len(part) :]
            table = torch.zeros(len(part), len(ids[part[0]]), dtype=torch.long)
            mask = torch.zeros_like(table)
            for row, place in enumerate(part):
                table[row, : len(ids[place])] = torch.tensor(ids[place])
                mask[row, : len(ids[place])] = 1
            hidden = model(input_ids=table, attention_mask=mask).last_hidden_state.float()
            vectors[part] = torch.nn.functional.normalize((hidden * mask[..., None]).sum(1))
        return vectors.numpy()

    embed(WARM)
    return _bare(folder, embed)


def by_onnx(folder: Path) -> Way:
    """The encoder of this project alone."""
    return _bare(folder, _own("minilm"))


def by_int8(folder: Path) -> Way:
    """The encoder of this project in 8 bits, alone."""
    return _bare(folder, _own("minilm_int8"))


def _own(name: str) -> Callable[[list[str]], Any]:
    from benchmarks.million import CACHE
    from retrieval.backends import load
    from retrieval.content import Content

    encoder = load("retrieval.embedders", name)(CACHE)
    encoder.embed([Content.from_text(text) for text in WARM])
    return lambda texts: encoder.embed([Content.from_text(text) for text in texts])


def _bare(folder: Path, embed: Callable[[list[str]], Any]) -> Way:
    import faiss

    index = faiss.IndexFlatIP(384)

    def ingest(texts: list[str]) -> None:
        index.add(np.ascontiguousarray(embed(texts), np.float32))
        faiss.write_index(index, str(folder / "bare.faiss"))
        with sqlite3.connect(folder / "bare.db") as connection:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5 (text, tokenize='porter')")
            connection.executemany("INSERT INTO words (text) VALUES (?)", [(text,) for text in texts])
        connection.close()

    return Way(ingest, lambda asked: index.search(np.ascontiguousarray(embed([asked]), np.float32), 5))
