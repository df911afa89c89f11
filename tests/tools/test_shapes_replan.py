"""Replan: instructions change a plan, and leave alone what is not about its things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.shapes.prompt import read
from tools.shapes.replan import change


def after(prompt, instruction):
    result = change(read(prompt), instruction)
    return None if result is None else result[0]


@pytest.mark.parametrize(
    ("prompt", "instruction", "check"),
    [
        ("a cat", "make it green", lambda p: p.groups[0].colours == ("green",)),
        ("a cat and a dog", "make the dog blue", lambda p: p.groups[1].colours == ("blue",)),
        ("a car", "把车变成黄色", lambda p: p.groups[0].colours == ("yellow",)),
        ("a house", "make the roof blue", lambda p: p.groups[0].colours == ("", "blue")),
        ("a cat", "add a hat", lambda p: (p.groups[1].thing, p.groups[1].relation) == ("hat", "wears")),
        ("a cat", "add a star", lambda p: p.groups[1].thing == "star"),
        ("a cat", "put a bird on the cat", lambda p: (p.groups[1].thing, p.groups[1].anchor) == ("bird", 0)),
        ("一只猫", "加一个太阳", lambda p: p.groups[1].thing == "sun"),
        ("a cat and a sun", "remove the sun", lambda p: [g.thing for g in p.groups] == ["cat"]),
        ("猫和太阳", "去掉太阳", lambda p: [g.thing for g in p.groups] == ["cat"]),
        ("a cat", "on a blue background", lambda p: p.background == "blue"),
        ("a cat", "change the background to pink", lambda p: p.background == "pink"),
        ("a cat", "make it night", lambda p: p.time == "night"),
        ("a cat", "two of them", lambda p: p.groups[0].count == 2),
        ("a cat", "make it three cats", lambda p: p.groups[0].count == 3),
        ("a cat and a dog", "make the cat bigger", lambda p: p.groups[0].size > 1 == p.groups[1].size),
        ("a cat", "turn the cat into a dog", lambda p: p.groups[0].thing == "dog"),
        ("a red ball", "replace the ball with a heart", lambda p: p.groups[0].thing == "heart"),
        ("a cat and a ball", "move the ball to the left", lambda p: p.groups[1].place == "left"),
        ("a cat", 'add the text "Hello"', lambda p: p.texts == ("Hello",)),
    ],
)
def test_a_change_is_made(prompt, instruction, check):
    plan = after(prompt, instruction)
    assert plan is not None
    assert check(plan), plan


@pytest.mark.parametrize("instruction", ["rotate it by 90 degrees", "make it sharper", "crop it", "what is this?", "make the zebra green"])
def test_what_is_not_about_the_plan_is_left_to_others(instruction):
    assert after("a cat and a sun", instruction) is None


def test_removing_an_anchor_frees_what_stood_on_it():
    plan = after("a cat on a table next to a lamp", "remove the table")
    assert [g.thing for g in plan.groups] == ["cat", "lamp"]
    assert all(g.anchor is None or g.anchor < 2 for g in plan.groups)


@given(st.text(max_size=80))
def test_any_instruction_gives_a_sound_plan_or_none(instruction):
    result = change(read("a cat on a table and two birds above a tree"), instruction)
    if result is not None:
        plan = result[0]
        assert all(g.anchor is None or 0 <= g.anchor < len(plan.groups) for g in plan.groups)
        assert all(1 <= g.count <= 9 for g in plan.groups)


@pytest.mark.parametrize(
    ("prompt", "instruction", "scene", "time"),
    [
        ("a blue dog", "put it on a beach", "beach", ""),
        ("a blue dog", "put the dog on a beach", "beach", ""),
        ("一只蓝色的狗", "把狗放到海滩上", "beach", ""),
        ("a blue dog", "放到海滩上", "beach", ""),
        ("a dog at night", "put it on a beach", "beach", "night"),
        ("a dog on a beach", "make it night", "beach", "night"),
        ("a dog and a cat", "put them in space", "space", ""),
    ],
)
def test_a_known_thing_goes_to_a_new_place(prompt, instruction, scene, time):
    plan = after(prompt, instruction)
    assert (plan.scene, plan.time) == (scene, time)
    assert plan.groups == read(prompt).groups


def test_one_more_thing_is_added_all_the_same():
    assert [g.thing for g in after("a dog", "put a cat on the beach").groups] == ["dog", "cat"]
    assert [g.thing for g in after("a dog", "put another dog on the beach").groups] == ["dog", "dog"]
