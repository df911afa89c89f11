"""Every way an OpenAI-compatible server can fail, against a real one: refusals, waiting, silence, answers that break off."""

import logging
import socket
import time

import pytest
from awkward_server import Reply
from pydantic import BaseModel

from assistant.chat_models import openai_http
from retrieval.faults import Busy, InvalidInput, NotAllowed, NotFound, TimedOut, Unavailable


@pytest.fixture
async def create():
    made = []

    def create(reference, **more):
        made.append(openai_http.create(reference, **({"timeout": 10} | more)))
        return made[-1]

    yield create
    for model in made:
        await model.aclose()


@pytest.fixture
async def model(server, create):
    return create(f"{server.address}#tiny", api_key="secret-key")


async def test_a_server_that_failed_once_is_asked_again(server, model):
    server.behaviour = "500_once"
    assert model.invoke("hi").text == "It is sunny [1]."
    assert len(server.seen) == 2


async def test_retry_after_is_honoured(server, model):
    server.behaviour = "429_once"
    started = time.monotonic()
    assert "".join([c.text async for c in model.astream("hi")]) == "It is sunny [1]."
    assert 1.0 <= time.monotonic() - started < 5
    assert len(server.seen) == 2


async def test_a_wait_that_is_too_long_is_told_at_once(server, model):
    server.behaviour = "429_for_long"
    started = time.monotonic()
    with pytest.raises(Busy) as caught:
        await model.ainvoke("hi")
    assert time.monotonic() - started < 2
    assert "300 s" in caught.value.hint
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400", InvalidInput),
        ("401", NotAllowed),
        ("403", NotAllowed),
        ("404", NotFound),
        ("422", InvalidInput),
        ("429", Busy),
        ("500", Unavailable),
    ],
)
async def test_a_refusal_is_a_fault_with_a_hint(server, create, monkeypatch, caplog, status, kind):
    caplog.set_level(logging.DEBUG, "assistant")
    monkeypatch.setattr(openai_http, "RETRIES", 0)
    model = create(f"{server.address}#tiny", api_key="secret-key")
    server.behaviour = status
    with pytest.raises(kind) as caught:
        await model.ainvoke("hi")
    assert caught.value.hint
    assert "secret-key" not in str(caught.value.to_dict()) + caplog.text
    with pytest.raises(kind):
        [chunk async for chunk in model.astream("hi")]


async def test_nobody_listening_is_unavailable(create):
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    model = create(f"http://127.0.0.1:{port}/v1#tiny")
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        model.invoke("hi")
    assert "assistant.toml" in caught.value.hint
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("behaviour", ["hang", "stall"])
async def test_a_server_that_falls_silent_is_a_time_out(server, create, monkeypatch, behaviour):
    monkeypatch.setattr(openai_http, "RETRIES", 0)
    server.behaviour = behaviour
    model = create(f"{server.address}#tiny", timeout=0.4)
    with pytest.raises(TimedOut):
        [chunk async for chunk in model.astream("hi")]
    with pytest.raises(TimedOut):
        list(model.stream("hi"))


@pytest.mark.parametrize("behaviour", ["break_off", "error_at_once"])
async def test_an_answer_that_breaks_off_is_unavailable(server, model, behaviour):
    server.behaviour = behaviour
    with pytest.raises(Unavailable):
        list(model.stream("hi"))
    with pytest.raises(Unavailable):
        [chunk async for chunk in model.astream("hi")]


@pytest.mark.parametrize("behaviour", ["html", "null_choices"])
async def test_an_answer_that_is_no_completion_is_unavailable(server, model, behaviour):
    server.behaviour = behaviour
    with pytest.raises(Unavailable) as caught:
        await model.ainvoke("hi")
    assert "/v1" in caught.value.hint


class City(BaseModel):
    """A city."""

    name: str


async def test_a_structured_answer_in_another_form_is_a_fault(server, model):
    server.brain = lambda body: Reply(words=("Bonn is nice",))
    with pytest.raises(Unavailable):
        await model.with_structured_output(City).ainvoke("Bonn?")
    server.brain = lambda body: Reply(words=('{"name": "Bo',), finish="length")
    with pytest.raises(InvalidInput):
        await model.with_structured_output(City).ainvoke("Bonn?")


async def test_offline_no_other_machine_is_asked(create, server):
    model = create("http://192.0.2.1:9/v1#far", offline=True)
    started = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        await model.ainvoke("hi")
    assert caught.value.code == "offline"
    assert time.monotonic() - started < 1
    assert create(f"{server.address}#near", offline=True).invoke("hi").text == "It is sunny [1]."
