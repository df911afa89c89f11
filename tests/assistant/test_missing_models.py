"""Models that the settings name and that are not here, or are not what was pulled: the rest works, and readiness says which."""

import pytest

from assistant.build import build
from assistant.settings import read
from retrieval.faults import InvalidInput, NotInstalled
from ui.api.app import create_app


def made(folder, **flags):
    return build(read({"data_dir": folder / "data", "sample": False, **flags}, environ={"OFFLINE": "1"}, file=folder / "none.toml"))


@pytest.mark.case("M01")
def test_it_starts_without_a_model_that_is_missing_and_says_so(tmp_path):
    from fastapi.testclient import TestClient

    app = create_app(made(tmp_path, **{"models.reranker": "cross_encoder:nobody/absent"}))
    with TestClient(app, base_url="http://localhost") as client:
        told = client.get("/readyz")
        while told.json()["status"] == "loading":
            told = client.get("/readyz")
        assert (told.status_code, told.json()["status"]) == (503, "model_missing")
        assert told.json()["parts"]["models"].startswith("failed: model_missing nobody/absent")
        assert told.headers["retry-after"]
        asked = {"model": "assistant", "messages": [{"role": "user", "content": "hello"}]}
        assert client.post("/v1/chat/completions", json=asked).status_code == 200


@pytest.mark.case("M01")
def test_it_does_not_start_without_the_model_that_everything_is_stored_with(tmp_path):
    with pytest.raises(NotInstalled) as caught:
        made(tmp_path, **{"models.text_embedder": "sentence_transformers:nobody/absent"})
    assert "assistant models pull" in caught.value.hint


@pytest.mark.case("M01", "LLM03")
def test_pickled_half_and_changed_models_are_refused_as_the_servers_trouble(tmp_path):
    import numpy as np
    from safetensors.numpy import save_file

    from retrieval.faults import Unreadable
    from retrieval.hosting.host import ModelHost
    from retrieval.hosting.hosted import Hosted

    host, folder = ModelHost(tmp_path / "cache"), tmp_path / "model"
    folder.mkdir()
    (folder / "model.pt").write_bytes(b"\x80\x04cos\nsystem\n")
    hosted = Hosted(host, str(folder), "reranker")
    with pytest.raises(InvalidInput) as pickled:
        hosted.weights  # noqa: B018 - the look is the test
    assert (pickled.value.status, host.troubles) == (503, {str(folder): "no_safetensors"})

    save_file({"w": np.zeros(1000, np.float32)}, folder / "model.safetensors")
    host.files.pin(str(folder), "0123abcd", folder)
    whole = (folder / "model.safetensors").read_bytes()
    for damaged in (whole[:2000], whole[:-1] + b"\x01"):
        (folder / "model.safetensors").write_bytes(damaged)
        host.residency.unload()
        with pytest.raises(Unreadable) as changed, Hosted(host, str(folder), "reranker").resident("it", lambda weights: 1).use():
            pass
        assert changed.value.status == 503
        assert host.troubles[str(folder)] in ("weights_changed", "weights_damaged")
    (folder / "model.safetensors").write_bytes(whole)
    with Hosted(host, str(folder), "reranker").resident("it", lambda weights: "well").use() as model:
        assert model == "well"
    assert host.troubles == {}
