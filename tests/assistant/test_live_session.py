import numpy as np
import pytest
from live_assistant import Client, assistant_here
from spoken_sounds import RATE, music, noise, quiet, spoken

from assistant.events import Heard as HeardWords
from assistant.live.events import (
    Committed,
    Heard,
    Partial,
    Problem,
    ResponseDone,
    ResponseStarted,
    Said,
    SpeechStarted,
    SpeechStopped,
    SpokenDelta,
    TurnEvent,
    WakeHeard,
)
from assistant.live.options import LiveOptions
from retrieval.faults import InvalidInput

LONG = "What can you do?"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    with assistant_here(tmp_path_factory.mktemp("live")) as found:
        yield found


@pytest.fixture
def client(here):
    made = []

    def make(**options):
        made.append(Client(*here, **options))
        return made[-1]

    yield make
    for one in made:
        one.session.close()


@pytest.fixture(scope="module")
def command():
    return np.concatenate([quiet(0.5), spoken("Turn on the light in the kitchen."), quiet(1.0, 1)])


def test_a_spoken_command_is_done_answered_aloud_and_kept(here, client, command):
    one = client()
    one.session.append(command)
    done = one.answered()
    assert [type(e) for e in one.told if not isinstance(e, Partial)][:2] == [SpeechStarted, SpeechStopped]
    assert "kitchen" in one.of(Heard)[0].transcript.text
    assert done.status == "completed"
    assert "kitchen light" in done.text.lower()
    assert {"vad", "stt", "tool", "answer", "tts", "first_sound", "total"} <= set(done.timings)
    sound = one.of(SpokenDelta)
    assert all(0 < len(piece.pcm) <= 4800 for piece in sound)
    assert "kitchen" in sound[0].text.lower()
    kept = here[0].conversations.messages(one.session.conversation, "local")
    assert [m.role for m in kept] == ["user", "assistant"]
    assert kept[0].text == one.of(Heard)[0].transcript.text
    assert kept[1].trace["heard_confidence"] == one.of(Heard)[0].transcript.confidence


def test_a_yes_to_going_on_brings_what_was_left_unsaid(here, client):
    one = client()
    one.ask(LONG)
    whole = one.answered().text
    begun = " ".join(e.text for e in one.of(SpokenDelta) if e.text)
    assert begun.endswith("Shall I go on?")
    one.ask("yes, go on")
    rest = one.answered(2).text
    said = " ".join(e.text for e in one.of(SpokenDelta) if e.text).removeprefix(begun)
    assert rest.split()[:3] == said.split()[:3]
    assert rest.split()[-1] in whole
    assert not set(rest.split("\n")) & set(begun.split("\n"))
    kept = here[0].conversations.messages(one.session.conversation, "local")
    assert [m.role for m in kept] == ["user", "assistant"]  # nothing new was answered


@pytest.mark.parametrize("sound", [np.zeros(2 * RATE), quiet(2), noise(2), music(3)], ids=["zeros", "room", "noise", "music"])
def test_without_speech_there_is_no_item_and_no_answer(client, sound):
    one = client()
    one.session.append(sound)
    one.ask("Hello")
    one.answered()
    assert not [e for e in one.of(Heard) if e.transcript.text]
    assert len(one.of(ResponseStarted)) == 1


def test_what_is_committed_without_speech_is_heard_as_nothing(client):
    one = client(turn_detection="none")
    one.session.append(noise(1))
    one.session.commit()
    assert one.until(Heard).transcript.text == ""
    one.session.respond()
    assert one.until(Problem).fault.code == "nothing_to_answer"


def test_a_client_may_say_itself_when_it_has_ended(client, command):
    one = client(turn_detection="none", speak=False)
    one.session.append(command)
    one.session.commit()
    assert "kitchen" in one.until(Heard).transcript.text
    assert not one.of(SpeechStarted)
    assert not one.of(ResponseStarted)
    one.session.respond()
    assert one.answered().status == "completed"


def test_speech_stops_the_voice_and_what_was_heard_of_it_is_kept(here, client):
    one = client()
    one.session.append(quiet(0.3))
    one.ask(LONG)
    assert one.speak(quiet(60), lambda: bool(one.of(SpokenDelta)))
    before = len(one.of(SpeechStarted))
    assert one.speak(spoken("No, stop, I want something else entirely please."), lambda: bool(one.of(ResponseDone)))
    done = one.answered()
    assert (done.status, done.reason) == ("cancelled", "turn_detected")
    assert len(one.of(SpeechStarted)) == before + 1
    sent = len(one.of(SpokenDelta))
    one.speak(quiet(0.3))
    assert len(one.of(SpokenDelta)) == sent
    one.session.played(100)
    one.session.update(LiveOptions(transcribe_only=True))
    one.session.say("marks the order")
    one.until(Said, 2)
    kept = here[0].conversations.messages(one.session.conversation, "local")[1]
    assert kept.trace["heard_ms"] == 100
    assert kept.trace["heard_text"]


