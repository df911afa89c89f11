"""Arguments of a device command: action, device, area and value. Knows the words people use, not which devices exist."""

from __future__ import annotations

import re
from typing import Any

from assistant.reflex.numerals import NUMBER, NUMBER_ZH, number, short
from assistant.reflex.phrases import bare

_STATUS = re.compile(
    r"^(?:is|are|was|were|did|do|does|has|have|what|what's|whats|which|how|check|tell me|show|status|state|list)\b|\bstatus\b|\?$"
    r"|[吗没]$|吗？$|没有[？?]?$|好了没|几度|多少度|什么状态|状态|哪些|查一?下|看一?下|多少$",
    re.IGNORECASE,
)
_POLITE_ORDER = re.compile(r"^(?:can|could|would|will) (?:you|u)\b", re.IGNORECASE)
_ACTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("unlock", re.compile(r"\bunlock\b|解锁|开锁", re.I)),
    ("lock", re.compile(r"\block(?: up)?\b|锁上|锁好|锁了|上锁|把.*锁|锁门|^锁", re.I)),
    ("toggle", re.compile(r"\btoggle\b|\bflip the\b|切换", re.I)),
    ("set", re.compile(
        
        rf"\b(?:set|put|dim|brighten|turn|change|adjust|raise|lower|increase|decrease|volume|brightness|want|"
        rf"make)\b.*?\b(?:to|at|on|up to|down to)\s+(?:{NUMBER}|half|full|max\w*|min\w*|the max\w*|the min\w*)\b"
        
        rf"|\bto {NUMBER}\s?(?:%|percent|degrees|°)|\b(?:volume|brightness|temperature) {NUMBER}\b|(?:调|设|"
        rf"设定|设置|开|降|升|调节)(?:到|成|为|至|高到|低到)(?:百分之)?(?:{NUMBER_ZH}|最亮|最暗|最大|最小|一半)", re.I)),
    ("off", re.compile(
        
        r"\b(?:turn|switch|put|shut|power|cut|get) (?:(?:it|them|the|my|all|every|this|that|\w+)\b.*?\b)?(?:off|"
        r"out)\b|\b(?:off|out)\b\s*(?:please)?$|\bshut (?:off|down)\b|\b(?:kill|stop|deactivate|disable|pause|"
        r"mute|drop|cut)\b|\bno lights?\b|\b(?:turn|trun|swich) of\b"
        r"|关掉|关闭|关了|关灯|熄|停止|暂停|静音|^关|请关|帮我关(?!上)|都关|把.*关", re.I)),
    ("close", re.compile(
        r"\b(?:close|shut|roll down|let .* down|lower the (?:blinds?|shutters?|curtains?)|draw the curtains)\b|"
        r"拉上|合上|关上|放下|降下", re.I)),
    ("open", re.compile(
        r"\b(?:open|pull up|let some light in|raise the (?:blinds?|shutters?|curtains?))\b|拉开|升起|升上去|打开.*(?:窗|"
        r"门|帘)|开窗|开门", re.I)),
    ("increase", re.compile(
        
        r"\b(?:increase|raise|turn up|brighter|warmer|louder|hotter|brighten|more light|up)\b|too (?:dark|"
        r"cold|quiet)|\b(?:i'm|i am|it's|its|it is) (?:cold|freezing)|(?:turn|put|crank) .* up\b"
        r"|调亮|调高|调大|亮一?点|亮点|大一?点|大点|升高|提高|暖和?一?点|太暗|太冷|好冷|高一点", re.I)),
    ("decrease", re.compile(
        
        r"\b(?:decrease|lower|reduce|turn down|dim|darker|cooler|colder|quieter|softer|less light|down)\b|"
        r"too (?:bright|hot|warm|loud)|\b(?:i'm|i am|it's|its|it is) hot"
        r"|调暗|调低|调小|暗一?点|暗点|小一?点|小点|降低|凉快?一?点|太亮|太热|好热|太吵|低一点", re.I)),
    ("on", re.compile(
        
        r"\b(?:turn|switch|put|power|get) (?:(?:it|them|the|my|all|every|this|that|\w+)\b.*?\b)?on\b|\bon\b\s*(?:please)?$|"
        r"\b(?:start|run|activate|enable|make|brew|prepare|vacuum|clean|light up|unmute)\b|\bon the\b"
        r"|打开|启动|开启|开灯|^开|煮|泡|让.*(?:打扫|开始)|做一杯|来一杯|请开|开一下|换成|变成|取消静音", re.I)),
)  # fmt: skip
_DEVICES: tuple[tuple[str, str, str], ...] = (
    ("lamp", r"(?:ceiling |desk |bedside |floor |table |night |reading |standing )?lamps?", r"台灯|吸顶灯|床头灯|落地灯|夜灯|壁灯|吊灯"),
    ("light", r"(?:ceiling |night |overhead |main )?lights?|lighting|led strip|bulbs?|lihgts|chandelier", r"灯带|灯光|电灯|灯|亮度"),
    (
        "thermostat",
        r"thermostat|heating|heaters?|radiator|temperature|air con(?:ditioner|ditioning)?|ac|a/c|climate",
        r"空调|暖气|温度|恒温器|室温|地暖|温控器",
    ),
    ("fan", r"fans?|ventilator", r"电风扇|风扇"),
    ("blinds", r"(?:roller )?blinds?|shutters?|curtains?|shades?|drapes", r"窗帘|百叶窗|卷帘"),
    (
        "door",
        r"garage door|front door(?: lock)?|back door|entrance door|door lock|doors?|garage|gate|(?<=the )lock",
        r"车库门|大门|前门|后门|门锁|房门|门",
    ),
    ("window", r"windows?|skylight", r"窗户|天窗|窗"),
    ("speaker", r"speakers?|radio|stereo|volume|music|sound", r"音箱|音响|喇叭|音量|声音"),
    ("tv", r"tv|television|telly", r"电视机?"),
    ("vacuum", r"(?:robot )?vacuum(?: cleaner)?|hoover|robot", r"扫地机器?人?|吸尘器"),
    ("coffee machine", r"coffee (?:machine|maker)|espresso machine|coffee|cappuccino", r"咖啡机|咖啡"),
    ("oven", r"oven|stove|cooker", r"烤箱|炉子"),
    ("humidifier", r"humidifier|dehumidifier|air purifier", r"加湿器|空气净化器|净化器"),
    ("sprinkler", r"sprinklers?|irrigation", r"洒水器|喷头"),
    ("socket", r"sockets?|plugs?|outlet|wemo(?: plug)?|switch(?! (?:on|off|the|it))", r"插座|插头|开关"),
    ("washing machine", r"washing machine|washer|dishwasher|dryer", r"洗衣机|洗碗机|烘干机"),
    ("water heater", r"water heater|boiler", r"热水器"),
)
_AREAS = (
    r"living ?room|bed ?room|kids'? room|children's room|guest room|dining room|bath ?room|kitchen|hallway|"
    r"hall|corridor|office|study|garage(?! door)|garden|basement|cellar|balcony|"
    r"terrace|attic|upstairs|downstairs|entrance|lounge|nursery|toilet|front yard|back ?yard|whole house|house"
)
_AREAS_ZH = (
    r"客厅|主卧|次卧|卧室|儿童房|书房|厨房|浴室|卫生间|洗手间|餐厅|"
    r"走廊|过道|车库(?!门)|花园|院子|地下室|阳台|楼上|楼下|客房|办公室|玄关|全屋|房间"
)
_ALL = ("all devices", "所有设备")
_WARM = re.compile(r"warm|cold|hot|cool|freez|heat|冷|热|暖|凉|度", re.I)
_LIT = re.compile(r"dark|bright|dim|light|亮|暗", re.I)
_LOUD = re.compile(r"loud|quiet|volume|mute|吵|音量|静音|声音", re.I)
_COLOURS = re.compile(
    r"\b(?:red|green|blue|yellow|orange|purple|pink|white|warm white|cold white|turquoise|golden)\b|(?:红|绿|蓝|黄|橙|紫|粉|白)色?", re.I
)
_EXTREMES = (
    (re.compile(r"\b(?:full|max(?:imum|imal\w*|imi[sz]e)?|brightest|hundred percent)\b|最亮|最大|最高", re.I), "100"),
    (re.compile(r"\b(?:min(?:imum|imal\w*|imi[sz]e)?)\b|最暗|最小|最低", re.I), "1"),
    (re.compile(r"\bhalf(?:way)?\b|一半", re.I), "50"),
)


