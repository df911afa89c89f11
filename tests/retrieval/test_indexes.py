import json
import random

import numpy as np
import pytest

from retrieval.indexes import Index, IndexFiles, allow

DIMENSION, COUNT = 16, 60


def vectors(count=COUNT, dimension=DIMENSION, seed=0):
    made = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float16).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def filled(dimension=DIMENSION, generation=3, seed=0):
    index = Index(dimension, generation)
    index.replace(np.arange(COUNT, dtype=np.int64) * 7 + 1, vectors(dimension=dimension, seed=seed))
    return index


EVERY = allow(np.arange(COUNT, dtype=np.int64) * 7 + 1)


@pytest.fixture
def published(tmp_path):
    files = IndexFiles(tmp_path / "indexes", "library-a")
    index = filled()
    files.publish("words-1", index)
    return files, tmp_path / "indexes", index.search(vectors()[5], 10, EVERY)


def load(files):
    return files.load("words-1", DIMENSION, 3, COUNT)


def test_nearest_come_first_and_agree_with_arithmetic():
    found = filled().search(vectors()[5], 10, EVERY)
    stored = vectors().astype(np.float16).astype(np.float32)
    expected = np.argsort(-(stored @ vectors()[5]))[:10]
    assert [key for key, _ in found] == [int(place) * 7 + 1 for place in expected]
    assert found[0][1] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("k", [1, 5, 60, 500])
def test_k_is_filled_from_the_allowed_only(k):
    keys = np.array([1, 8, 15, 400], np.int64)
    found = filled().search(vectors()[5], k, allow(keys))
    assert len(found) == min(k, 4)
    assert {key for key, _ in found} <= set(keys.tolist())
    assert filled().search(vectors()[5], k, allow(np.array([], np.int64))) == []


def test_replaced_and_removed_vectors_are_gone():
    index = filled()
    index.replace(np.array([1, 999], np.int64), np.stack([-vectors()[0], vectors()[0]]))
    assert len(index) == COUNT + 1
    every = allow(np.append(np.arange(COUNT, dtype=np.int64) * 7 + 1, 999))
    found = dict(index.search(vectors()[0], COUNT + 1, every))
    assert found[999] == pytest.approx(1, abs=1e-3)
    assert found[1] == pytest.approx(-1, abs=1e-3)
    index.remove(np.array([999, 12345], np.int64))
    assert 999 not in dict(index.search(vectors()[0], 100, every))
    assert Index(DIMENSION, 0).search(vectors()[0], 3, EVERY) == []


def test_a_published_index_comes_back_and_answers_the_same(published):
    files, folder, expected = published
    assert load(files).search(vectors()[5], 10, EVERY) == expected
    assert len(list(folder.glob("*.faiss"))) == 1
    assert files.status("words-1")["generation"] == 3


def test_publishing_again_replaces_the_old_file(published):
    files, folder, _ = published
    files.publish("words-1", filled(seed=1))
    files.publish("words-1-longer", filled(seed=2))
    assert len(list(folder.glob("*.faiss"))) == 2
    assert load(files) is not None


@pytest.mark.parametrize("seed", range(40))
def test_one_flipped_bit_is_always_noticed(published, seed):
    files, folder, _ = published
    path = next(folder.glob("*.faiss"))
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    assert load(files) is None


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_truncation_is_noticed(published, length):
    files, folder, _ = published
    path = next(folder.glob("*.faiss"))
    path.write_bytes(path.read_bytes()[:length])
    assert load(files) is None


def test_missing_files_are_noticed(published):
    files, folder, _ = published
    next(folder.glob("*.faiss")).unlink()
    assert load(files) is None
    (folder / "words-1.json").unlink()
    assert load(files) is None


@pytest.mark.parametrize(
    "change", [{"dimension": 8}, {"generation": 2}, {"generation": 4}, {"count": 59}, {"space": "other"}, {"library": "b"}, {"format": 9}]
)
def test_an_index_of_another_state_is_refused(published, change):
    files, folder, _ = published
    path = folder / "words-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert load(files) is None


def test_expectations_that_differ_from_an_intact_file_refuse_it(published):
    files, folder, _ = published
    assert files.load("words-1", DIMENSION, 4, COUNT) is None
    assert files.load("words-1", DIMENSION, 3, COUNT + 1) is None
    assert files.load("words-1", 8, 3, COUNT) is None
    assert IndexFiles(folder, "library-b").load("words-1", DIMENSION, 3, COUNT) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "\x00" * 50])
def test_a_broken_manifest_is_refused(published, text):
    files, folder, _ = published
    (folder / "words-1.json").write_text(text)
    assert load(files) is None
    assert isinstance(files.status("words-1"), dict)


def test_a_manifest_cannot_point_outside(published, tmp_path):
    files, folder, _ = published
    stolen = tmp_path / "stolen.faiss"
    next(folder.glob("*.faiss")).rename(stolen)
    path = folder / "words-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"file": "../stolen.faiss"}))
    assert load(files) is None


def test_bytes_that_are_another_kind_of_index_are_refused():
    import faiss

    for other in (faiss.IndexFlatL2(DIMENSION), faiss.IndexIDMap2(faiss.IndexFlatL2(DIMENSION)), faiss.IndexIDMap2(faiss.IndexFlatIP(8))):
        with pytest.raises(ValueError, match="kind"):
            Index.from_bytes(bytes(faiss.serialize_index(other)), DIMENSION, 1)
    with pytest.raises(ValueError, match="not an index"):
        Index.from_bytes(b"nonsense" * 10, DIMENSION, 1)


def test_a_failed_publish_leaves_the_old_one(published, monkeypatch):
    files, _, expected = published

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retrieval.blobs.os.fsync", refuse)
    with pytest.raises(OSError, match="space"):
        files.publish("words-1", filled(seed=1))
    monkeypatch.undo()
    assert load(files).search(vectors()[5], 10, EVERY) == expected


@pytest.mark.parametrize("space", ["../../etc", "a/b", "名", "x" * 300, "with space"])
def test_any_space_name_stays_in_the_folder(tmp_path, space):
    files = IndexFiles(tmp_path / "indexes", "a")
    files.publish(space, filled())
    assert files.load(space, DIMENSION, 3, COUNT) is not None
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "indexes"}
