"""The store as LangChain sees it: its own standard suite, and what that does not ask."""

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_tests.integration_tests import VectorStoreIntegrationTests
from library_samples import ingested, open_library

from retrieval.faults import InvalidInput
from retrieval.langchain import CollectionStore, LibraryEmbeddings

FRUIT = ["apples are red", "pears are green", "plums are blue", "apples are red and sweet"]


class TestStandard(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, tmp_path):
        library = open_library(tmp_path / "data")
        yield CollectionStore(library, "langchain")
        library.close()


@pytest.fixture
def library(tmp_path):
    library = open_library(tmp_path / "data")
    yield library
    library.close()


@pytest.fixture
def store(library):
    return CollectionStore.from_texts(FRUIT, library=library, metadatas=[{"n": n} for n in range(4)], ids=list("abcd"))


def test_a_score_lies_between_0_and_1_and_falls(store):
    found = store.similarity_search_with_score("green pears", k=4)
    assert found[0][0] == Document(page_content="pears are green", metadata={"n": 1}, id="b")
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert store.similarity_search_with_relevance_scores("green pears", k=1, score_threshold=0.1)[0][0].id == "b"


@pytest.mark.parametrize("condition", ["n >= 2", {"n": {"gte": 2}}, {"n": [2, 3]}])
def test_filters_in_words_and_as_dicts(store, condition):
    assert {document.id for document in store.similarity_search("apples", k=4, filter=condition)} == {"c", "d"}
    with pytest.raises(InvalidInput):
        store.similarity_search("apples", filter="n >")


def test_a_retriever_finds_and_filters(store):
    retriever = store.as_retriever(search_kwargs={"k": 1, "filter": "n > 0"})
    assert [document.id for document in retriever.invoke("apples are red")] == ["d"]
    various = store.as_retriever(search_type="mmr", search_kwargs={"k": 2, "lambda_mult": 0.0})
    assert len({document.id for document in various.invoke("apples are red")} & {"a", "d"}) == 1


def test_what_was_added_is_there_after_a_restart(store, library, tmp_path):
    library.close()
    again = open_library(tmp_path / "data")
    assert CollectionStore(again).get_by_ids(["c", "none", "a"]) == [
        Document(page_content=FRUIT[2], metadata={"n": 2}, id="c"),
        Document(page_content=FRUIT[0], metadata={"n": 0}, id="a"),
    ]
    again.close()


def test_ids_of_two_collections_do_not_meet(store, library):
    other = CollectionStore.from_texts(["about boats"], LibraryEmbeddings(library), library=library, collection="boats", ids=["a"])
    assert [store.get_by_ids(["a"])[0].page_content, other.get_by_ids(["a"])[0].page_content] == [FRUIT[0], "about boats"]
    other.delete(["a", "b"])
    assert [len(store.get_by_ids(list("abcd"))), other.get_by_ids(["a"])] == [4, []]
    assert CollectionStore(library, owner="bob").get_by_ids(["a"]) == []
    store.delete()
    assert store.similarity_search("apples") == []


def test_an_ingested_file_tells_where_its_words_are(library):
    file = ingested(library, "The zip is covered.\n\nThe seam is not.")
    found = CollectionStore(library, owner="ann").similarity_search("zip", k=1)[0]
    assert (found.metadata["title"], found.metadata["file_id"], found.metadata["locator"]) == ("notes.txt", file, {"char_span": [0, 19]})
    assert CollectionStore(library, owner="ann").get_by_ids([found.id]) == [found]


def test_the_library_makes_its_vectors_itself(library, store):
    with pytest.raises(InvalidInput, match="itself"):
        CollectionStore.from_texts(["x"], DeterministicFakeEmbedding(size=6), library=library)
    with pytest.raises(InvalidInput, match="library"):
        CollectionStore.from_texts(["x"])
    assert len(store.embeddings.embed_query("a")) == 1024


@pytest.mark.parametrize("more", [{"ids": ["a"]}, {"metadatas": [{}]}, {"metadatas": [{}, {"x": float("nan")}]}])
def test_what_cannot_be_stored_is_refused_whole(library, more):
    store = CollectionStore(library)
    with pytest.raises(InvalidInput):
        store.add_texts(["one", "two"], **more)
    with pytest.raises(InvalidInput):
        store.add_texts(["one", " "])
    assert store.similarity_search("one") == []
