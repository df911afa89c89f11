"""Wording: everyday turns of phrase in the plain words that loose sentences know: "maximise the light", "I want it turned off". Pure.

It only puts words for words; whether anything is understood is decided elsewhere. Nothing of it goes into a recogniser's grammar.
"""

from __future__ import annotations

import re

from tools.intents.sound_words import plain_sound

_STEM = (
    r"turn|switch|open|lock|unlock|start|brighten|darken|lower|increas|decreas|reduc|rais|clos|mak|bring|pull|vacuum|clean|hoover|sweep|"
    r"brew|pour|"
    r"activat|deactivat|disabl|enabl|power|dimm|stopp|putt|shutt|mopp|lighten|soften|operat|initiat|quiet|hav|prepar|us|serv|tak|giv"
)
_ING = re.compile(rf"\b({_STEM})ing\b")
_DONE = re.compile(rf"\b({_STEM})e?d\b|\b(made|lit|shut|brought)\b")
_LOST_E = ("eas", "uc", "rais", "clos", "mak", "ivat", "abl", "perat", "itiat", "hav", "prepar", "us", "serv", "tak", "giv")
_WISH = re.compile(r"\b(?:want|wanna|need|get|make|set|let's|please|like|love|should be|must be|to be|'d)\b")
_IRREGULAR = {"made": "make", "lit": "light up", "shut": "shut", "brought": "bring"}
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b(?:{said})\b"), plain)
    for said, plain in (
        (r"(?:a )?(?:bit |little |lot )?less (?:bright(?:er|ness)?|light|illumination)", "dimmer light"),
        (r"(?:a )?(?:bit |little |lot )?more (?:bright(?:er|ness)?|light|illumination|lighting)", "brighter light"),
        (r"(?:not|isn't|n't) (?:so|as|too|that) bright|(?:is|are|'s|was) (?:way |far |a bit |a little |much )?(?:too|so) (?:bright|harsh|"
        r"strong)", "dimmer light"),
        (r"(?:is|are|'s) (?:way |far |a bit |a little |much )?(?:too|so) (?:dark|dim|low|weak|gloomy)|not bright enough", "brighter light"),
        (r"(?:could|can|should|must|need|needs|ought) (?:to )?be", "be"), (r"too (?:bright|harsh|strong)", "dimmer light"),
        (r"too (?:dark|dim|gloomy)", "brighter light"), (r"off on (?=the|my|our)", "off "),
        (r"^(?:please )?light (?=the |my |our )", "turn on light in "),
        (r"(give me|need|want|get me|let there be|have) (?:some |a )?lights?(?=$| in )", "turn on light"),
        (r"(turn|switch|shut) of", r"\1 off"), (r"vaccum|vacum|vaccuum|vacuum up", "vacuum"), (r"coffe|cofee|coffey", "coffee"),
        (r"ligth|lite|ligt|lihgt", "light"),
        (r"ligths|lites|ligts|lighs", "lights"), (r"trun|tunr|tirn|tur", "turn"), (r"swich|swtich|switc", "switch"),
        (r"lights? out", "lights off"),
        (r"(?:light|dark|dull|deep|pale|soft|bright) (?=(?:red|orange|yellow|green|turquoise|blue|purple|pink)\b)", ""),
        (r"get rid of", "turn off"), (r"make it (?:pitch )?dark(?: (?:in )?here)?$", "dim light"),
        (r"cut (?:the )?(?:power|electricity) (?:to|of|from)", "turn off"),
        (r"less (?:dim(?:mer)?|dark(?:er)?)", "brighter"), (r"more (?:dim(?:mer)?|dark(?:er)?)", "dimmer"),
        (r"maximi[sz]e", "set maximum"), (r"cut (?:back|down)(?: on)?", "reduce"), (r"light(?:e?n)ing", "lighting"),
        (r"(?:at|to) (?:(?:the|its|their) )?(?:lowest|minimal|dimmest|quietest|softest)(?: (?:level|setting|volume|brightness))?",
         "to minimum"),
        (r"(?:at|to) (?:(?:the|its|their) )?(?:highest|loudest|brightest|fullest)(?: (?:level|setting|volume|brightness))?", "to maximum"),
        (r"(?:at|to) (?:a |the )?(?:medium|middle|halfway|half way)(?: (?:level|setting))?", "to half"),
        (r"bright (?=the|my|our|up)", "brighten "),
        (r"(?:a )?(louder|quieter|softer|brighter|dimmer|darker|higher|lower|warmer|cooler) one", r"\1"), (r"furnace", "heating"),
        (r"temp(?= |$)", "temperature"), (r"(?:rise|bump)(?: up)? (?=the|my|our|your|volume|brightness)", "raise "),
        (r"(?:the )?number (?=\d)", ""), (r"bump(?:ed)? up", "turn up"),
        (r"(?:music|audio) player|sound system|loudspeakers?|hi-?fi(?: system)?|stereo system", "music"),
        (r"(?:espresso|cappuccino|latte|americano|macchiato|mocha|flat white)s?(?! (?:machine|maker|coffee))", "coffee"),
        (r"(?:all the way up|to the max|at its? brightest|as bright as possible|full blast|fully)", "to maximum"),
        (r"minimi[sz]e", "decrease"), (r"(lower|dim|darken|reduce|decrease|soften|turn down) (.*)\bmore", r"\1 \2"),
        (r"(?:initiate|initialize|initialise|commence|boot up|boot|fire up|get going)", "start"),
        (r"start(?: to)? (?:operat(?:e|ing)|work(?:ing)?|run(?:ning)?|brew)", "start"),
        (r"(?:cease|stop|quit) (?:operat\w+|work(?:ing)?|run(?:ning)?)", "stop"),
        (r"switch(?:ed)? to|swap to", "change to"), (r"shut (the |my |our |all )?(.+) down", r"shut down \1\2"),
        (r"reddish", "red"), (r"(?:the )?power (?:on|of|to|at) (?=the|my|our)", ""),
        (r"(red|orange|yellow|green|turquoise|blue|purple|pink|white)(?:ish|y)", r"\1"),
        (r"(?:coloured|colored|hued?|hues|tint(?:ed)?|shades? of|glow(?:ing)?|shin(?:e|ing)|tones?|colou?r(?:s|ed)?)", "colour"),
        (r"(?:gray|violet|lilac|crimson|scarlet) colour", "colour unknown"), (r"(?:light|lamp|bulb)'s", "light"),
        (r"(?:the|my|our|all)? ?(?:interior|indoor|inside|ceiling and) (?=lights?\b|lamps?\b)", "all "),
        (r"(?:the|this|my|our|a) (?:entire |whole )?(?:room|place|space|area)", "room"),
        (r"(lights?|lamps?|bulbs?)(?: \w+)? (?:its|their)", r"\1"), (r"i (?:don't|do not) need", "i not"),
    )
)  # fmt: skip
_BRIGHT = re.compile(r"\b(?:bright|brighter|brighten|darken|dark|darker|dimmer|dim|lighten|illuminate)\b")


