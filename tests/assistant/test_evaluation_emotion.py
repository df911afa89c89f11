"""Fusions measured: the figures by hand, damage that damages, and pairs of a person's own."""

import io

import fusion_samples as samples
import numpy as np
import pytest
from fusion_samples import FLAT, reading
from media_samples import picture
from PIL import Image

from assistant.evaluation import emotion_noise, emotion_pairs
from assistant.evaluation.emotion_fusion import DAMAGES, calibration_error, evaluate, judged, read, swapped, without
from assistant.evaluation.emotion_pairs import Pair
from retrieval.backends import load
from retrieval.content import Content
from retrieval.decoding import Decoder
from retrieval.faults import InvalidInput, NotFound
from tools.emotions.base import LABELS

JOY, ANGER = LABELS.index("joy"), LABELS.index("anger")


def two_halves():
    image = Image.new("RGB", (60, 60), "white")
    image.paste((200, 30, 30), (0, 0, 30, 60))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_the_figures_are_those_computed_by_hand():
    row = judged("weighted", "c", [(JOY, 0.9), (JOY, 0.9), (ANGER, 0.6), (-1, 0.0)], np.array([JOY, ANGER, ANGER, JOY]))
    assert (row.accuracy, row.recall, row.answered, row.cases) == (0.5, 0.5, 3, 4)
    assert row.macro_f1 == pytest.approx((2 * 1 / (2 + 2) + 2 * 1 / (2 + 1)) / 2)
    assert row.calibration_error == pytest.approx((2 * abs(0.9 - 0.5) + abs(0.6 - 1)) / 3)


def test_calibration_is_perfect_where_shares_are_frequencies():
    assert calibration_error(np.full(10, 0.7), np.arange(10) < 7) == pytest.approx(0)
    assert calibration_error(np.zeros(0), np.zeros(0, bool)) == 0


def test_fusions_stand_beside_single_modalities_under_every_condition():
    pairs = [Pair(f"{n}", label) for n in range(9) for label in (JOY, ANGER)]
    clean = [{"text": reading(LABELS[pair.label], 0.5), "audio": FLAT} for pair in pairs]
    conditions = {"clean": clean} | without(clean) | swapped(clean, pairs)
    rows = {(row.reader, row.condition): row for row in evaluate(pairs, conditions, {"weighted": load("tools.fusions", "weighted")()})}
    assert rows["weighted", "clean"].macro_f1 == rows["text", "clean"].macro_f1 == 1
    assert rows["audio", "clean"].macro_f1 < 0.5
    assert rows["weighted", "text of another"].macro_f1 == 0, "words of somebody who feels otherwise mislead it"
    assert ("text", "without text") not in rows
    assert rows["weighted", "without text"].answered == len(pairs)


class Counting:
    """A reader that counts; what it says rests on what it is given."""

    def __init__(self):
        self.given = []

    def analyze(self, content, language):
        self.given.append(content.text or content.data)
        return reading("joy", 0.3 + len(self.given) / 100)


def test_a_clip_of_several_pairs_is_read_once_in_each_state(tmp_path):
    readers = {"text": Counting(), "image": Counting()}
    pairs = [Pair(f"{n}", label, f"text {n} of four words", {"image": ("a.png", two_halves)}) for n, label in enumerate((JOY, ANGER, JOY))]
    decoder, shares = Decoder(workers=1), []
    try:
        found = read(pairs, readers, decoder, shares.append)
    finally:
        decoder.close()
    damages = [name for name, (modality, _) in DAMAGES.items() if modality == "image"]
    assert len(readers["image"].given) == len(set(readers["image"].given)) == 1 + len(damages), "one face, once in each state"
    assert len(readers["text"].given) == 3 * 5
    assert shares[-1] == 1
    for name in damages:
        assert found[name][0]["image"] == found[name][2]["image"] != found["as they are"][0]["image"]
        assert found[name][1]["text"] == found["as they are"][1]["text"], "the rest stays as it is"


