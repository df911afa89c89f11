"""What to draw and what to change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.drawing import drawing, own_picture
from assistant.reflex.editing import edit


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("draw me a blue dog", {"prompt": "a blue dog"}),
        ("please paint a lighthouse for me", {"prompt": "a lighthouse"}),
        ("three different images of a cup of tea", {"prompt": "a cup of tea", "n": 3}),
        ("draw three cats", {"prompt": "three cats"}),
        ("generate a wide banner with mountains", {"prompt": "a wide banner with mountains", "width": 768, "height": 432}),
        ("draw a 1024x512 picture of a house without people, seed 42",
         {"prompt": "a house", "negative_prompt": "people", "width": 1024, "height": 512, "seed": 42}),
        ("imagine a purple elephant and show me what it looks like", {"prompt": "a purple elephant"}),
        ("画一只熊猫", {"prompt": "熊猫"}),
        ("生成一幅画：一只熊猫在骑自行车", {"prompt": "一只熊猫在骑自行车"}),
        ("做三张不同的圣诞贺卡图片", {"prompt": "圣诞贺卡", "n": 3}),
        ("draw", None),
        ("can you draw?", None),
        ("画画", None),
    ],
)  # fmt: skip
def test_drawing(text, arguments):
    assert drawing(text) == arguments


def test_edits():
    assert edit("could you make the sky darker please") == "make the sky darker"
    assert edit("edit this picture") == ""
    assert edit("编辑图片") == ""
    assert edit("edit my photo: remove the tree") == "remove the tree"


@given(st.text(max_size=300))
def test_bounds_hold_for_any_text(text):
    found = drawing(text)
    if found:
        assert found["prompt"]
        assert 1 <= found.get("n", 1) <= 8
        assert 64 <= found.get("width", 64) <= 2048
        assert 0 <= found.get("seed", 0) < 2**32


@pytest.mark.parametrize(
    ("words", "sought"),
    [("find my blue dog", "blue dog"), ("Show me my red kite.", "red kite"), ("where is my green car?", "green car"), ("找到我的蓝色的狗", "蓝色的狗"),
     ("find my phone", ""), ("find my keys", ""), ("where is my order", ""), ("show me my lists", ""), ("draw my blue dog", "")],
)  # fmt: skip
def test_a_picture_of_ones_own_is_looked_for(words, sought):
    assert own_picture(words) == sought
