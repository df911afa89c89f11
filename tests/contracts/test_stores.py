"""Every store keeps the same promises, whatever engine it rests on."""

import itertools
import random
from itertools import pairwise

import library_databases
import numpy as np
import pytest

from retrieval import backends
from retrieval.faults import Conflict, Fault, InvalidInput
from retrieval.items import Item, Locator
from retrieval.stores.base import Batch, Scope

PACKAGES = {"milvus": ("pymilvus", "milvus_lite")}
"""What the stores of the extra `grown` need."""
SPACE, DIMENSION = "words-1", 12
TEXTS = ["The warranty covers zips and seams", "Wash the jacket at thirty degrees", "保修期为两年，夹克防水", "Running dogs bark at night"]


def unit(*values):
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def noise(count, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float16).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def item(identity, owner="ann", text="", collection="vs_1", modality="text", **more):
    return Item(id=identity, collection=collection, owner=owner, modality=modality, text=text or identity, **more)


@pytest.fixture(params=itertools.product(backends.names("retrieval.stores"), library_databases.ENGINES), ids="-".join)
def reopen(request, tmp_path):
    name, engine = request.param
    for package in PACKAGES.get(name, ()):
        pytest.importorskip(package, reason=f"the store {name} needs {package}: make test-grown")
    create, place = backends.load("retrieval.stores", name), library_databases.place(engine)
    opened = []

    def open_store():
        if opened:
            store, database = opened.pop()
            store.close()
            database.close()
        database = place.open(tmp_path)
        opened.append((create(database, tmp_path / "indexes"), database))
        return opened[0][0]

    yield open_store
    for store, database in opened:
        store.close()
        database.close()
    place.drop()


@pytest.fixture
def store(reopen):
    made = reopen()
    made.add(Batch([item(f"i{n}", text=text) for n, text in enumerate(TEXTS)], {SPACE: {f"i{n}": unit(*np.eye(4)[n]) for n in range(4)}}))
    return made


HERE = Scope("ann")


def ids(found):
    return [hit.item_id for hit in found]


def test_items_come_back_as_they_were(store, reopen):
    whole = Item(
        id="whole", collection="vs_9", owner="ann", modality="image", title="Зонт 伞 ☂", text="a\nb", blob="0" * 64, media_type="image/png",
        metadata={"价格": 3.5, "nested": {"a": [1, None, True]}}, parent="file-1", created_at=12.5,
        locator=Locator(page=2, bbox=(0, 0.25, 1, 1), char_span=(3, 9), time_span=(0.5, 1.5), row=7),
    )  # fmt: skip
    store.add(Batch([whole]))
    assert store.get(["whole"], "ann") == [whole]
    assert reopen().get(["whole"], "ann") == [whole]


def test_get_keeps_the_order_and_leaves_out_strangers(store):
    store.add(Batch([item("bobs", owner="bob")]))
    assert [i.id for i in store.get(["i3", "none", "bobs", "i0", "i3"], "ann")] == ["i3", "i0", "i3"]


def test_the_nearest_come_first_with_their_cosine(store):
    found = store.dense(SPACE, unit(3, 4, 0, 0), 4, HERE)
    assert ids(found)[:2] == ["i1", "i0"]
    assert [hit.score for hit in found] == pytest.approx([0.8, 0.6, 0, 0], abs=1e-3)
    assert store.dense("unknown-1", unit(1), 3, HERE) == []
    assert store.dense(SPACE, unit(1), 0, HERE) == []


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("what does the warranty cover?", "i0"),
        ("washing jackets", "i1"),
        ("保修多久？", "i2"),
        ("夹克", "i2"),
        ("dog barked", "i3"),
        ("WARRANTY", "i0"),
    ],
)
def test_words_are_found_in_both_languages(store, query, first):
    found = store.lexical(query, 4, HERE)
    assert ids(found)[0] == first
    assert all(a.score >= b.score > 0 for a, b in pairwise(found))


@pytest.mark.parametrize(
    "query",
    ["", "   ", '"', "a AND", "NEAR(", "*", "^x", "col:um", "a OR", "-", "'; DROP TABLE items", "\x00", "☂", "(" * 500, "w " * 5000],
)
def test_any_words_can_be_asked(store, query):
    store.lexical(query, 5, HERE)
    assert store.get(["i0"], "ann")


