"""Typed commands in the words of people: understood without being foreseen one by one, and nothing that is no order acts."""

import pytest

from tools.device_matching import match
from tools.device_questions import is_prohibition, is_question, orders_nothing
from tools.devices.simulated import create
from tools.intents.understanding import Intents

ORDERS = [
    ("could you make sure the kitchen light is off", "off", "kitchen_light"), ("bedroom light off now", "off", "bedroom_light"),
    ("I want the tv off", "off", "tv"), ("please off the fan", "off", "bedroom_fan"), ("shut the floor lamp off", "off", "floor_lamp"),
    ("would you mind switching off the oven", "off", "oven"), ("close the kitchen light", "off", "kitchen_light"),
    ("get the coffee machine going", "on", "coffee_machine"), ("a cup of coffee, please", "on", "coffee_machine"),
    ("brew me some coffee", "on", "coffee_machine"), ("I'd like a coffee", "on", "coffee_machine"), ("let's have the radio on", "on", "kitchen_speaker"),
    ("hey, put the fan on please", "on", "bedroom_fan"), ("go ahead and start the fan", "on", "bedroom_fan"),
    ("make the bedroom light a little brighter", "increase", "bedroom_light"), ("raise the hall light", "increase", "hall_light"),
    ("I need more light in the kitchen", "increase", "kitchen_light"), ("it's dark in the bedroom", "increase", "bedroom_light"),
    ("can you turn the music up a bit", "increase", "kitchen_speaker"), ("lower the tv volume", "decrease", "tv"),
    ("dim the floor lamp a little bit", "decrease", "floor_lamp"), ("darken the bedroom light", "decrease", "bedroom_light"),
    ("reduce the intensity of the hall light", "decrease", "hall_light"), ("change the floor lamp from red to blue", "set", "floor_lamp"),
    ("set the bedroom light colour to green", "set", "bedroom_light"), ("kitchen light to fifty percent", "set", "kitchen_light"),
    ("bring the blinds down to 20 percent", "set", "living_room_blinds"), ("pull the curtains up", "open", "living_room_blinds"),
    ("would you please lock up the front door", "lock", "front_door"), ("let the blinds down", "close", "living_room_blinds"),
    ("麻烦把厨房的灯给关了", "off", "kitchen_light"), ("卧室灯关掉吧", "off", "bedroom_light"), ("你能帮我关一下电视吗", "off", "tv"),
    ("来杯咖啡", "on", "coffee_machine"), ("风扇打开", "on", "bedroom_fan"), ("帮我把落地灯点亮", "on", "floor_lamp"),
    ("把卧室的灯再亮一点", "increase", "bedroom_light"), ("电视声音大一点", "increase", "tv"), ("空调温度调低一点", "decrease", "thermostat"),
    ("落地灯调到百分之五十", "set", "floor_lamp"), ("让玄关灯变成红色", "set", "hall_light"), ("窗帘升起来", "open", "living_room_blinds"),
    ("请将窗帘放下来", "close", "living_room_blinds"), ("帮忙锁一下大门", "lock", "front_door"), ("音乐小声点", "decrease", "kitchen_speaker"),
]  # fmt: skip
NO_ORDERS = [
    "is the light on?", "could you tell me whether the door is locked", "do you know if the oven is on", "what happens when I open the blinds",
    "why is the kitchen light on", "I wonder whether the fan is running", "are you able to turn on the light when it gets dark?",
    "I turned off the oven", "we left the tv on yesterday", "my son switched on the fan", "she had locked the front door", "I forgot to turn off the tv",
    "if I turned on the light, would you notice", "suppose I open the garage door", "turn on the light when I get home",
    "turn off the tv in ten minutes", "start the coffee machine at seven am", "switch the fan on tomorrow", "unless it rains open the blinds",
    "don't turn on the light", "do not open the blinds", "never unlock the front door", "please don't make any coffee", "you should have locked the door",
    "I would have turned off the fan", "the light is on", "the coffee was good", "lights are nice", "he said turn on the light", "make it blue",
    "灯开着吗", "大门锁了没有", "你知道电视关了吗", "昨天我把灯关了", "刚才谁开了电视", "如果我开灯会怎么样", "要是太冷就打开空调", "不要打开窗帘", "别关电视",
    "千万别开锁", "明天早上打开窗帘", "十分钟后关灯", "为什么灯开着", "我本来想关灯的", "他说开灯",
]  # fmt: skip


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    return create(tmp_path_factory.mktemp("home")).devices()


@pytest.fixture(scope="module")
def intents():
    return Intents()


@pytest.mark.parametrize(("said", "action", "device"), ORDERS)
def test_an_order_is_understood_in_a_persons_own_words(intents, devices, said, action, device):
    (command,) = intents.understand(said, devices)
    assert command.action == action
    assert {d.id for d in match(devices, command.device, command.area, command.words)} == {device}


@pytest.mark.parametrize("said", NO_ORDERS)
def test_what_is_no_order_never_acts(intents, devices, said):
    assert [command for command in intents.understand(said, devices) if command.action != "status"] == []


@pytest.mark.parametrize("said", [s for s in NO_ORDERS if s not in ("the light is on", "the coffee was good", "lights are nice", "make it blue",
                                                                    "he said turn on the light", "他说开灯", "please don't make any coffee")])  # fmt: skip
def test_the_tool_itself_stops_what_is_no_order(said):
    assert is_question(said) or is_prohibition(said) or orders_nothing(said)


@pytest.mark.parametrize("said", [order for order, _, _ in ORDERS])
def test_an_order_is_not_held_for_something_else(said):
    assert not is_question(said)
    assert not orders_nothing(said)
