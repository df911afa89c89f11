"""Layout: things stay in the picture, stand where they were told to, and keep to the ground."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.shapes.layout import arrange
from tools.shapes.prompt import Group, Plan, read
from tools.shapes.vocabulary import things

RELATIONS = ("left", "right", "above", "on", "below", "beside", "front", "behind", "in", "wears")
NAMES = sorted(things())


def spots(prompt, aspect=1.0, seed=1):
    return arrange(read(prompt), aspect, Random(seed))


def one(found, name):
    return next(s for s in found if s.thing.name == name)


def test_left_is_left_and_above_is_above():
    found = spots("a circle to the left of a square")
    assert one(found, "circle").x + one(found, "circle").width <= one(found, "square").x + 0.01
    found = spots("a star above a heart")
    assert one(found, "star").bottom <= one(found, "heart").y + 0.01


def test_on_stands_on_the_top_and_in_is_inside():
    found = spots("a cat on a table")
    cat, table = one(found, "cat"), one(found, "table")
    assert abs(cat.bottom - (table.y + table.height * table.thing.top)) < 0.03
    found = spots("a triangle inside a circle")
    inner, outer = one(found, "triangle"), one(found, "circle")
    assert outer.x <= inner.x
    assert inner.x + inner.width <= outer.x + outer.width
    assert inner.layer > outer.layer


def test_a_hat_sits_on_each_head():
    found = spots("two cats wearing a hat")
    cats = [s for s in found if s.thing.name == "cat"]
    hats = [s for s in found if s.thing.name == "hat"]
    assert len(cats) == len(hats) == 2
    for cat, hat in zip(cats, hats, strict=True):
        assert abs(hat.bottom - (cat.y + cat.height * cat.thing.head[1])) < 0.05


def test_counts_are_kept():
    for count in range(1, 10):
        plan = Plan(groups=(Group(thing="star", count=count),))
        assert len(arrange(plan, 1.0, Random(1))) == count


@pytest.mark.parametrize("name", NAMES)
def test_each_thing_alone_is_whole_and_large(name):
    for aspect in (0.5, 1.0, 2.0):
        spot = arrange(Plan(groups=(Group(thing=name),)), aspect, Random(2))[0]
        assert spot.x >= -0.01
        assert spot.x + spot.width <= aspect + 0.01
        assert spot.y >= -0.01
        assert spot.bottom <= 1.01
        assert max(spot.width / aspect, spot.height) > 0.25


groups = st.builds(
    Group, thing=st.sampled_from(NAMES), count=st.integers(1, 9), size=st.floats(0.5, 1.8),
    relation=st.sampled_from(RELATIONS), anchor=st.none() | st.integers(0, 3), place=st.sampled_from(("", "left", "right", "top")),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(groups, min_size=1, max_size=5), st.sampled_from((0.5, 1.0, 2.0)))
def test_any_plan_keeps_the_middle_of_each_thing_in_the_picture(made, aspect):
    # an anchor always points back: relations run in no circle
    plan = Plan(
        groups=tuple(
            g.model_copy(update={"anchor": g.anchor if g.anchor is not None and g.anchor < n else None}) for n, g in enumerate(made)
        )
    )
    found = arrange(plan, aspect, Random(3))
    assert len(found) >= sum(g.count for g in plan.groups if g.relation != "wears" or g.anchor is None)
    for spot in found:
        assert spot.width > 0
        assert spot.height > 0
        assert -0.05 <= spot.x + spot.width / 2 <= aspect + 0.05
        assert -0.05 <= spot.y + spot.height / 2 <= 1.05


def test_a_loose_layout_differs_more_and_stays_in_the_picture():
    plan = read("a cat and a ball")
    firm, loose = ([arrange(plan, 1.0, Random(f"s{n}"), loose=free) for n in range(12)] for free in (False, True))
    spread = [max(spots[0].x for spots in kind) - min(spots[0].x for spots in kind) for kind in (firm, loose)]
    assert spread[1] > spread[0]
    for spots in loose:
        assert all(s.x >= -0.02 and s.x + s.width <= 1.02 and s.y >= -0.02 for s in spots)
