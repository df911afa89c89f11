"""Every tool keeps the same promises: a schema a model can fill, faults with hints, values that travel, a stop that is heard."""

import json

import pytest
from pydantic import ValidationError
from tool_samples import NoText, make_kit, remember, turn

from retrieval.faults import Cancelled, Fault
from tools.base import Tool, ToolResult
from tools.registry import create_all, names

CALLS = {
    "search": {"query": "warranty"}, "find_similar": {"query": "a red circle"}, "generate_image": {"prompt": "a red circle", "width": 64, "height": 64},
    "edit_image": {"instruction": "make it blue"}, "look": {"question": "what colour is it?"}, "read_document": {"question": "what is it about?"},
    "analyze_emotion": {"text": "I am happy"}, "transcribe": {}, "speak": {"text": "Hello."}, "control_device": {"action": "status", "device": "thermostat"},
    "remember": {"action": "recall", "text": "my cat"}, "repeat_image": {}, "show_image": {},
}  # fmt: skip
WITHOUT_MEDIA = {"edit_image", "look", "read_document", "repeat_image", "show_image", "transcribe"}
"""Need a medium of the conversation: without one they say so."""


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    for kit in make_kit(tmp_path_factory.mktemp("tools"), recognizer=NoText()):
        remember(kit, ("Warranty", "The warranty lasts two years."))
        yield kit, create_all(kit)


@pytest.fixture(params=names())
def each(request, tools):
    kit, made = tools
    return kit, made[request.param]


def test_it_is_a_tool_with_a_name_a_sentence_and_a_cost(each):
    _, tool = each
    assert isinstance(tool, Tool)
    assert tool.name in CALLS
    assert 30 < len(tool.description) < 300
    assert tool.description.endswith(".")
    assert tool.cost in ("fast", "moderate", "slow")


def test_every_argument_is_described_and_bounded(each):
    _, tool = each
    schema = tool.arguments.model_json_schema()
    for name, field in schema["properties"].items():
        assert field.get("description"), name
        bounds = json.dumps(field)
        assert any(word in bounds for word in ("maxLength", "aximum", "maxItems", "enum", "boolean", "$ref")), f"{name} has no bound"


def test_a_call_gives_a_result_that_travels(each):
    kit, tool = each
    context = turn(kit)
    arguments = tool.arguments(**CALLS[tool.name])
    if tool.name in WITHOUT_MEDIA:
        with pytest.raises(Fault) as caught:
            tool.run(arguments, context)
        assert caught.value.code == "missing_media"
        return
    result = tool.run(arguments, context)
    assert result.text
    assert ToolResult.model_validate_json(result.model_dump_json()) == result
    for shown in result.shown:
        assert context.find(shown.handle).file_id == shown.file_id
    assert [e.number for e in context.evidence] == list(range(1, len(context.evidence) + 1))


def test_too_long_words_are_refused_by_the_schema(each):
    _, tool = each
    text = next((n for n, f in tool.arguments.model_fields.items() if f.annotation is str), None)
    assert text is not None
    with pytest.raises(ValidationError):
        tool.arguments(**{**CALLS[tool.name], text: "x" * 100_000})


def test_a_stopped_turn_is_not_begun(each):
    kit, tool = each
    context = turn(kit)
    context.cancel.set()
    with pytest.raises(Fault) as caught:
        tool.run(tool.arguments(**CALLS[tool.name]), context)
    assert isinstance(caught.value, Cancelled) or tool.name in WITHOUT_MEDIA


def test_sentences_follow_the_language_of_the_turn(each):
    kit, tool = each
    if tool.name in {*WITHOUT_MEDIA, "search"}:
        pytest.skip("says nothing of its own in this call")
    result = tool.run(tool.arguments(**CALLS[tool.name]), turn(kit, "zh"))
    assert any("\u4e00" <= c <= "\u9fff" for c in result.answer or result.text)
