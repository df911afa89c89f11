import threading

import numpy as np

from assistant import build, early
from assistant.profiles import Models
from assistant.settings import Settings
from retrieval.faults import Unavailable


class Encoder:
    space, modalities = "minilm-test", frozenset({"text"})

    def __init__(self, fails=None):
        self.embedded, self._fails = threading.Event(), fails

    def embed(self, contents):
        self.embedded.set()
        if self._fails is not None:
            raise self._fails
        return np.zeros((len(contents), 384), np.float32)


def begun(monkeypatch, settings, encoder):
    monkeypatch.setattr(early, "load", lambda package, name: lambda cache_dir, reference="": encoder)
    return early.begin(settings)


def test_the_bundled_encoder_loads_while_others_import(monkeypatch):
    encoder = Encoder()
    assert begun(monkeypatch, Settings(), encoder) == {("minilm", ""): encoder}
    assert encoder.embedded.wait(10)


def test_another_encoder_waits_for_its_turn(monkeypatch):
    encoder = Encoder()
    assert begun(monkeypatch, Settings(models=Models(text_embedder="sentence_transformers:some/model")), encoder) == {}
    assert not encoder.embedded.is_set()


def test_what_does_not_load_is_left_to_the_warm_up(monkeypatch):
    encoder = Encoder(Unavailable("No room.", hint="Make room."))
    assert begun(monkeypatch, Settings(), encoder)
    assert encoder.embedded.wait(10)


def test_it_is_the_one_that_everything_uses(tmp_path):
    encoder = Encoder()
    found = build.open_embedders(Settings(cache_dir=tmp_path), None, None, {("minilm", ""): encoder})
    found["text_embedder"].embed([])
    assert encoder.embedded.is_set()
