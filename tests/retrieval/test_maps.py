"""The map of a collection: neighbours stay neighbours, what is kept is checked, and changes are followed without a new layout."""

import numpy as np
import pytest
from library_samples import HashedWords, open_library

from retrieval.items import Draft
from retrieval.maps import groups
from retrieval.maps.layout import flat, layout, nearest, neighbours, place
from retrieval.maps.points import aligned

TOPICS = {
    "boats": "sail harbour anchor wind mast deck keel rope", "bread": "flour oven yeast dough crust loaf butter salt",
    "birds": "wing feather nest beak song flight egg branch",
}  # fmt: skip


def drafts(topic, count, seed=0):
    random = np.random.default_rng(seed)
    known = TOPICS[topic].split()
    return [
        Draft(modality="text", title=f"{topic} {n}", text=" ".join(random.choice(known, 5, replace=False)) + f" {topic} number{seed}x{n}")
        for n in range(count)
    ]


@pytest.fixture
def library(tmp_path):
    opened = open_library(tmp_path / "data", embedders={"text_embedder": HashedWords()})
    opened.create_collection("things", "ann")
    for topic in TOPICS:
        opened.add_drafts(drafts(topic, 20), "things", "ann")
    yield opened
    opened.close()


def collection(library):
    return library.collection("things", "ann").id


def drawn(library):
    return library.maps.of(collection(library), "ann")


def topics(library, found):
    return [item.title.split()[0] for item in library.maps.items(found.ids, "ann")]


def blobs(count=60, centres=3, seed=0):
    random = np.random.default_rng(seed)
    middle = random.normal(size=(centres, 32))
    labels = np.arange(count) % centres
    vectors = middle[labels] + 0.3 * random.normal(size=(count, 32))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels


def test_neighbours_stay_neighbours():
    vectors, labels = blobs()
    plane = layout(vectors, neighbours(vectors))
    gaps = ((plane[:, None] - plane[None]) ** 2).sum(-1)
    np.fill_diagonal(gaps, np.inf)
    assert (labels[np.argsort(gaps, 1)[:, :5]] == labels[:, None]).mean() > 0.95


def test_a_layout_is_the_same_every_time():
    vectors, _ = blobs(40)
    graph = neighbours(vectors)
    assert np.array_equal(layout(vectors, graph), layout(vectors, graph))


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_a_handful_can_be_laid_out(count):
    vectors, _ = blobs(count, 1)
    plane = layout(vectors, neighbours(vectors))
    assert plane.shape == (count, 2)
    assert np.isfinite(plane).all()


def test_equal_vectors_are_laid_out():
    vectors = np.ones((30, 8), np.float32) / np.sqrt(8)
    places, _ = neighbours(vectors)
    assert (places != np.arange(30)[:, None]).all() or places.shape == (30, 15)
    assert np.isfinite(layout(vectors, neighbours(vectors))).all()


def test_one_dimension_is_flat():
    assert flat(np.array([[1.0], [2.0], [4.0]], np.float32)).shape == (3, 2)


def test_new_points_come_between_their_neighbours():
    vectors, labels = blobs(60)
    plane = layout(vectors[:50], neighbours(vectors[:50]))
    spots, first = place(vectors[50:], vectors[:50], plane)
    assert (labels[first] == labels[50:]).all()
    for spot, label in zip(spots, labels[50:], strict=True):
        mine, others = plane[labels[:50] == label], plane[labels[:50] != label]
        assert np.linalg.norm(mine - spot, axis=1).min() < np.linalg.norm(others - spot, axis=1).min()


def test_sorts_are_brought_together():
    vectors, _ = blobs(40, 2)
    offset = np.zeros(32, np.float32)
    offset[0] = 3
    apart = np.concatenate([vectors, vectors + offset])
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    kinds = np.repeat([0, 1], 40).astype(np.int8)
    places, _ = nearest(aligned(apart, kinds)[:40], aligned(apart, kinds)[40:], 1)
    moved = aligned(apart, kinds)
    together = np.einsum("ij,ij->i", moved[:40], moved[40:][places[:, 0]]).mean()
    assert together > np.einsum("ij,ij->i", apart[:40], apart[40:]).mean()


def test_groups_join_chains():
    places = np.array([[1], [2], [1], [0]])
    alike = np.array([[True], [True], [True], [False]])
    assert groups.same(places, alike).tolist() == [0, 0, 0, -1]


def test_heaps_are_regions():
    random = np.random.default_rng(1)
    plane = np.concatenate([random.normal((-5, 0), 0.3, (30, 2)), random.normal((5, 0), 0.3, (20, 2))]).astype(np.float32)
    found = groups.regions(plane)
    assert set(found[:30]) == {0}
    assert set(found[30:]) == {1}


def test_labels_tell_regions_apart():
    texts = ["Shows 画面: cat 猫 (likely 很可能). Colours 颜色: black 黑色.", "cat.jpg sleeping cat"] * 3 + [
        "a fast car",
        "car on a road",
    ] * 3
    found = groups.labels(texts, np.array([0] * 6 + [1] * 6, np.int32))
    assert found[0][0] == "cat"
    assert found[1][0] == "car"
    assert not {"jpg", "colours"} & {word for words in found for word in words}


