"""What the measures of sounds and speech count as right, on small sets of our own."""

import zipfile

import numpy as np
import pytest

from assistant.evaluation import sound_encoder, speech
from assistant.transcribers.base import Transcript
from retrieval.content import Content
from retrieval.faults import NotFound

KINDS = sorted(sound_encoder.SENTENCES)


def write(folder, name, columns, rows):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.tsv").write_text("\n".join(["\t".join(columns), *("\t".join(row) for row in rows)]) + "\n", "utf-8")
    with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
        for row in rows:
            archive.writestr(row[0], row[0])


@pytest.fixture
def data(tmp_path):
    sounds = [(f"{kind}/{fold}-{n}.ogg", kind, str(fold)) for kind in KINDS for fold in (1, 4) for n in range(2)]
    write(tmp_path / "environment_sound/dev", "esc10", ("file", "class", "fold"), sounds)
    write(tmp_path / "speech/dev", "transcribed_en", ("file", "transcript"), [("a.ogg", "Good morning."), ("b.ogg", "It is 21 degrees.")])
    write(tmp_path / "speech/dev", "spoken_digits", ("file", "word"), [("one.ogg", "one"), ("two.ogg", "two")])
    write(tmp_path / "speech/dev", "single_words_en", ("file", "word"), [("go.ogg", "go"), ("stop.ogg", "stop")])
    return tmp_path


class Ear:
    """Knows each sound by the kind in its name, and each name by the same axis; `deaf` hears everything as the first kind."""

    def __init__(self, modalities=("audio", "text"), deaf=False):
        self.modalities, self.deaf, self.files = frozenset(modalities), deaf, []

    def embed(self, contents):
        return np.stack([self._axis(content) for content in contents])

    def _axis(self, content):
        if content.modality == "audio":
            self.files.append(content.name)
            place = 0 if self.deaf else KINDS.index(content.name.split("/")[0])
        else:
            texts = {kind.lower(): n for n, kind in enumerate(KINDS)} | {sound_encoder.SENTENCES[kind]: n for n, kind in enumerate(KINDS)}
            place = texts[content.text.removeprefix("the sound of ")]
        return np.eye(len(KINDS), dtype=np.float32)[place]


def test_only_folds_that_were_not_heard_are_measured(data):
    ear = Ear()
    scores = {s.name: s for s in sound_encoder.evaluate(data, ear)}
    assert all("/4-" in name for name in ear.files)
    assert scores["esc10_names_top1"].value == 1
    assert scores["esc10_names_top1"].cases == 2 * len(KINDS)
    assert scores["esc10_names_top1"].met


def test_an_encoder_that_hears_nothing_fails(data):
    scores = {s.name: s for s in sound_encoder.evaluate(data, Ear(deaf=True))}
    assert scores["esc10_names_top1"].value == pytest.approx(1 / len(KINDS))
    assert not scores["esc10_names_top1"].met


def test_an_encoder_without_words_is_measured_by_neighbours_only(data):
    assert [s.name for s in sound_encoder.evaluate(data, Ear(("audio",)))] == ["esc10_nearest_neighbour"]


def test_a_missing_set_is_named(tmp_path):
    with pytest.raises(NotFound):
        sound_encoder.evaluate(tmp_path, Ear())


@pytest.mark.parametrize(
    ("said", "heard", "count"), [("a b c", "a b c", 0), ("a b c", "a x c", 1), ("a b", "", 2), ("", "a", 1), ("a b c", "b c d", 2)]
)
def test_word_errors(said, heard, count):
    assert speech.errors(said.split(), heard.split()) == count


class Listener:
    """Writes down what the table says of a file; hears a word in every sound when `invents`."""

    def __init__(self, invents=False):
        self.invents = invents
        self.words = {"a.ogg": "good morning", "b.ogg": "it is twenty two degrees"}

    def transcribe(self, content, language=""):
        text = self.words.get(content.name, content.text if content.modality == "text" else "bark" if self.invents else "")
        return Transcript(text=text, language="en", confidence=0.9 if text else 0.0)

    def among(self, content, words):
        return Transcript(text=content.name.split(".")[0], language="en")

    def speak(self, text, language, speed=1.0):
        return Content.from_text(text)


def test_speech_is_measured_on_words(data):
    scores = {s.name: s for s in speech.evaluate(data, Listener())}
    assert scores["read_sentences_wer"].value == pytest.approx(1 / 7)
    assert scores["requests_exact"].value == 1
    assert scores["spoken_digits_accuracy"].value == 1
    assert scores["no_words_in_noise"].value == 1


def test_invented_words_count_against_it(data):
    scores = {s.name: s for s in speech.evaluate(data, Listener(invents=True))}
    assert scores["no_words_in_noise"].value == 0
    assert scores["no_words_in_noise"].met is False
