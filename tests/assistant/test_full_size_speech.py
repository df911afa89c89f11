"""Full-size transcribers, shrunk: each family writes words with times; silence, loops and words nobody can say are left out."""

import threading

import numpy as np
import pytest
import tiny_speech
from gathering import gather

from assistant.transcribers._families import Clip
from assistant.transcribers._stretches import Reading, believed, spread, unlooped, words_of, written
from assistant.transcribers.base import RATE, Word
from assistant.transcribers.faster_whisper import create as create_faster
from assistant.transcribers.transformers import create
from retrieval.faults import InvalidInput, NotInstalled
from retrieval.hosting.host import ModelHost


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("speech")


@pytest.fixture(scope="module")
def models(folder):
    return ModelHost(folder, 2**30)


@pytest.fixture(scope="module")
def speech():
    return tiny_speech.speech()


@pytest.fixture(scope="module")
def whisper(folder, models):
    return create(str(tiny_speech.whisper(folder / "whisper")), models=models)


def said(text, *, seconds=2.0, probability=0.9):
    return spread(text, seconds, probability)


@pytest.mark.parametrize("family", ["ctc", "moonshine", "parakeet", "qwen_asr"])
def test_every_family_reads_the_stretches_of_several_clips(family, folder, models, speech):
    model = create(f"{getattr(tiny_speech, family)(folder / family)}?dtype=float32", models=models)
    short = speech[: RATE // 2]
    first, second = model.batched(Clip((speech, short), ""))
    again = model.batched(Clip((speech,), ""))[0]
    assert [w.word for w in first.words] == [w.word for w in again.words], "its neighbours do not change a reading"
    for reading, stretch in ((first, speech), (second, short)):
        starts = [w.start for w in reading.words]
        assert starts == sorted(starts)
        assert all(0 <= w.start <= w.end and 0 <= w.probability <= 1 for w in reading.words)
        assert not reading.words or reading.words[-1].start <= len(stretch) / RATE
    if family in ("ctc", "parakeet"):
        assert first.words
        assert len(first.words) > len(second.words)


def test_words_of_a_long_recording_have_their_times(whisper, speech):
    gap = np.zeros(int(1.5 * RATE), np.float32)
    found = whisper.transcribe(np.concatenate([speech, gap] * 6), "")
    assert found.text == " ".join([tiny_speech.SAID.strip()] * 6), "the same sentence six times is no loop: each was spoken"
    begun = [w.start for w in found.words if w.word == "the"]
    assert np.diff(begun) == pytest.approx([(len(speech) + len(gap)) / RATE] * 5, abs=0.3)


def test_the_language_is_heard_or_taken_as_told(folder, models, whisper, speech):
    assert whisper.transcribe(speech, "").language == "en"
    assert whisper.transcribe(speech, "zh-CN").language == "zh"
    chinese = create(str(tiny_speech.whisper(folder / "chinese", "会议十点开始", language="zh")), models=models).transcribe(speech, "")
    assert (chinese.text, chinese.language) == ("会议十点开始", "zh")
    assert len(chinese.words) > 1


@pytest.mark.parametrize("make", [create, create_faster], ids=["transformers", "faster_whisper"])
def test_a_language_it_does_not_know_is_refused(make, folder, models, whisper, speech):
    model = whisper
    if make is create_faster:
        english = tiny_speech.whisper(folder / "english", english_only=True)
        model = create_faster(str(tiny_speech.converted(folder / "converted", english)), models=models)
    with pytest.raises(InvalidInput) as caught:
        model.transcribe(speech, "xx")
    assert caught.value.param == "language"


def test_clips_that_come_together_are_read_together(whisper, speech):
    whisper.transcribe(speech, "en")
    whisper.batched.sizes.clear()
    wanted, found = whisper.transcribe(speech, "en").text, []
    threads = [threading.Thread(target=lambda: found.append(whisper.transcribe(speech, "en").text)) for _ in range(8)]
    gather(whisper.batched, threads)
    assert found == [wanted] * 8
    assert max(whisper.batched.sizes) == 4


@pytest.mark.parametrize(
    ("reading", "kept"),
    [
        (Reading(said("thank you"), "en", logprob=-1.4, silence=0.9), 0),
        (Reading(said("thank you"), "en", logprob=-0.2, silence=0.9), 2),
        (Reading(said("thank you"), "en", logprob=-1.4, silence=0.1), 2),
        (Reading(said("thank you for watching " * 9), "en"), 4),
        (Reading(said("please subscribe to my channel and ring the bell"), "en"), 9),
        (Reading(said("please subscribe to my channel and ring the bell" * 3), "en"), 0),
        (Reading(said("no no no no"), "en"), 4),
        (Reading(said("ja" * 40, seconds=9), "en"), 0),
        (Reading((), "en"), 0),
    ],
    ids=["silence", "sure of its words", "no silence", "a loop", "spoken", "too fast", "four times", "one long word", "nothing"],
)
def test_what_nobody_said_is_left_out(reading, kept):
    seconds = 9.0 if len(reading.words) == 1 else 2.0
    assert len(believed(reading, seconds)) == kept


def test_a_model_that_is_sure_of_silence_writes_no_words(folder, models, speech, monkeypatch):
    silent = create(str(tiny_speech.whisper(folder / "silent", silence=0.9)), models=models)
    assert silent.batched(Clip((speech,), ""))[0].silence > 0.6
    assert silent.transcribe(speech, "").text, "it is sure of its words all the same"
    monkeypatch.setattr("assistant.transcribers._stretches.DOUBTFUL", 1.0)
    assert silent.transcribe(speech, "").text == ""


def test_a_loop_is_kept_once_with_what_comes_around_it():
    words = said("I went to " + "the shop " * 5 + "and back")
    assert written(unlooped(words)) == "I went to the shop and back"
    assert unlooped(words)[4].start == words[4].start


def test_pieces_become_words_in_both_scripts():
    pieces = [
        Word(word=w, start=n, end=n + 1, probability=n / 10)
        for n, w in enumerate([" Py", "thon", "，", "是", "什么", "?", " ", " ok", "!"])
    ]
    words = words_of(pieces)
    assert [w.word for w in words] == ["Python，", "是", "什么?", "ok!"]
    assert (words[0].start, words[0].end, words[0].probability) == (0, 3, pytest.approx(0.1))
    assert written(words) == "Python，是什么? ok!"
    assert written(said("see you at ten")) == "see you at ten"


def test_a_model_of_something_else_is_refused(folder, models, speech):
    import tiny_classifiers

    with pytest.raises(InvalidInput) as caught:
        create(str(tiny_classifiers.text(folder / "words")), models=models).transcribe(speech, "")
    assert "no recogniser" in caught.value.message


def test_a_voice_says_marks_as_pauses_and_knows_its_speakers(folder, models):
    from assistant.synthesizers.kokoro import create as create_voice

    voice = create_voice(str(tiny_speech.kokoro(folder / "kokoro")), models=models)
    try:
        assert voice.voices == ("af_heart", "bm_george")
        one, two = (voice.speak("It costs ten euros.", "en", voice=name) for name in ("af_heart", "bm_george"))
        assert one.seconds == pytest.approx(two.seconds, rel=0.2)
        assert one.data != two.data
        assert voice._phonemes("Yes, now.", "en-us") == "jˈɛs , nˈaʊ ."
        assert len(voice.speak("Ten. Ten.", "en").data) > 1.8 * len(voice.speak("Ten.", "en").data)
    finally:
        voice.close()


def test_a_voice_that_is_not_here_says_so(models):
    from assistant.synthesizers.kokoro import create as create_voice

    voice = create_voice("someone/absent-voice", models=models)
    assert "assistant models pull someone/absent-voice" in voice.card.limits
    with pytest.raises(NotInstalled):
        voice.speak("Hello.", "en")
