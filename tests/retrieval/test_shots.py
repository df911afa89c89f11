"""Where a video is cut: made of small pictures, eight a second, so that every case is known."""

import numpy as np
import pytest

from retrieval.shots import SIDE, shots

RATE = 8
RANDOM = np.random.default_rng(3)


def scene(seed):
    """A picture of soft blobs, unlike that of any other seed."""
    coarse = np.random.default_rng(seed).integers(0, 255, (4, 4, 3))
    return np.kron(coarse, np.ones((SIDE // 4, SIDE // 4, 1)))


def still(seed, seconds, noise=0.5):
    return [scene(seed) + RANDOM.normal(0, noise, (SIDE, SIDE, 3)) for _ in range(int(seconds * RATE))]


def panned(seed, seconds, speed):
    wide = np.concatenate([np.kron(np.random.default_rng(seed).integers(0, 255, (4, 64, 3)), np.ones((8, 8, 1)))], axis=1)
    return [wide[:, int(n * speed) : int(n * speed) + SIDE] for n in range(int(seconds * RATE))]


def faded(a, b, seconds):
    steps = int(seconds * RATE)
    return [scene(a) + (scene(b) - scene(a)) * (n + 1) / (steps + 1) for n in range(steps)]


def cut(frames, most=64):
    looks = np.clip(np.stack(frames), 0, 255).astype(np.uint8)
    times = [n / RATE for n in range(len(frames))]
    return shots(times, looks, len(frames) / RATE, most)


def starts(found):
    return [shot.start for shot in found]


def test_hard_cuts():
    found = cut(still(1, 2) + still(2, 3) + still(3, 1.5))
    assert starts(found) == [0, 2, 5]
    assert [shot.end for shot in found] == [2, 5, 6.5]
    assert all(shot.start <= shot.at < shot.end for shot in found)


def test_a_slide_that_turns_is_a_cut_though_little_changes():
    page = [np.full((SIDE, SIDE, 3), 250.0) for _ in range(16)]
    turned = [picture.copy() for picture in page]
    for picture in turned:
        picture[10:14, 4:28] = 120
    assert starts(cut(page + turned)) == [0, 2]


def test_a_camera_that_moves_is_no_cut_and_one_that_moves_for_long_is_divided():
    assert starts(cut(still(1, 0.1) + panned(5, 6, 1))) in ([0], [0, 0.125])
    assert len(cut(panned(5, 40, 1))) in (2, 3)


def test_a_shaking_camera_is_no_cut():
    shaken = [np.roll(scene(7), (int(RANDOM.integers(0, 2)), int(RANDOM.integers(0, 2))), (0, 1)) for _ in range(40)]
    assert starts(cut(shaken)) == [0]


def test_a_fade_is_one_new_shot_whose_picture_is_not_of_the_fade():
    found = cut(still(1, 3) + faded(1, 2, 1.5) + still(2, 3))
    assert len(found) == 2
    assert found[0].at < 3
    assert found[1].at >= 4.5


def test_a_flash_is_no_cut():
    assert starts(cut([*still(1, 2), np.full((SIDE, SIDE, 3), 255.0), *still(1, 2)])) == [0]


def test_flicker_is_not_a_shot_each():
    assert len(cut(still(1, 2) + [scene(n) for n in range(20, 30)] + still(2, 2))) <= 4


def test_the_clearest_cuts_count_when_there_are_too_many():
    dim = [np.full((SIDE, SIDE, 3), 100.0 + 8 * (n // RATE % 2)) for n in range(4 * RATE)]
    found = cut(dim + still(1, 2), most=2)
    assert starts(found) == [0, 4]
    assert len(cut(still(1, 1) + still(2, 1), most=1)) == 1


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_look(count):
    looks = np.zeros((count, SIDE, SIDE, 3), np.uint8)
    assert len(shots([0.0, 0.5][:count], looks, 1.0, 64)) == min(count, 1)
