import numpy as np
import pytest

from retrieval.index_building import Truth
from retrieval.indexes import Index, allow
from retrieval.inverted import FEW, Inverted, lists_for

DIMENSION, COUNT = 32, 3000


def clustered(count=COUNT, seed=0):
    """Unit vectors around a hundred centres, as sentences lie."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(100, DIMENSION))
    made = centres[chance.integers(0, 100, count)] + 0.5 * chance.normal(size=(count, DIMENSION))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made.astype(np.float16).astype(np.float32)


KEYS = np.arange(COUNT, dtype=np.int64) * 3 + 1
VECTORS = clustered()
EVERY = allow(KEYS)


def stored(keys):
    there = np.sort(keys[np.isin(keys, KEYS)])
    return there, VECTORS[(there - 1) // 3]


@pytest.fixture(scope="module")
def index():
    made = Inverted.trained(VECTORS[:1500], lists_for(COUNT), stored)
    made.add(KEYS, VECTORS)
    truth = Truth(VECTORS, np.random.default_rng(0))
    truth.see(KEYS[:1000], VECTORS[:1000])
    truth.see(KEYS[1000:], VECTORS[1000:])
    while truth.recall(made, made.probes) < 0.99:
        made.probes *= 2
    return made


@pytest.fixture(scope="module")
def exact():
    made = Index(DIMENSION, 0)
    made.add(KEYS, VECTORS)
    return made


def recall(index, exact, allowed, k=10):
    found = total = 0
    for query in clustered(50, seed=5):
        true = {key for key, _ in exact.search(query, k, allowed)}
        got = index.search(query, k, allowed)
        assert len(got) == len(true), "k are found whenever k match"
        assert [score for _, score in got] == sorted((score for _, score in got), reverse=True)
        found, total = found + len(true & {key for key, _ in got}), total + len(true)
    return found / total


def test_the_number_of_lists_grows_with_the_root():
    assert [lists_for(count) for count in (0, 1, 3000, 100_000, 1_000_000)] == [1, 1, 64, 256, 1024]


def test_the_nearest_are_found_with_their_exact_cosines(index, exact):
    assert index.probes < index.lists
    assert recall(index, exact, EVERY) >= 0.98
    query = clustered(1, seed=7)[0]
    got, true = index.search(query, 5, EVERY), exact.search(query, 5, EVERY)
    assert [key for key, _ in got] == [key for key, _ in true]
    assert [score for _, score in got] == pytest.approx([score for _, score in true], abs=1e-3)


@pytest.mark.parametrize("share", [2, 3, 4, 5])
def test_filters_cost_no_recall(index, exact, share):
    assert COUNT // share > FEW
    assert recall(index, exact, allow(KEYS[::share])) >= 0.98


@pytest.mark.parametrize("count", [1, 7, FEW])
def test_few_allowed_are_exact(index, exact, count):
    chosen = np.random.default_rng(count).permutation(KEYS)[:count]
    assert recall(index, exact, allow(np.append(chosen[: FEW - 1], 10**6))) == 1


def test_allowed_ones_far_from_the_query_are_found_all_the_same(index, exact):
    query = clustered(1, seed=7)[0]
    far = KEYS[np.argsort(VECTORS @ query)[: FEW + 100]]
    found = index.search(query, 20, allow(far))
    assert len(found) == 20
    assert {key for key, _ in found} <= set(far.tolist())


@pytest.mark.parametrize("k", [0, 1, 100, COUNT, COUNT + 5])
def test_any_k(index, k):
    assert len(index.search(clustered(1, seed=3)[0], k, EVERY)) == min(k, COUNT)


def test_nothing_allowed_and_nothing_stored(index):
    query = clustered(1)[0]
    assert index.search(query, 5, allow(np.array([], np.int64))) == []
    assert index.search(query, 5, allow(np.array([10**6]))) == []
    assert Inverted.trained(VECTORS[:64], 4, stored).search(query, 5, EVERY) == []


def test_one_list_is_exhaustive(exact):
    compact = Inverted.trained(VECTORS[:100], 1, stored)
    compact.add(KEYS, VECTORS)
    assert recall(compact, exact, EVERY) >= 0.995


def test_what_is_no_longer_stored_is_not_found():
    kept = KEYS[::2]
    index = Inverted.trained(VECTORS[:200], 4, lambda keys: stored(keys[np.isin(keys, kept)]))
    index.add(KEYS, VECTORS)
    assert {key for key, _ in index.search(VECTORS[1], 10, EVERY)} <= set(kept.tolist())
    index.remove(KEYS[1::2])
    assert len(index) == len(kept)


def test_another_kind_of_index_is_refused():
    import faiss

    untrained = faiss.index_factory(DIMENSION, "IVF4,SQ8", faiss.METRIC_INNER_PRODUCT)
    for other in (untrained, faiss.IndexFlatIP(DIMENSION), faiss.index_factory(8, "IVF4,SQ8", faiss.METRIC_INNER_PRODUCT)):
        with pytest.raises(ValueError, match="kind"):
            Inverted(DIMENSION, 1, stored, other)


def test_it_tells_its_keys(index):
    assert np.array_equal(np.sort(index.keys()), KEYS)
    assert Inverted.trained(VECTORS[:1500], 4, stored).keys().tolist() == []
