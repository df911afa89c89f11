"""The quota of drawings: durable, exact under threads, and honest about when it is free again."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from retrieval.faults import Busy, InvalidInput
from tools.drawing_quota import DAY, DrawingQuota


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def quota(tmp_path, clock):
    made = DrawingQuota(tmp_path, 5, clock)
    yield made
    made.close()


def draw(quota, owner, pictures, made=None):
    with quota.room(owner, pictures) as count:
        count(pictures if made is None else made)


def test_what_is_drawn_counts_and_others_are_not_touched(quota):
    draw(quota, "ann", 4)
    assert (quota.used("ann"), quota.used("bob")) == (4, 0)
    with pytest.raises(Busy) as caught:
        draw(quota, "ann", 2)
    assert caught.value.code == "quota_spent"
    draw(quota, "ann", 1)
    draw(quota, "bob", 5)


def test_it_says_when_there_is_room_again(quota, clock):
    draw(quota, "ann", 2)
    clock.now += 3 * 3600
    draw(quota, "ann", 3)
    clock.now += 3600
    with pytest.raises(Busy) as caught:
        draw(quota, "ann", 2)
    assert caught.value.retry_after == 20 * 3600, "the first two are a day old then"
    assert "20 h" in caught.value.hint
    with pytest.raises(Busy) as caught, quota.room("ann", 3, "zh"):
        pytest.fail("there was room")
    assert caught.value.retry_after == 23 * 3600
    assert "23小时" in caught.value.hint
    clock.now += 20 * 3600
    draw(quota, "ann", 2)


def test_more_than_a_day_allows_is_told_at_once(quota):
    with pytest.raises(InvalidInput) as caught:
        draw(quota, "ann", 6)
    assert caught.value.param == "n"


def test_what_failed_counts_nothing(quota):
    with pytest.raises(ZeroDivisionError), quota.room("ann", 5):
        raise ZeroDivisionError
    draw(quota, "ann", 5, made=3)
    assert quota.used("ann") == 3
    draw(quota, "ann", 2)


def test_a_day_later_all_is_free(quota, clock):
    draw(quota, "ann", 5)
    clock.now += DAY + 1
    assert quota.used("ann") == 0
    draw(quota, "ann", 5)


def test_what_is_being_drawn_is_promised(quota):
    with quota.room("ann", 3):
        with pytest.raises(Busy), quota.room("ann", 3):
            pytest.fail("there was room")
        with quota.room("ann", 2):
            pass
    draw(quota, "ann", 5)


def test_threads_never_get_more_than_the_quota(quota):
    got, refused = [], []
    start = threading.Barrier(12)

    def one():
        start.wait()
        try:
            draw(quota, "ann", 1)
            got.append(1)
        except Busy as fault:
            refused.append(fault)

    threads = [threading.Thread(target=one) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused), quota.used("ann")) == (5, 7, 5)


def test_without_a_quota_no_ledger_is_kept(tmp_path):
    draw(DrawingQuota(tmp_path), "ann", 500)
    assert not list(tmp_path.iterdir())


def test_what_was_counted_survives_a_killed_process(tmp_path):
    script = (
        "import os, pathlib, sys\n"
        "from tools.drawing_quota import DrawingQuota\n"
        "with DrawingQuota(pathlib.Path(sys.argv[1]), 5).room('ann', 4) as count:\n"
        "    count(4)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == -9
    again = DrawingQuota(tmp_path, 5)
    assert again.used("ann") == 4
    again.close()


def test_the_ledger_names_nobody(quota, tmp_path):
    draw(quota, "ann@example.org", 1)
    quota.close()
    assert b"ann@example.org" not in (tmp_path / "drawings.db").read_bytes()
