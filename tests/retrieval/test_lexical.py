import random

import pytest

from retrieval import lexical
from retrieval.changes import Changes
from retrieval.database import Database
from retrieval.items import Item
from retrieval.scopes import Scopes
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create

WORDS = "warranty zips covered covers running dogs 夹克 防水 保修期 the of jacket café straße 2024 o'brien x1".split()
HERE = Scope("ann")


def made(chance, n, owner="ann"):
    text = " ".join(chance.choices(WORDS, k=chance.choice([0, 1, 5, 40, 300, 17_000 if n == 3 else 2])))
    title = " ".join(chance.choices(WORDS, k=chance.randrange(4)))
    return Item(id=f"{owner}-{n}", collection="vs_1", owner=owner, modality="text", title=title, text=text)


@pytest.fixture
def store(tmp_path):
    database = Database(tmp_path / "library.db")
    store = create(database, tmp_path / "indexes")
    chance = random.Random(1)
    store.add(Batch([made(chance, n, owner) for n in range(60) for owner in ("ann", "bob")]))
    yield store
    store.close()
    database.close()


def both(store, monkeypatch, query, k, scope=HERE):
    """What SQLite finds and what is scored here."""
    found = []
    for many in (10**9, 0):
        monkeypatch.setattr(lexical, "MANY", many)
        found.append(store.lexical(query, k, scope))
    return found


def agree(one, other):
    """The same scores in the same order; items that score alike may change places."""
    scores = {hit.item_id: hit.score for hit in one}
    assert [hit.score for hit in other] == pytest.approx([hit.score for hit in one], rel=1e-9)
    assert all(hit.score == pytest.approx(scores[hit.item_id], rel=1e-9) for hit in other if hit.item_id in scores)
    assert len(scores.keys() - {hit.item_id for hit in other}) <= sum(hit.score == pytest.approx(one[-1].score) for hit in one)


QUERIES = (
    "warranty",
    "what covers running dog",
    "夹克防水 jacket",
    "保修期多久",
    "the of",
    "café",
    "straße 2024",
    "unheard",
    "x1 x1 zips",
    "☂",
    "",
)


@pytest.mark.parametrize("query", QUERIES)
def test_scores_are_those_of_sqlite(store, monkeypatch, query):
    for k in (1, 7, 30, 200):
        for scope in (HERE, Scope("bob"), Scope("nobody"), Scope("ann", ("vs_2",))):
            agree(*both(store, monkeypatch, query, k, scope))


def test_they_follow_every_change(store, monkeypatch):
    chance = random.Random(2)
    for step in range(30):
        if chance.random() < 0.4:
            store.delete([f"ann-{chance.randrange(80)}" for _ in range(3)], "ann")
        else:
            store.add(Batch([made(chance, chance.randrange(80)) for _ in range(2)]))
        if step == 20:
            store.rebuild_words()
        agree(*both(store, monkeypatch, chance.choice(QUERIES[:5]), 40))


def test_an_empty_library(tmp_path, monkeypatch):
    database = Database(tmp_path / "library.db")
    monkeypatch.setattr(lexical, "MANY", 0)
    found = lexical.Lexical(database, Changes())
    assert found.search("warranty", 5, Scopes(database, Changes()).allowed(HERE)) == []
    database.close()


def test_lists_are_kept_and_bounded(store, monkeypatch):
    monkeypatch.setattr(lexical, "MANY", 0)
    for query in ("warranty zips dogs", "jacket", "warranty"):
        store.lexical(query, 5, HERE)
    kept = store._lexical
    assert list(kept._lists) == ["zip", "dog", "jacket", "warranti"]
    assert kept._kept == sum(len(keys) for _, keys, _ in kept._lists.values())
    monkeypatch.setattr(lexical, "KEPT", len(kept._lists["jacket"][1]))
    store.lexical("running", 5, HERE)
    assert list(kept._lists) == ["run"]
    assert kept._kept == len(kept._lists["run"][1])


def test_words_are_counted_as_the_index_counts_them(store, monkeypatch):
    terms = ["warranti", "夹克", "cafe", "unheard", "zip"]
    monkeypatch.setattr(lexical, "MANY", 10**9)
    counted = store.frequencies(terms)
    monkeypatch.setattr(lexical, "MANY", 0)
    assert store.frequencies(terms) == counted
    store.delete(["ann-3", "bob-5"], "ann")
    after = store.frequencies(terms)
    monkeypatch.setattr(lexical, "MANY", 10**9)
    assert store.frequencies(terms) == after != counted