def test_a_file_that_is_sent_at_once_interrupts_nothing(client, command):
    one = client(speak=False)
    one.session.append(np.concatenate([command, command]))
    assert [one.answered(n).status for n in (1, 2)] == ["completed", "completed"]
    items = [e.item for e in one.of(Committed)]
    assert [e.previous for e in one.of(Committed)] == ["", items[0]]


def test_what_is_written_down_only_is_not_answered(client, command):
    one = client(transcribe_only=True)
    one.session.append(command)
    assert "light" in one.until(Heard).transcript.text
    one.session.say("typed")
    one.until(Said)
    assert not one.of(ResponseStarted)


def test_cancelling_ends_the_answer_once(client):
    one = client()
    assert not one.session.cancel()
    one.session.append(quiet(0.2))
    one.ask(LONG)
    one.until(ResponseStarted)
    assert one.session.cancel()
    assert not one.session.cancel()
    assert (one.answered().status, one.answered().reason) == ("cancelled", "client_cancelled")
    one.ask("Hello")
    assert one.answered(2).status == "completed"


def test_one_answer_at_a_time(client):
    one = client()
    one.session.say(LONG)
    one.session.respond()
    one.session.respond("Hello")
    assert one.until(Problem).fault.code == "conversation_already_has_active_response"
    assert one.answered().status == "completed"


def test_words_that_were_typed_were_not_heard(client):
    one = client(speak=False)
    one.ask("Hello")
    assert one.answered().status == "completed"
    assert not [e for e in one.of(TurnEvent) if isinstance(e.event, HeardWords)]
    assert not one.of(SpokenDelta)


def test_nothing_to_answer_and_nothing_to_commit_are_told(client):
    one = client()
    one.session.respond()
    one.session.commit()
    one.session.say("  ")
    one.until(Problem, 3)
    assert [p.fault.code for p in one.of(Problem)] == ["nothing_to_answer", "input_audio_buffer_commit_empty", InvalidInput.code]


def test_what_was_cleared_or_taken_out_is_not_answered(client, command):
    one = client(turn_detection="none")
    one.session.append(command)
    one.session.clear()
    one.session.commit()
    assert one.until(Problem).fault.code == "input_audio_buffer_commit_empty"
    item = one.session.say("Hello")
    one.session.forget(item)
    one.session.respond()
    assert one.until(Problem, 2).fault.code == "nothing_to_answer"


@pytest.mark.parametrize("state", ["idle", "hearing", "answering", "speaking"])
def test_a_session_can_be_closed_in_every_state(client, command, state):
    one = client()
    if state == "hearing":
        one.session.append(command[: RATE * 3 // 2])
        one.until(SpeechStarted)
    elif state != "idle":
        one.session.append(quiet(0.1))
        one.ask(LONG)
        one.until(ResponseStarted if state == "answering" else SpokenDelta)
    one.session.close()
    told = len(one.told)
    one.session.append(command)
    one.ask("Hello")
    one.session.close()
    assert len(one.told) == told


def test_two_sessions_do_not_hear_each_other(client):
    one, other = client(speak=False), client(speak=False)
    one.ask("Hello")
    other.ask("Thank you")
    assert one.answered().response != other.answered().response
    assert one.session.conversation != other.session.conversation
    assert len(one.of(ResponseDone)) == len(other.of(ResponseDone)) == 1


def test_what_is_no_sound_is_refused_and_changes_nothing(client):
    one = client(speak=False)
    for wrong in ("noise", [object()], None):
        with pytest.raises(InvalidInput):
            one.session.append(wrong)
    one.session.append(np.zeros(0))
    one.ask("Hello")
    assert one.answered().status == "completed"


def test_with_a_wake_phrase_nothing_is_heard_before_it(client, command):
    one = client(wake="computer", speak=False)
    one.session.append(command)
    one.session.append(np.concatenate([quiet(0.6), spoken("Computer!"), quiet(0.5), command]))
    assert one.answered().status == "completed"
    assert type(one.told[0]) is WakeHeard
    assert len(one.of(Heard)) == 1


def test_a_wake_phrase_that_cannot_be_spotted_is_told_once_and_nothing_is_heard(client, command):
    one = client(wake="a", speak=False)
    one.session.append(command)
    one.session.say("marks the end")
    one.until(Said)
    assert [type(e) for e in one.told] == [Problem, Said]
