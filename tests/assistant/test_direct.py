"""Turns that name their tool: with the bundled chat model and with a language model, kept, and refused when the call does not fit."""

import base64
import io
import json

import pytest
import pytest_asyncio
from awkward_server import AwkwardServer, Reply
from PIL import Image

from assistant.build import build
from assistant.direct import read_call
from assistant.events import Finished, Routed, ShownMedia, ToolFinished, ToolPreview
from assistant.previews import SIDE, preview
from assistant.settings import read
from assistant.turns import Call, Turn
from retrieval.content import Content
from retrieval.faults import InvalidInput

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def assistant(tmp_path_factory):
    made = build(read({"data_dir": tmp_path_factory.mktemp("direct") / "data", "sample": False, "models.image_generator": "shapes"}))
    await made.start()
    yield made
    await made.close()


async def run(assistant, words, **more):
    turn = Turn(contents=(Content.from_text(words),), **more)
    return [event async for event in assistant.run(turn)]


def only(events, kind):
    return [event for event in events if isinstance(event, kind)]


DRAW = Call(tool="generate_image", arguments={"prompt": "a red star", "width": 64, "height": 64, "seed": 0, "new": True})


async def test_the_named_tool_runs_whatever_the_words_say(assistant):
    chat = assistant.conversations.create("local").id
    events = await run(assistant, "What does the warranty cover?", conversation=chat, call=DRAW)
    (routed,), (finished,) = only(events, Routed), only(events, ToolFinished)
    assert routed.plan == ("generate_image",)
    assert routed.route[0].reason == "asked for directly"
    assert (finished.tool, finished.ok, finished.arguments) == ("generate_image", True, DRAW.arguments)
    assert only(events, ShownMedia)[0].media.recipe.seed == 0
    assert isinstance(events[-1], Finished)
    answer = assistant.conversations.messages(chat, "local")[-1]
    assert answer.trace["plan"] == ["generate_image"]
    events = await run(
        assistant,
        "画红一点",
        conversation=chat,
        call=Call(tool="edit_image", arguments={"instruction": "make it green", "image": "image_1"}),
    )
    assert only(events, Routed)[0].route[0].reason == "直接指定了要做什么"
    assert only(events, ShownMedia)[0].media.recipe.parents
    events = await run(assistant, "make it blue", conversation=chat)  # the turn after it goes on from there
    assert only(events, ToolFinished)[0].arguments["image"] == "image_2"


async def test_a_named_tool_that_refuses_opens_no_question(assistant):
    place = assistant.resolve((), "local")[0]

    def opened():
        return [question.text for question in assistant.library.faq.questions.all(place, "local")]

    await run(assistant, "What is the capital of Peru?", call=Call(tool="search", arguments={"query": "capital of Peru"}))
    assert opened() == []
    await run(assistant, "What is the capital of Peru?")
    assert opened() == ["What is the capital of Peru?"]


async def test_turns_side_by_side_keep_their_own_calls(assistant):
    import asyncio

    colours = ("red", "blue", "green")
    calls = [Call(tool="generate_image", arguments=DRAW.arguments | {"prompt": f"a {colour} star"}) for colour in colours]
    found = await asyncio.gather(*(run(assistant, "draw", call=call) for call in calls))
    assert [only(events, ShownMedia)[0].media.recipe.prompt for events in found] == [f"a {colour} star" for colour in colours]


async def test_what_does_not_fit_is_refused_with_its_name(assistant):
    assert read_call(assistant.tools, "generate_image", {"prompt": "a dog", "seed": 0}).arguments["seed"] == 0
    for tool, arguments, param in (
        ("draw", {}, "metadata.tool"),
        ("generate_image", {"prompt": "a dog", "steps": 0}, "metadata.arguments.steps"),
        ("generate_image", {"prompt": "a dog", "width": 20_000}, "metadata.arguments.width"),
        ("edit_image", {"instruction": "red", "picture": "image_1"}, "metadata.arguments.picture"),
        ("look", {}, "metadata.arguments.question"),
    ):
        with pytest.raises(InvalidInput) as raised:
            read_call(assistant.tools, tool, arguments)
        assert raised.value.param == param
        assert raised.value.hint


def brain(body):
    """A language model that would search, and repeats what a tool told it."""
    newest = body["messages"][-1]
    if newest["role"] == "tool":
        return Reply(words=(f"The tool said: {newest['content'][:40]}",))
    return Reply(calls=(("search", {"query": "warranty"}),))


async def test_a_language_model_is_not_asked_which_tool(tmp_path, assistant):
    with AwkwardServer(brain) as server:
        made = build(read({"data_dir": tmp_path / "data", "sample": False, "models.chat_model": f"openai_http:{server.address}#near",
                           "models.image_generator": "shapes"}))  # fmt: skip
        await made.start()
        try:
            events = await run(made, "again", call=DRAW)
        finally:
            await made.close()
    assert [event.tool for event in only(events, ToolFinished)] == ["generate_image"]
    assert events[-1].text.startswith("The tool said: Here is")


async def test_a_drawing_is_seen_while_it_grows_only_when_somebody_watches(assistant, monkeypatch):
    big = Content(modality="image", media_type="image/png", data=png(900, 300))
    tool = assistant.tools["generate_image"]
    run_before = type(tool).run

    def shows(self, args, context):
        if context.preview is not None:
            context.preview(2, big)
        return run_before(self, args, context)

    monkeypatch.setattr(type(tool), "run", shows)
    assert only(await run(assistant, "draw", call=DRAW), ToolPreview) == []
    (seen,) = [e for e in only(await run(assistant, "draw", call=DRAW, watched=True), ToolPreview) if e.number == 2]
    assert seen.tool == "generate_image"
    with Image.open(io.BytesIO(base64.b64decode(seen.data))) as image:
        assert (image.format, max(image.size)) == ("JPEG", SIDE)


async def test_a_small_picture_is_not_enlarged_for_its_preview():
    found = preview("generate_image", 0, Content(modality="image", media_type="image/png", data=png(40, 30)))
    with Image.open(io.BytesIO(base64.b64decode(found.data))) as image:
        assert image.size == (40, 30)
    assert json.loads(found.model_dump_json())["type"] == "tool_preview"


def png(width, height):
    out = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 200, 30, 120)).save(out, "PNG")
    return out.getvalue()
