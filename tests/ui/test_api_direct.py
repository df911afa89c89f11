"""A turn that names its tool over HTTP: `metadata.tool` and `metadata.arguments`, in both shapes of a turn, streamed or not."""

import json

import pytest
from api_app import ask, events, running

DRAW = {"prompt": "a red star", "width": 64, "height": 64, "seed": 0, "new": True}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("direct")) as client:
        yield client


def named(tool="generate_image", arguments=DRAW, **more):
    return {"metadata": {"tool": tool, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments), **more}}


def test_the_named_tool_runs_and_the_route_says_why(api):
    body = ask(api, "like this one", **named()).json()
    assert body["trace"]["plan"] == ["generate_image"]
    assert body["trace"]["route"][0]["reason"] == "asked for directly"
    (image,) = body["choices"][0]["message"]["images"]
    assert image["recipe"]["seed"] == 0


def test_arguments_may_be_an_object_and_the_answer_a_stream(api):
    extra = {"metadata": {"tool": "generate_image", "arguments": DRAW | {"seed": 1}}, "stream": True}
    traces = [chunk.get("trace", {}).get("event", {}) for chunk in events(ask(api, "draw", **extra)) if chunk != "[DONE]"]
    kinds = [event.get("type") for event in traces]
    assert "routed" in kinds
    previews = [event for event in traces if event.get("type") == "tool_preview"]
    assert all(event["tool"] == "generate_image" and event["media_type"] == "image/jpeg" for event in previews)
    assert previews, "nobody saw the drawing grow"


def test_in_a_conversation_and_in_the_other_shape(api):
    chat = api.post("/v1/conversations", json={}).json()["id"]
    body = {"model": "assistant", "input": "draw it", "conversation": chat, **named()}
    assert api.post("/v1/responses", json=body).status_code == 200
    answer = ask(api, "make it green", metadata={"conversation": chat}).json()
    assert answer["trace"]["steps"][0]["arguments"]["image"] == "image_1"


@pytest.mark.parametrize(
    ("metadata", "param"),
    [
        (named("paint")["metadata"], "metadata.tool"),
        ({"tool": 5}, "metadata.tool"),
        (named(arguments="{not json")["metadata"], "metadata.arguments"),
        (named(arguments="[1]")["metadata"], "metadata.arguments"),
        (named(arguments='{"prompt": NaN}')["metadata"], "metadata.arguments"),
        (named(arguments={"prompt": "a dog", "steps": 10_000})["metadata"], "metadata.arguments.steps"),
        (named(arguments={"prompt": "a dog", "steps": 0})["metadata"], "metadata.arguments.steps"),
        (named(arguments={"prompt": "a dog", "height": 20_000})["metadata"], "metadata.arguments.height"),
        (named(arguments={"prompt": "a dog", "size": 64})["metadata"], "metadata.arguments.size"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_does_not_fit_is_refused_with_its_name(api, metadata, param, stream):
    answer = ask(api, "draw", metadata=metadata, stream=stream)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["param"] == param
    assert error["hint"]
