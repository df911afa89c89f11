"""Reading where a conversation stands from its messages."""

from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from assistant.reflex.situation import read_situation

PICTURE = {"handle": "image_1", "file_id": "file-1", "modality": "image", "media_type": "image/png", "name": "sign.png"}


def call(name, **arguments):
    return AIMessage("", tool_calls=[{"name": name, "args": arguments, "id": f"call_{name}"}])


def result(name, **artifact):
    return ToolMessage("text", tool_call_id=f"call_{name}", name=name, artifact=artifact)


def human(words, media=(), **more):
    return HumanMessage(words, additional_kwargs={"words": words, "language": "en", "media": list(media), **more})


def test_nothing_said_yet():
    assert read_situation([SystemMessage("rules")]).words == ""


def test_this_turn_and_what_came_before():
    shown = [{"handle": "image_2", "modality": "image", "caption": "a dog", "file_id": "f", "media_type": "image/png"}]
    found = read_situation([
        human("what is this", [PICTURE]), call("look", question="?"), result("look", answer="A sign."), AIMessage("A sign."),
        human("draw a dog", collections=[{"name": "default", "items": 3}]), call("generate_image", prompt="a dog"),
        result("generate_image", shown=shown),
    ])  # fmt: skip
    assert found.words == "draw a dog"
    assert [m.handle for m in found.earlier] == ["image_1"]
    assert [m.handle for m in found.media] == ["image_1", "image_2"]
    assert found.previous_words == "what is this"
    assert found.previous_answer == "A sign."
    assert found.previous_outcomes[0].tool == "look"
    assert found.outcomes[0].arguments == {"prompt": "a dog"}
    assert found.collections[0]["name"] == "default"


def test_failed_results_and_missing_artifacts():
    bad = ToolMessage("It broke. Try again.", tool_call_id="call_look", name="look", status="error")
    found = read_situation([human("what is this"), call("look"), bad])
    assert found.outcomes[0].failed
    assert found.outcomes[0].evidence == []


def test_plain_messages_without_our_conventions():
    found = read_situation([HumanMessage("画一只猫\n[image_1: a.png]")])
    assert found.words == "画一只猫"
    assert found.language == "zh"
