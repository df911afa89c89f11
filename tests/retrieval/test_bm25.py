"""Words as sparse vectors score as the text index of SQLite does."""

import random

import pytest

from retrieval import bm25, lexical
from retrieval.database import Database
from retrieval.items import Item
from retrieval.stores.base import Batch, Scope
from retrieval.stores.faiss import create

WORDS = "warranty covers zips seams jacket washing thirty degrees 保修期 两年 夹克 防水 running dogs naïve café 2026".split()


def product(one, other):
    return sum(weight * other.get(place, 0.0) for place, weight in one.items())


@pytest.mark.parametrize("many", [lexical.MANY, 1], ids=["scored by SQLite", "scored here"])
def test_the_inner_product_is_the_score_of_the_text_index(tmp_path, monkeypatch, many):
    monkeypatch.setattr(lexical, "MANY", many)
    chance, database = random.Random(0), Database(tmp_path / "library.db")
    store = create(database, tmp_path / "indexes")
    items = [
        Item(id=f"i{n}", collection="vs_1", owner="ann", modality="text", title=chance.choice(WORDS), text=" ".join(chance.choices(WORDS, k=n)))
        for n in range(1, 40)
    ]  # fmt: skip
    store.add(Batch(items))
    sizes = [len(bm25.terms(item.title)) + len(bm25.terms(item.text)) for item in items]
    vectors = {item.id: bm25.document(item.title, item.text, sum(sizes) / len(sizes)) for item in items}
    for question in ("washing a jacket", "保修期 2026", "running runs run", "naïve café"):
        asked = bm25.query(words := bm25.asked(question), *store.frequencies(words))
        found = store.lexical(question, 100, Scope("ann"))
        assert found
        assert {hit.item_id: pytest.approx(hit.score, rel=1e-3, abs=1e-6) for hit in found} == {
            identity: score for identity, vector in vectors.items() if (score := product(asked, vector)) > 0
        }
    store.close()
    database.close()


def test_an_item_without_words_is_a_vector_and_a_query_for_unknown_words_is_none():
    assert bm25.document("", "☂", 60.0) == {bm25.PRESENT: 1.0}
    assert bm25.query(["unheard"], 10, {"unheard": 0}) == {}
    assert bm25.PRESENT not in bm25.query(bm25.asked("jacket"), 10, {"jacket": 10})
