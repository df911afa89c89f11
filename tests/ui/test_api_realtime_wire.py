"""What `/v1/realtime` says and hears, piece by piece: sound, session object, events. No server."""

import base64

import numpy as np
import pytest
from openai_realtime import check

from assistant import events as turn
from assistant.live import events as live
from assistant.transcribers.base import Transcript
from retrieval.faults import Conflict, Fault, InvalidInput, NotFound
from ui.api.realtime_items import MOST, Items, user
from ui.api.realtime_secrets import ClientSecrets
from ui.api.realtime_session import Session
from ui.api.realtime_sound import Format, Resampler, SoundIn, SoundOut
from ui.api.realtime_wire import Asked, Wire, error, for_beta

TONE = (np.sin(np.arange(24_000) * 2 * np.pi * 440 / 24_000) * 16_000).astype("<i2")


def b64(data):
    return base64.b64encode(data).decode()


# Sound.


@pytest.mark.parametrize(("source", "target"), [(24_000, 16_000), (8000, 16_000), (24_000, 8000), (16_000, 16_000)])
@pytest.mark.parametrize("size", [1, 37, 480])
def test_a_stream_cut_anywhere_sounds_like_the_whole(source, target, size):
    sound = TONE[:4800]
    pieces, whole = Resampler(source, target), Resampler(source, target)
    cut = np.concatenate([pieces(sound[n : n + size]) for n in range(0, len(sound), size)])
    once = whole(sound)
    assert abs(len(cut) - len(once)) <= 2
    assert np.abs(cut[: len(once)].astype(int) - once[: len(cut)]).max() <= 1
    assert abs(len(once) - len(sound) * target / source) < 40


@pytest.mark.parametrize("form", [Format(), Format(rate=16_000), Format("audio/pcmu", 8000), Format("audio/pcma", 8000)])
def test_a_tone_survives_the_wire(form):
    data = SoundOut(form)(TONE.tobytes())
    assert abs(form.ms(len(data)) - 1000) < 5
    reader = SoundIn(form)
    heard = reader.heard(reader.bytes_of(b64(data)))
    spectrum = np.abs(np.fft.rfft(heard))
    assert abs(np.argmax(spectrum) * 16_000 / len(heard) - 440) < 2
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(16_000 / 32_768 / np.sqrt(2), rel=0.02)


def test_g711_gives_the_values_of_the_standard():
    mu, a = SoundIn(Format("audio/pcmu", 8000)), SoundIn(Format("audio/pcma", 8000))
    from ui.api.realtime_sound import _decode

    assert _decode(bytes([0x00, 0x80, 0xFF, 0x7F, 0x8F]), mu.format.kind).tolist() == [-32_124, 32_124, 0, 0, 16_764]
    assert _decode(bytes([0x55, 0xD5, 0x2A, 0xAA, 0x80]), a.format.kind).tolist() == [-8, 8, -32_256, 32_256, 5504]


@pytest.mark.parametrize("audio", ["%%%", "AAA", "AA AA=", None, 5, b64(b"abc"), "Ä"])
def test_what_is_no_sound(audio):
    with pytest.raises(InvalidInput) as caught:
        SoundIn(Format()).bytes_of(audio)
    assert caught.value.code == "invalid_audio"


# The session object.


def test_only_what_is_sent_changes():
    first = Session().updated(
        {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.7}}}, "instructions": "Be kind."}
    )
    second = first.updated(
        {"type": "realtime", "audio": {"input": {"turn_detection": {"silence_duration_ms": 900}}, "output": {"speed": 1.2}}}
    )
    options = second.options(("english",))
    assert (options.threshold, options.silence_ms, options.speed, second.instructions) == (0.7, 900, 1.2, "Be kind.")
    assert second.updated({"audio": {"input": {"turn_detection": None}}}).options().turn_detection == "none"
    assert Session().updated({"audio": {"output": {"voice": "marin"}}}).options(("english",)).voice == ""
    assert Session().updated({"audio": {"output": {"voice": {"id": "english"}}}}).options(("english",)).voice == "english"


