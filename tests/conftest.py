"""Fixtures that every test may use: a scratch data directory, and an environment that no person's settings leak into."""

import os

import pytest


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith("ASSISTANT_") and name != "ASSISTANT_CACHE_DIR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OFFLINE", "1")