_PHRASES_ZH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(said), plain)
    for said, plain in (
        (r"(?:太|好|有点儿?|非常|特别|过于)(?:亮|刺眼|晃眼)了?", "调暗"), (r"(?:太|好|有点儿?|非常|特别|过于)(?:暗|黑)了?", "调亮"),
        (r"(?:拿铁|美式|卡布奇诺|摩卡|(?:意式)?浓缩)(?:咖啡)?", "咖啡"),
        (r"不够亮", "调亮"), (r"不够暗", "调暗"), (r"发出?([红橙黄绿青蓝紫粉白])(?:色的?)?光", r"变成\1色"),
        (r"([红橙黄绿青蓝紫粉白])光", r"\1色"),
        (r"停止播放|暂停播放|别再播放|调?成?静音|消音", "关掉"), (r"停用|禁用|关停|熄了|灭掉|灭了|切断|断电", "关掉"),
        (r"启用|激活|开动|通电|运行", "打开"),
        (r"一半", "百分之五十"), (r"关小点声|小点声|声音小点|轻一?点", "小声点"), (r"大点声|声音大点|响一?点", "大声点"),
        (r"(?:弄|搞|整|变得?|调得?)(?:更|再)?(亮|暗)", r"调\1"), (r"(?:更|再)?(亮|暗)一?点点", r"\1一点"),
        (r"(?<!调)暗下来|暗下去|变暗", "调暗"), (r"(?<!调)更亮|变亮", "调亮"),
        (r"(?:转|吹|调|开)?(?:得)?快一?[点些]", "调高"), (r"(?:转|吹|调|开)?(?:得)?慢一?[点些]", "调低"), (r"每一(?=[盏个台])", "每"),
        (r"[，,、；;]", ""),
        (r"(?:设定|设置|固定|保持|控制)(?:在|到|为|成)", "调到"), (r"(?:去|开始)?(?=吸尘|打扫|扫地|拖地|清扫)", ""),
    )
)  # fmt: skip


def plain_zh(words: str) -> str:
    """The same for Chinese, which has no blanks."""
    for said, instead in _PHRASES_ZH:
        words = said.sub(instead, words)
    return words


def plain(words: str) -> str:
    """`words` (small letters, a blank after each) with everyday turns in plain words."""
    wished = bool(_WISH.search(words))
    words = plain_sound(_ING.sub(_base, words))
    if wished:
        words = _DONE.sub(lambda found: _IRREGULAR[found[2]] if found[2] else _base(found), words)
    for said, instead in _PHRASES:
        words = said.sub(instead, words)
    return " ".join(words.split())


def about_light(words: str) -> bool:
    """Whether words that name no device can only mean the light: "make it brighter in here", "darken the room"."""
    return bool(_BRIGHT.search(words)) or bool(re.search(r"调?[亮暗]", words))


def _base(found: re.Match[str]) -> str:
    stem = found[1]
    if stem.endswith(("mm", "pp", "tt")):
        return stem[:-1]
    return stem + "e" if stem.endswith(_LOST_E) else stem
