import numpy as np
import pytest
from library_samples import minilm
from safetensors import safe_open

from retrieval.content import Content
from retrieval.labels import FILE, asked, labels, named_in, translated


def test_every_name_has_a_chinese_one_and_is_there_once():
    found = labels()
    assert len(found) > 1300
    assert all(label.chinese and label.kind in ("label", "sound", "word") for label in found)
    things = [label.english for label in found if label.kind == "label"]
    assert len(things) == len(set(things))
    assert {"cat", "dog", "car", "apple", "guitar"} <= set(things)
    assert next(label for label in found if label.english == "dog").both == "dog 狗"


def test_the_licence_stands_in_the_file():
    assert "Unicode License" in FILE.read_text("utf-8").splitlines()[0]


@pytest.mark.parametrize("kind", ["label", "sound"])
def test_the_vectors_are_those_of_the_text_embedder(kind):
    names, vectors = asked(kind)
    assert len(names) == len(vectors)
    some = list(range(0, len(names), max(1, len(names) // 15)))
    fresh = minilm().embed([Content.from_text(names[n].english) for n in some])
    assert (fresh * vectors[some]).sum(1) == pytest.approx(1, abs=1e-3)
    with safe_open(FILE.with_suffix(".safetensors"), "numpy") as file:
        assert file.metadata() == {"space": minilm().space}
    assert np.isfinite(vectors).all()


@pytest.mark.parametrize(
    ("chinese", "english"),
    [("红色的狗", "red dog"), ("找一张猫的照片", "cat"), ("两只猫", "two cat"), ("狗叫的声音", "dog barking"), ("西红柿", "tomato"),
     ("一辆黄色的car", "one yellow car"), ("太阳镜", "sunglasses"), ("a red car", "a red car"), ("T恤", "t-shirt")],
)  # fmt: skip
def test_word_by_word(chinese, english):
    said = translated(chinese)
    assert said.removesuffix(" photo").strip() == english or said == english


def test_a_coloured_ground_comes_last():
    assert translated("蓝色背景上的猫").endswith("cat on a blue background")


@pytest.mark.parametrize("strange", ["什么是量子力学？", "保修多久", "手册", "营地灯充满电需要多久"])
def test_what_is_hardly_understood_is_not_guessed(strange):
    assert translated(strange) == ""


def test_the_things_that_a_question_names_and_what_it_says_beside_them():
    assert named_in("哪款帐篷最轻？") == (["tent"], "哪款最轻")
    assert named_in("蓝色 Ridge Jacket") == (["blue", "Ridge", "Jacket"], "")
    assert named_in("最贵的商品")[0] == []
