"""Every device back-end: names in both languages, actions that are confirmed and kept, refusals that change nothing."""

import threading

import pytest

from retrieval.backends import load, names
from retrieval.faults import Fault, InvalidInput, NotFound


@pytest.fixture(params=names("tools.devices"))
def make(request, tmp_path):
    return lambda: load("tools.devices", request.param)(tmp_path)


def of_kind(home, kind):
    return next(d for d in home.devices() if d.kind == kind)


def test_devices_have_names_rooms_and_actions(make):
    devices = make().devices()
    assert 8 <= len(devices) <= 12
    assert len({d.area for d in devices}) == 4
    assert len({d.id for d in devices}) == len(devices)
    for device in devices:
        assert device.names["en"]
        assert device.names["zh"]
        assert device.area_names["zh"]
        assert "status" in device.actions
        assert device.state


def test_an_action_is_confirmed_and_survives_a_restart(make):
    light = of_kind(make(), "light")
    changed = make().execute(light.id, "set", "35")
    assert changed.state == {**light.state, "power": "on", "brightness": 35}
    assert of_kind(make(), "light").state == changed.state


def test_status_changes_nothing(make):
    home = make()
    before = home.devices()
    for device in before:
        assert home.execute(device.id, "status") == device
    assert home.devices() == before


def test_toggling_twice_is_nothing(make):
    home = make()
    fan = of_kind(home, "fan")
    home.execute(fan.id, "toggle")
    assert home.execute(fan.id, "toggle").state == fan.state


def test_levels_stay_in_range(make):
    home = make()
    speaker = of_kind(home, "speaker")
    for _ in range(20):
        state = home.execute(speaker.id, "increase").state
    assert state["volume"] == 100
    for _ in range(20):
        state = home.execute(speaker.id, "decrease").state
    assert state["volume"] == 0


def test_locks_are_risky(make):
    assert all(d.risky for d in make().devices() if d.kind == "lock")


@pytest.mark.parametrize(("action", "value"), [("open", ""), ("set", "1000"), ("set", "bright"), ("set", "")])
def test_what_it_cannot_do_changes_nothing(make, action, value):
    home = make()
    light = of_kind(home, "light")
    with pytest.raises(InvalidInput) as caught:
        home.execute(light.id, action, value)
    assert caught.value.hint
    assert of_kind(home, "light") == light


def test_an_unknown_device_is_not_found(make):
    with pytest.raises(NotFound):
        make().execute("teapot", "on")


def test_a_damaged_state_file_is_the_home_as_it_began(make, tmp_path):
    fresh = make().devices()
    (tmp_path / "devices.json").write_text('{"kitchen_light": "on"', "utf-8")
    assert make().devices() == fresh


def test_threads_do_not_lose_each_others_changes(make):
    home = make()
    ids = [d.id for d in home.devices() if "on" in d.actions]
    faults = []

    def switch(device_id):
        try:
            for action in ("on", "off", "on"):
                home.execute(device_id, action)
        except Fault as fault:
            faults.append(fault)

    threads = [threading.Thread(target=switch, args=(device_id,)) for device_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert all(d.state["power"] == "on" for d in home.devices() if d.id in ids)