def test_words_are_found_by_title_too(store):
    store.add(Batch([item("t", text="nothing", title="umbrella.pdf")]))
    assert ids(store.lexical("umbrella", 3, HERE)) == ["t"]


def test_what_is_deleted_is_gone_everywhere(store, reopen):
    assert store.delete(["i0", "none"], "bob") == 0
    assert store.delete(["i0", "none", "i0"], "ann") == 1
    assert store.delete([], "ann") == 0
    for again in (lambda: store, reopen):
        opened = again()
        assert opened.get(["i0"], "ann") == []
        assert "i0" not in ids(opened.dense(SPACE, unit(1), 10, HERE))
        assert opened.lexical("warranty", 10, HERE) == []
        assert opened.vectors(SPACE, ["i0"], "ann") == {}


def test_adding_again_replaces(store):
    store.add(Batch([item("i0", text="umbrella")], {SPACE: {"i0": unit(0, 0, 0, 0, 1)}}))
    assert ids(store.lexical("warranty", 10, HERE)) == []
    assert ids(store.lexical("umbrella", 10, HERE)) == ["i0"]
    assert store.dense(SPACE, unit(0, 0, 0, 0, 1), 1, HERE)[0].score == pytest.approx(1, abs=1e-3)
    assert len(store.dense(SPACE, unit(1), 100, HERE)) == 4
    store.add(Batch([item("i0", text="umbrella")]))
    assert "i0" not in ids(store.dense(SPACE, unit(1), 100, HERE))


def test_another_owners_item_cannot_be_replaced(store):
    with pytest.raises(Conflict):
        store.add(Batch([item("i0", owner="bob")]))
    assert store.get(["i0"], "ann")[0].text == TEXTS[0]


@pytest.mark.parametrize(
    "batch",
    [
        Batch([item("new"), item("bad", metadata={"x": float("nan")})]),
        Batch([item("new"), item("bad", text="\ud800")]),
        Batch([item("new"), item("bad")], {SPACE: {"bad": np.full(DIMENSION, np.nan, np.float32)}}),
        Batch([item("new"), item("bad")], {SPACE: {"bad": np.ones(5, np.float32)}}),
    ],
    ids=["metadata", "unicode", "not finite", "dimension"],
)
def test_a_batch_is_stored_whole_or_not_at_all(store, batch):
    with pytest.raises(Fault):
        store.add(batch)
    assert store.get(["new", "bad"], "ann") == []
    assert store.lexical("new", 5, HERE) == []
    assert len(store.dense(SPACE, unit(1), 100, HERE)) == 4


def test_scope_is_kept_and_k_is_filled_whenever_k_match(reopen):
    store = reopen()
    chance, made, vectors = random.Random(0), [], noise(400)
    for n in range(400):
        made.append(
            item(
                f"i{n}", owner=chance.choice(["ann", "bob", "cem"]), collection=chance.choice(["vs_1", "vs_2"]), text=f"word{n % 7} common",
                modality=chance.choice(["text", "image"]), metadata={"price": n, "kind": chance.choice(["a", "b"])},
            )
        )  # fmt: skip
    store.add(Batch(made, {SPACE: {i.id: v for i, v in zip(made, vectors, strict=True)}}))
    for scope in (
        Scope("ann"), Scope("bob", ("vs_2",)), Scope("ann", (), ("image",)), Scope("cem", ("vs_1", "vs_2"), ("text",), "price < 200"),
        Scope("ann", filter='kind = "a" and price >= 390'), Scope("ann", ("vs_none",)), Scope("nobody"),
    ):  # fmt: skip
        allowed = {
            i.id for i in made
            if i.owner == scope.owner and (not scope.collections or i.collection in scope.collections)
            and (not scope.modalities or i.modality in scope.modalities)
            and ("< 200" not in scope.filter or i.metadata["price"] < 200)
            and ("390" not in scope.filter or (i.metadata["price"] >= 390 and i.metadata["kind"] == "a"))
        }  # fmt: skip
        for k in (1, 3, 50, 1000):
            for found in (store.dense(SPACE, noise(1, seed=k)[0], k, scope), store.lexical("common", k, scope)):
                assert len(found) == min(k, len(allowed))
                assert set(ids(found)) <= allowed