def test_topics_become_regions_with_telling_words(library):
    found = drawn(library)
    assert len(found.ids) == found.total == 60
    assert np.abs(found.plane).max() <= 1
    of = topics(library, found)
    for topic in TOPICS:
        regions = {int(region) for region, known in zip(found.regions, of, strict=True) if known == topic and region >= 0}
        assert any(topic in found.labels[region] for region in regions)


def test_a_second_look_is_the_same_map_and_so_is_one_after_a_restart(library, tmp_path):
    first = drawn(library)
    assert np.array_equal(drawn(library).plane, first.plane)
    library.close()
    again = open_library(tmp_path / "data", embedders={"text_embedder": HashedWords()})
    try:
        assert np.array_equal(drawn(again).plane, first.plane)
    finally:
        again.close()


def test_a_damaged_file_is_not_believed(library, tmp_path, caplog):
    first = drawn(library)
    path = next((tmp_path / "data" / "indexes").glob("map-*.npz"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    library.maps._loaded.clear()
    assert drawn(library).ids == first.ids
    assert "made anew: damaged" in caplog.text
    path.write_bytes(b"")
    library.maps._loaded.clear()
    assert drawn(library).ids == first.ids


def test_new_items_do_not_move_the_others(library):
    before = drawn(library)
    library.add_drafts(drafts("boats", 4, seed=9), "things", "ann")
    after = drawn(library)
    assert after.ids[: len(before.ids)] == before.ids
    assert np.array_equal(after.plane[: len(before.ids)], before.plane)
    boats = [n for n, topic in enumerate(topics(library, before)) if topic == "boats"]
    middle = np.median(before.plane[boats], axis=0)
    others = np.median(np.delete(before.plane, boats, axis=0), axis=0)
    new = np.median(after.plane[len(before.ids) :], axis=0)
    assert np.linalg.norm(new - middle) < np.linalg.norm(new - others)


def test_what_is_deleted_is_gone(library):
    before = drawn(library)
    library.delete_item(before.ids[0], "ann")
    after = drawn(library)
    assert after.ids == before.ids[1:]
    assert np.array_equal(after.plane, before.plane[1:])


def test_a_collection_that_grew_by_half_is_laid_out_again(library):
    drawn(library)
    library.add_drafts(drafts("bread", 40, seed=5), "things", "ann")
    drawn(library)
    assert library.maps.wait(collection(library), 60)
    found = drawn(library)
    assert not found.arranging
    assert library.maps._loaded[collection(library)].arranged == 100


def test_a_large_collection_is_rough_until_it_is_arranged(library, monkeypatch):
    monkeypatch.setattr("retrieval.maps.service.AT_ONCE", 10)
    rough = drawn(library)
    assert len(rough.ids) == 60
    assert library.maps.wait(collection(library), 60)
    assert not drawn(library).arranging
    assert drawn(library).labels


def test_a_larger_collection_is_sampled_and_the_sample_stays(library, monkeypatch):
    monkeypatch.setattr("retrieval.maps.points.MOST", 20)
    first = drawn(library)
    assert (len(first.ids), first.total) == (20, 60)
    assert drawn(library).ids == first.ids


def test_nearly_equal_passages_are_grouped(library):
    words = "the very same sentence about a lighthouse on the northern coast"
    library.add_drafts([Draft(modality="text", title="copy", text=words) for _ in range(3)], "things", "ann")
    found = drawn(library)
    grouped = [group for item_id, group in zip(found.ids, found.duplicates.tolist(), strict=True)
               if library.item(item_id, "ann").title.startswith("copy")]  # fmt: skip
    assert len(set(grouped)) == 1
    assert grouped[0] >= 0


def test_a_copy_that_comes_later_joins_its_original(library):
    drawn(library)
    original = library.items("things", "ann", limit=1)[0]
    library.add_drafts([Draft(modality="text", title=original.title, text=original.text)], "things", "ann")
    found = drawn(library)
    group = dict(zip(found.ids, found.duplicates.tolist(), strict=True))
    assert group[original.id] == group[found.ids[-1]] >= 0


def test_an_empty_collection_and_one_item(library):
    library.create_collection("empty", "ann")
    empty = library.collection("empty", "ann").id
    assert library.maps.of(empty, "ann").ids == ()
    library.add_drafts([Draft(modality="text", title="one", text="only this")], "empty", "ann")
    assert library.maps.of(empty, "ann").plane.tolist() == [[0.0, 0.0]]


def test_nobody_sees_the_map_of_another(library):
    assert library.maps.of(collection(library), "bob").ids == ()


def test_maps_of_deleted_collections_are_removed(library, tmp_path):
    drawn(library)
    library.create_collection("other", "ann")
    library.add_drafts(drafts("birds", 5), "other", "ann")
    library.delete_collection("things", "ann")
    library.maps.of(library.collection("other", "ann").id, "ann")
    assert len(list((tmp_path / "data" / "indexes").glob("map-*.npz"))) == 1