def _value(text: str, action: str) -> str:
    if (
        (colour := _COLOURS.search(text))
        and re.search(r"\b(?:change|make|set|turn|want|colou?r|to)\b|变|换|改|调", text, re.I)
        and action in ("set", "on")
    ):
        return colour.group().strip().lower()
    for pattern, value in _EXTREMES:
        if pattern.search(text):
            return value
    found = re.search(
        rf"\b(?:to|at|by|on|volume|brightness|temperature)\s+({NUMBER})\b|\b({NUMBER})\s?(?:%|percent|degrees|"
        rf"°)|(?:到|成|为|至)(?:百分之)?({NUMBER_ZH})|({NUMBER_ZH})\s?(?:度|%)", text, re.I
    )  # fmt: skip
    named = number(next(g for g in found.groups() if g)) if found else None
    return short(named) if named is not None else ""


def _device(text: str, area: str) -> str:
    """The words that name the device, in the words of the person; a guess from the wish when none does."""
    for _, english, chinese in _DEVICES:
        found = re.search(rf"\b(?:{english})\b", text, re.I) or re.search(chinese, text)
        if found:
            return found.group().strip().lower()
    zh = bool(re.search(r"[\u3400-\u9fff]", text))
    for pattern, english, chinese in ((_LOUD, "speaker", "音箱"), (_WARM, "thermostat", "空调"), (_LIT, "light", "灯")):
        if pattern.search(text):
            return chinese if zh else english
    if re.search(r"\b(?:everything|all devices|all)\b|所有|全部", text, re.I):
        return _ALL[1] if zh else _ALL[0]
    return _noun(text, area)