def test_formats_replace_one_another():
    wide = Session().updated({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16_000}}}})
    assert wide.audio.input.format.format() == Format(rate=16_000)
    assert wide.updated({"audio": {"input": {"format": {"type": "audio/pcmu"}}}}).audio.input.format.format() == Format("audio/pcmu", 8000)


def test_text_only_transcription_only_and_ours():
    assert not Session().updated({"output_modalities": ["text"]}).options().speak
    assert Session().updated({"type": "transcription"}).options().transcribe_only
    ours = Session().updated({"assistant": {"collection": "shop", "language": "zh", "wake": "hello house", "consent": True}}).options()
    assert (ours.collection, ours.language, ours.wake, ours.consent) == ("shop", "zh", "hello house", True)
    assert Session().updated({"audio": {"input": {"transcription": {"model": "any", "language": "zh-CN"}}}}).options().language == "zh"


@pytest.mark.parametrize(("eagerness", "silence"), [("low", 1200), ("auto", 600), ("high", 300)])
def test_semantic_vad_is_a_length_of_silence(eagerness, silence):
    session = Session().updated({"audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": eagerness}}}})
    assert session.options().silence_ms == silence
    assert session.shape("sess_1", 0)["audio"]["input"]["turn_detection"]["type"] == "server_vad"


def test_the_shape_of_the_beta():
    session = Session().updated(
        {
            "modalities": ["text", "audio"], "voice": "alloy", "input_audio_format": "g711_ulaw", "output_audio_format": "pcm16",
            "input_audio_transcription": {"model": "whisper-1", "language": "en"}, "turn_detection": None, "temperature": 0.8,
            "max_response_output_tokens": "inf", "tools": [], "tool_choice": "auto", "input_audio_noise_reduction": {"type": "near_field"},
        }
    )  # fmt: skip
    assert session.audio.input.format.format() == Format("audio/pcmu", 8000)
    assert (session.audio.input.turn_detection, session.spoken, session.options().language) == (None, True, "en")


@pytest.mark.parametrize(
    ("given", "param"),
    [
        (None, "session"), ({"nonsense": 1}, "session.nonsense"), ({"type": "other"}, "session.type"),
        ({"model": "gpt-realtime"}, "session.model"), ({"tools": [{"type": "function", "name": "f"}]}, "session.tools"),
        ({"output_modalities": ["video"]}, "session.output_modalities[0]"), ({"audio": 5}, "session.audio"),
        ({"audio": {"input": 5}}, "session.audio.input"), ({"audio": {"input": {"format": {"type": "audio/mp3"}}}}, "session.audio.input.format.type"),
        ({"audio": {"input": {"turn_detection": {"threshold": 2}}}}, "session.audio.input.turn_detection.threshold"),
        ({"audio": {"input": {"turn_detection": {"idle_timeout_ms": 5000}}}}, "session.audio.input.turn_detection.idle_timeout_ms"),
        ({"audio": {"output": {"speed": 9}}}, "session.audio.output.speed"), ({"instructions": "x" * 40_000}, "session.instructions"),
    ],
)  # fmt: skip
def test_what_a_session_cannot_be(given, param):
    with pytest.raises(Fault) as caught:
        Session().updated(given)
    assert caught.value.param == param
    assert caught.value.status < 500


# Items.


def test_the_order_of_items():
    items = Items()
    assert [items.add(user("a", [])), items.add(user("b", [])), items.add(user("c", []), "a"), items.add(user("d", []), "root")] == [
        None, "a", "a", None,
    ]  # fmt: skip
    assert [items.before(name) for name in "dacb"] == [None, "d", "a", "c"]
    with pytest.raises(Conflict):
        items.add(user("a", []))
    with pytest.raises(NotFound):
        items.add(user("e", []), "nobody")
    items.delete("c")
    with pytest.raises(NotFound):
        items.get("c")


def test_a_book_of_items_is_bounded():
    items = Items()
    for n in range(MOST + 5):
        items.add(user(str(n), []))
    assert "4" not in items
    assert "5" in items


# Events.


def told(wire, *events):
    return [check({"event_id": "event_1"} | event) for one in events for event in wire.events(one)]


