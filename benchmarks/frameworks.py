"""What a person would take instead, as its documentation shows it, on the same model. One function a contestant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.bare import WARM, Way, model_folder, sentence_transformer


def langchain_encoder() -> Any:
    """The model as LangChain takes one."""
    from langchain_core.embeddings import Embeddings

    model = sentence_transformer()

    class Encoder(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts, batch_size=32, normalize_embeddings=True).tolist()  # type: ignore[no-any-return]

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Encoder()


def langchain_faiss(folder: Path) -> Way:
    """LangChain's FAISS store, saved."""
    from langchain_community.vectorstores import FAISS

    encoder = langchain_encoder()
    held: list[Any] = []

    def ingest(texts: list[str]) -> None:
        held.append(FAISS.from_texts(texts, encoder))
        held[0].save_local(str(folder))

    return Way(ingest, lambda asked: held[0].similarity_search(asked, k=5))


def chroma(folder: Path) -> Way:
    """Chroma's persistent client."""
    import chromadb

    model = sentence_transformer()
    client = chromadb.PersistentClient(str(folder), settings=chromadb.Settings(anonymized_telemetry=False))
    collection = client.create_collection("bench", metadata={"hnsw:space": "cosine"}, embedding_function=None)

    def embed(texts: list[str]) -> Any:
        return model.encode(texts, batch_size=32, normalize_embeddings=True)

    def ingest(texts: list[str]) -> None:
        for start in range(0, len(texts), 2000):
            block = texts[start : start + 2000]
            collection.add(ids=[str(start + n) for n in range(len(block))], documents=block, embeddings=embed(block))

    return Way(ingest, lambda asked: collection.query(query_embeddings=embed([asked]), n_results=5))


def txtai(folder: Path) -> Way:
    """txtai with content and hybrid search, saved."""
    from txtai import Embeddings

    index = Embeddings(path=model_folder(), content=True, hybrid=True, gpu=False)
    index.batchtransform(WARM)

    def ingest(texts: list[str]) -> None:
        index.index(texts)
        index.save(str(folder / "txtai"))

    return Way(ingest, lambda asked: index.search(asked, 5))


def haystack(folder: Path) -> Way:
    """Haystack's store in memory, saved as JSON."""
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    model = sentence_transformer()
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")

    def embed(texts: list[str]) -> list[list[float]]:
        return model.encode(texts, batch_size=32, normalize_embeddings=True).tolist()  # type: ignore[no-any-return]

    def ingest(texts: list[str]) -> None:
        pairs = zip(texts, embed(texts), strict=True)
        store.write_documents([Document(content=text, embedding=vector) for text, vector in pairs])
        store.save_to_disk(str(folder / "haystack.json"))

    return Way(ingest, lambda asked: store.embedding_retrieval(query_embedding=embed([asked])[0], top_k=5))


def llama_index(folder: Path) -> Way:
    """LlamaIndex with its FAISS store, saved."""
    import faiss
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.schema import TextNode
    from llama_index.vector_stores.faiss import FaissVectorStore

    model = sentence_transformer()

    class Encoder(BaseEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return model.encode(texts, batch_size=32, normalize_embeddings=True).tolist()  # type: ignore[no-any-return]

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    held: list[Any] = []

    def ingest(texts: list[str]) -> None:
        context = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss_index=faiss.IndexFlatIP(384)))
        nodes = [TextNode(text=text) for text in texts]
        index = VectorStoreIndex(nodes, storage_context=context, embed_model=Encoder(embed_batch_size=32))
        context.persist(str(folder))
        held.append(index.as_retriever(similarity_top_k=5))

    return Way(ingest, lambda asked: held[0].retrieve(asked))  # noqa: PLW0108 - it is made by `ingest`
