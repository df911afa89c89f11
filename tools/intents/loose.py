"""Loose sentences: commands in words that no template foresees, because every single word of theirs is known. Pure; runs nothing.

Names, rooms, numbers, colours and words for actions are taken out; what is left must be words that carry no meaning of their own. One
word that is not known, "yesterday", "if", "not", "hour", and nothing is understood. So it takes "could you make sure that the kitchen
light is off", and nothing that tells, supposes, forbids or plans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.device_matching import KINDS
from tools.devices.base import Action, Device
from tools.intents import numbers
from tools.intents.slots import COLOURS_EN, COLOURS_ZH


@dataclass(frozen=True)
class Loose:
    """What a loose sentence orders."""

    action: Action
    device: str
    area: str
    value: str


_CUES_EN: tuple[tuple[Action, str], ...] = (
    ("unlock", "unlock|unbolt"), ("lock", "lock up|lock|bolt"), ("toggle", "toggle"),
    ("off", "shut down|shutoff|cease|turn out|shut off|off|out|kill|stop|deactivate|disable|cut|quit|end|mute|silence|extinguish|pause"),
    ("on", "light up|start up|on|start|activate|enable|begin|run|launch|brew|prepare|play|unmute|resume|power up"),
    ("increase", "some more|brighten up|brighten|brighter|lighten|increase|raise|more|louder|warmer|hotter|higher|boost|faster|up"),
    ("decrease", "dim down|dimmer|dim|darken|darker|decrease|lower|reduce|less|softer|soften|quieter|cooler|colder|slower|down|attenuate"),
    ("open", "open|pull up|roll up"), ("close", "close|shut|pull down|roll down"),
)  # fmt: skip
_CUES_ZH: tuple[tuple[Action, str], ...] = (
    ("unlock", "解锁|解开"), ("lock", "锁上|锁好|锁住|上锁|锁"), ("off", "关掉|关闭|关上|关了|关一下|熄灭|熄掉|停掉|停止|停|断开|关"),
    ("increase", "调亮|调高|调大|调强|提高|增加|升高|加大|开大|亮一点|亮一些|亮点|大声一点|大声点|大一点|大点|高一点|高点|暖和一点|暖一点"),
    ("decrease", "调暗|调低|调小|调弱|降低|减小|减少|关小|暗一点|暗一些|暗点|小声一点|小声点|小一点|小点|低一点|低点|凉快一点|凉一点"),
    ("open", "拉开|升起来|升起"), ("close", "拉上|合上|放下来|放下|降下"), ("on", "打开|开启|启动|点亮|开一下|亮起来|播放|继续|开"),
)  # fmt: skip
_SETS = {
    "en": r"\b(?:set|put|change|adjust|make|turn|switch|alter|modify|want|have|be)\b|\bto\b|\bat\b",
    "zh": "调到|调成|设为|设到|设成|换成|变成|改成|调|设|变|换|改",
}
_NEUTRAL_EN = (
    "a|an|the|my|our|your|this|that|these|those|it|all|every|both|each|any|of|in|on|at|to|for|from|by|with|into|inside|please|kindly|"
    "just|hey|hi|hello|ok|okay|assistant|now|right now|right away|immediately|quickly|then|also|again|so|and|me|us|i|we|you|u|"
    "can|could|would|will|"
    "you'd|i'd|i'll|let's|let|want|wanna|need|like|would like|love|have|get|got|make|makes|sure|ensure|that|turn|switch|put|set|change|"
    "adjust|alter|bring|take|give|go|"
    "flip|power|keep|be|do|mind|thanks|thank|bit|little|some|few|slightly|level|levels|setting|settings|percent|degrees|degree|"
    "intensity|power|cup|pot|mug|fresh|cycle|going|running|go|clean|cleaning|floor|floors|carpet|one|it's|time|smart|here|room|home|house|colour|colors|color|colours|tone|device|devices|everything|up|down|help|try|ahead|should|must|shall|amount|mode|too|way"
)  # fmt: skip
_NEUTRAL_ZH = (
    "把|请|麻烦|调到|调成|设为|设到|设成|换成|变成|改成|变|换|改|调|设|劳驾|帮我|帮忙|给我|替我|能不能|可不可以|能否|可以|能|你|我|我想|想|要|需要|让|把|将|给|的|了|下|一下|吧|谢谢|一点|一些|点|些|"
    "里面|里边|里|中|上|都|全|全部|所有|每个|每盏|那个|这个|那|这|现在|马上|立刻|立即|再|也|先|就|到|成|为|和|跟|与|度|百分之|颜色|亮度|音量|温度|"
    "风速|设备|去|来|啊|呀|哦|呢|家里|家|屋里|房间里|个|盏|台|您|好吗|行吗|可以吗|好不好"
)  # fmt: skip
_ATTRIBUTES = {
    "en": {"light": "brightness|lighting|illumination|luminosity", "speaker": "volume|sound|audio", "thermostat": "temperature|heat"},
    "zh": {"light": "亮度|灯光", "speaker": "音量|声音", "thermostat": "温度|室温"},
}  # fmt: skip
_ALL = {"en": r"\b(?:all|every|everything|each|both)\b", "zh": "所有|全部|每|全屋|都"}
_VERBS_TOO = {"switch", "switches", "lock", "locks", "锁"}
"""Names of devices that are rather what is done."""
_A_BIT_ZH = re.compile(r"一[下些]|(?<![零一二三四五六七八九十百])一点(?![零一二三四五六七八九])")
"""One that counts nothing."""
_SURE = re.compile(r"\b(?:make sure|ensure|be sure)\b")
_ING = re.compile(
    r"\b(switch|turn|open|lock|start|brighten|darken|lower|increas|decreas|reduc|rais|clos|mak|bring|pull|"
    r"(?:put|shut|dim|stop)(?=[tmp]ing))(?:[tmp](?=ing))?ing\b"
)
_OF_A_KIND = {"light": ("light", "灯"), "speaker": ("music", "音乐"), "thermostat": ("thermostat", "空调")}


class Loosely:
    """Loose sentences about the devices of one home, in one language."""

    def __init__(self, devices: Sequence[Device], language: str) -> None:
        self._zh = language == "zh"
        self._language = language
        self._kinds = {device.kind for device in devices}
        names = {name for device in devices for name in device.names.get(language, ())}
        attributes = {word for words in _ATTRIBUTES[language].values() for word in words.split("|")}
        names |= {word for kind in self._kinds for word in KINDS.get(kind, ()) if word.isascii() != self._zh}
        names -= attributes | _VERBS_TOO
        self._names = self._words({*names, *(() if self._zh else (f"{name}s" for name in names))})
        areas = {name for device in devices for name in device.area_names.get(language, ())}
        self._areas = self._words({*areas, *(() if self._zh else (f"{name}s" for name in areas))})
        self._makers = {n for d in devices if d.kind in ("switch", "appliance") for n in d.names.get(language, ())}
        cues = _CUES_ZH if self._zh else _CUES_EN
        self._cues = [(action, self._any(words)) for action, words in cues]
        self._attributes = [(kind, self._any(words)) for kind, words in _ATTRIBUTES[language].items() if kind in self._kinds]
        self._neutral = self._any(_NEUTRAL_ZH if self._zh else _NEUTRAL_EN)
        self._number = re.compile(numbers.CHINESE if self._zh else rf"\b{numbers.ENGLISH}\b")
        self._colour = re.compile(COLOURS_ZH if self._zh else rf"\b(?:{COLOURS_EN})\b")

    def __call__(self, words: str) -> Loose | None:
        """The command in `words` (small letters, no punctuation inside); None unless every word is known and they fit together."""
        several = re.search(_ALL[self._language], words)
        words = _ING.sub(lambda found: found[1] + ("e" if found[1].endswith(("eas", "uc", "ais", "clos", "mak")) else ""), words)
        if _SURE.search(words):
            words = re.sub(r"\b(?:is|are)\b", " ", words)
        rest, named = self._take(self._names, words)
        rest, attributed = self._attribute(rest)
        rest, areas = self._take(self._areas, rest)
        rest, colours = self._take(self._colour, rest)
        actions: list[Action] = []
        for action, cue in self._cues:
            rest, found = self._take(cue, rest)
            actions += [action] * len(found)
        rest, values = self._take(self._number, _A_BIT_ZH.sub(" ", rest))
        sets = bool(re.search(_SETS[self._language], words))
        if re.search(r"\bfrom\b", words):
            colours = colours[-1:]  # "from red to blue"
        if self._neutral.sub(" ", rest).strip() or len(areas) > 1 or len(colours) + len(values) > 1:
            return None
        placed = bool(areas) or bool(re.search(r"\broom\b|房间|屋里", words))
        device = self._device(named, attributed, bool(colours), bool(several), placed)
        action_ = self._action(actions, bool(colours or values), sets)
        if not actions and not colours and not values and set(named) <= self._makers and rest.strip():
            action_ = "on"  # "a cup of coffee, please": what a machine makes is asked for by its name
        value = colours[0] if colours else numbers.number(values[0]) if values else ""
        if not device or action_ is None or (values and not value):
            return None
        return Loose(action_, device, areas[0] if areas else "", value)

    def _device(self, named: list[str], attributed: str, colour: bool, several: bool, area: bool) -> str:
        """What is meant, in a person's words; empty when nothing is."""
        and_, all_ = ("和", "所有") if self._zh else (" and ", "all ")
        if named:
            return (all_ if several and len(named) == 1 else "") + and_.join(dict.fromkeys(named))
        kind = attributed or ("light" if colour and area and "light" in self._kinds else "")
        return _OF_A_KIND[kind][self._zh] if kind else ""

    def _action(self, actions: list[Action], valued: bool, sets: bool) -> Action | None:
        """The one action that the words for actions make together."""
        found = set(actions)
        if valued and found <= {"increase", "decrease", "open", "close", "on"}:
            return "set" if sets or not found or found & {"on", "open", "close"} else next(iter(found)) if len(found) == 1 else None
        if valued:
            return None
        if len(found) == 2:  # "dim the light on the left", "shut it down": the weaker word gives way
            found = found - {"on"} if found & {"increase", "decrease", "open", "close", "lock", "unlock"} else found
            found = found - {"decrease"} if found & {"off", "close"} else found
        return next(iter(found)) if len(found) == 1 else None

    def _attribute(self, text: str) -> tuple[str, str]:
        for kind, words in self._attributes:
            left, found = self._take(words, text)
            if found:
                return left, kind
        return text, ""

    def _take(self, wanted: re.Pattern[str], text: str) -> tuple[str, list[str]]:
        found = [match.group().strip() for match in wanted.finditer(text)]
        return wanted.sub(" , ", text).replace(",", " "), found

    def _words(self, names: Iterable[str]) -> re.Pattern[str]:
        return self._any("|".join(re.escape(name.lower()).replace(r"\ ", " ") for name in names if name) or "(?!)")

    def _any(self, words: str) -> re.Pattern[str]:
        ordered = "|".join(sorted(words.split("|"), key=lambda word: -len(word)))
        return re.compile(f"(?:{ordered})" if self._zh else rf"(?<![\w'])(?:{ordered})(?![\w'])")
