"""Prompt: what people write becomes things with colours, counts, sizes, relations and settings, in English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.shapes.prompt import read


def things(plan):
    return [(g.thing, g.colours, g.count) for g in plan.groups]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red car", [("car", ("red",), 1)]),
        ("draw me a picture of two blue birds, please", [("bird", ("blue",), 2)]),
        ("three oranges", [("orange fruit", (), 3)]),
        ("an orange cat", [("cat", ("orange",), 1)]),
        ("a red and yellow ball", [("ball", ("red", "yellow"), 1)]),
        ("the car is blue", [("car", ("blue",), 1)]),
        ("a house with a blue roof", [("house", ("", "blue"), 1)]),
        ("a cup of coffee", [("cup", (), 1)]),
        ("画一条蓝色的狗", [("dog", ("blue",), 1)]),
        ("三只黄色的小鸟", [("bird", ("yellow",), 3)]),
        ("一个红苹果和两本书", [("apple", ("red",), 1), ("book", (), 2)]),
        ("画一只猫和一个 red balloon", [("cat", (), 1), ("balloon", ("red",), 1)]),
    ],
)
def test_things_with_colours_and_counts(prompt, expected):
    plan = read(prompt)
    assert things(plan) == expected
    assert plan.unknown == ()


@pytest.mark.parametrize(
    ("prompt", "relation", "who", "whom"),
    [
        ("a cat on a table", "on", "cat", "table"),
        ("a circle to the left of a square", "left", "circle", "square"),
        ("two birds above a tree", "above", "bird", "tree"),
        ("a lamp next to a sofa", "beside", "lamp", "sofa"),
        ("a triangle inside a circle", "in", "triangle", "circle"),
        ("a snowman wearing a hat", "wears", "hat", "snowman"),
        ("a dog with a hat", "wears", "hat", "dog"),
        ("一只戴帽子的猫", "wears", "hat", "cat"),
        ("猫戴着一顶红色的帽子", "wears", "hat", "cat"),
        ("一只猫在桌子上", "on", "cat", "table"),
        ("桌子上有一个苹果", "on", "apple", "table"),
        ("桌子上的猫", "on", "cat", "table"),
        ("圆形在方块的左边", "left", "circle", "square"),
        ("房子旁边有一棵树", "beside", "tree", "house"),
    ],
)
def test_relations(prompt, relation, who, whom):
    plan = read(prompt)
    group = next(g for g in plan.groups if g.thing == who)
    assert group.relation == relation
    assert plan.groups[group.anchor].thing == whom


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        ("a house at night", "time", "night"),
        ("夜晚的房子", "time", "night"),
        ("a boat on the sea at sunset", "scene", "sea"),
        ("a boat on the sea at sunset", "time", "sunset"),
        ("a heart on a green background", "background", "green"),
        ("绿色背景上的爱心", "background", "green"),
        ('a cake with "Happy Birthday"', "texts", ("Happy Birthday",)),
        ("a cat in the snow", "scene", "snow"),
        ("a gryphon and a cat", "unknown", ("gryphon",)),
        ("一条蛟和一只猫", "unknown", ("蛟",)),
    ],
)
def test_settings_texts_and_what_is_unknown(prompt, field, value):
    assert getattr(read(prompt), field) == value


def test_sizes():
    small, large = read("a tiny star"), read("a huge star")
    assert small.groups[0].size < 1 < large.groups[0].size


@given(st.text(max_size=120))
def test_any_words_make_a_plan_whose_anchors_hold(prompt):
    plan = read(prompt)
    for n, group in enumerate(plan.groups):
        assert 1 <= group.count <= 9
        seen = {n}
        while group.anchor is not None:
            assert group.anchor not in seen, "relations run in no circle"
            seen.add(group.anchor)
            group = plan.groups[group.anchor]


WORDS = "a the red blue two cat dog on under with left of table circle in wearing hat and night , background 猫 在 桌子 上 红色 的 旁边"
words = st.lists(st.sampled_from(WORDS.split()), max_size=14)


@given(words)
def test_any_order_of_known_words_makes_a_plan(parts):
    plan = read(" ".join(parts))
    assert len(plan.groups) <= 12
    assert all(g.anchor is None or 0 <= g.anchor < len(plan.groups) for g in plan.groups)