def kinds(events):
    return [event["type"] for event in events]


def transcript(text):
    return Transcript(text=text, language="en", confidence=0.8, seconds=1.5)


def test_a_spoken_turn_in_the_order_of_openai():
    wire = Wire(Session(), "en")
    spoken = told(
        wire,
        live.SpeechStarted("item_1", 320), live.Partial("item_1", "is it"), live.SpeechStopped("item_1", 1800), live.Committed("item_1", ""),
        live.Heard("item_1", transcript("is it open")),
        live.ResponseStarted("resp_1", "item_2"),
        live.TurnEvent("resp_1", turn.Finished(text="Yes.", tokens_in=3, tokens_out=2, refused=True)),
        live.SpokenDelta("resp_1", "item_2", "Yes.", TONE[:2400].tobytes()), live.SpokenDelta("resp_1", "item_2", "", TONE[:240].tobytes()),
        live.ResponseDone("resp_1", "completed", "", "Yes. [1]", {"stt": 12.34}),
    )  # fmt: skip
    assert kinds(spoken) == [
        "input_audio_buffer.speech_started", "conversation.item.input_audio_transcription.delta", "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
        "conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed",
        "response.created", "response.output_item.added", "conversation.item.added", "response.content_part.added", "assistant.turn_event",
        "response.output_audio_transcript.delta", "response.output_audio.delta", "response.output_audio.delta",
        "response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done", "response.output_item.done",
        "conversation.item.done", "assistant.timings", "response.done",
    ]  # fmt: skip
    done = spoken[-1]["response"]
    assert (done["status"], done["status_details"], done["usage"]["total_tokens"]) == ("completed", None, 5)
    assert done["output"][0]["content"] == [{"type": "output_audio", "transcript": "Yes.", "text": "Yes. [1]"}]
    assert done["metadata"] == {"timings_ms": '{"stt": 12.3}', "refused": "true"}
    assert spoken[10]["previous_item_id"] == "item_1"
    assert wire.items.get("item_1")["content"][0]["transcript"] == "is it open"
    assert wire.items.get("item_2")["ms"] == pytest.approx(110)


def test_a_written_turn_with_its_evidence():
    from retrieval.items import Citation

    wire = Wire(Session().updated({"output_modalities": ["text"]}), "en")
    cited = Citation.model_construct(index=1, item_id="item-7", title="Terms", modality="text", cited_text="two years", score=0.9)
    wire.asked.append(Asked(wire.session, {"topic": "warranty"}, None))
    spoken = told(
        wire, live.ResponseStarted("resp_1", "item_2"), live.TurnEvent("resp_1", turn.TextDelta(text="Two")),
        live.TurnEvent("resp_1", turn.TextDelta(text=" years. [1]")), live.TurnEvent("resp_1", turn.Cited.model_construct(citations=(cited,))),
        live.ResponseDone("resp_1", "completed", "", "Two years. [1]"),
    )  # fmt: skip
    assert "".join(e["delta"] for e in spoken if e["type"] == "response.output_text.delta") == "Two years. [1]"
    part = next(e for e in spoken if e["type"] == "response.content_part.done")["part"]
    assert (part["type"], part["text"], part["annotations"][0]["type"], part["annotations"][0]["cited_text"]) == (
        "text", "Two years. [1]", "citation", "two years",
    )  # fmt: skip
    assert spoken[-1]["response"]["output"][0]["content"][0]["annotations"] == part["annotations"]
    assert spoken[-1]["response"]["metadata"]["topic"] == "warranty"


def test_an_answer_that_no_voice_can_say_is_written():
    events = told(Wire(Session(), "en"), live.ResponseStarted("resp_1", "item_2"), live.ResponseDone("resp_1", "completed", "", "Yes."))
    assert [e["delta"] for e in events if e["type"] == "response.output_audio_transcript.delta"] == ["Yes."]
    assert events[-1]["response"]["output"][0]["content"][0]["transcript"] == "Yes."


