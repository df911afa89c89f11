"""Splits a turn into the requests it holds: "draw a blue dog and read the caption aloud" is two. Knows words, not tools.

A part counts as a request only when it opens like one (an order, a question, a polite opening); any other part stays with its
neighbour, so that "a cat and a dog" and a quoted review with several sentences stay whole.
"""

from __future__ import annotations

import re

_POLITE = (
    r"(?:please |pls |plz |also |then |now |can you |could you |would you |will you |can i |may i |i want you to |"
    r"i'd like you to |help me )*"
)
_VERBS = (
    "add|analy[sz]e|answer|blur|book|buy|call|cancel|email|order|pay|post|remind|schedule|text|transfer|"
    "wake|brighten|change|check|classify|close|compare|convert|create|crop|darken|define|describe|design|"
    "detect|dim|"
    "draw|edit|erase|explain|extract|find|flip|generate|get|give|identify|illustrate|increase|list|listen|lock|look|lower|make|mirror|"
    "open|paint|play|pronounce|pull|put|raise|read|recognis?z?e|recolou?r|reduce|remove|repeat|replace|resize|rotate|say|search|send|set|"
    "show|sketch|speak|start|stop|summari[sz]e|switch|tell|transcribe|translate|turn|type|unlock|vacuum|voice|write"
)
_QUESTIONS = "what|what's|whats|who|whose|where|when|why|how|which|is|are|was|were|does|do|did|can|could|will|should|has|have|am"
_OPENS = re.compile(rf"^{_POLITE}(?:{_VERBS}|{_QUESTIONS})\b", re.IGNORECASE)
_JOINTS = re.compile(
    r"(?:\s*[,;]\s*|\s+|\s*[.?!]\s+)(?:and\s+then|and\s+also|and\s+after\s+that|after\s+that|afterwards|and\s+finally|and|then|but\s+also)"
    r"[,]?\s+|\s*;\s*|\s*[.?!]+\s+|\s*,\s+",
    re.IGNORECASE,
)
_OPENS_ZH = re.compile(
    r"^(?:请|麻烦|帮我|给我|你|能不能|可以|再|也|并|并且|然后|同时|顺便)*"
    r"(?:告诉|读|念|画|找|搜|查|把|将|打开|关|开|总结|概括|描述|说[说出明一]|看看|分析|转|生成|调|写|翻译|去掉|加|改|列出|朗读|播报|比较|"
    r"讲|唱|来[个一]|放[一首个]|订|提醒|什么|怎么|为什么|谁|多少|哪|有没有|是不是|它[是有多]|图[里中]|锁|换|解释|识别|判断|大声|用语音|听写|推荐)"
)
_JOINTS_ZH = re.compile(
    r"\s*(?:[，,；;。！!？?]\s*(?:然后|接着|并且|同时|顺便|之后|最后|再|并|也)?|然后|接着|并且|同时|顺便|(?<=[^\s])再(?=读|念|把|画|告诉|找)|并(?=读|念|把|画|告诉|找|用))\s*"
)
_QUOTED = re.compile(r"[\"“”「『][^\"“”」』]*[\"“”」』]|(?<!\w)'[^']{3,}'(?!\w)")
_COLON = re.compile(r"[:：]\s*\S")


def opens_request(text: str) -> bool:
    """True when `text` begins like an order or a question."""
    return bool(_OPENS.match(text) or _OPENS_ZH.match(text))


def _closed(text: str) -> list[tuple[int, int]]:
    """Stretches that are never split: what is quoted, and everything behind a colon, is material and not a request."""
    spans = [m.span() for m in _QUOTED.finditer(text)]
    colon = _COLON.search(text)
    if colon and not text[: colon.start()].rstrip().endswith(("http", "https")):
        spans.append((colon.start(), len(text)))
    return spans


def split_requests(text: str) -> list[str]:
    """The requests in `text`, in order; `[text]` when it is one. Words are kept, joining words are dropped."""
    closed = _closed(text)
    pattern = _JOINTS_ZH if re.search(r"[\u3400-\u9fff]", text) else _JOINTS
    parts: list[str] = []
    begin = 0
    for joint in pattern.finditer(text):
        if any(a <= joint.start() < b for a, b in closed) or joint.end() >= len(text):
            continue
        left, right = text[begin : joint.start()].strip(), text[joint.end() :].strip()
        if opens_request(left) and opens_request(right):
            parts.append(left)
            begin = joint.end()
    parts.append(text[begin:].strip())
    return [p for p in parts if p]


def split_devices(text: str) -> list[str]:
    """`turn off the lamp and the fan` as two orders with the same verb; `[text]` when there is one device."""
    found = re.match(
        r"^(?P<verb>.*?\b(?:turn|switch|put|shut|open|close|lock|dim)\b(?: (?:on|off|up|down|out))?) (?P<first>(?:the |my |all )[\w ]+?)"
        r" and (?P<second>(?:the |my |all )[\w ]+)$",
        text.strip(" .!?"), re.IGNORECASE,
    )  # fmt: skip
    if found:
        trailing = re.match(r"^(.*) (on|off|up|down)$", found["second"])
        if trailing and not re.search(r" (?:on|off|up|down)$", found["verb"]):
            return [f"{found['verb']} {found['first']} {trailing[2]}", f"{found['verb']} {found['second']}"]
        return [f"{found['verb']} {found['first']}", f"{found['verb']} {found['second']}"]
    chinese = re.match(
        r"^(?P<head>.*?(?:打开|关掉|关闭|关上|把|将))(?P<first>[\u3400-\u9fff]{1,8}?)(?:和|跟|以及)(?P<second>[\u3400-\u9fff]{1,6}?)(?P<tail>(?:都)?(?:打开|"
        r"关掉|关了|关上|锁上)?)$",
        text.strip("。！？ "),
    )
    if chinese:
        tail = chinese["tail"].removeprefix("都")
        return [f"{chinese['head']}{chinese['first']}{tail}", f"{chinese['head']}{chinese['second']}{tail}"]
    return [text]
