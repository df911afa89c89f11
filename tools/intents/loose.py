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
from tools.intents.wording import about_light, plain, plain_zh


@dataclass(frozen=True)
class Loose:
    """What a loose sentence orders."""

    action: Action
    device: str
    area: str
    value: str


_CUES_EN: tuple[tuple[Action, str], ...] = (
    ("unlock", "unlock|unbolt"), ("lock", "lock up|lock|bolt|secure"), ("toggle", "toggle"),
    ("off", "power off|power down|disconnect|unplug|inactive|black out|blackout|switch out|terminate|halt|shut down|shutoff|cease|"
    "turn out|shut off|off|out|kill|stop|deactivate|disable|cut|quit|end|mute|silence|extinguish|pause"),
    ("on", "light up|start up|lit|illuminate|wake up|put on|power on|connect|reconnect|engage|active|on|start|activate|enable|begin|run|"
    "launch|brew|prepare|play|unmute|resume|power up"),
    ("increase", "some more|brighten up|brighten|brighter|brightly|bright|amplify|amp up|enhance|intensify|heighten|pump up|lighten|"
    "increase|raise|more|louder|warmer|hotter|higher|boost|faster|up"),
    ("decrease", "tone down|dim down|dimmer|dim|darken|darker|dark|low|diminish|lessen|decrease|lower|reduce|less|softer|soften|quieter|"
    "cooler|colder|slower|down|attenuate"),
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
    "intensity|power|cup|pot|mug|fresh|cycle|going|running|go|clean|cleaning|floor|floors|carpet|one|its|it's|time|smart|here|room|home|"
    "house|colour|colors|color|colours|tone|device|devices|everything|up|down|help|try|ahead|ready|done|do|job|work|operate|strength|"
    "needs|rug|rugs|carpets|mess|dust|dirt|dirty|tell|ask|send|vacuum|vacuuming|hoover|sweep|mop|having|tidy|apartment|flat|everywhere|"
    "use|remove|serve|fetch|fix|pour|produce|create|drink|cups|pots|mugs|feel like|could use|craving|dying for|could do with|nice|good|"
    "warm|hot|"
    "delicious|tasty|another|usual|morning|quickly|hurriedly|slowly|gently|gradually|swiftly|promptly|instantly|completely|totally|"
    "entirely|"
    "directly|softly|urgently|simply|considerably|notch|touch|tad|bits|lot|much|so|as|really|very|there|through|over|round|across|whole|"
    "entire|"
    "put|onto|electricity|current|supply|dull|deep|pale|shade|effect|source|wants|asap|at once|state|position|sort of|kind of|got|"
    "strong|stronger|strongest|black|filter|double|single|small|large|regular|fancy|cook|robotic|automatic|control|controls|process|condition|"
    "colour|bed|there|out there|quick|hey|yes|please do|around|should|must|shall|amount|mode|too|way"
)  # fmt: skip
_NEUTRAL_ZH = (
    "把|请|麻烦|调到|调成|设为|设到|设成|换成|变成|改成|变|换|改|调|设|劳驾|帮我|帮忙|给我|替我|能不能|可不可以|能否|可以|能|你|我|我想|"
    "想|要|需要|让|把|将|给|的|了|下|一下|吧|谢谢|一点|一些|点|些|"
    "里面|里边|里|中|上|都|全|全部|所有|每个|每盏|那个|这个|那|这|现在|马上|立刻|立即|再|也|先|就|到|成|为|和|跟|与|度|百分之|颜色|亮度|"
    "音量|温度|"
    "风速|速度|弄|搞|使|整|冲|喝|煮|泡|杯|劳烦|您|烦请|设定|设置|在|下来|起来|下去|转|运转|工作|运行|声|声音|光|灯光|色|然后|赶快|赶紧|快|"
    "更|房间|屋|这里|这儿|那儿|电源|电|机器|状态|开始|进行|地板|地面|地|一杯|喔|咯|啦|哈|"
    "设备|去|来|啊|呀|哦|呢|家里|家|屋里|房间里|个|盏|台|您|好吗|行吗|可以吗|好不好"
)  # fmt: skip
_ATTRIBUTES = {
    "en": {"light": "brightness|lighting|illumination|luminosity", "speaker": "volume|sound|audio", "thermostat": "temperature|heat"},
    "zh": {"light": "亮度|灯光", "speaker": "音量|声音", "thermostat": "温度|室温"},
}  # fmt: skip
_ALL = {"en": r"\b(?:all|every|everything|each|both)\b", "zh": "所有|全部|每|全屋|都"}
_VERBS_TOO = {"switch", "switches", "lock", "locks", "锁"}
"""Names of devices that are rather what is done."""
_A_BIT_ZH = re.compile(r"一[下些杯壶份]|(?<![零一二三四五六七八九十百])一点(?![零一二三四五六七八九])")
"""One that counts nothing."""
_SURE = re.compile(r"\b(?:make sure|ensure|be sure)\b")
_WORKS = {"en": r"\b(?:vacuum|clean|cleaning|hoover|sweep|mop)\b", "zh": "吸尘|打扫|扫地|拖地|清扫|清洁"}
_ROVERS = {
    "en": r"vacuum|hoover|roomba|robot|cleaner|sweeper|mop", "zh": "扫地|吸尘|拖地|机器人",
}  # fmt: skip
"""Names of machines that work in every room: the room that is named is where they go, not where they stand."""
_BREWS = {"en": r"\b(?:brew|brewing)\b", "zh": "煮|泡|冲"}
_COFFEE = {"en": "coffee", "zh": "咖啡"}
_OF_A_KIND = {"light": ("light", "灯"), "speaker": ("music", "音乐"), "thermostat": ("thermostat", "空调")}

