"""Nothing is invented: no words and no command in silence, noise, tones, clicks and chords, nor in the sounds of the house."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from assistant.transcribers.base import RATE, Expected
from assistant.transcribers.pocketsphinx import create
from tools.devices.simulated import create as create_home
from tools.intents.book import shipped
from tools.intents.understanding import Intents

TIME = np.arange(3 * RATE) / RATE
SOUNDS = Path(os.environ.get("ASSISTANT_TEST_SOUNDS", "/nowhere"))
"""ESC-10 as `esc10.zip`."""


def pink(rng):
    spectrum = np.fft.rfft(rng.normal(0, 1, len(TIME)))
    spectrum /= np.sqrt(np.maximum(1, np.arange(len(spectrum))))
    sound = np.fft.irfft(spectrum)
    return sound / np.abs(sound).max()


def clicks(rng):
    sound = np.zeros(len(TIME))
    sound[rng.integers(0, len(TIME), 40)] = 1
    return np.convolve(sound, np.hanning(32), "same")


def chord(*pitches):
    voices = [np.sin(2 * np.pi * pitch * over * TIME) / over for pitch in pitches for over in (1, 2, 3)]
    return np.sum(voices, axis=0) / len(voices) * (0.6 + 0.4 * np.sin(2 * np.pi * 2 * TIME))


MADE = {
    "silence": lambda rng: np.zeros(len(TIME)), "white": lambda rng: rng.normal(0, 0.2, len(TIME)), "pink": pink, "clicks": clicks,
    "hum": lambda rng: np.sin(2 * np.pi * 50 * TIME) + 0.3 * np.sin(2 * np.pi * 150 * TIME), "tone": lambda rng: np.sin(2 * np.pi * 440 * TIME),
    "chord": lambda rng: chord(220, 277, 330), "melody": lambda rng: np.concatenate([chord(p)[: RATE // 2] for p in (262, 294, 330, 349, 392, 440)]),
    "sweep": lambda rng: np.sin(2 * np.pi * (100 + 600 * TIME) * TIME), "shut door": lambda rng: pink(rng) * np.exp(-TIME * 12),
}  # fmt: skip


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    home = create_home(tmp_path_factory.mktemp("home")).devices()
    recogniser = create()
    recogniser.listen_for(lambda: Expected(home=tuple(home), books=(shipped("en"),)))
    return recogniser, Intents(), home


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("loudness", [0.05, 0.7])
def test_nothing_is_heard_where_nobody_speaks(listening, name, loudness):
    sound = MADE[name](np.random.default_rng(3))
    found = listening[0].transcribe((sound * loudness).astype(np.float32), "en")
    assert found.text == ""
    assert found.words == ()
    assert found.confidence == 0


@pytest.mark.slow
@pytest.mark.skipif(not (SOUNDS / "esc10.zip").is_file(), reason="ASSISTANT_TEST_SOUNDS names no folder with esc10.zip")
def test_sounds_of_the_house_move_nothing(listening):
    import av

    recogniser, intents, home = listening
    with zipfile.ZipFile(SOUNDS / "esc10.zip") as archive:
        for name in sorted(archive.namelist())[:60]:
            resampler = av.AudioResampler("flt", "mono", RATE)
            with av.open(io.BytesIO(archive.read(name))) as file:
                parts = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in resampler.resample(frame)]
            heard = recogniser.transcribe(np.concatenate(parts), "en")
            assert not [one for one in intents.understand(heard.text, home, "en") if one.action != "status"], name
