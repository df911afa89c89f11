"""Every reranker keeps the same promises."""

import json
import subprocess
import sys
import threading

import numpy as np
import pytest
import tiny_encoders
from tiny_encoders import host

from retrieval import backends
from retrieval.faults import Fault, NotInstalled

NAMES = [name for name in backends.names("retrieval.rerankers") if name != "none"]
TEXTS = ["The warranty lasts two years.", "保修两年。", "", "A" * 20_000, "http://127.0.0.1:9/a.png"]


@pytest.fixture(scope="module", params=NAMES)
def reranker(request, tmp_path_factory):
    model = tiny_encoders.cross_encoder(tmp_path_factory.mktemp("model"))
    return backends.call(
        backends.load("retrieval.rerankers", request.param), reference=model, models=host(tmp_path_factory.mktemp("cache"))
    )


def test_a_finite_score_for_each_text_in_their_order(reranker):
    scores = reranker.score("how long is the warranty?", TEXTS)
    assert (scores.shape, scores.dtype) == ((len(TEXTS),), np.float32)
    assert np.isfinite(scores).all()
    assert len(set(scores.tolist())) == len(TEXTS), "the texts are told apart"
    assert reranker.score("how long is the warranty?", TEXTS[::-1])[::-1] == pytest.approx(scores, abs=1e-5)
    assert reranker.score("保修多久？", TEXTS) != pytest.approx(scores, abs=1e-5), "the query is read too"


def test_nothing_gives_nothing(reranker):
    assert reranker.score("anything", []).shape == (0,)


def test_threads_share_it(reranker):
    expected, found = reranker.score("two years", TEXTS), []
    threads = [threading.Thread(target=lambda: found.append(reranker.score("two years", TEXTS))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert all(scores == pytest.approx(expected, abs=1e-5) for scores in found)


def test_the_card_says_what_it_is(reranker):
    assert reranker.card.role == "reranker"
    assert reranker.card.sha256
    assert reranker.card.limits


@pytest.mark.parametrize("name", NAMES)
def test_a_model_that_is_not_here_is_named_with_what_to_do(name, tmp_path):
    made = backends.call(backends.load("retrieval.rerankers", name), reference="nobody/nothing", models=host(tmp_path))
    assert "nobody/nothing" in made.card.name + made.card.limits
    with pytest.raises(NotInstalled) as caught:
        made.score("a", ["b"])
    assert caught.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_a_classifier_is_no_reranker(name, tmp_path):
    model = tiny_encoders.cross_encoder(tmp_path / "three", labels=3)
    made = backends.call(backends.load("retrieval.rerankers", name), reference=model, models=host(tmp_path))
    with pytest.raises(Fault) as caught:
        made.score("a", ["b"])
    assert "3 classes" in caught.value.message


@pytest.mark.parametrize("name", NAMES)
def test_importing_and_creating_loads_nothing_heavy(name):
    code = (
        f"import sys, json, pathlib; from retrieval.rerankers.{name} import create; from retrieval.hosting.host import ModelHost;"
        "create('org/name', models=ModelHost(pathlib.Path('/nonexistent')));"
        "print(json.dumps([m for m in ('torch', 'transformers', 'sentence_transformers', 'tokenizers') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_none_is_no_reranker():
    assert backends.load("retrieval.rerankers", "none")() is None
