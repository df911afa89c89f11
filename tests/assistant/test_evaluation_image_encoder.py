"""The figures of the picture encoder, over data made here: what is counted, not how good the weights are."""

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image, ImageDraw

from assistant.evaluation import image_encoder
from assistant.evaluation.base import Files


def write(data, name, rows):
    """A set of one-coloured pictures: rows of (file, fields, colour)."""
    path = data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".tsv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["file", *rows[0][1]], delimiter="\t")
        writer.writeheader()
        writer.writerows({"file": name, **fields} for name, fields, _ in rows)
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for name, _, colour in rows:
            out, picture = io.BytesIO(), Image.new("RGBA", (32, 32), (0, 0, 0, 0))
            ImageDraw.Draw(picture).rectangle((8, 8, 24, 24), fill=colour)
            picture.save(out, "PNG")
            archive.writestr(name, out.getvalue())


class Knowing:
    """Knows the one colour of each label, and the words of it."""

    COLOURS = {"cat": "red", "dog": "blue"}

    def embed(self, contents):
        return np.stack([self._one(content) for content in contents])

    def _one(self, content):
        vector = np.zeros(4, np.float32)
        if content.modality == "text":
            vector[0 if "cat" in content.text else 1 if "dog" in content.text else 2] = 1
        else:
            red, _, blue = np.asarray(Image.open(io.BytesIO(content.data)).convert("RGB"))[16, 16]
            vector[0 if red > blue else 1] = 1
        return vector


@pytest.fixture
def data(tmp_path):
    rows = [
        (f"{label}_{n}.png", {"label": label, "style": "emojitwo"}, Knowing.COLOURS[label]) for label in ("cat", "dog") for n in range(20)
    ]
    for name in (*image_encoder.PHOTOS.values(), image_encoder.EMOJI):
        write(tmp_path, name, rows)
    return tmp_path


def test_only_what_was_kept_back_is_scored(data):
    scores = {score.name: score for score in image_encoder._photographs(data, Knowing())}
    assert scores["pets_top1"].value == 1
    assert 0 < scores["pets_top1"].cases < 40
    assert scores["flowers_nearest_by_encoder"].value == 1
    assert scores["caltech101_top1"].goal == 0.72


def test_a_wrong_encoder_scores_nothing(data):
    class Wrong(Knowing):
        COLOURS = {"cat": "blue", "dog": "red"}

        def _one(self, content):
            vector = super()._one(content)
            return vector[[1, 0, 2, 3]] if content.modality == "image" else vector

    assert all(score.value == 0 for score in image_encoder._photographs(data, Wrong()) if score.name.endswith("top1"))


def test_the_nearest_is_of_another_source():
    alike = np.array([[1, 0.9, 0.1], [0.9, 1, 0.2], [0.1, 0.2, 1]], np.float32)
    assert image_encoder.nearest(alike, ["a", "b", "b"], ["1", "2", "3"]) == pytest.approx(1 / 3)
    assert image_encoder.nearest(alike, ["a", "b", "b"], ["1", "1", "3"]) == pytest.approx(2 / 3)


def test_colours_are_painted_on_the_drawing_and_behind_it(data):
    drawing = image_encoder._rgba(Files(data, image_encoder.EMOJI), "cat_0.png")
    tinted, grounded = (way(drawing, (0, 0, 255)) for way in (image_encoder.tinted, image_encoder.grounded))
    inside, outside = (np.asarray(Image.open(io.BytesIO(c.data)))[[16, 2], [16, 2]] for c in (tinted, grounded))
    assert inside[0].argmax() == 2
    assert (inside[1] == 255).all()
    assert outside[0].argmax() == 0
    assert tuple(outside[1]) == (0, 0, 255)


def test_articles():
    assert [image_encoder.article(noun) for noun in ("cat", "owl", "scissors", "dress")] == ["a cat", "an owl", "scissors", "a dress"]
    assert image_encoder.prompted(Knowing(), ["cat"]).shape == (1, 4)
