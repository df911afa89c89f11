"""Which models are served elsewhere, what is deployed for them, and that the default has nothing to do with it."""

import subprocess
import sys

import pytest

from assistant.cluster import Cluster
from assistant.model_runtime import address, deployment, deployments, ensure, is_served, plan
from assistant.planning import absent
from assistant.settings import Models, Settings, read
from retrieval.faults import InvalidInput, Unavailable
from retrieval.serving.deployment import Deployment
from retrieval.serving.plan import Plan


def test_the_default_is_this_process():
    assert not any(is_served(Settings(), role) for role in Models.model_fields)
    ensure(Settings())


def test_the_default_loads_nothing_of_it():
    code = "import sys, assistant.build; print([m for m in ('ray', 'retrieval.serving.served', 'retrieval.serving.cluster') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_each_backend_is_deployed_once():
    found = {one.name: one for one in deployments(Settings())}
    assert set(found) == {
        "text_embedder", "image_embedder", "image_generator", "transcriber", "text_emotion", "voice_emotion", "face_emotion"
    }  # fmt: skip
    assert deployment(Settings(), "audio_embedder").name == "image_embedder"
    one_space = Settings(models=Models(text_embedder="senses"))
    assert {deployment(one_space, role).name for role in ("text_embedder", "image_embedder", "audio_embedder")} == {"text_embedder"}
    assert all(one.trial for one in found.values())


def test_what_has_no_model_stays_here():
    settings = Settings(models_runtime="ray", models=Models(image_generator="shapes", transcriber="wyoming:tcp://127.0.0.1:10300"))
    assert [is_served(settings, role) for role in ("image_generator", "transcriber", "reranker", "chat_model", "text_embedder")] == [
        False, False, False, False, True,
    ]  # fmt: skip


def test_models_of_the_cluster_need_not_be_on_this_machine():
    chosen = Models(text_embedder="sentence_transformers:nobody/nothing", transcriber="transformers:nobody/nothing")
    assert set(absent(Settings(models=chosen))) == {"nobody/nothing"}
    assert absent(Settings(models=chosen, models_runtime="ray")) == {}


def test_an_identity_is_that_of_the_model():
    here = deployment(Settings(), "text_embedder").identity
    assert here == deployment(Settings(cluster=Cluster(encoder_replicas="4")), "text_embedder").identity
    assert here != deployment(Settings(models=Models(text_embedder="minilm_int8")), "text_embedder").identity


def test_capacity_is_what_the_settings_say():
    settings = Settings(cluster=Cluster(encoder_replicas="2-6", encoder_gpus=0.25, encoder_cpus=1.5, target_calls=8))
    room = deployment(settings, "text_embedder").capacity
    assert (room.least, room.most, room.gpus, room.cpus, room.target) == (2, 6, 0.25, 1.5, 8)
    assert deployment(settings, "transcriber").capacity.gpus == 0


def test_plans_are_files(tmp_path):
    made = plan(Settings(cache_dir=tmp_path))
    assert Plan.model_validate_json(made.model_dump_json()) == made
    one = made.deployments[0]
    assert Deployment.model_validate_json(one.model_dump_json()) == one


@pytest.mark.parametrize("given", ["two", "0", "3-2", "2-"])
def test_replicas_are_a_number_or_two(given):
    with pytest.raises(InvalidInput) as caught:
        read({"cluster.encoder_replicas": given}, environ={})
    assert caught.value.param == "cluster.encoder_replicas"


@pytest.mark.parametrize("given", ["rays", "ray:", "ray:models:8100", "ray:http://ann:secret@models:8100", "ray://models:10001"])
def test_a_runtime_that_is_none_is_refused(given):
    with pytest.raises(InvalidInput):
        read({"models_runtime": given}, environ={})


def test_the_environment_sets_the_table():
    found = read({}, environ={"ASSISTANT_CLUSTER_PORT": "8200", "ASSISTANT_MODELS_RUNTIME": "ray"})
    assert address(found) == "http://127.0.0.1:8200"
    assert found.sources["cluster.port"] == "environment ASSISTANT_CLUSTER_PORT"


def test_offline_means_this_machine():
    assert address(Settings(models_runtime="ray:http://localhost:8100", offline=True)) == "http://localhost:8100"
    assert address(Settings(models_runtime="ray:http://models:8100")) == "http://models:8100"
    with pytest.raises(InvalidInput):
        address(Settings(models_runtime="ray:http://models:8100", offline=True))


def test_a_server_does_not_start_without_its_models():
    settings = Settings(models_runtime="ray:http://127.0.0.1:9", cluster=Cluster(start_seconds=0.1))
    with pytest.raises(Unavailable) as caught:
        ensure(settings)
    assert "assistant cluster up" in caught.value.hint