def _noun(text: str, area: str) -> str:
    """The thing a command names when no known device is in it: `start the fountain` -> `fountain`."""
    found = re.search(r"\b(?:the|my|a)\s+([a-z][a-z ]{2,30}?)(?=\s+(?:on|off|in|to|at|up|down|please|for)\b|[?.!]|$)", text, re.I)
    if found and (not area or found[1].lower() != area.lower()):
        return found[1].strip().lower()
    chinese = re.search(r"(?:打开|关掉|关闭|启动|停止|开|关|把)([\u3400-\u9fff]{1,6}?)(?:打开|关掉|关了|$)", text)
    return chinese[1] if chinese else ""


def _action(text: str) -> str:
    if _STATUS.search(text) and not _POLITE_ORDER.match(text):
        return "status"
    chosen = next((name for name, pattern in _ACTIONS if pattern.search(text)), "")
    if (
        _COLOURS.search(text)
        and re.search(r"\b(?:change|make|set|turn|want)\b|变|换|改|调成", text, re.I)
        and chosen in ("", "on", "increase")
    ):
        return "set"
    return chosen


def is_idle(text: str) -> bool:
    """Whether it is no order, whatever it sounds like: it speaks of all things, and says nothing that a device does."""
    asked = command(text)
    return asked is not None and asked["device"] in _ALL and not _action(bare(text.strip(" .!。！")))


def command(text: str) -> dict[str, Any] | None:
    """Arguments of `control_device`; None when no device is named and none can be guessed from the wish."""
    asked = text.strip(" .!。！")
    order = bare(asked) if not _STATUS.search(asked) or _POLITE_ORDER.match(asked) else asked
    area = re.search(rf"\b(?:{_AREAS})\b", order, re.I) or re.search(_AREAS_ZH, order)
    place = area.group().strip().lower() if area else ""
    device = _device(order.replace(area.group(), " ") if area and area.group().lower() not in ("garage", "车库") else order, place)
    action = _action(order)
    if not device and not place:
        return None
    if not action:
        action = "increase" if re.search(r"\bmore\b|更", order) else "on" if device else "status"
    if action == "close" and re.search(r"light|lamp|fan|tv|灯|扇|空调|电视|暖气|插座", device):
        action = "off"  # people close and open lamps in Chinese
    if action == "open" and re.search(r"light|lamp|fan|tv|灯|扇|空调|电视|暖气|插座", device):
        action = "on"
    if action in ("on", "off") and re.search(r"blind|shutter|curtain|shade|window|door|gate|garage|窗|帘|门", device):
        action = "open" if action == "on" else "close"
    arguments: dict[str, Any] = {"action": action, "device": device or ("灯" if re.search(r"[\u3400-\u9fff]", text) else "light")}
    if place and place != device:
        arguments["area"] = place
    if value := _value(order, action) if action in ("set", "on", "increase", "decrease") else "":
        arguments["value"] = value
    return arguments | {"command": text.strip()[:500]}
