"""The disk that loses power keeps what was synced, and only that for sure."""

import random

import pytest

from benchmarks.reliability._disk import Disk
from benchmarks.reliability._recording import Call

DATA = b"a" * 6000
WRITTEN = [Call("create", "draft", at=0, opened=3), Call("write", "draft", DATA, opened=3)]
SYNCED = [*WRITTEN, Call("sync", "draft")]
NAMED = [*SYNCED, Call("rename", "draft", to="file")]


def states(folder, calls, count=60):
    disk, seen = Disk(), []
    disk.play(calls)
    for number in range(count):
        place = folder / str(number)
        place.mkdir()
        disk.after_power_loss(place, random.Random(number))
        seen.append({path.name: path.read_bytes() for path in place.iterdir()})
    return seen


@pytest.mark.case("D05")
def test_what_was_synced_with_its_folder_is_always_there(tmp_path):
    assert all(state == {"file": DATA} for state in states(tmp_path, [*NAMED, Call("sync", "")]))


@pytest.mark.case("D05")
def test_a_name_that_was_not_synced_may_be_lost_or_old(tmp_path):
    found = states(tmp_path, NAMED)
    assert {} in found
    assert {"file": DATA} in found
    assert {"draft": DATA} in found
    assert all(data == DATA for state in found for data in state.values())


@pytest.mark.case("D05")
def test_bytes_that_were_not_synced_may_be_there_in_part(tmp_path):
    found = [state["draft"] for state in states(tmp_path, [*WRITTEN, Call("sync", "")])]
    assert b"" in found
    assert DATA in found
    assert any(data not in (b"", DATA) for data in found)


@pytest.mark.case("D05")
def test_what_was_overwritten_without_a_sync_is_old_or_new(tmp_path):
    calls = [*SYNCED, Call("sync", ""), Call("write", "draft", b"b" * 600, at=0, opened=3), Call("unlink", "draft")]
    assert {state["draft"][:1] for state in states(tmp_path, calls) if state} == {b"a", b"b"}
    gone = tmp_path / "gone"
    gone.mkdir()
    assert states(gone, [*calls, Call("sync", "")]) == [{}] * 60
