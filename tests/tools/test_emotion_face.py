"""Face: honest without models; with models in the right layout, faces are found and their expressions averaged."""

import media_samples as samples
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from retrieval.content import Content
from retrieval.faults import NotInstalled, Unreadable
from tools.emotions.face import WEIGHTS, create, find_faces
from tools.spotting import Sight, Spot

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


def test_without_an_expression_model_it_says_what_it_found_and_what_it_cannot(monkeypatch):
    analyzer = create("")
    monkeypatch.setattr(analyzer, "find", lambda picture: [Spot((0.1, 0.1, 0.4, 0.5), 0.9)])
    with pytest.raises(NotInstalled) as caught:
        analyzer.analyze(content("white"), "en")
    assert "1" in caught.value.message
    assert "expression.onnx" in caught.value.hint
    assert "not read" in analyzer.card.limits


def test_the_bundled_finder_sees_no_face_where_there_is_none():
    with pytest.raises(Unreadable if WEIGHTS.is_file() else NotInstalled):
        create("").analyze(content("white"), "zh")


def test_a_folder_without_the_files_is_not_installed(tmp_path, monkeypatch):
    analyzer = create(str(tmp_path))
    monkeypatch.setattr(analyzer, "find", lambda picture: [Spot((0.1, 0.1, 0.4, 0.5), 0.9)])
    with pytest.raises(NotInstalled):
        analyzer.analyze(content("white"), "zh")


def test_a_wide_picture_is_looked_at_in_squares():
    class Finder:
        def look(self, part, least):
            square = part.shape[0] == part.shape[1]
            return Sight((Spot((0.5, 0.2, 0.7, 0.6), 0.8),) if square and part[0, 0, 0] else (), np.zeros((1, 1), np.float32))

    picture = np.zeros((200, 400, 3), np.uint8)
    picture[:, 200:] = 255
    (face,) = find_faces(Finder(), picture)
    assert face.box == pytest.approx((0.75, 0.2, 0.85, 0.6))


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