def test_no_question_crosses_owners(reopen):
    """Ann's secrets among Bob's items: whatever Bob asks, for however many, he gets his own and as many as there are."""
    store = reopen()
    vectors = noise(80)
    made = [item(f"{owner}-{n}", owner=owner, text=f"canary {owner} number {n}") for n in range(40) for owner in ("ann", "bob")]
    store.add(Batch(made, {SPACE: {i.id: v for i, v in zip(made, vectors, strict=True)}}))
    bob = Scope("bob")
    for k in (*range(1, 6), *range(37, 44), 1000):
        for place in (0, 1, k % 80):
            dense, lexical = store.dense(SPACE, vectors[place], k, bob), store.lexical("canary ann number 3", k, bob)
            assert len(dense) == len(lexical) == min(k, 40)
            assert all(hit.item_id.startswith("bob-") for hit in (*dense, *lexical))
    assert store.vectors(SPACE, [i.id for i in made], "bob").keys() == {f"bob-{n}" for n in range(40)}
    assert store.delete([i.id for i in made], "bob") == 40
    assert len(store.get([i.id for i in made], "ann")) == 40


@pytest.mark.parametrize("scope", [Scope(""), Scope("ann", filter="price <")])
def test_a_scope_without_owner_or_with_a_bad_filter_is_refused(store, scope):
    with pytest.raises(InvalidInput):
        store.dense(SPACE, unit(1), 3, scope)
    with pytest.raises(InvalidInput):
        store.lexical("word", 3, scope)


def test_metadata_change_without_words_and_vectors(store, reopen):
    assert store.dense(SPACE, unit(1), 9, Scope("ann", filter="n = 1")) == []
    assert store.change_metadata({"i1": {"n": 1, "名": "☂"}, "i2": {"n": 2}, "none": {}}, "ann") == 2
    assert store.change_metadata({"i1": {"n": 5}}, "bob") == 0
    for again in (lambda: store, reopen):
        opened = again()
        assert opened.get(["i1"], "ann")[0].metadata == {"n": 1, "名": "☂"}
        assert ids(opened.dense(SPACE, unit(1), 9, Scope("ann", filter="n = 1"))) == ["i1"]
        assert ids(opened.lexical("jacket", 9, Scope("ann", filter="n < 3"))) == ["i1"]
    with pytest.raises(InvalidInput):
        opened.change_metadata({"i1": {"n": float("nan")}}, "ann")


def test_vectors_and_frequencies(store):
    found = store.vectors(SPACE, ["i1", "none"], "ann")
    assert list(found) == ["i1"]
    assert found["i1"] == pytest.approx(unit(0, 1), abs=1e-3)
    assert found["i1"].dtype == np.float32
    total, counted = store.frequencies(["jacket", "夹克", "unheard"])
    assert (total, counted) == (4, {"jacket": 1, "夹克": 1, "unheard": 0})


def test_everything_survives_reopening_and_rebuilding(store, reopen):
    before = store.dense(SPACE, unit(1, 2, 3, 4), 4, HERE), store.lexical("jacket", 4, HERE)
    opened = reopen()
    assert (opened.dense(SPACE, unit(1, 2, 3, 4), 4, HERE), opened.lexical("jacket", 4, HERE)) == before
    opened.rebuild()
    assert (opened.dense(SPACE, unit(1, 2, 3, 4), 4, HERE), opened.lexical("jacket", 4, HERE)) == before
    assert [(space["name"], space["dimension"], space["vectors"]) for space in opened.status()] == [(SPACE, DIMENSION, 4)]


def test_items_without_a_vector_get_one_later(reopen):
    store = reopen()
    items = [item("a", modality="image"), item("b", modality="image"), item("c"), item("d", owner="bob", modality="image")]
    store.add(Batch(items, {SPACE: {"a": unit(1)}}))
    assert [found.id for found in store.lacking(SPACE, ("image",), 10)] == ["b", "d"]
    assert [found.id for found in store.lacking(SPACE, ("image",), 1, "b")] == ["d"]
    assert [found.id for found in store.lacking("new-1", ("image", "text"), 10)] == ["a", "b", "c", "d"]
    store.add_vectors(SPACE, {"a": unit(0, 1), "b": unit(0, 0, 1), "gone": unit(1)})
    assert [hit.item_id for hit in store.dense(SPACE, unit(0, 0, 1), 1, Scope("ann"))] == ["b"]
    assert store.vectors(SPACE, ["a"], "ann")["a"] == pytest.approx(unit(1), abs=1e-3), "what is there stays"
    assert [found.id for found in store.lacking(SPACE, ("image",), 10)] == ["d"]
    store.add_vectors(SPACE, {})
