import json
import random

import numpy as np
import pytest
from test_indexes import COUNT, DIMENSION, EVERY, filled, vectors

from retrieval.index_files import IndexFiles
from retrieval.inverted import Inverted


@pytest.fixture
def published(tmp_path):
    files = IndexFiles(tmp_path / "indexes", "library-a")
    index = filled()
    files.publish("words-1", index)
    return files, tmp_path / "indexes", index.search(vectors()[5], 10, EVERY)


def stored(keys):
    return keys, vectors()[(keys - 1) // 7]


def load(files):
    return files.load("words-1", DIMENSION, 3, COUNT, stored)


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


@pytest.mark.case("D07", "LLM08")
@pytest.mark.parametrize("seed", range(40))
def test_one_flipped_bit_is_always_noticed(published, seed):
    files, folder, _ = published
    path = next(folder.glob("*.faiss"))
    data = bytearray(path.read_bytes())
    chance = random.Random(seed)
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    assert load(files) is None


@pytest.mark.case("D07")
@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_truncation_is_noticed(published, length):
    files, folder, _ = published
    path = next(folder.glob("*.faiss"))
    path.write_bytes(path.read_bytes()[:length])
    assert load(files) is None


@pytest.mark.case("D07")
def test_missing_files_are_noticed(published):
    files, folder, _ = published
    next(folder.glob("*.faiss")).unlink()
    assert load(files) is None
    (folder / "words-1.json").unlink()
    assert load(files) is None


@pytest.mark.parametrize(
    "change",
    [
        {"dimension": 8},
        {"generation": 2},
        {"generation": 4},
        {"count": 59},
        {"space": "other"},
        {"library": "b"},
        {"format": 9},
        {"kind": "ivf"},
        {"probes": 0},
        {"probes": 2},
        {"built": 7},
    ],
)
def test_an_index_of_another_state_is_refused(published, change):
    files, folder, _ = published
    path = folder / "words-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert load(files) is None


@pytest.mark.case("D07")
def test_expectations_that_differ_from_an_intact_file_refuse_it(published):
    files, folder, _ = published
    assert files.load("words-1", DIMENSION, 4, COUNT, stored) is None
    assert files.load("words-1", DIMENSION, 3, COUNT + 1, stored) is None
    assert files.load("words-1", 8, 3, COUNT, stored) is None
    assert IndexFiles(folder, "library-b").load("words-1", DIMENSION, 3, COUNT, stored) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 1}', "\x00" * 50])
def test_a_broken_manifest_is_refused(published, text):
    files, folder, _ = published
    (folder / "words-1.json").write_text(text)
    assert load(files) is None
    assert isinstance(files.status("words-1"), dict)


@pytest.mark.case("D07")
def test_a_manifest_cannot_point_outside(published, tmp_path):
    files, folder, _ = published
    stolen = tmp_path / "stolen.faiss"
    next(folder.glob("*.faiss")).rename(stolen)
    path = folder / "words-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"file": "../stolen.faiss"}))
    assert load(files) is None


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
    assert files.load(space, DIMENSION, 3, COUNT, stored) is not None
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {tmp_path / "indexes"}


def test_an_inverted_index_is_published_with_its_measure_and_checked_alike(tmp_path):
    files = IndexFiles(tmp_path / "indexes", "library-a")
    index = Inverted.trained(vectors(), 4, stored)
    index.add(np.arange(COUNT, dtype=np.int64) * 7 + 1, vectors())
    index.generation, index.probes, index.built = 3, 2, COUNT
    files.publish("words-1", index)
    again = load(files)
    assert (again.kind, again.lists, again.probes, again.built) == ("ivf", 4, 2, COUNT)
    assert again.search(vectors()[5], 10, EVERY) == index.search(vectors()[5], 10, EVERY)
    path = tmp_path / "indexes" / "words-1.json"
    for change in ({"kind": "flat"}, {"kind": "hnsw"}, {"built": -1}):
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        assert load(files) is None
