"""Models of other makers: named, found, pinned, kept within a budget, asked together."""

import contextlib
import json
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from retrieval.backends import call
from retrieval.faults import Busy, InvalidInput, NotInstalled, TooLarge, Unreadable
from retrieval.hosting import residency as residency_module
from retrieval.hosting.batching import Batcher
from retrieval.hosting.host import ModelHost
from retrieval.hosting.machine import machine
from retrieval.hosting.reference import parse
from retrieval.hosting.residency import Residency


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "a model"
    path.mkdir()
    save_file({"w": np.arange(1000, dtype=np.float32)}, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps({"model_type": "tiny"}))
    return path


@pytest.fixture
def host(tmp_path):
    return ModelHost(tmp_path / "cache", budget=10_000)


@pytest.mark.parametrize(("text", "where", "revision", "options"), [
    ("Qwen/Qwen3.5-0.8B", "Qwen/Qwen3.5-0.8B", "", {}),
    ("Qwen/Qwen3.5-0.8B@abc123?quantize=int4&device=cpu", "Qwen/Qwen3.5-0.8B", "abc123", {"quantize": "int4", "device": "cpu"}),
    ("/models/me@home?dtype=float32", "/models/me@home", "", {"dtype": "float32"}),
    ("~/models/clip", "~/models/clip", "", {}),
])  # fmt: skip
def test_a_reference_has_a_place_a_revision_and_options(text, where, revision, options):
    found = parse(text)
    assert (found.where, found.revision, found.options) == (where, revision, options)


@pytest.mark.parametrize("text", ["", "  ", "?dtype=float32", "org/name?colour=red"])
def test_a_reference_that_makes_no_sense_is_refused(text):
    with pytest.raises(InvalidInput):
        parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_reference_or_refused(text):
    with contextlib.suppress(InvalidInput):
        assert parse(text).where


def test_a_directory_is_found_with_its_size_and_hash(host, folder):
    weights = host.locate(f"{folder}?dtype=float32")
    assert weights.bytes == (folder / "model.safetensors").stat().st_size
    assert weights.config() == {"model_type": "tiny"}
    assert host.card(weights, "text_embedder").sha256 == host.files.sha256(folder / "model.safetensors")


def test_what_is_not_here_names_the_command_that_brings_it(host):
    with pytest.raises(NotInstalled, match="not on this machine") as caught:
        host.locate("org/never-pulled")
    assert "assistant models pull org/never-pulled" in caught.value.hint
    with pytest.raises(NotInstalled, match="no model at"):
        host.locate("/nowhere/at/all")


def test_pickled_weights_are_refused(host, folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InvalidInput, match=r"pytorch_model\.bin.*can run code"):
        host.locate(str(folder))
    assert host.locate(str(folder), patterns=("*.bin",)).files == (folder / "pytorch_model.bin",)


def test_a_changed_weight_file_is_not_loaded(host, folder):
    host.files.pin(str(folder), "0123abcd", folder)
    weights = host.locate(str(folder))
    with host.resident(weights, "it", lambda: "model").use() as model:
        assert model == "model"
    save_file({"w": np.zeros(1000, dtype=np.float32)}, folder / "model.safetensors")
    host.residency.unload()
    with pytest.raises(Unreadable, match="not the file that was pulled"), host.resident(weights, "it", lambda: "model").use():
        pass