def test_a_sample_has_as_many_of_each_feeling_and_is_the_same_every_time():
    pairs = [Pair(f"{n}", JOY if n % 5 else ANGER) for n in range(50)]
    some = emotion_pairs.sample(pairs, 12)
    assert [pair.label for pair in some].count(JOY) == [pair.label for pair in some].count(ANGER) == 6
    assert emotion_pairs.sample(pairs, 12) == some
    assert len(emotion_pairs.sample(pairs, 30)) == 30, "rare feelings leave room"
    assert emotion_pairs.sample(pairs, 0) == emotion_pairs.sample(pairs, 99) == pairs


def test_damage_damages_and_is_the_same_every_time():
    five, all_words = "one two three four five", ["red", "blue"]
    assert sorted(emotion_noise.shuffled(five, all_words).split()) == sorted(five.split())
    assert set(emotion_noise.thrown_together(five, all_words).split()) <= set(all_words)
    assert [len(word) for word in emotion_noise.scrambled(five, all_words).split()] == [3, 3, 5, 4, 4]
    for harm in (emotion_noise.shuffled, emotion_noise.thrown_together, emotion_noise.scrambled, emotion_noise.misread):
        assert harm(five, all_words) == harm(five, all_words) != five
    tone = (0.1 * np.sin(np.arange(16_000) / 20)).astype(np.float32)
    added = emotion_noise.noisy(tone) - tone
    assert 0.8 < np.sqrt((added**2).mean() / (tone**2).mean()) < 1.2, "0 dB: as loud as the voice"
    speech = (np.random.default_rng(3).normal(0, 0.1, 16_000) * np.linspace(0, 1, 16_000)).astype(np.float32)
    babble = emotion_noise.among_voices(speech) - speech
    assert 0.9 < np.sqrt((babble**2).mean() / (speech**2).mean()) < 1.1, "0 dB"
    assert not len(emotion_noise.among_voices(np.zeros(0, np.float32)))
    assert abs(np.corrcoef(emotion_noise.hissing(tone), tone)[0, 1]) < 0.05
    assert np.array_equal(emotion_noise.noisy(tone), emotion_noise.noisy(tone))
    content = Content(modality="image", media_type="image/png", data=two_halves())
    for change in (emotion_noise.blurred, emotion_noise.covered, emotion_noise.blackened):
        assert change(content).data != content.data
        assert change(content).data == change(content).data


def test_pairs_of_a_table_and_of_a_folder(tmp_path):
    table = samples.paired(tmp_path / "table", each=2)
    pairs = emotion_pairs.read(table)
    assert emotion_pairs.counts(pairs)["sadness"] == 2
    assert [pair.key for pair in emotion_pairs.read(table.parent)] == [pair.key for pair in pairs], "a folder with a table is its table"
    assert pairs[0].files["audio"][1]()[:4] == b"RIFF"
    for label in ("happy", "生气"):
        (tmp_path / "folder" / label).mkdir(parents=True)
        (tmp_path / "folder" / label / "a.txt").write_text("Well.", "utf-8")
        (tmp_path / "folder" / label / "a.png").write_bytes(picture())
    assert [(pair.label, pair.text, set(pair.files)) for pair in emotion_pairs.read(tmp_path / "folder")] == [
        (JOY, "Well.", {"image"}), (ANGER, "Well.", {"image"})
    ]  # fmt: skip


def test_what_is_missing_is_named(tmp_path):
    (tmp_path / "pairs.csv").write_text("audio,label\nnone.wav,joy\n", "utf-8")
    with pytest.raises(NotFound, match=r"no file none\.wav"):
        emotion_pairs.read(tmp_path / "pairs.csv")
    with pytest.raises(NotFound):
        emotion_pairs.read(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="no feeling"):
        emotion_pairs.label_of("wistful", "here")
