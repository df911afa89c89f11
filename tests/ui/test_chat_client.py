"""The page's client: event streams, faults, hanging up."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
from chat_service import Service
from hypothesis import given
from hypothesis import strategies as st

from ui.chat.client import Api, ApiFault, Attached, lines_of, part
from ui.chat.live import Asked, Draft, LiveTurn, LiveTurns, steps_of


@pytest.fixture(scope="module")
def service():
    service = Service()
    yield service
    service.close()


@pytest.fixture
def api(service):
    api = Api(service.address)
    yield api
    api.close()


@given(
    st.lists(st.one_of(st.text(max_size=30), st.just("data: [DONE]"), st.just("data: {broken"), st.just(": x"), st.just('data:{"a":1}')))
)
def test_any_stream_is_read_to_its_end(lines):
    end = lines.index("data: [DONE]") if "data: [DONE]" in lines else len(lines)
    found = list(lines_of(iter(lines)))
    assert found.count({"a": 1}) == lines[:end].count('data:{"a":1}')


def test_a_recording_is_audio_and_everything_else_a_named_file():
    assert part(Attached("voice.wav", "audio/wav", b"x", voice=True))["type"] == "input_audio"
    made = part(Attached("a.png", "image/png", b"x"))
    assert made == {"type": "file", "file": {"filename": "a.png", "file_data": "data:image/png;base64,eA=="}}


def test_a_fault_names_what_and_what_next(api):
    with pytest.raises(ApiFault) as caught:
        api.content("file-none")
    assert (caught.value.message, caught.value.hint, caught.value.status) == ("No such thing.", "Look at the list.", 404)


def test_nobody_there_is_down():
    with pytest.raises(ApiFault) as caught:
        Api("http://127.0.0.1:9").collections()
    assert caught.value.down


def test_a_turn_grows_and_ends(api):
    turn = LiveTurn(
        api.begin(), Asked("What does the warranty cover?"), 0, api.turn([{"type": "text", "text": "warranty?"}], api.begin(), {})
    )
    draft = Draft()
    for chunk in turn.start().follow():
        if chunk is not None:
            draft.add(chunk)
    assert draft.text == "It lasts two years [1]."
    assert [s.tool for s in draft.steps] == ["search"]
    assert draft.annotations[0]["index"] == 1
    assert turn.done
    assert turn.fault is None


def test_stopping_hangs_up_at_once(service, api):
    service.cancelled.clear()
    chat = api.begin()
    turn = LiveTurn(chat, Asked("slow"), 0, api.turn([{"type": "text", "text": "slow"}], chat, {})).start()
    while len(turn.chunks) < 5:
        time.sleep(0.01)
    turn.stop()
    assert service.cancelled.wait(2)
    assert list(turn.follow())[-1] is not None
    assert turn.fault is None


def test_stopping_before_the_first_byte_hangs_up_too():
    """The service sends nothing before the first event of a turn; a person may stop while it still thinks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = threading.Event()

        def silent() -> None:
            connection, _ = listener.accept()
            with connection:
                while connection.recv(4096):
                    pass
            gone.set()

        threading.Thread(target=silent, daemon=True).start()
        api = Api(f"http://127.0.0.1:{listener.getsockname()[1]}")
        turn = LiveTurn("c", Asked("x"), 0, api.turn([], "c", {})).start()
        time.sleep(0.3)
        turn.stop()
        assert gone.wait(2)
        assert [c for c in turn.follow() if c] == []
        assert turn.done
        assert turn.fault is None


def test_one_turn_at_a_time_in_a_conversation(api):
    turns = LiveTurns()
    chat = api.begin()
    first = turns.begin(LiveTurn(chat, Asked("slow"), 0, api.turn([{"type": "text", "text": "slow"}], chat, {})))
    second = turns.begin(LiveTurn(chat, Asked("again"), 0, api.turn([], chat, {})))
    assert second is first
    first.stop()
    turns.finish(first)
    assert turns.of(chat) is None


@pytest.mark.parametrize(("text", "confidence", "unsure"), [("turn it on", 0.3, True), ("turn it on", 0.9, False), ("", 0.0, False)])
def test_words_that_may_be_wrong_are_marked(text, confidence, unsure):
    draft = Draft()
    assert draft.add({"choices": [], "trace": {"event": {"type": "heard", "text": text, "confidence": confidence}}}) == "heard"
    assert (draft.heard, draft.unsure) == (text, unsure)


def test_progress_belongs_to_the_step_that_runs():
    draft = Draft()
    for event in (
        {"type": "tool_started", "id": "a", "tool": "look", "arguments": {"question": "?"}},
        {"type": "tool_progress", "tool": "look", "message": "half", "fraction": 0.5},
        {"type": "tool_finished", "id": "a", "tool": "look", "ok": False, "ms": 3, "error": "no", "hint": "try"},
    ):
        assert draft.add({"choices": [], "trace": {"event": event}}) == "step"
    step = draft.steps[0]
    assert (step.state, step.message, step.fraction, step.error, step.hint) == ("error", "half", 0.5, "no", "try")


def test_stored_steps_read_like_live_ones():
    stored = {"steps": [{"tool": "search", "arguments": {"query": "x"}, "ok": True, "ms": 4.0, "error": None}, "broken"]}
    assert [(s.tool, s.state, s.ms) for s in steps_of(stored)] == [("search", "complete", 4.0)]
    json.dumps(stored)