def test_a_file_that_was_added_later_is_not_loaded(host, folder):
    host.files.pin(str(folder), "0123abcd", folder)
    weights = host.locate(str(folder))
    (folder / "more.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(Unreadable, match=r"more\.safetensors of .* is not the file that was pulled"):
        host.files.verify(weights)


def test_another_revision_than_the_one_that_was_pulled_has_to_be_pulled(host, folder):
    host.files.pin("org/tiny", "aaaa", folder)
    found = host.locate(str(folder))
    host.files.verify(replace(found, source="org/tiny", revision="aaaa"))
    with pytest.raises(Unreadable) as caught:
        host.files.verify(replace(found, source="org/tiny", revision="bbbb"))
    assert caught.value.hint.endswith("pull org/tiny@bbbb")


def test_the_same_model_is_loaded_once(host, folder):
    loads = []
    weights = host.locate(str(folder))
    one, other = (host.resident(weights, "it", lambda: loads.append(1) or object()) for _ in range(2))
    with one.use() as a, other.use() as b:
        assert a is b
    assert len(loads) == 1


def test_a_quantized_model_counts_less(host, folder):
    sizes = [
        host.size(host.locate(f"{folder}?{option}")) for option in ("dtype=float32", "dtype=bfloat16", "quantize=int8", "quantize=int4")
    ]
    assert sizes == [4600, 2300, 1265, 713], "1,000 numbers, and 15 percent more"


def test_the_dtype_that_is_asked_for_is_taken(host, folder):
    torch = pytest.importorskip("torch")
    assert host.dtype(host.locate(f"{folder}?dtype=bfloat16")) is torch.bfloat16
    with pytest.raises(InvalidInput, match="no dtype"):
        host.dtype(host.locate(f"{folder}?dtype=nn"))


def made(residency, name, size, loads):
    return residency.resident(name, lambda: loads.append(name) or name, size)


def test_what_was_not_used_for_longest_makes_room():
    loads, room = [], Residency(10)
    a, b, c = (made(room, name, 4, loads) for name in "abc")
    for one in (a, b, a, c):
        with one.use() as model:
            assert model == one.name
    assert room.loaded() == {"a": 4, "c": 4}
    assert loads == ["a", "b", "c"]


def test_a_model_in_use_is_never_unloaded(monkeypatch):
    monkeypatch.setattr(residency_module, "PATIENCE", 0.2)
    loads, room = [], Residency(10)
    with made(room, "a", 6, loads).use(), pytest.raises(Busy, match="no room for b"), made(room, "b", 6, loads).use():
        pass
    with made(room, "b", 6, loads).use():
        assert room.loaded() == {"b": 6}


def test_a_load_waits_until_there_is_room():
    loads, room, started = [], Residency(10), threading.Event()

    def work():
        with made(room, "a", 6, loads).use():
            started.set()
            time.sleep(0.2)

    worker = threading.Thread(target=work)
    worker.start()
    started.wait()
    with made(room, "b", 6, loads).use():
        assert room.loaded() == {"b": 6}
    worker.join()


@pytest.mark.parametrize(("quantizes", "told"), [(True, "quantize=int8"), (False, "Choose a smaller model")])
def test_a_load_that_cannot_fit_fails_with_what_would(quantizes, told):
    big = Residency(6 * 2**30).resident("big", object, 10 * 2**30, quantizes=quantizes)
    with pytest.raises(TooLarge, match=r"10\.0 GB.*6\.0 GB") as caught, big.use():
        pass
    assert told in caught.value.hint
    assert quantizes == ("quantize" in caught.value.hint)


def test_a_load_that_fails_leaves_no_trace():
    room, attempts = Residency(10), []

    def load():
        attempts.append(1)
        if len(attempts) == 1:
            raise Unreadable("broken")
        return "fine"

    one = room.resident("a", load, 4)
    with pytest.raises(Unreadable), one.use():
        pass
    assert room.loaded() == {}
    with one.use() as model:
        assert model == "fine"


def test_many_threads_load_a_model_once_and_stay_within_the_budget():
    loads, room, over = [], Residency(10), []

    def work(name):
        for _ in range(20):
            with made(room, name, 4, loads).use() as model:
                assert model == name
                if sum(room.loaded().values()) > 10:
                    over.append(name)

    workers = [threading.Thread(target=work, args=(name,)) for name in "abcabc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not over


def together(batcher, inputs, holder):
    """Ask for all `inputs` at once, while `holder` is being worked on; input -> answer, or the class of what was raised."""
    answers = {}

    def ask(given):
        try:
            answers[given] = batcher(given)
        except ArithmeticError as error:
            answers[given] = type(error)

    batcher.going = threading.Event()
    workers = [threading.Thread(target=ask, args=(given,)) for given in (holder, *inputs)]
    workers[0].start()
    while not batcher.sizes:
        time.sleep(0.001)
    for n, worker in enumerate(workers[1:], 1):
        worker.start()
        while len(batcher._waiting) < n:
            time.sleep(0.001)
    batcher.going.set()
    for worker in workers:
        worker.join(10)
    return answers


def batching(run, **options):
    """A batcher whose first call waits until it may go on."""

    def held(inputs):
        if len(batcher.sizes) == 1:
            batcher.going.wait(10)
        return run(inputs)

    batcher = Batcher(held, **options)
    return batcher


def test_calls_that_come_meanwhile_go_together():
    batcher = batching(lambda numbers: [2 * n for n in numbers], most=16)
    assert together(batcher, range(1, 9), 0) == {n: 2 * n for n in range(9)}
    assert list(batcher.sizes) == [1, 8]


def test_only_calls_with_the_same_key_go_together_and_no_more_than_allowed():
    seen = []
    batcher = batching(lambda words: seen.append(list(words)) or [w.upper() for w in words], most=2, key=len)
    together(batcher, ("a", "bb", "c", "d"), "first")
    assert seen == [["first"], ["a", "c"], ["bb"], ["d"]]


def test_one_bad_input_does_not_spoil_the_others():
    batcher = batching(lambda numbers: [1 / n for n in numbers], most=8)
    assert together(batcher, (1, 0, 2), 4) == {4: 0.25, 1: 1.0, 0: ZeroDivisionError, 2: 0.5}
    assert batcher(5) == 0.2, "and the next call finds nobody at work"


def test_a_caller_that_is_ended_leaves_the_others_to_go_on():
    def run(numbers):
        if 0 in numbers:
            raise KeyboardInterrupt
        return [-n for n in numbers]

    batcher = batching(run, most=1)
    batcher.going = threading.Event()
    batcher.going.set()
    with pytest.raises(KeyboardInterrupt):
        batcher(0)
    assert batcher(3) == -3


def test_this_machine_has_cores_and_memory():
    here = machine(accelerators=False)
    assert here.cores >= 1
    assert 0 < here.free <= here.memory


def test_a_back_end_gets_what_it_names():
    assert call(lambda *, cache_dir: cache_dir, cache_dir="x", models=None) == "x"
    assert call(lambda reference="": reference, reference="org/name") == "org/name"
    with pytest.raises(InvalidInput, match="takes no reference"):
        call(lambda *, cache_dir: cache_dir, reference="org/name", cache_dir="x")
