"""Whole turns of the bundled chat model, with tools acted out by their results."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from reflex_samples import FAQ, JACKET, PICTURE, WARRANTY, cache, minilm

from assistant.chat_models.reflex import create
from assistant.reflex.conversation import asked_before
from retrieval.catalogue import language_of, say

NAMES = (
    "search", "find_similar", "generate_image", "edit_image", "look", "read_document", "analyze_emotion", "transcribe", "speak",
    "control_device",
)  # fmt: skip
PHOTO = {"handle": "image_1", "file_id": "file-1", "modality": "image", "media_type": "image/png", "name": "photo.png"}
MEMO = {"handle": "audio_1", "file_id": "file-2", "modality": "audio", "media_type": "audio/wav", "name": "memo.wav"}


def bound(names: tuple[str, ...] = NAMES) -> list[dict[str, Any]]:
    return [
        {"type": "function", "function": {"name": n, "description": n, "parameters": {"type": "object", "properties": {}}}} for n in names
    ]


class Chat:
    """A conversation in which the tools answer from a table."""

    def __init__(self, results: dict[str, Any] | None = None, names: tuple[str, ...] = NAMES) -> None:
        self.model = create("", embedder=minilm(), cache_dir=cache(), timeout=30)
        self.results = results or {}
        self.names = names
        self.messages: list[BaseMessage] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def say(self, words: str, *media: dict[str, Any]) -> AIMessage:
        extra = {
            "words": words, "language": language_of(words), "media": list(media),
            "collections": [{"id": "vs_1", "name": "My documents", "items": 4}],
        }  # fmt: skip
        self.messages.append(HumanMessage(words, id=f"msg_{len(self.messages)}", additional_kwargs=extra))
        self.calls = []
        while True:
            answer = self.model.invoke(self.messages, tools=bound(self.names))
            self.messages.append(answer)
            if not answer.tool_calls:
                return answer
            call = answer.tool_calls[0]
            self.calls.append((call["name"], call["args"]))
            self.messages.append(self._act(call))

    def _act(self, call: Any) -> ToolMessage:
        found = self.results.get(call["name"], {"answer": f"<{call['name']}>"})
        if isinstance(found, str):
            return ToolMessage(found, tool_call_id=call["id"], name=call["name"], status="error", artifact={"error": {"hint": "h"}})
        artifact = {"text": "t", "answer": "", "evidence": [], "shown": [], "data": {}, "refused": False} | found
        return ToolMessage(artifact["text"], tool_call_id=call["id"], name=call["name"], artifact=artifact)


def search(*evidence: dict[str, Any]) -> dict[str, Any]:
    return {"search": {"evidence": list(evidence)}}


def test_a_question_is_answered_with_its_mark_and_the_route_is_told() -> None:
    chat = Chat(search(WARRANTY))
    answer = chat.say("What does the warranty cover?")
    assert answer.text == "“The warranty covers defects of material.” [1]"
    first = next(m for m in chat.messages if isinstance(m, AIMessage))
    assert first.response_metadata["route"]["plan"] == ["search"]
    assert first.response_metadata["route"]["route"][0]["tool"] == "search"
    assert "route" not in answer.response_metadata


def test_unsupported_questions_are_refused() -> None:
    answer = Chat(search(WARRANTY, FAQ)).say("What is the capital of Peru?")
    assert answer.response_metadata["refused"] is True
    assert "My documents" in answer.text
    assert "Closest" in answer.text


def test_two_tools_in_one_turn() -> None:
    shown = [{"handle": "image_1", "modality": "image", "caption": "a blue dog", "file_id": "f", "media_type": "image/png"}]
    chat = Chat({"generate_image": {"answer": "Here is a blue dog.", "shown": shown}, "speak": {"answer": "Spoken."}})
    answer = chat.say("draw a blue dog and read the caption aloud")
    assert [name for name, _ in chat.calls] == ["generate_image", "speak"]
    assert chat.calls[1][1]["text"] == "a blue dog"
    assert answer.text == "Here is a blue dog.\n\nSpoken."


def test_find_and_cost() -> None:
    chat = Chat(search(JACKET))
    assert chat.say("find a red jacket and tell me what it costs").text == "Red rain jacket costs 49.90 [3]."
    assert chat.calls == [("search", {"query": "red jacket"})]


def test_a_found_picture_is_looked_at() -> None:
    chat = Chat(search(PICTURE))
    chat.say("find a picture of a sailing boat and describe it")
    assert [name for name, _ in chat.calls] == ["search", "look"]
    assert chat.calls[1][1]["image"] == "item_4"


def test_missing_arguments_are_asked_for_and_the_answer_is_understood() -> None:
    chat = Chat()
    asked = chat.say("draw")
    assert asked.text == "What should I draw?"
    assert asked.response_metadata["asked"] == "generate_image"
    chat.say("a blue dog")
    assert chat.calls == [("generate_image", {"prompt": "a blue dog"})]


def test_a_picture_sent_after_being_asked_for() -> None:
    chat = Chat()
    assert chat.say("what does the sign say?").text == "Which picture do you mean? Attach one and ask again."
    chat.say("here", PHOTO)
    assert chat.calls[0] == ("look", {"question": "what does the sign say?", "image": "image_1"})


def test_a_new_request_after_a_question_back_is_not_its_answer() -> None:
    chat = Chat(search(WARRANTY))
    chat.say("draw")
    chat.say("what does the warranty cover?")
    assert chat.calls[0][0] == "search"


def test_follow_ups_keep_the_subject() -> None:
    chat = Chat(search(JACKET))
    chat.say("how much does the red rain jacket cost?")
    assert chat.say("and what colour is it?").text == "Red rain jacket: colour red [3]."
    assert "red rain jacket" in chat.calls[0][1]["query"]


def test_a_bare_why_is_honest() -> None:
    chat = Chat(search(JACKET))
    chat.say("how much does the red rain jacket cost?")
    assert chat.say("why?").text == say("assistant", "en", "unsure.bundled")
    assert chat.calls == []


def test_the_second_one() -> None:
    second = PICTURE | {"number": 2, "hit": PICTURE["hit"] | {"item": PICTURE["hit"]["item"] | {"id": "item_2"}}}
    chat = Chat(search(PICTURE, second))
    chat.say("show me pictures of a sailing boat")
    chat.say("describe the second one")
    assert chat.calls[0][1]["image"] == "item_2"


def test_a_failed_tool_stops_the_plan_and_says_what_to_do() -> None:
    chat = Chat({"transcribe": "The recording is empty. Record it again."})
    answer = chat.say("transcribe this and tell me how she feels", MEMO)
    assert [name for name, _ in chat.calls] == ["transcribe"]
    assert "Record it again." in answer.text
    assert "write down speech" in answer.text


@pytest.mark.parametrize("words", ["hello", "what can you do?", "book a flight to Rome", "你好", "你能做什么", "讲个笑话"])
def test_talk_calls_nothing(words: str) -> None:
    chat = Chat()
    answer = chat.say(words)
    assert answer.text
    assert chat.calls == []
    assert answer.response_metadata["route"]["plan"] == []


def test_only_bound_tools_are_called() -> None:
    chat = Chat(names=("search",))
    answer = chat.say("draw a blue dog")
    assert chat.calls == []
    assert "generate_image" in answer.text


def test_what_cannot_be_done_is_said_beside_what_was() -> None:
    answer = Chat({"control_device": {"answer": "The lamp is on."}}).say("book a flight and turn on the lamp")
    assert answer.text == "The lamp is on.\n\nI cannot do this part: “book a flight”."


def test_a_spoken_command_is_not_transcribed_again() -> None:
    chat = Chat()
    chat.say("turn on the light in the kitchen", MEMO)
    assert chat.calls[0][0] == "control_device"
    assert chat.calls[0][1]["area"] == "kitchen"


def test_the_same_conversation_goes_the_same_way() -> None:
    ids = set()
    for _ in range(2):
        chat = Chat(search(WARRANTY))
        chat.say("What does the warranty cover?")
        ids.add(str([m.tool_calls for m in chat.messages if isinstance(m, AIMessage)]))
    assert len(ids) == 1


def test_questions_back_are_recognised_in_both_languages() -> None:
    assert asked_before("要我画什么？") == "generate_image"
    assert asked_before("Done.\n\nWhat should I draw?") == "generate_image"
    assert asked_before("The warranty is two years.") == ""


@pytest.mark.parametrize(("more", "told"), [("tell me a joke", True), ("what is your name", True), ("thank you", False)])
def test_what_is_asked_beside_a_command_is_answered(more: str, told: bool) -> None:
    chat = Chat({"control_device": {"answer": "The light is on."}})
    answer = chat.say(f"turn on the light and {more}").text
    assert answer.startswith("The light is on.")
    assert (len(answer) > len("The light is on.")) == told


def test_a_summary_of_a_subject_needs_no_document_at_hand() -> None:
    chat = Chat(search(WARRANTY))
    answer = chat.say("summarize your warranty policy")
    assert chat.calls == [("search", {"query": "warranty", "k": 10})]
    assert answer.text == "About “warranty” I found:\n- The warranty covers defects of material. It does not cover wear. [1]"
    assert "Which document" in Chat(search(WARRANTY)).say("summarise this document").text


@pytest.mark.parametrize("words", ["what's your street address pls?", "what time do you shut on a saturday"])
def test_what_no_tool_serves_is_looked_up_before_that_is_said(words: str) -> None:
    """The head takes both for talk."""
    found = {"evidence": [FAQ | {"hit": FAQ["hit"] | {"probability": 0.01}}]}
    chat = Chat({"search": found})
    told = chat.say(words).text
    assert [tool for tool, _ in chat.calls] == ["search"]
    assert "Shipping" not in told, "what does not answer is not told: the talk is"
    assert "could not find" not in told


@pytest.mark.parametrize("words", ["hello", "can you book me a flight?", "what's the weather like tomorrow?", "thanks, bye"])
def test_errands_and_small_talk_are_not_looked_up(words: str) -> None:
    chat = Chat(search(FAQ))
    chat.say(words)
    assert chat.calls == []


def test_a_chinese_question_is_asked_again_in_english_only_when_nothing_was_found() -> None:
    chat = Chat(search(WARRANTY))
    chat.say("学生有折扣吗")
    assert [arguments["query"] for _, arguments in chat.calls] == ["学生有折扣吗", "student discount"]
    chat.say("相对论的光锥如何定义")
    assert len(chat.calls) == 1, "too few of its words are known"
