"""Face: smiles by what comes along; with models in the right layout, faces are found and their expressions averaged."""

import hashlib
import io

import cv2
import media_samples as samples
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw, ImageFilter

from retrieval.content import Content
from retrieval.faults import NotInstalled, Unreadable
from tools.emotions import _haar, _smile
from tools.emotions._haar import Cascade
from tools.emotions.face import create, of_smile, place
from tools.fusions.base import quality
from tools.spotting import Spot

LABELS = ["neutral", "joy", "surprise", "sadness", "anger", "disgust", "fear", "-"]


def save(path, name, inputs, nodes, outputs, constants):
    graph = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, str(path / f"{name}.onnx"))


@pytest.fixture
def folder(tmp_path):
    """Two tiny real models: one finds the same two boxes (one twice) in any picture, one sees joy in bright faces."""
    scores = np.array([[[0.1, 0.9], [0.2, 0.85], [0.2, 0.8], [0.9, 0.1]]], np.float32)
    boxes = np.array([[[0.1, 0.1, 0.5, 0.6], [0.11, 0.1, 0.5, 0.6], [0.6, 0.2, 0.8, 0.5], [0, 0, 1, 1]]], np.float32)
    picture = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 24, 32])
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["s", "nothing"], ["scores"]),
        helper.make_node("Add", ["b", "nothing"], ["boxes"]),
    ]
    outputs = [
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 4, 2]),
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, 4, 4]),
    ]
    constants = [numpy_helper.from_array(v, k) for k, v in (("s", scores), ("b", boxes), ("zero", np.zeros(1, np.float32)))]
    save(tmp_path, "detector", [picture], nodes, outputs, constants)
    face = helper.make_tensor_value_info("face", TensorProto.FLOAT, [1, 1, 8, 8])
    weights = np.zeros((1, 8), np.float32)
    weights[0, 1] = 0.05
    nodes = [
        helper.make_node("ReduceMean", ["face"], ["light"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Mul", ["light", "w"], ["logits"]),
    ]
    out = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 8])]
    save(tmp_path, "expression", [face], nodes, out, [numpy_helper.from_array(weights, "w")])
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    return tmp_path


def content(colour):
    return Content(modality="image", media_type="image/png", data=samples.picture(size=(64, 48), colour=colour))


