"""LangChain: a collection as a `VectorStore`, for programs that are built with LangChain. All contact of this package with it is here.

    store = CollectionStore(library, "manuals", owner="local")
    retriever = store.as_retriever(search_kwargs={"k": 4, "filter": {"price": {"lt": 60}}})

Vectors are the library's own: its items are found by the assistant too, and vectors of two encoders are never mixed. So `from_texts`
takes no other `embedding`; `LibraryEmbeddings` offers the library's encoder to whatever else in a chain needs vectors. Searching joins
words and vectors as the assistant's search does, and scores lie between 0 and 1, more being better. What is added is on the disk when
the call returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from retrieval.content import Content, Modality
from retrieval.embedders.base import Vectors
from retrieval.exchange import AT_ONCE, EXTERNAL_ID, Record, item_id
from retrieval.faults import InvalidInput, NotFound, Unavailable
from retrieval.filter_json import from_mapping
from retrieval.items import Hit, Item
from retrieval.library import Library, Query

TITLE, MODALITY, LOCATOR, FILE_ID = "title", "modality", "locator", "file_id"
"""Metadata keys of a Document that tell what an ingested item has besides its words; a plain text has none of them."""


class LibraryEmbeddings(Embeddings):
    """The text encoder of a library as LangChain sees encoders."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension). Raises Unavailable when the library has no text encoder."""
        embedder = self._library.embedders.get("text_embedder")
        if embedder is None:
            raise Unavailable("This library has no text encoder.", hint="Open it with one.")
        return embedder.embed([Content.from_text(text) for text in texts])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A unit vector for each text."""
        return [[float(value) for value in vector] for vector in self.embed(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self.embed_documents([text])[0]


class CollectionStore(VectorStore):
    """A collection of a library; it is made when there is none of that name. Several stores may share a library."""

    def __init__(self, library: Library, collection: str = "default", owner: str = "local") -> None:
        self._library, self._owner = library, owner
        try:
            self._id = library.collection(collection, owner).id
        except NotFound:
            self._id = library.ensure_collection(collection, owner).id

    @property
    def embeddings(self) -> LibraryEmbeddings:
        """The library's text encoder."""
        return LibraryEmbeddings(self._library)

    # Writing

    def add_texts(
        self, texts: Iterable[str], metadatas: list[dict[Any, Any]] | None = None, *, ids: list[str] | None = None, **kwargs: Any
    ) -> list[str]:
        """Store texts; their ids, in order. One whose id is here already is replaced.

        Raises InvalidInput for another number of metadatas or ids than texts, for an empty text and for what JSON cannot hold.
        """
        words = list(texts)
        for name, given in (("metadatas", metadatas), ("ids", ids)):
            if given is not None and len(given) != len(words):
                raise InvalidInput(f"There are {len(words)} texts and {len(given)} {name}.", hint=f"Give one of {name} for each text.")
        names: Sequence[str | None] = ids or [None] * len(words)
        return self._add(zip(words, metadatas or [{}] * len(words), names, strict=True))

    def add_documents(self, documents: list[Document], **kwargs: Any) -> list[str]:
        """Store documents under `ids`, or else under their own; the ids, in order."""
        ids = kwargs.pop("ids", None) or [document.id for document in documents]
        return self._add(zip([d.page_content for d in documents], [d.metadata for d in documents], ids, strict=True))

    def _add(self, rows: Iterable[tuple[str, dict[Any, Any], str | None]]) -> list[str]:
        found: list[str] = []
        waiting = [(name, _record(text, metadata, name)) for text, metadata, name in rows]
        for start in range(0, len(waiting), AT_ONCE):
            block = waiting[start : start + AT_ONCE]
            added = self._library.exchange.add([record for _, record in block], self._id, self._owner)
            found += [name or own for (name, _), own in zip(block, added.ids, strict=True)]
        return found

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete by id; unknown ids do no harm. Without ids, everything in the collection."""
        if ids is None:
            while items := self._library.items(self._id, self._owner, AT_ONCE):
                for item in items:
                    self._library.delete_item(item.id, self._owner)
            return True
        for item in self._items(ids):
            self._library.delete_item(item.id, self._owner)
        return True

    # Finding

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents with these ids, in that order; unknown ones are left out."""
        return [_document(item) for item in self._items(ids)]

    def _items(self, ids: Sequence[str]) -> Iterator[Item]:
        for name in dict.fromkeys(ids):
            for own in (item_id(name, self._id), name):
                try:
                    item = self._library.item(own, self._owner)
                except NotFound:
                    continue
                if item.collection == self._id:
                    yield item
                    break

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """The `k` documents that fit a question best; see `similarity_search_with_score`."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """Documents with their score, 0 to 1, best first.

        `filter` is a condition on the metadata, in words (`price < 60`) or as a dict (`{"price": {"lt": 60}}`); `modalities` keeps to
        kinds of items, such as `("text",)`. Raises InvalidInput for a filter that cannot be read.
        """
        return [(_document(hit.item), hit.score) for hit in self._hits(query, k, **kwargs)]

    def _hits(
        self, query: str, k: int, *, filter: str | Mapping[str, Any] = "", modalities: Sequence[Modality] = (), **ignored: Any
    ) -> list[Hit]:
        where = from_mapping(filter) if isinstance(filter, Mapping) else filter or ""
        asked = Query(owner=self._owner, text=query, k=k, filter=where, modalities=tuple(modalities), collections=(self._id,))
        return self._library.search(asked)

    def _select_relevance_score_fn(self) -> Any:
        return lambda score: score  # 0 to 1 already

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """`k` of the best `fetch_k` documents, each unlike those before it: `lambda_mult` 1 asks for fit only, 0 for variety only."""
        items = [hit.item for hit in self._hits(query, max(k, fetch_k), **kwargs)]
        if not items:
            return []
        vectors = self.embeddings.embed([query, *(item.text for item in items)])
        chosen = maximal_marginal_relevance(vectors[0], list(vectors[1:]), lambda_mult=lambda_mult, k=k)
        return [_document(items[place]) for place in chosen]

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Embeddings | None = None, metadatas: list[dict[Any, Any]] | None = None, *,
        ids: list[str] | None = None, library: Library | None = None, collection: str = "default", owner: str = "local", **kwargs: Any,
    ) -> CollectionStore:  # fmt: skip
        """A store with these texts added. `library` is needed; `embedding` is None or a LibraryEmbeddings. Raises InvalidInput."""
        if library is None:
            raise InvalidInput("A library is needed.", hint="Write CollectionStore.from_texts(texts, library=library).", param="library")
        if embedding is not None and not isinstance(embedding, LibraryEmbeddings):
            raise InvalidInput(
                f"{type(embedding).__name__} cannot be used: a library makes its vectors itself.",
                hint="Leave `embedding` out, or open the library with another text embedder.", param="embedding",
            )  # fmt: skip
        store = cls(library, collection, owner)
        store.add_texts(texts, metadatas, ids=ids)
        return store


def _record(text: str, metadata: Mapping[Any, Any], identity: str | None) -> Record:
    if not text.strip():
        raise InvalidInput("A text is empty.", hint="Leave it out.", param="texts")
    kept = {str(key): value for key, value in metadata.items()}
    return Record.of({"id": identity or "", "text": text, "metadata": kept})


def _document(item: Item) -> Document:
    metadata = {key: value for key, value in item.metadata.items() if key != EXTERNAL_ID}
    where = item.locator.model_dump(mode="json", exclude_none=True)
    more = {TITLE: item.title, LOCATOR: where, FILE_ID: item.parent, MODALITY: item.modality if item.modality != "text" else None}
    metadata = {key: value for key, value in more.items() if value} | metadata
    return Document(page_content=item.text, metadata=metadata, id=str(item.metadata.get(EXTERNAL_ID) or item.id))