def test_captions_are_joined_from_words_that_stay():
    wire = Wire(Session(), "en")
    told(wire, live.Committed("item_1", ""))
    said = ["turn", "turn of", "turn off", "turn off the", "turn off the light"]
    deltas = [e for text in said for e in told(wire, live.Partial("item_1", text))]
    *more, completed = told(wire, live.Heard("item_1", transcript("turn off the lights")))
    assert [e["transcript"] for e in deltas] == said
    assert "".join(e["delta"] for e in [*deltas, *more]) == completed["transcript"] == "turn off the lights"
    assert completed["usage"] == {"type": "duration", "seconds": 1.5}


def test_chinese_captions_grow_by_characters():
    wire = Wire(Session(), "en")
    deltas = [e["delta"] for text in ("打开", "打开客", "打开客厅的灯") for e in told(wire, live.Partial("item_1", text))]
    assert deltas == ["", "打开", "客"]


def test_captions_can_be_off():
    wire = Wire(Session().updated({"audio": {"input": {"transcription": None}}}), "en")
    assert told(wire, live.Partial("item_1", "turn"), live.Heard("item_1", transcript("turn"))) == []


def test_when_nothing_was_said_nothing_is_left():
    wire = Wire(Session(), "en")
    events = told(wire, live.Committed("item_1", ""), live.Heard("item_1", transcript("")))
    assert kinds(events)[-2:] == ["conversation.item.input_audio_transcription.completed", "conversation.item.deleted"]
    assert wire.items.last() is None


@pytest.mark.parametrize(
    ("done", "details"),
    [
        (live.ResponseDone("resp_1", "cancelled", "turn_detected", "Two"), {"type": "cancelled", "reason": "turn_detected"}),
        (live.ResponseDone("resp_1", "cancelled", "client_cancelled", ""), {"type": "cancelled", "reason": "client_cancelled"}),
        (
            live.ResponseDone("resp_1", "failed", "busy", "", {}, Fault("Too much.", hint="Wait.")),
            {"type": "failed", "error": {"code": "busy", "type": "server_error", "message": "Too much. Wait."}},
        ),
    ],
)
def test_a_response_that_did_not_complete(done, details):
    wire = Wire(Session(), "en")
    last = told(wire, live.ResponseStarted("resp_1", "item_2"), done)[-1]["response"]
    assert (last["status"], last["status_details"]) == (done.status, details)
    assert last["output"][0]["status"] == "incomplete"


def test_events_of_a_response_that_is_over_say_nothing():
    wire = Wire(Session(), "en")
    late = [live.SpokenDelta("resp_9", "item_9", "Yes.", b"\0\0"), live.ResponseDone("resp_9", "completed", "", "Yes.")]
    assert told(wire, *late, live.TurnEvent("resp_9", turn.TextDelta(text="Yes."))) == []


def test_an_error_names_the_event_that_caused_it():
    wire = Wire(Session(), "en")
    wire.asked.append(Asked(wire.session, {}, "mine"))
    fault = InvalidInput("There is nothing to answer.", hint="Say something.", code="nothing_to_answer")
    shown = told(wire, live.Problem(fault))[0]["error"]
    assert (shown["event_id"], shown["type"], shown["code"]) == ("mine", "invalid_request_error", "nothing_to_answer")
    assert not wire.asked
    assert error(Fault("Broken."), "x")["error"]["type"] == "server_error"


def test_the_names_of_the_beta():
    names = [for_beta({"type": name}) for name in ("response.output_audio.delta", "response.output_text.done", "conversation.item.added")]
    assert kinds(names) == ["response.audio.delta", "response.text.done", "conversation.item.created"]
    assert for_beta({"type": "response.output_audio_transcript.delta"}) == {"type": "response.audio_transcript.delta"}
    assert for_beta({"type": "conversation.item.done"}) is None
    assert for_beta({"type": "response.done"}) == {"type": "response.done"}


# Client secrets.


def test_a_client_secret_holds_for_its_time():
    now = [1000.0]
    secrets = ClientSecrets(lambda: now[0])
    value, granted = secrets.create("alice", Session(), 10)
    assert secrets.check(value) == granted
    assert value not in str(secrets.__dict__)
    assert secrets.check(value + "x") is None
    now[0] = 1010.0
    assert secrets.check(value) is None