def drawing():
    """A face of flat colour: what a child draws."""
    picture = Image.new("RGB", (240, 240), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((40, 30, 200, 220), fill="#e8b088", outline="black")
    for x in (85, 155):
        pen.ellipse((x - 18, 90, x + 18, 108), fill="white", outline="black")
        pen.ellipse((x - 7, 92, x + 7, 106), fill="black")
        pen.rectangle((x - 20, 76, x + 20, 82), fill="#503020")
    pen.polygon([(120, 105), (108, 145), (132, 145)], fill="#d09878")
    pen.arc((85, 140, 155, 190), 10, 170, fill="#802020", width=6)
    return np.asarray(picture)


def png(array):
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return Content(modality="image", media_type="image/png", data=out.getvalue())


@pytest.mark.parametrize(
    "array", [np.full((120, 160, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8), np.full((3, 400, 3), 90, np.uint8)]
)
def test_no_face_where_there_is_none(array):
    with pytest.raises(Unreadable) as caught:
        create("").analyze(png(array), "zh")
    assert caught.value.hint


def test_noise_is_no_face():
    noise = np.random.default_rng(2).integers(0, 255, (160, 160, 3), dtype=np.uint8)
    assert create("").find(noise) == []


def test_a_drawn_face_is_not_read_as_a_person():
    assert _smile.drawn(drawing(), (0.2, 0.15, 0.8, 0.9))
    photo = np.clip(drawing().astype(int) + np.random.default_rng(1).integers(-6, 7, (240, 240, 3)), 0, 255).astype(np.uint8)
    assert not _smile.drawn(photo, (0.2, 0.15, 0.8, 0.9))


def test_only_drawn_faces_are_said_to_be_drawn(monkeypatch):
    monkeypatch.setattr(_smile, "find", lambda picture: [Spot((0.2, 0.15, 0.8, 0.9), 0.9)])
    with pytest.raises(Unreadable) as caught:
        create("").analyze(png(drawing()), "en")
    assert "drawn" in caught.value.message


def cascade(rects, tilted):
    """One stage of one tree: passes where the upper half of a 4 x 4 window is brighter than the lower."""
    return Cascade(
        {
            "c.size": np.array([4, 4]), "c.rects": np.array([rects]), "c.weights": np.array([[-1.0, 2.0, 0.0]]), "c.tilted": np.array([tilted]),
            "c.nodes": np.array([[[0, -1, 0], [0, 0, 0]]]), "c.thresholds": np.array([[0.5, 0.0]]), "c.leaves": np.array([[-1.0, 1.0, 0.0]]),
            "c.stages": np.array([1]), "c.limits": np.array([0.0]),
        }, "c",
    )  # fmt: skip


def test_a_cascade_finds_what_its_rectangles_describe():
    grey = np.full((20, 20), 20, np.uint8)
    grey[6:8, 8:12] = 250
    found = cascade([[0, 0, 4, 4], [0, 0, 4, 2], [0, 0, 0, 0]], 0).hits(grey, least=4, most=4.2)
    assert [8, 6, 12, 10] in found.boxes.tolist(), "bright above, dark below"
    assert [8, 4, 12, 8] not in found.boxes.tolist(), "dark above, bright below"
    assert (found.margins >= 0).all()


def test_a_face_of_few_pixels_is_unsure_and_says_so(monkeypatch):
    noise = np.random.default_rng(3).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    monkeypatch.setattr(_smile, "smile", lambda picture, box: 0.95)
    found = []
    for wide in (18, 28, 60):
        monkeypatch.setattr(_smile, "find", lambda picture, wide=wide: [Spot((0.1, 0.1, 0.1 + wide / 200, 0.1 + wide / 200), 0.9)])
        found.append(create("").analyze(png(noise), "en"))
    assert found[0].uncertainty > found[1].uncertainty > found[2].uncertainty
    assert found[0].uncertainty > 0.85
    assert ["small" in reading.note for reading in found] == [True, True, False]


def test_windows_run_tree_by_tree_and_all_trees_at_once_say_the_same(monkeypatch):
    noise = np.random.default_rng(5).integers(0, 255, (60, 70), dtype=np.uint8)
    found = []
    for many in (1, 10**9):
        monkeypatch.setattr(_haar, "_MANY", many)
        found.append([stage.total(sheet.flat, at, norm, sheet.row) for stage, sheet, at, norm in stages(cv2.resize(noise, (90, 80)))])
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


def stages(grey):
    """The first stages of both bundled cascades with every window of a picture in two sizes."""
    for cascade in _smile._cascades():
        sheet = _haar._sheet(grey, [(90, 80), (60, 50)])
        at, _ = cascade._windows(sheet, np.array([1.0, 1.5]))
        for stage in cascade._stages[:4]:
            yield stage, sheet, at, np.linspace(0.001, 0.01, len(at))


def test_a_smile_moves_the_shares_to_joy_and_back():
    assert sum(of_smile(0.4).values()) == pytest.approx(1)
    assert max(of_smile(0.9), key=of_smile(0.9).get) == "joy"
    assert max(of_smile(0.1), key=of_smile(0.1).get) == "neutral"


def test_each_face_is_read_and_named_from_the_left(monkeypatch):
    boxes = [(0.7, 0.1, 0.95, 0.6), (0.05, 0.2, 0.2, 0.5), (0.4, 0.2, 0.6, 0.6)]
    noise = np.random.default_rng(3).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    smiles = iter([0.9, 0.1, 0.1])
    monkeypatch.setattr(_smile, "find", lambda picture: [Spot(box, 0.9) for box in boxes])
    monkeypatch.setattr(_smile, "smile", lambda picture, box: next(smiles))
    reading = create("").analyze(png(noise), "en")
    assert [face.place for face in reading.faces] == ["the left face", "the face in the middle", "the right face"]
    assert [face.label for face in reading.faces] == ["neutral", "neutral", "joy"]
    assert sum(face.weight for face in reading.faces) == pytest.approx(1, abs=1e-3)
    assert reading.faces[2].weight > reading.faces[0].weight, "larger faces weigh more"
    assert reading.distribution["joy"] == pytest.approx(sum(f.weight * f.distribution["joy"] for f in reading.faces), abs=1e-3)
    assert reading.faces[2].dimensions["valence"] > reading.dimensions["valence"] > reading.faces[0].dimensions["valence"]


def portrait():
    """Grey values with the edges and the contrast of a photographed face, and a dark mouth."""
    random = np.random.default_rng(5)
    face = np.asarray(Image.fromarray(drawing()).crop((40, 30, 200, 220)).resize((128, 128)), int) + random.integers(-25, 26, (128, 128, 1))
    return np.clip(face, 0, 255).astype(np.uint8)


def test_a_blurred_or_covered_face_is_unsure_and_says_why(monkeypatch):
    monkeypatch.setattr(_smile, "find", lambda picture: [Spot((0.0, 0.0, 1.0, 1.0), 0.9)])
    monkeypatch.setattr(_smile, "smile", lambda picture, box: 0.9)
    plain, covered = portrait(), portrait()
    covered[70:] = (40, 90, 160)
    covered[70:] += np.random.default_rng(6).integers(0, 3, (58, 128, 1), dtype=np.uint8)  # a mask in a photograph is not quite even
    blurred = np.clip(np.asarray(Image.fromarray(plain).filter(ImageFilter.GaussianBlur(8)), int) + [[[0], [1]] * 64] * 128, 0, 255)
    seen, hidden, soft = (create("").analyze(png(array.astype(np.uint8)), "en") for array in (plain, covered, blurred))
    assert quality(seen) > 0.8
    assert quality(hidden) < 0.3
    assert quality(soft) < 0.3
    assert "mouth is hidden" in hidden.note
    assert "blurred" in soft.note
    assert "hidden" not in seen.note
    assert "blurred" not in seen.note


def test_a_face_that_is_hardly_seen_weighs_little_beside_one_that_is(monkeypatch):
    both = np.concatenate([portrait(), np.asarray(Image.fromarray(portrait()).filter(ImageFilter.GaussianBlur(8)))], 1)
    monkeypatch.setattr(_smile, "find", lambda picture: [Spot((0.0, 0.0, 0.5, 1.0), 0.9), Spot((0.5, 0.0, 1.0, 1.0), 0.9)])
    monkeypatch.setattr(_smile, "drawn", lambda picture, box: False)
    monkeypatch.setattr(_smile, "smile", lambda picture, box: 0.9 if box[0] == 0.0 else 0.1)
    reading = create("").analyze(png(both), "en")
    assert reading.faces[0].weight > 3 * reading.faces[1].weight
    assert reading.label == "joy"


def test_places_in_a_row():
    assert [place(n, 4, "zh") for n in range(4)] == ["左边的脸", "左起第 2 张脸", "左起第 3 张脸", "右边的脸"]
    assert place(0, 1, "en") == "the face"


def test_a_folder_without_the_files_is_not_installed(tmp_path):
    with pytest.raises(NotInstalled) as caught:
        create(str(tmp_path)).analyze(content("white"), "en")
    assert "expression.onnx" in caught.value.hint


def test_the_card_names_where_the_cascades_are_from():
    card = create("").card
    assert card.licence == "BSD-3-Clause"
    assert "not read" in card.limits
    assert hashlib.sha256(_smile.WEIGHTS.read_bytes()).hexdigest() == card.sha256
    assert "Redistribution" in _smile.WEIGHTS.with_name("haar.LICENCES.md").read_text("utf-8")


def test_faces_are_read_once_each(folder):
    analyzer = create(str(folder))
    reading = analyzer.analyze(content("white"), "en")
    assert reading.label == "joy"
    assert sum(reading.distribution.values()) == pytest.approx(1)
    assert "2" in reading.note, "the doubled box counts once"
    assert analyzer.card.sha256
    assert analyzer.analyze(content("black"), "en").uncertainty > reading.uncertainty


def test_no_face_is_unreadable(folder, monkeypatch):
    monkeypatch.setattr("tools.emotions.face._SURE", 0.99)
    with pytest.raises(Unreadable):
        create(str(folder)).analyze(content("white"), "en")
