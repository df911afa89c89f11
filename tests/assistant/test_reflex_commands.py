"""Device commands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.commands import command


@pytest.mark.parametrize(
    ("text", "action", "device", "area", "value"),
    [
        ("turn off the light in the kitchen", "off", "light", "kitchen", ""),
        ("turn the desk lamp on", "on", "desk lamp", "", ""),
        ("its too cold in here, put the heating on 22", "set", "heating", "", "22"),
        ("are the blinds in the bedroom closed?", "status", "blinds", "bedroom", ""),
        ("dim the lamp next to the sofa to thirty percent", "set", "lamp", "", "30"),
        ("lock the front door", "lock", "front door", "", ""),
        ("unlock the front door", "unlock", "front door", "", ""),
        ("open the garage", "open", "garage", "", ""),
        ("kill the lights", "off", "lights", "", ""),
        ("make the living room brighter", "increase", "light", "living room", ""),
        ("would you mind making it brighter in the living room", "increase", "light", "living room", ""),
        ("set the fan to the minimum", "set", "fan", "", "1"),
        ("set the fan to the maximum", "set", "fan", "", "100"),
        ("did I leave the oven on?", "status", "oven", "", ""),
        ("could you switch the fan on please", "on", "fan", "", ""),
        ("close the curtains", "close", "curtains", "", ""),
        ("change the lamp to blue", "set", "lamp", "", "blue"),
        ("set the thermostat to 21.5 degrees", "set", "thermostat", "", "21.5"),
        ("turn the volume down", "decrease", "volume", "", ""),
        ("toggle the hallway light", "toggle", "light", "hallway", ""),
        ("把客厅的灯关了", "off", "灯", "客厅", ""),
        ("空调调到二十六度", "set", "空调", "", "26"),
        ("太暗了，把台灯调亮点", "increase", "台灯", "", ""),
        ("打开卧室的窗帘", "open", "窗帘", "卧室", ""),
        ("关上卧室的灯", "off", "灯", "卧室", ""),
        ("门锁好了没有", "status", "门锁", "", ""),
        ("现在暖气是多少度", "status", "暖气", "", ""),
        ("卧室的窗帘关上了吗", "status", "窗帘", "卧室", ""),
    ],
)
def test_command(text, action, device, area, value):
    found = command(text)
    assert found is not None
    assert (found["action"], found["device"], found.get("area", ""), found.get("value", "")) == (action, device, area, value)
    assert found["command"] == text


def test_nothing_named():
    assert command("do it") is None


@given(st.text(max_size=200))
def test_actions_are_known_ones(text):
    found = command(text)
    if found:
        known = {"on", "off", "toggle", "set", "increase", "decrease", "open", "close", "lock", "unlock", "status"}
        assert found["action"] in known
        assert found["device"]
