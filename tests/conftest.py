"""Fixtures that every test may use: a scratch data directory, an environment that no person's settings leak into, no pickles."""

import os

import pickle_guard
import postgres_server
import pytest
from hypothesis import settings

pickle_guard.watch()
settings.register_profile("untimed", deadline=None)  # the first example loads a word list, and no test asserts a time
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("ASSISTANT_") and name != "ASSISTANT_CACHE_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OFFLINE", "1")


@pytest.fixture(autouse=True)
def _no_pickles():
    before = len(pickle_guard.seen)
    yield
    assert pickle_guard.seen[before:] == []


@pytest.fixture
def address():
    """Of a fresh database in PostgreSQL."""
    server = postgres_server.server()
    made = server.database()
    yield made
    server.drop(made)


@pytest.fixture(scope="session")
def ray_models(tmp_path_factory):
    """A real Ray with the bundled back-ends as replicas, once for all tests that want it."""
    pytest.importorskip("ray", reason="models on Ray Serve need ray: make test-grown")
    from ray_models import running

    with running(tmp_path_factory.mktemp("ray")) as models:
        yield models
