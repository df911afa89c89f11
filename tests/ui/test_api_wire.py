"""Events become OpenAI's shapes: the translation alone, also of what rarely happens (a failure in the middle, sound, changed words)."""

import json

import pytest

from assistant.events import (
    Candidate,
    Cited,
    Failed,
    Finished,
    Heard,
    Routed,
    ShownMedia,
    Spoken,
    TextDelta,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)  # fmt: skip
from retrieval.content import Content
from retrieval.faults import Fault
from retrieval.items import Citation
from tools.base import Shown
from ui.api.chat_wire import INLINE_BYTES, Completion
from ui.api.responses_wire import Answer

PICTURE = Content(modality="image", media_type="image/png", data=b"png")
LARGE = Content(modality="image", media_type="image/png", data=bytes(INLINE_BYTES + 1))
SOUND = Content(modality="audio", media_type="audio/wav", data=b"RIFF")
FILES = {"file-1": PICTURE, "file-2": SOUND, "file-3": LARGE}
CITATION = Citation(index=1, item_id="item-1", title="Warranty", modality="text", file_id="file-9", cited_text="two years")
TURN = [
    Heard(text="draw", confidence=0.5),
    Routed(route=(Candidate(tool="draw", score=0.9, reason="r"),), plan=("draw",)),
    ToolStarted(id="1", tool="draw", arguments={}),
    ToolProgress(tool="draw", message="half", fraction=0.5),
    ToolFinished(id="1", tool="draw", arguments={}, ok=True, ms=5.0),
    ShownMedia(media=Shown(file_id="file-1", handle="image_1", modality="image", media_type="image/png")),
    TextDelta(text="Two "),
    TextDelta(text="years [1]."),
    Cited(citations=(CITATION,)),
    Spoken(file_id="file-2", media_type="audio/wav", transcript="Two years."),
    Finished(text="Two years [1].", timings_ms={"total": 9.0}, tokens_in=3, tokens_out=4),
]


def completion():
    return Completion("assistant", FILES.__getitem__, lambda content: content.data)


async def play(events):
    for event in events:
        yield event


async def chunks(events, usage=False):
    pieces = [piece async for piece in completion().stream(play(events), usage)]
    lines = [piece.decode().removeprefix("data: ").strip() for piece in pieces]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


@pytest.mark.case("J08")
async def test_each_thing_is_on_the_chunk_where_it_is_known():
    found = await chunks(TURN, usage=True)
    kinds = [(c.get("trace") or {}).get("event", {}).get("type") for c in found]
    assert kinds == [
        None,
        "heard",
        "routed",
        "tool_started",
        "tool_progress",
        "tool_finished",
        "shown",
        None,
        None,
        "cited",
        "spoken",
        None,
        None,
    ]
    deltas = [c["choices"][0]["delta"] for c in found if c["choices"]]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert deltas[6]["images"][0]["image_url"]["url"] == "data:image/png;base64,cG5n"
    assert deltas[9]["annotations"][0]["cited_text"] == "two years"
    assert deltas[10]["audio"]["transcript"] == "Two years."
    assert found[2]["trace"]["route"][0]["tool"] == "draw"
    assert found[5]["trace"]["steps"] == [{"tool": "draw", "arguments": {}, "ok": True, "ms": 5.0, "error": None}]
    assert found[-2]["choices"][0]["finish_reason"] == "stop"
    assert found[-2]["trace"]["timings_ms"] == {"total": 9.0}
    assert found[-1]["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def test_the_whole_answer_holds_the_same():
    whole = completion()
    for event in TURN:
        whole.take(event)
    body = whole.body()
    message = body["choices"][0]["message"]
    assert message["content"] == "Two years [1]."
    assert len(message["annotations"]) == len(message["images"]) == 1
    assert message["audio"]["data"] == "UklGRg=="
    assert (body["trace"]["heard"], body["trace"]["heard_confidence"]) == ("draw", 0.5)
    assert "event" not in body["trace"]


@pytest.mark.case("J08")
async def test_a_failure_in_the_middle_is_an_error_and_the_end():
    found = await chunks([TextDelta(text="Two"), Failed(code="timed_out", message="Too slow.", hint="Ask again.", status=504)])
    assert found[-1] == {
        "error": {"message": "Too slow. Ask again.", "type": "Fault", "param": None, "code": "timed_out", "hint": "Ask again."}
    }


def test_a_failure_of_a_whole_answer_keeps_its_status():
    with pytest.raises(Fault) as caught:
        completion().take(Failed(code="busy", message="Full.", status=429))
    assert (caught.value.status, caught.value.code, caught.value.retryable) == (429, "busy", True)


def test_words_that_were_changed_at_the_end_are_told():
    whole = completion()
    whole.take(TextDelta(text="Two years [7]."))
    _, trace = whole.take(Finished(text="Two years."))
    assert trace["text"] == whole.body()["choices"][0]["message"]["content"] == "Two years."


def test_large_and_other_media_are_named_by_address():
    whole = completion()
    delta, _ = whole.take(ShownMedia(media=Shown(file_id="file-3", handle="image_1", modality="image", media_type="image/png")))
    assert delta["images"][0]["image_url"]["url"] == "/v1/files/file-3/content"
    delta, _ = whole.take(ShownMedia(media=Shown(file_id="file-2", handle="audio_1", modality="audio", media_type="audio/wav")))
    assert delta["media"][0]["url"] == "/v1/files/file-2/content"
    assert "images" not in delta


async def responses(events):
    answer = Answer(completion(), {"metadata": {}}, lambda file_id: "gale.md" if file_id == "file-9" else "")
    pieces = [piece.decode() async for piece in answer.stream(play(events))]
    return [json.loads(piece.split("data: ")[1]) for piece in pieces]


async def test_responses_end_completed_with_pictures_and_notes():
    found = await responses(TURN)
    assert found[-1]["type"] == "response.completed"
    output = found[-1]["response"]["output"]
    assert [item["type"] for item in output] == ["image_generation_call", "message"]
    assert output[0]["result"] == "cG5n"
    note = output[1]["content"][0]["annotations"][0]
    assert (note["filename"], note["index"]) == ("gale.md", 10)
    assert [e["sequence_number"] for e in found] == list(range(len(found)))


async def test_responses_end_failed():
    found = await responses([TextDelta(text="Two"), Failed(code="timed_out", message="Too slow.", status=504)])
    assert found[-1]["type"] == "response.failed"
    assert found[-1]["response"]["error"]["message"] == "Too slow."
