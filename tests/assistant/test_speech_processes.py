"""The processes that hear and speak: killed again and again, stopped, talking nonsense."""

import os
import signal
import subprocess

import numpy as np
import pytest

from assistant.synthesizers import espeak
from assistant.transcribers import _pocketsphinx_pipes as pipes
from assistant.transcribers.pocketsphinx import create
from retrieval.faults import TimedOut, Unavailable


@pytest.fixture
def voice():
    pytest.importorskip("espeakng_loader")
    made = espeak.create()
    yield made
    made.close()


@pytest.mark.case("M02")
def test_a_voice_that_keeps_stopping_is_left_alone_for_a_while_and_comes_back(voice, monkeypatch):
    start = voice._running

    def killed():
        process = start()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return process

    monkeypatch.setattr(voice, "_running", killed)
    codes = []
    for _ in range(4):
        with pytest.raises(Unavailable) as caught:
            voice.speak("Hello.", "en")
        codes.append(caught.value.code)
    assert codes == ["voice_stopped", "voice_stopped", "worker_failed", "worker_failed"]
    assert caught.value.retry_after >= 1
    assert voice.readiness().startswith("failed")
    monkeypatch.undo()
    voice._circuit._until = 0.0  # the rest is over
    assert len(voice.speak("Hello.", "en").data) > 1000
    assert voice.readiness() == "ready"


@pytest.mark.case("M02")
def test_a_voice_that_is_killed_while_it_starts_is_not_called_missing(voice, monkeypatch):
    start = subprocess.Popen

    def killed(*arguments, **named):
        process = start(*arguments, **named)
        process.kill()
        return process

    monkeypatch.setattr(espeak.subprocess, "Popen", killed)
    with pytest.raises(Unavailable) as caught:
        voice.speak("Hello.", "en")
    assert (caught.value.code, caught.value.retryable) == ("voice_stopped", True)
    monkeypatch.undo()
    assert len(voice.speak("Hello.", "en").data) > 1000


@pytest.mark.case("M03")
def test_a_voice_that_hangs_is_given_up_and_replaced(voice, monkeypatch):
    voice.speak("Hello.", "en")
    hanging = voice._alive[0]
    os.kill(hanging.pid, signal.SIGSTOP)
    monkeypatch.setattr(espeak, "_SILENCE", 0.3)
    with pytest.raises(TimedOut):
        voice.speak("Hello.", "en")
    monkeypatch.undo()
    assert len(voice.speak("Hello.", "en").data) > 1000
    assert voice._alive[0].pid != hanging.pid


@pytest.mark.case("M03")
@pytest.mark.parametrize(
    "answer", [b'{"rate": 22050, "bytes": 99999999999}\n', b'{"rate": 1, "bytes": 2}\n', b"[]\n", b"x" * 9000, b"{}\n"]
)
def test_nonsense_from_the_voice_is_no_speech(voice, answer, monkeypatch):
    left = bytearray()

    def more(self, until):
        if not left:
            raise EOFError
        self._kept += left[:7]
        del left[:7]

    def exchange(process, request):
        left[:] = answer
        return real(process, request)

    real = espeak._exchange
    monkeypatch.setattr(espeak, "_exchange", exchange)
    monkeypatch.setattr(espeak._Answer, "_more", more)
    monkeypatch.setattr(voice, "_running", lambda: voice._alive[0] if voice._alive else _started(voice))
    with pytest.raises(Unavailable):
        voice.speak("Hello.", "en")


def _started(voice):
    import sys

    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    )  # fmt: skip
    voice._alive.append(process)
    return process


@pytest.fixture
def ear():
    pytest.importorskip("pocketsphinx")
    made = create()
    yield made
    made.close()


@pytest.mark.case("M02")
def test_a_recogniser_that_is_killed_says_so_and_the_next_utterance_is_heard(ear):
    stream = ear.stream("en")
    stream.feed(np.zeros(1600, np.float32))
    for reader in stream._readers:
        os.kill(reader._child.pid, signal.SIGKILL)
        reader._child.wait()
    with pytest.raises(Unavailable):  # noqa: PT012 - the first or the second write notices
        for _ in range(10):
            stream.feed(np.zeros(1600, np.float32))
    stream.close()
    again = ear.stream("en")
    again.feed(np.zeros(1600, np.float32))
    assert again.finish().text == ""
    assert ear.readiness() == "ready"


@pytest.mark.case("M03")
def test_a_recogniser_that_hangs_does_not_hang_who_speaks(ear, monkeypatch):
    monkeypatch.setattr(pipes, "_TAKEN", 0.3)
    monkeypatch.setattr(pipes, "_PATIENCE", 0.3)
    stream = ear.stream("en")
    stopped = [reader._child for reader in stream._readers]
    for child in stopped:
        os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(Unavailable):  # noqa: PT012 - the pipe holds some seconds of sound
        for _ in range(100):
            stream.feed(np.zeros(16_000, np.float32))
    stream.close()
    assert stopped[0].wait(10) == -signal.SIGKILL


@pytest.mark.case("M02")
def test_recognisers_that_keep_stopping_are_left_alone(ear):
    for _ in range(5):
        ear._processes.circuit.failed()
    assert ear.readiness().startswith("failed")
    with pytest.raises(Unavailable) as caught:
        ear.stream("en")
    assert caught.value.code == "worker_failed"


@pytest.mark.case("M03")
@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff", b"nan"])
def test_nonsense_from_a_recogniser_is_no_answer(line):
    with pytest.raises(Unavailable):
        pipes._read(bytearray(line))
