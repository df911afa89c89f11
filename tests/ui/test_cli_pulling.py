"""`assistant plan` and `assistant models pull`, run as a person runs them, against a hub on this machine and without any."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from hub_server import COMMIT, hub
from safetensors.numpy import save

from assistant.profiles import FOR_WHOM, KNOWN, PROFILES

WEIGHTS = save({"w": np.arange(1000, dtype=np.float32)})
MODELS = {
    "org/tiny": {
        "config.json": b'{"model_type": "bert"}', "model.safetensors": WEIGHTS, "pytorch_model.bin": b"pickle" * 1000, "README.md": b"# tiny",
        "model.fp16.safetensors": WEIGHTS,
    },
}  # fmt: skip


@pytest.fixture
def assistant(tmp_path):
    def run(*arguments, **environment):
        home = {"HF_HOME": str(tmp_path / "hub"), "ASSISTANT_CACHE_DIR": str(tmp_path / "cache"), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        unset = {name: value for name, value in os.environ.items() if "OFFLINE" not in name}
        return subprocess.run(
            [sys.executable, "-m", "ui.cli.main", *arguments], env={**unset, **home, **environment}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    return run


def test_every_model_of_a_profile_is_described():
    named = {use.partition(":")[2] for models in PROFILES.values() for _, use in models if "/" in use}
    assert named <= KNOWN.keys()
    assert FOR_WHOM.keys() == PROFILES.keys()
    assert all(getattr(models, role) for models in PROFILES.values() for role in type(models).model_fields)


def test_a_plan_says_what_fits_before_anything_is_downloaded(assistant):
    found = json.loads(assistant("plan", "large", "--json", OFFLINE="1", ASSISTANT_LIMITS_MODEL_BYTES=str(10**9)).stdout)
    assert found["verdict"] == "no"
    assert found["download"] > 30 * 10**9
    assert {m["source"]: m["fits"] for m in found["models"]}["Qwen/Qwen3.5-9B"] == "no"
    shown = assistant("plan", "small", OFFLINE="1").stdout
    assert "Qwen/Qwen3.5-0.8B" in shown
    assert "Apache-2.0" in shown
    assert "To download: 9.2 GB" in shown


def test_a_model_is_pulled_pinned_and_found_without_the_hub(assistant, tmp_path):
    with hub(MODELS) as server:
        looked = assistant("models", "pull", "org/tiny", "--dry-run", "--json", HF_ENDPOINT=server.address)
        assert json.loads(looked.stdout)["models"][0] | {"bytes": 0, "missing": 0} == {
            "source": "org/tiny", "revision": COMMIT, "licence": "mit", "files": 2, "bytes": 0, "missing": 0, "path": "",
        }  # fmt: skip
        assert not any(command == "GET" and "resolve" in path for command, path in server.asked), "a dry run downloads nothing"
        pulled = assistant("models", "pull", "org/tiny", "--yes", HF_ENDPOINT=server.address)
        assert f"pinned at {COMMIT[:12]}" in pulled.stdout, pulled.stderr
        assert not [path for _, path in server.asked if path.endswith((".bin", ".fp16.safetensors"))], "no pickle, no second copy"
    pins = json.loads((tmp_path / "cache" / "models.lock.json").read_text())
    assert pins["org/tiny"]["revision"] == COMMIT
    assert list(pins["org/tiny"]["files"]) == ["config.json", "model.safetensors"]
    code = "from pathlib import Path; from retrieval.hosting.host import ModelHost; w = ModelHost(Path({!r})).locate('org/tiny'); print(w.revision, w.parameters)"
    found = subprocess.run(
        [sys.executable, "-c", code.format(str(tmp_path / "cache"))], capture_output=True, text=True, check=True,
        env={**os.environ, "HF_HOME": str(tmp_path / "hub"), "HF_ENDPOINT": "http://127.0.0.1:9"},
    )  # fmt: skip
    assert found.stdout.split() == [COMMIT, "1000"]


def test_what_the_hub_does_not_give_is_said(assistant):
    with hub(MODELS, gated=("org/gated",)) as server:
        missing = assistant("models", "pull", "org/none", "--yes", HF_ENDPOINT=server.address)
        assert "no model 'org/none'" in missing.stderr
        assert "accept" in assistant("models", "pull", "org/gated", "--yes", HF_ENDPOINT=server.address).stderr
    assert missing.returncode == 1


def test_a_hub_that_is_silent_is_not_waited_for(assistant):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        found = assistant("models", "pull", "small", "--dry-run", HF_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}")
        took = time.monotonic() - started
    assert found.returncode == 1
    assert "does not answer" in found.stderr
    assert "Qwen/Qwen3.5-0.8B" in found.stdout, "what is known without the hub is shown"
    assert took < 30, "one attempt of four seconds, not five"


def test_a_hub_library_that_is_switched_offline_is_named(assistant):
    with hub(MODELS) as server:
        found = assistant("models", "pull", "org/tiny", "--yes", HF_ENDPOINT=server.address, HF_HUB_OFFLINE="1")
        assert server.asked == []
    assert "HF_HUB_OFFLINE" in found.stderr


def test_offline_asks_nobody(assistant):
    with hub(MODELS) as server:
        found = assistant("models", "pull", "org/tiny", "--yes", HF_ENDPOINT=server.address, OFFLINE="1")
        assert server.asked == []
    assert found.returncode == 1
    assert "offline" in found.stderr


@pytest.mark.parametrize(("name", "said"), [("tiny", "no profile 'tiny'"), ("bundled", "nothing to download")])
def test_names_that_bring_nothing(assistant, name, said):
    found = assistant("models", "pull", name)
    assert found.returncode == 1
    assert said in found.stderr
