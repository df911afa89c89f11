"""`assistant doctor` with a chat model on a server: true about one that is there, dead, silent, or of another name, and never waiting long."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from awkward_server import AwkwardServer
from library_samples import CACHE

from assistant.chat_models.openai_http import create
from assistant.doctor import REACH_SECONDS
from assistant.fallback import Fallback
from retrieval.faults import NotAllowed, NotFound, TimedOut, Unavailable


@pytest.fixture(scope="module")
def server():
    with AwkwardServer() as made:
        yield made


@pytest.fixture(autouse=True)
def calm(server):
    server.reset()


@pytest.fixture
def silent():
    """The address of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@contextmanager
def chat(reference, **more):
    made = create(reference, **more)
    try:
        yield made
    finally:
        asyncio.run(made.aclose())


def reached(reference, seconds=REACH_SECONDS, **more):
    with chat(reference, **more) as model:
        return model.reach(seconds)


def dead():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@pytest.mark.parametrize("listed", [["m"], ["other", "m:latest"]])
def test_a_server_that_lists_the_model_is_asked_no_more(server, listed):
    server.models = listed
    assert reached(f"{server.address}#m") == ""
    assert server.seen == []


@pytest.mark.parametrize("listed", [None, [], ["another"]])
def test_a_model_that_is_not_listed_is_asked_for_a_word(server, listed):
    server.models = listed
    assert "does not list 'm', but answers" in reached(f"{server.address}#m")
    assert len(server.seen) == 1


def test_what_is_wrong_is_said(server, silent):
    server.behaviour = "404"
    with pytest.raises(NotFound, match="has no model 'm'"):
        reached(f"{server.address}#m")
    server.behaviour = "401"
    with pytest.raises(NotAllowed, match="refused the key"):
        reached(f"{server.address}#m")
    with pytest.raises(Unavailable, match="No chat model answers"):
        reached(f"{dead()}#m")
    began = time.monotonic()
    with pytest.raises(TimedOut, match="did not answer in time"):
        reached(f"{silent}#m", 0.5)
    assert time.monotonic() - began < REACH_SECONDS, "asked once, with the time that was given"
    with pytest.raises(Unavailable, match="offline"):
        reached("http://models.example/v1#m", offline=True)


def test_a_row_of_chat_models_works_when_one_does(server):
    server.models = ["m"]
    with chat(f"{dead()}#first") as missing, chat(f"{server.address}#m") as there:
        row = Fallback(models=(missing, there), patience=1.0, profile=there.profile)
        assert "No chat model answers" in row.reach(REACH_SECONDS)
        with pytest.raises(Unavailable):
            Fallback(models=(missing, missing), patience=1.0, profile=there.profile).reach(REACH_SECONDS)


def doctor(chat_model, **more):
    """(exit code, role -> check, what went to standard error)."""
    set_so = {"ASSISTANT_CACHE_DIR": str(CACHE), "OFFLINE": "1", "ASSISTANT_MODELS_CHAT_MODEL": chat_model, **more}
    command = [sys.executable, "-m", "ui.cli.main", "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **set_so}, timeout=240)
    return done.returncode, {check["role"]: check for check in json.loads(done.stdout).get("checks", ())}, done.stdout


def test_a_silent_server_is_not_waited_for_twice(silent):
    code, checks, _ = doctor(f"openai_http:{silent}#m", ASSISTANT_MODELS_VQA="chat_model")
    assert code == 1
    assert not checks["chat_model"]["works"]
    assert "did not answer in time" in checks["chat_model"]["note"]
    assert checks["chat_model"]["ms"] < 1000 * (REACH_SECONDS + 1)
    assert (checks["vqa"]["works"], checks["vqa"]["note"]) == (False, checks["chat_model"]["note"])
    assert checks["vqa"]["ms"] < 100
    assert checks["text_embedder"]["works"]


def test_no_server_is_named():
    code, _, said = doctor("openai_http", OPENAI_BASE_URL="", OLLAMA_BASE_URL="")
    assert code == 1
    assert "No server is named for the chat model" in said
    assert "OPENAI_BASE_URL" in said
