"""A hundred sentences to the home that ships, each with what the broker must receive: `device key=value ...; device ...`."""

from __future__ import annotations

import json

_ENGLISH = """
turn on the kitchen light | kitchen_light power=on
Turn off the kitchen light, please. | kitchen_light power=off
could you turn on the fan? | bedroom_fan power=on
switch the tv on | tv power=on
is the tv on? |
turn off the tv and the fan | tv power=off; bedroom_fan power=off
make me a coffee | coffee_machine power=on
turn the coffee machine off | coffee_machine power=off
set the bedroom light to 30% | bedroom_light power=on brightness=30
dim the bedroom light to twenty percent | bedroom_light power=on brightness=20
brighten the bedroom light | bedroom_light power=on brightness=40
make the bedroom light darker | bedroom_light power=on brightness=20
what is the bedroom light set to |
make the floor lamp blue | floor_lamp power=on colour=blue
turn the floor lamp warm white | floor_lamp power=on colour=warm white
turn off the floor lamp | floor_lamp power=off
did I leave the oven on? |
turn on the oven |
yes | oven power=on
turn off the oven | oven power=off
set the oven to 200 degrees |
yes please | oven power=on target=200
set the thermostat to 22 | thermostat power=on target=22
raise the thermostat by two degrees | thermostat power=on target=24
it's too hot in here | thermostat power=on target=23
I'm too cold | thermostat power=on target=24
set the thermostat to twenty one point five degrees | thermostat power=on target=21.5
how warm is the thermostat |
close the blinds | living_room_blinds position=0
are the blinds closed? |
open the curtains to 40 percent | living_room_blinds position=40
open the blinds | living_room_blinds position=100
unlock the front door |
yes | front_door locked=false
lock the front door |
yes | front_door locked=true
is the front door locked |
open the garage door |
yes | garage_door position=100
close the garage door |
no, leave it |
turn on the radio | kitchen_speaker power=on
set the volume of the radio to 45 | kitchen_speaker power=on volume=45
turn up the music | kitchen_speaker power=on volume=55
kill the music | kitchen_speaker power=off
turn on all the lights in the living room | living_room_light power=on; floor_lamp power=on
turn everything off except the hall | living_room_light power=off; floor_lamp power=off; thermostat power=off; tv power=off; bedroom_light power=off; bedroom_fan power=off; kitchen_light power=off; coffee_machine power=off; kitchen_speaker power=off; oven power=off
turn on the hall light and close the blinds | hall_light power=on; living_room_blinds position=0
movie time | living_room_light power=off; floor_lamp power=on brightness=20; living_room_blinds position=0
don't turn on the tv |
"""
_CHINESE = """
打开厨房的灯 | kitchen_light power=on
请把厨房的灯关掉 | kitchen_light power=off
能不能打开电视？ | tv power=on
电视开着吗？ |
关掉电视 | tv power=off
帮我把卧室的风扇打开 | bedroom_fan power=on
关掉风扇 | bedroom_fan power=off
煮一杯咖啡 | coffee_machine power=on
关掉咖啡机 | coffee_machine power=off
把卧室的灯调到30% | bedroom_light power=on brightness=30
把卧室灯调到百分之五十 | bedroom_light power=on brightness=50
把卧室灯调亮一点 | bedroom_light power=on brightness=70
把卧室灯调暗 | bedroom_light power=on brightness=50
卧室的灯开着吗 |
把落地灯变成蓝色 | floor_lamp power=on colour=blue
把落地灯换成暖白色 | floor_lamp power=on colour=warm white
把落地灯调到最亮 | floor_lamp power=on brightness=100
关掉落地灯 | floor_lamp power=off
打开烤箱 |
是的 | oven power=on
关掉烤箱 | oven power=off
把空调设为二十三度 | thermostat power=on target=23
把空调的温度调高两度 | thermostat power=on target=25
太热了 | thermostat power=on target=24
我好冷 | thermostat power=on target=25
空调现在多少度 |
把窗帘拉上 | living_room_blinds position=0
窗帘是开着的吗 |
拉开窗帘 | living_room_blinds position=100
解锁大门 |
是的 | front_door locked=false
大门锁了吗？ |
把大门锁上 |
是的 | front_door locked=true
谁打开了大门 |
打开车库门 |
是的 | garage_door position=100
把车库门关上 |
不用了 |
打开音箱 | kitchen_speaker power=on
把音箱的音量调到百分之十五 | kitchen_speaker power=on volume=15
音乐大声一点 | kitchen_speaker power=on volume=25
关掉音乐 | kitchen_speaker power=off
把客厅的灯都打开 | living_room_light power=on; floor_lamp power=on
除了玄关，把所有的灯都关掉 | living_room_light power=off; floor_lamp power=off; bedroom_light power=off; kitchen_light power=off
打开玄关灯，然后把窗帘拉上 | hall_light power=on; living_room_blinds position=0
打开客厅灯和电视 | living_room_light power=on; tv power=on
电影模式 | living_room_light power=off; floor_lamp power=on brightness=20; living_room_blinds position=0
不要打开电视 |
怎么打开风扇？ |
"""


def _read(text):
    for line in text.strip().splitlines():
        said, _, expected = line.partition("|")
        yield said.strip(), expected.strip()


COMMANDS = [*_read(_ENGLISH), *_read(_CHINESE)]


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def expected_messages(expected):
    """[(device, [(key, value)])] in order, as they are compared."""
    found = []
    for part in filter(None, (one.strip() for one in expected.split(";"))):
        device, *pairs = part.replace("warm white", "warm_white").split()
        values = {key: _value(value.replace("warm_white", "warm white")) for key, _, value in (pair.partition("=") for pair in pairs)}
        found.append((device, sorted(values.items())))
    return sorted(found)
