"""Typed commands in the words of people: understood without being foreseen one by one, and nothing that is no order acts."""

import pytest

from tools.courtesies import without_courtesies
from tools.device_matching import match
from tools.device_questions import is_no_order, is_question, orders_nothing
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
    ("may I ask you to dim the hall light", "decrease", "hall_light"), ("can we please close the blinds?", "close", "living_room_blinds"),
    ("hey olly, turn up the radio a little", "increase", "kitchen_speaker"),
    ("I want the kitchen light turned off", "off", "kitchen_light"), ("the bedroom light needs to be turned off", "off", "bedroom_light"),
    ("I'd love the oven to be off", "off", "oven"), ("good night, bedroom light off", "off", "bedroom_light"),
    ("make it brighter in the bedroom", "increase", "bedroom_light"), ("darken the kitchen a bit", "decrease", "kitchen_light"),
    ("brighten up the kitchen please", "increase", "kitchen_light"), ("more light in the hall", "increase", "hall_light"),
    ("the bedroom is too dark", "increase", "bedroom_light"), ("too bright in the kitchen", "decrease", "kitchen_light"),
    ("light up the hall", "increase", "hall_light"), ("shut the coffee machine down", "off", "coffee_machine"),
    ("power down the tv", "off", "tv"), ("cease operating the fan", "off", "bedroom_fan"),
    ("could you play it a little louder", "increase", "kitchen_speaker"), ("move the volume up a little", "increase", "kitchen_speaker"),
    ("it's too quiet", "increase", "kitchen_speaker"), ("the volume is too low", "increase", "kitchen_speaker"),
    ("I need it louder", "increase", "kitchen_speaker"), ("speak louder please", "increase", "kitchen_speaker"),
    ("that's too loud", "decrease", "kitchen_speaker"), ("turn down the noise", "decrease", "kitchen_speaker"),
    ("be a bit quieter", "decrease", "kitchen_speaker"), ("cut down the volume", "decrease", "kitchen_speaker"),
    ("put it on mute, please", "off", "kitchen_speaker"), ("silent mode", "off", "kitchen_speaker"), ("keep quiet", "off", "kitchen_speaker"),
    ("stop playing", "off", "kitchen_speaker"), ("unmute yourself", "on", "kitchen_speaker"),
    ("disable the music player", "off", "kitchen_speaker"), ("please turn the volume to the loudest setting", "set", "kitchen_speaker"),
    ("change the speaker volume to a louder one", "increase", "kitchen_speaker"), ("set the temp to 22", "set", "thermostat"),
    ("could you fix me some coffee", "on", "coffee_machine"), ("I'd like an espresso", "on", "coffee_machine"),
    ("can I have a double cappuccino please", "on", "coffee_machine"), ("make me a strong cup of coffee", "on", "coffee_machine"),
    ("来一杯拿铁", "on", "coffee_machine"), ("给我来一杯浓缩咖啡", "on", "coffee_machine"), ("声音大点", "increase", "kitchen_speaker"),
    ("太吵了", "decrease", "kitchen_speaker"), ("静音", "off", "kitchen_speaker"), ("turn down the bedroom light to medium", "set", "bedroom_light"),
    ("initiate the coffee machine", "on", "coffee_machine"), ("begin the brew", "on", "coffee_machine"),
    ("get the coffee started", "on", "coffee_machine"), ("get a cup of coffee ready now", "on", "coffee_machine"),
    ("i need some coffee made", "on", "coffee_machine"), ("make the floor lamp shine blue", "set", "floor_lamp"),
    ("change the hall light to a green hue", "set", "hall_light"), ("switch to red colored light in the bedroom", "set", "bedroom_light"),
    ("turn the bedroom light down a notch", "decrease", "bedroom_light"), ("maximize the floor lamp", "set", "floor_lamp"),
    ("can you please off the fan", "off", "bedroom_fan"), ("turn of the tv", "off", "tv"), ("swich on the fan", "on", "bedroom_fan"),
    ("bring the hall light up a bit", "increase", "hall_light"), ("secure the front door", "lock", "front_door"),
    ("would it be possible to turn on the fan?", "on", "bedroom_fan"), ("do you think you could switch off the tv?", "off", "tv"),
    ("I'd appreciate it if you could dim the floor lamp", "decrease", "floor_lamp"),
    ("could you be so kind as to open the blinds", "open", "living_room_blinds"), ("turn off the tv i'm going to bed", "off", "tv"),
    ("make the kitchen light less bright", "decrease", "kitchen_light"), ("lessen the hall light", "decrease", "hall_light"),
    ("turn on the fan as soon as possible", "on", "bedroom_fan"), ("quickly turn on the fan", "on", "bedroom_fan"),
    ("麻烦帮忙把客厅的灯打开", "on", "living_room_light"), ("可不可以把卧室的灯调暗一些", "decrease", "bedroom_light"),
    ("我想让你把电视关掉", "off", "tv"), ("小助手，开一下客厅灯", "on", "living_room_light"),
    ("客厅亮一点", "increase", "living_room_light"), ("卧室太亮了，调暗一点", "decrease", "bedroom_light"),
    ("把厨房的灯换成绿色", "set", "kitchen_light"), ("让落地灯发蓝光", "set", "floor_lamp"), ("客厅灯变蓝", "set", "living_room_light"),
    ("给我来一杯咖啡", "on", "coffee_machine"), ("冲杯咖啡", "on", "coffee_machine"), ("煮点咖啡吧", "on", "coffee_machine"),
    ("我想喝咖啡", "on", "coffee_machine"), ("风扇转快一点", "increase", "bedroom_fan"), ("风扇调慢点", "decrease", "bedroom_fan"),
    ("音乐关小点声", "decrease", "kitchen_speaker"), ("把电视静音", "off", "tv"), ("停止播放音乐", "off", "kitchen_speaker"),
    ("空调开到二十六度", "set", "thermostat"), ("温度升高两度", "increase", "thermostat"),
    ("把窗帘拉开一半", "set", "living_room_blinds"), ("窗帘拉上吧", "close", "living_room_blinds"),
    ("帮我把大门锁好", "lock", "front_door"), ("车库门打开", "on", "garage_door"), ("关闭烤箱", "off", "oven"),
    ("停用风扇", "off", "bedroom_fan"), ("启用咖啡机", "on", "coffee_machine"), ("把客厅弄亮一点", "increase", "living_room_light"),
    ("把卧室弄暗点", "decrease", "bedroom_light"), ("调亮客厅的灯", "increase", "living_room_light"),
    ("劳烦您把电视打开一下", "on", "tv"), ("可以帮我把空调关了吗", "off", "thermostat"), ("帮忙开下风扇", "on", "bedroom_fan"),
    ("把走廊灯打开好吗", "on", "hall_light"), ("拜托把音乐声音调小一点", "decrease", "kitchen_speaker"),
    ("我需要把窗帘打开", "on", "living_room_blinds"), ("不好意思，帮我把电视关一下", "off", "tv"), ("快把烤箱关了", "off", "oven"),
    ("卧室灯给我关掉", "off", "bedroom_light"), ("电视给我打开", "on", "tv"), ("客厅的灯请打开", "on", "living_room_light"),
    ("玄关灯请关闭", "off", "hall_light"), ("让客厅暗下来", "decrease", "living_room_light"),
    ("把落地灯亮度降低一点", "decrease", "floor_lamp"), ("落地灯亮度提高百分之二十", "increase", "floor_lamp"),
    ("请把空调温度设定在二十四度", "set", "thermostat"), ("空调温度低一点", "decrease", "thermostat"),
    ("调高空调温度", "increase", "thermostat"), ("暖气开大点", "increase", "thermostat"),
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
LEFT = [
    ("Hey Olly, could you be so kind as to dim the lamp?", "dim the lamp"), ("good night, lights off", "lights off"),
    ("if you don't mind, is the oven on?", "is the oven on?"), ("turn it off as soon as possible, thanks", "turn it off"),
    ("don't open the door please", "don't open the door"), ("please", "please"), ("小助手，关灯，谢谢", "关灯"), ("太黑了，开灯吧", "开灯"),
    ("灯关了吧？", "灯关了吧？"),
]  # fmt: skip
NOT_HERE = ["be quiet for an hour", "mute for ten minutes", "the room is too loud", "I like it louder", "order a latte from the shop", "what is a latte", "who is louder",
    "change font colour to red", "silent night", "make it louder in the attic", "turn on the light in the attic", "coffee", "the coffee", "we have coffee", "clean my inbox", "my old lamp", "bright ideas", "a bright room", "dark kitchen", "bright lights",
            "turn on the fountain light show", "a good coffee", "brighten my day"]  # fmt: skip


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
    assert [d.id for d in match(devices, command.device, command.area, command.words)] == [device]


@pytest.mark.parametrize("said", NO_ORDERS)
def test_what_is_no_order_never_acts(intents, devices, said):
    assert [command for command in intents.understand(said, devices) if command.action != "status"] == []


@pytest.mark.parametrize("said", [s for s in NO_ORDERS if s != "make it blue"])  # an order, which names no device
def test_the_tool_itself_stops_what_is_no_order(said):
    assert is_no_order(said)


@pytest.mark.parametrize("said", [order for order, _, _ in ORDERS])
def test_an_order_is_not_held_for_something_else(said):
    assert not is_question(said)
    assert not orders_nothing(said)


@pytest.mark.parametrize(("said", "left"), LEFT)
def test_courtesies_go_and_the_rest_stays(said, left):
    assert without_courtesies(said) == left


@pytest.mark.parametrize("said", NOT_HERE)
def test_what_no_device_of_the_home_is_asked_for_is_nothing(intents, devices, said):
    assert intents.understand(said, devices) == []