_ASKED = {
    "en": re.compile(
        r"\b(?:make|makes|get|want|wanna|need|needs|like|love|have|please|give|bring|let|let's|go|use|serve|fetch|fix|pour|produce|create|"
        r"prepare|do|"
        r"tell|ask|put|set|take|ready|could do|craving|send|brew|now|remove|(?:vacuum|clean|sweep|hoover|mop) the)\b|^(?:please |now |"
        r"just |can you |could you |will you |would you |go )*(?:vacuum|clean|"
        r"hoover|sweep|mop)\b"
    ),
    "zh": re.compile(r"[来要想喝煮泡冲做给帮请]|吸尘|打扫|扫地|拖地|清扫"),
}
"""What a machine makes or does is asked for by its name, but not by its name alone."""
_ONLY_ADJECTIVES = {"bright", "dark", "low", "active", "inactive", "lit"}
_WORD = r"[a-z']+"
_ORDERS = re.compile(
    r"(?:please |just |now |\w+ly )*(?:turn|switch|put|set|make|start|stop|dim|brighten|lower|raise|increase|decrease|"
    r"open|close|lock|change|run)\b"
)
_LEADS = "a|an|the|my|our|your|this|that|these|those|some|any|in|on|of|at|to|for|from|with|without|about|by|into|near|under|and|or|than|"
"like"
"""A word that follows one of these is a thing or a place, and may well be what is meant."""
_NEVER = re.compile(
    r"^(?:not|no|never|nor|if|when\w*|unless|until|before|after|while|because|though|but|except|only|hour\w*|minute\w*|second\w*|day\w*|"
    r"week\w*|"
    r"\w*time|daily|o'clock|later|soon|yesterday|today|tomorrow|tonight|was|were|is|are|had|has|did|does|been|\w+n't|who|what|why|how|"
    r"where|which|"
    r"video|song|news|timer|alarm|reminder|list|recipe|movie|film|game|story|joke|playlist|podcast|album|channel|station|heard|said|says|"
    r"maybe|perhaps)$"
)


class Loosely:
    """Loose sentences about the devices of one home, in one language."""

    def __init__(self, devices: Sequence[Device], language: str) -> None:
        self._zh = language == "zh"
        self._language = language
        self._kinds = {device.kind for device in devices}
        every = sorted({name for device in devices for name in device.names.get(language, ())}, key=len)
        self._rover = next((name for name in every if re.search(_ROVERS[language], name)), "")
        self._coffee = next((name for name in every if _COFFEE[language] in name), "")
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
        words = " ".join(words.split())
        several = re.search(_ALL[self._language], words)
        words = plain_zh(words) if self._zh else plain(words)
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
        if not self._forgiven(self._neutral.sub(" ", rest).split(), words) or len(areas) > 3 or len(colours) + len(values) > 1:
            return None
        placed = bool(areas) or bool(re.search(r"\broom\b|房间|屋里", words))
        named = _head(named, words)
        light = bool(colours and placed) or (about_light(words) and (not self._zh or placed or not re.search("调[高低]", words)))
        device = self._device(named, attributed, light, bool(several), words)
        action_ = self._action(actions, bool(colours or values), sets)
        if (
            not sets
            and not self._zh
            and not _ASKED["en"].search(words)
            and set(re.findall(_WORD, words)) & _ONLY_ADJECTIVES
            and len(actions) == 1
        ):
            return None  # "a bright room" says how it is
        only = set(named) or {device}
        if set(actions) <= {"increase"} and not colours and not values and only <= self._makers and _ASKED[self._language].search(words):
            action_ = "on"  # "a cup of coffee, please": what a machine makes is asked for by its name
        value = colours[0] if colours else numbers.number(values[0]) if values else ""
        if not device or action_ is None or (values and not value):
            return None
        roves = bool(self._rover) and bool(re.search(_ROVERS[self._language], device))
        return Loose(action_, device, "" if roves else " and ".join(areas), value)

    def _forgiven(self, left: list[str], words: str) -> bool:
        """Whether what is left says nothing: no word, or one in English that stands where only how something is done is said."""
        if not left or self._zh or len(left) > 1:
            return not left
        word = re.escape(left[0])
        if len(left[0]) < 3 or _NEVER.search(left[0]) or not _ORDERS.match(words):
            return False
        beside = self._names.pattern.removesuffix(r"(?![\w'])").removeprefix(r"(?<![\w'])")
        return not re.search(rf"\b(?:{_LEADS}) {word}\b|\b{word} {beside}\b|{beside} {word}\b", words)

    def _device(self, named: list[str], attributed: str, light: bool, several: bool, words: str) -> str:
        """What is meant, in a person's words; empty when nothing is."""
        and_, all_ = ("和", "所有") if self._zh else (" and ", "all ")
        if named:
            only = [n for n in dict.fromkeys(named) if not any(n != other and n in other for other in named)]
            return (all_ if several and len(only) == 1 else "") + and_.join(only)
        if self._rover and re.search(_WORKS[self._language], words):
            return self._rover
        if self._coffee and not attributed and re.search(_BREWS[self._language], words):
            return self._coffee
        kind = attributed or ("light" if light and "light" in self._kinds else "")
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


def _head(named: list[str], words: str) -> list[str]:
    """Names that stand side by side are one thing, called by its last name: "the plug socket"; of several otherwise all."""
    while len(named) > 1 and f"{named[-2]} {named[-1]}" in words:
        named = [*named[:-2], named[-1]]
    return named
