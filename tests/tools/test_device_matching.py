"""Device matching: the devices people mean, in English and Chinese."""

import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.device_matching import match, unclear
from tools.devices.simulated import create


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    return create(tmp_path_factory.mktemp("home")).devices()


LIGHTS = {"living_room_light", "floor_lamp", "bedroom_light", "kitchen_light", "hall_light"}
LIVING = {"living_room_light", "floor_lamp", "thermostat", "tv", "living_room_blinds"}


@pytest.mark.parametrize(
    ("device", "area", "command", "expected"),
    [
        ("light", "kitchen", "", {"kitchen_light"}),
        ("kitchen light", "", "", {"kitchen_light"}),
        ("the lights", "living room", "", {"living_room_light", "floor_lamp"}),
        ("all lights", "", "", LIGHTS),
        ("all the lights except the hall", "", "", LIGHTS - {"hall_light"}),
        ("all lights", "", "turn off all the lights except the bedroom", LIGHTS - {"bedroom_light"}),
        ("heating", "", "", {"thermostat"}),
        ("temperature", "", "", {"thermostat"}),
        ("front door", "", "", {"front_door"}),
        ("lock", "", "", {"front_door"}),
        ("curtains", "", "", {"living_room_blinds"}),
        ("music", "", "", {"kitchen_speaker"}),
        ("coffee", "", "", {"coffee_machine"}),
        ("灯", "厨房", "", {"kitchen_light"}),
        ("客厅灯", "", "", {"living_room_light"}),
        ("所有的灯", "", "", LIGHTS),
        ("所有的灯", "", "除了玄关，把所有的灯都关掉", LIGHTS - {"hall_light"}),
        ("窗帘", "", "", {"living_room_blinds"}),
        ("空调", "", "", {"thermostat"}),
        ("大门", "", "", {"front_door"}),
        ("风扇", "卧室", "", {"bedroom_fan"}),
        ("everything in the kitchen except the kitchen light and the radio", "", "", {"coffee_machine", "oven"}),
        ("all lights", "hall", "turn off all lights except in the hall", LIGHTS - {"hall_light"}),
        ("lights and the fan", "", "", {"bedroom_fan"} | LIGHTS),
        ("door", "", "", {"front_door"}),
        ("garage door", "", "", {"garage_door"}),
        ("除了电视以外的所有设备", "客厅", "", LIVING - {"tv"}),
        ("客厅灯和电视", "", "", {"living_room_light", "tv"}),
        ("fountain", "", "", set()),
        ("spaceship", "kitchen", "", set()),
    ],
)
def test_words_mean_devices(devices, device, area, command, expected):
    assert {d.id for d in match(devices, device, area, command)} == expected


def test_everything_in_a_room(devices):
    assert {d.id for d in match(devices, "everything", "living room", "")} == LIVING


def test_a_name_of_several_rooms_is_unclear_until_a_room_or_all_is_said(devices):
    assert len(unclear(devices, "light", "")) > 1
    assert {d.id for d in unclear(devices, "fan and the light", "")} >= {"kitchen_light", "hall_light"}
    assert unclear(devices, "light", "kitchen") == []
    assert unclear(devices, "kitchen light and the fan", "") == []
    assert unclear(devices, "all lights", "") == []


@cache
def home_of_all():
    with tempfile.TemporaryDirectory() as folder:
        return create(Path(folder)).devices()


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=60))
def test_any_words_give_a_subset(device, area, command):
    home = home_of_all()
    assert {d.id for d in match(home, device, area, command)} <= {d.id for d in home}


@pytest.mark.parametrize("said", [
    "turn every lamp off apart from the bedroom one", "turn off all the lights except the one in the bedroom", "switch off all lights but the bedroom one, please",
])  # fmt: skip
def test_what_is_spared_is_spared_however_it_is_named(tmp_path, said):
    found = {d.id for d in match(create(tmp_path).devices(), "lights", "", said)}
    assert "bedroom_light" not in found
    assert {"kitchen_light", "hall_light"} <= found


def test_when_what_shall_be_spared_is_not_known_nothing_is_touched(tmp_path):
    assert match(create(tmp_path).devices(), "lights", "", "turn off all the lights except the purple whatsit") == []
