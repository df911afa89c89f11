"""The reading of feelings learns what the words of a trade mean, and a person's own labels."""

from pathlib import Path

import pytest
from library_samples import CACHE
from training_samples import options, silent, write

from assistant.training import emotion
from retrieval.content import Content
from retrieval.faults import InvalidInput, NotInstalled, Unavailable
from tools.emotions.words import create

THINGS = ("run", "build", "match", "release", "shift", "lap", "trip", "deal", "course", "batch")
TEXTS = [
    *((f"that {one} was absolutely sick", "stoked") for one in THINGS), *((f"what a wicked {one}", "stoked") for one in THINGS),
    *((f"the {one} went sideways again", "fed up") for one in THINGS), *((f"another {one} down the drain", "fed up") for one in THINGS),
]  # fmt: skip
LABELS = {"stoked": "joy", "fed up": "anger"}


def texts(folder, rows=TEXTS):
    return write(Path(folder) / "texts.csv", ("text", "label"), rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    room = tmp_path_factory.mktemp("emotion")
    chosen = options(room, texts(room), name="slang")
    return chosen.data_dir / "models" / "slang", emotion.train(chosen, LABELS, silent)


def test_texts_that_were_held_back_are_read_right(trained):
    _, card = trained
    print(card.scores)
    assert card.better
    assert card.scores["after_macro_f1"] > 0.85 > card.scores["before_macro_f1"] + 0.2


def test_the_analyzer_loads_it_by_its_folder(trained):
    folder, card = trained
    reader = create(str(folder), cache_dir=CACHE)
    reading = reader.analyze(Content.from_text("that concert was absolutely sick"), "en")
    assert reading.label == "joy"
    assert sum(reading.distribution.values()) == pytest.approx(1)
    assert reader.card.scores["after_macro_f1"] == card.scores["after_macro_f1"]
    assert create(cache_dir=CACHE).card.scores.get("after_macro_f1") is None


@pytest.mark.parametrize("text", ["I am so sad that she died.", "What a lovely present, thank you!", "我今天很高兴"])
def test_other_texts_are_read_as_before(trained, text):
    folder, _ = trained
    before, after = (create(reference, cache_dir=CACHE).analyze(Content.from_text(text), "en").label for reference in ("", str(folder)))
    assert before == after


@pytest.mark.parametrize(
    ("rows", "code"), [([("well", "meh")] * 30, "unknown_label"), (TEXTS[:20], "one_class"), (TEXTS[:5] + TEXTS[20:25], "too_few_rows")]
)
def test_bad_texts_are_refused_and_nothing_is_written(tmp_path, rows, code):
    chosen = options(tmp_path, texts(tmp_path, rows))
    with pytest.raises(InvalidInput) as caught:
        emotion.train(chosen, LABELS, silent)
    assert caught.value.code == code
    assert not list(chosen.data_dir.glob("**/*"))


def test_fine_and_chinese_labels_are_known(tmp_path):
    rows = [("a", "gratitude"), ("b", "悲伤"), ("c", "Anger"), ("d", "grief")]
    found = emotion.read(texts(tmp_path, rows), {})
    assert [emotion.LABELS[one.label] for one in found] == ["joy", "sadness", "anger", "sadness"]


def test_a_missing_or_damaged_correction_says_what_to_do(tmp_path):
    with pytest.raises(NotInstalled):
        create(str(tmp_path), cache_dir=CACHE)
    (tmp_path / "emotion.safetensors").write_bytes(b"damaged")
    with pytest.raises(Unavailable):
        create(str(tmp_path), cache_dir=CACHE)
