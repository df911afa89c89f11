"""`assistant cluster`, and a server whose models are there: what is printed, and that no turn is lost with a replica."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest
from library_samples import CACHE

from retrieval.lock import running_server
from retrieval.serving import cluster

SECONDS = 240
"""Generous: two cores, and others on them."""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def environment(**more):
    return {**os.environ, "ASSISTANT_CACHE_DIR": str(CACHE), "OFFLINE": "1", **more}


def assistant(*arguments, **more):
    """(exit code, standard output, standard error) of a command."""
    command = [sys.executable, "-m", "ui.cli.main", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(**more), timeout=SECONDS)
    return done.returncode, done.stdout, done.stderr


def until(true):
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.3)


def test_where_nothing_is_served_it_says_how_to_start():
    port = str(free_port())
    for command in ("status", "down"):
        code, _, err = assistant("cluster", command, "--port", port)
        assert code == 1
        assert "assistant cluster up" in err
    code, out, _ = assistant("cluster", "status", "--port", port, "--json")
    assert (code, json.loads(out)["error"]["code"]) == (1, "models_unavailable")


def test_doctor_says_that_the_models_do_not_answer():
    where = f"ray:http://127.0.0.1:{free_port()}"
    code, out, _ = assistant("doctor", "--json", ASSISTANT_MODELS_RUNTIME=where)
    [check] = json.loads(out)["checks"]
    assert code == 1
    assert (check["role"], check["backend"], check["works"]) == ("models", "ray", False)
    assert "assistant cluster up" in check["note"]


def test_offline_means_this_machine():
    code, out, _ = assistant("doctor", "--json", ASSISTANT_MODELS_RUNTIME="ray:http://models.example:8100")
    assert code == 1
    assert "another machine" in json.loads(out)["checks"][0]["note"]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """(port, what `cluster up` printed) of the bundled profile with two text encoders."""
    pytest.importorskip("ray", reason="models on Ray Serve need ray: make test-grown")
    port = free_port()
    code, out, err = assistant("cluster", "up", "--port", str(port), "--json", **REPLICAS)
    assert code == 0, err
    yield port, json.loads(out)
    cluster.stop(CACHE.absolute(), port)


REPLICAS = {"ASSISTANT_CLUSTER_ENCODER_REPLICAS": "2", "ASSISTANT_CLUSTER_START_SECONDS": str(SECONDS)}


def replicas(port, name):
    """Process ids of a deployment's replicas."""
    found = set()
    for process in psutil.Process(cluster.running(CACHE.absolute(), port).pid).children(recursive=True):
        try:
            if f"ServeReplica:{name}:" in " ".join(process.cmdline()):
                found.add(process.pid)
        except psutil.Error:  # it just ended
            continue
    return found


@pytest.fixture(scope="module")
def server(models, tmp_path_factory):
    """Address of a server whose models are on Ray."""
    folder = tmp_path_factory.mktemp("served") / "data"
    arguments = ["serve", "--port", "0", "--models", f"ray:http://127.0.0.1:{models[0]}", "--data-dir", str(folder)]
    process = subprocess.Popen([sys.executable, "-m", "ui.cli.main", *arguments], env=environment(), stdout=subprocess.DEVNULL)
    try:
        until(lambda: process.poll() is not None or running_server(folder) is not None)
        address = running_server(folder)[0]
        until(lambda: httpx.get(f"{address}/readyz", timeout=30, trust_env=False).is_success)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def turn(address, question):
    body = {"model": "assistant", "messages": [{"role": "user", "content": question}]}
    return httpx.post(f"{address}/v1/chat/completions", json=body, timeout=120, trust_env=False)


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_up_deploys_what_the_profile_names_and_status_shows_it(models):
    port, shown = models
    names = {"text_embedder", "image_embedder", "image_generator", "transcriber", "text_emotion", "voice_emotion", "face_emotion"}
    assert {row["name"] for row in shown["deployments"]} == names
    code, out, _ = assistant("cluster", "status", "--port", str(port), "--json")
    found = json.loads(out)
    assert (code, found["ok"]) == (0, True)
    assert {row["name"]: row["running"] for row in found["deployments"]}["text_embedder"] == 2
    code, _, err = assistant("cluster", "up", "--port", str(port))
    assert (code, "already" in err) == (1, True)


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_no_turn_fails_when_a_replica_is_killed(models, server):
    port, ended, answers = models[0], threading.Event(), []

    def talk(person):
        number = 0
        while not ended.is_set():
            number += 1
            answer = turn(server, f"What does the warranty cover? Person {person} asks for the {number}. time.")
            answers.append((answer.status_code, answer.json()["choices"][0]["message"]["content"] if answer.is_success else answer.text))

    with ThreadPoolExecutor(4) as people:
        for person in range(4):
            people.submit(talk, person)
        try:
            until(lambda: len(answers) > 8)
            before = replicas(port, "text_embedder")
            os.kill(min(before), signal.SIGKILL)
            killed = len(answers)
            until(lambda: len(replicas(port, "text_embedder") - before) == 1)
            until(lambda: len(answers) > killed + 8)
        finally:
            ended.set()
    assert {code for code, _ in answers} == {200}, [text for code, text in answers if code != 200][:3]
    assert all(text for _, text in answers)


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_server_outlives_its_models_and_goes_on_with_new_ones(models, server):
    port = models[0]
    code, out, _ = assistant("doctor", "--json", ASSISTANT_MODELS_RUNTIME=f"ray:http://127.0.0.1:{port}")
    assert code == 0, out
    assert {check["role"]: check["works"] for check in json.loads(out)["checks"]}["models"]
    assert assistant("cluster", "down", "--port", str(port))[0] == 0
    away = turn(server, "How long does the battery of the lantern last?")
    assert (away.status_code, away.json()["error"]["code"]) == (503, "models_unavailable")
    assert int(away.headers["Retry-After"]) > 0
    assert assistant("cluster", "up", "--port", str(port), **REPLICAS)[0] == 0
    assert "60 hours" in turn(server, "How long does the camp lantern last?").json()["choices"][0]["message"]["content"]


@pytest.mark.slow
@pytest.mark.xdist_group("ray")
def test_a_server_starts_a_ray_of_its_own_and_ends_it(tmp_path):
    pytest.importorskip("ray", reason="models on Ray Serve need ray: make test-grown")
    port, folder = free_port(), tmp_path / "data"
    given = environment(ASSISTANT_CLUSTER_PORT=str(port), ASSISTANT_MODELS_IMAGE_GENERATOR="shapes", **REPLICAS)
    process = subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "serve", "--port", "0", "--models", "ray", "--data-dir", str(folder)], env=given,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: process.poll() is not None or running_server(folder) is not None)
        until(lambda: httpx.get(f"{running_server(folder)[0]}/readyz", timeout=30, trust_env=False).is_success)
        head = cluster.running(CACHE.absolute(), port)
        assert "60 hours" in turn(running_server(folder)[0], "How long does the camp lantern last?").text
    finally:
        process.kill()
        process.wait(30)
    until(lambda: not psutil.pid_exists(head.pid) or psutil.Process(head.pid).status() == "zombie")
    until(lambda: cluster.running(CACHE.absolute(), port) is None)
