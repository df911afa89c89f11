"""Takes the wrapping off a request: politeness, "find me", "read this aloud:". Knows words of both languages, not tools' schemas."""

from __future__ import annotations

import re

from assistant.reflex.numerals import NUMBER, NUMBER_ZH, number

_OPENING = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|um|and|also|then|now|please|pls|plz|kindly|assistant|just|quickly|maybe|yes|sure)\b[,!.]?\s+"
    r"|(?:can|could|would|will) (?:you|u|we|i)(?: please| kindly| maybe)?\s+(?:help me (?:to )?)?"
    r"|i(?:'d| would) (?:like|love)(?: you)? to\s+|i (?:want|need)(?: you)? to\s+|let'?s\s+|help me (?:to )?|would you mind\s+)+",
    re.IGNORECASE,
)
_OPENING_ZH = re.compile(
    r"^(?:你好|您好|请问|请|麻烦你?|帮忙|帮我|给我|你?能不能|你?可不可以|可以|能|我想要?你?|那个|嗯|那么?|然后|再|也|[，,、\s])+"
)
_CLOSING = re.compile(r"[\s,]*(?:\b(?:please|pls|plz|thanks|thank you|thx|for me|right now|if you can)\b[\s,!.?]*)+$", re.IGNORECASE)
_CLOSING_ZH = re.compile(r"(?:[，,]?(?:谢谢|好吗|可以吗|行吗|吧|呗|啊|呢))+[。！？!?]*$")
_FIND = re.compile(
    r"^(?:(?:find|show|get|give|bring|fetch|send|search|look|check|locate|pull|dig)\b(?: me| us)?(?: up| out| for| through)?(?: if)?\s*"
    r"|tell me (?:about|more about|everything about)?\s*|what (?:do|does) (?:you|we|our (?:documents|"
    r"handbook|notes|files)) (?:know|have|say) (?:about|on)\s*"
    r"|(?:do|does) (?:you|we|i) (?:have|know|sell|offer|stock)\s*|(?:have|has) (?:you|we) got\s*|(?:is|are) there\s*|got\s+"
    r"|i(?:'m| am) (?:looking|searching) for\s*|(?:i )?(?:need|want)\s*|(?:i )?want to know (?:about )?|(?:to )?know (?:about )?"
    r"|explain(?: to me)?\s*|define\s*)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"^(?:(?:a|an|the|some|any|all|our|my|your|anything|something|everything|info(?:rmation)?|details)\b\s*(?:about\b|"
    r"on\b|of\b|regarding\b|for\b)?\s*)+",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\s*(?:\b(?:in|from|through|within) (?:my|the|our|your|this) (?:documents?|library|files?|collections?|"
    r"knowledge base|faq|handbook|manual|notes|catalogue|catalog|shop|store))\b",
    re.IGNORECASE,
)
_FIND_ZH = re.compile(
    r"^(?:找一?下?|搜索?一?下?|查询?一?下?|查查|找找|看看|看一下|告诉我|说说|讲讲|介绍一?下?|解释一?下?|了解一?下?|知道|想知道|有没有|有无|关于|"
    r"我想(?:买|找|看|问|要)?|推荐)+(?:一|几|两|三|\d)?(?:下|个|件|张|款|些|双|本|段)?"
)
_WHERE_ZH = re.compile(
    r"(?:(?:在|从)(?:我的|我们的|你们的)?|^)(?:文档|资料|知识库|手册|文件|图库|资料库|库)(?:里|中|里面)(?:找|查|搜)?(?:一下)?"
)
_TAIL_ZH = re.compile(r"的(?:资料|信息|文件|内容|规定)(?:有哪些|是什么)?$")
_CONJUNCTION = re.compile(r"\b(?:and|as well as)\b|[,，、;；?？。]|和|以及|还有", re.IGNORECASE)
QUOTED = re.compile(r"[\"“「『]([^\"”」』]+)[\"”」』]|(?<!\w)'([^']{2,})'(?!\w)")


def bare(text: str) -> str:
    """`text` without the greeting, the politeness around it and the closing mark."""
    previous = None
    found = text.strip()
    while found != previous:
        previous = found
        found = _CLOSING.sub("", _CLOSING_ZH.sub("", found)).strip(" \t,，")
        opened = _OPENING_ZH.sub("", _OPENING.sub("", found, count=1), count=1).strip()
        found = opened or found
    return found


def conjuncts(text: str) -> list[str]:
    """What `text` joins, piece by piece: `the phone number and price of it` -> `the phone number`, `price of it`."""
    return [part for part in _CONJUNCTION.split(text) if part.strip()]


def quoted(text: str) -> str:
    """What stands in quotation marks, else empty."""
    found = QUOTED.search(text)
    return (found[1] or found[2]).strip() if found else ""


def after_colon(text: str) -> str:
    """What stands behind the first colon that is no clock time or address, else empty."""
    found = re.search(r"(?<!\d)(?<!http)(?<!https)[:：]\s*(\S.*)$", text, re.DOTALL)
    return found[1].strip() if found else ""


_CLOSING_MARKS = " ?？。.!！,，:："


def search_query(text: str) -> str:
    """The words to look for; the whole of `text` when nothing would be left. Questions keep their words, only the wrapping goes."""
    found = bare(text)
    stripped = _FIND.sub("", found, count=1) if not found.lower().startswith(("what ", "which ")) or _FIND.match(found) else found
    stripped = _FIND_ZH.sub("", stripped, count=1)
    stripped = _WHERE.sub("", _WHERE_ZH.sub("", stripped))
    stripped = _TAIL_ZH.sub("", _ARTICLE.sub("", stripped).strip())
    plain = stripped.strip(_CLOSING_MARKS)
    if plain and plain == text.strip(_CLOSING_MARKS):
        return text.strip()  # as the rest of the turn reads it: one text is embedded once
    return plain or found.strip(" ?？") or text.strip()


_MEDIUM = {
    "image": r"pictures?|photos?|photographs?|images?|pics?|illustrations?|drawings?",
    "audio": r"recordings?|sounds?|audios?|audio (?:clips?|files?)|voice (?:notes?|memos?)|podcasts?",
    "video": r"videos?|movies?|films?|footage",
}
_MEDIUM_ZH = {"image": r"图片|照片|相片|图", "audio": r"录音|声音|音频|语音", "video": r"视频|录像"}


def asked_medium(text: str) -> tuple[str, str]:
    """(modality asked for, the words without it): `pictures of a harbour` -> (`image`, `a harbour`); (``, text) when none is."""
    for kind, words in _MEDIUM.items():
        found = re.search(
            rf"\b(?:{NUMBER} |a few |some |any |all )?(?:{words})\b (?:of|showing|with|from|where|in which|about)\s+(.+)$", text, re.I
        )
        if found:
            return kind, found[1]
        found = re.match(rf"^(?!(?:which|what|how)\b)(.{{3,}}?) (?:{words})$", text.strip(" ?.!"), re.I)
        if found and not re.search(r"\b(?:this|that|the|is|are|do|does)$", found[1], re.I):
            return kind, found[1]
    for kind, words in _MEDIUM_ZH.items():
        found = re.search(rf"^(.+?)的(?:{words})[吗？?]*$", text) or (
            re.match(rf"^(.{{1,6}}?)(?:{words})$", text) if kind == "image" else None
        )
        if found:
            return kind, re.sub(rf"^{NUMBER_ZH}?[张段个幅条]", "", found[1])
    return "", text


_CURRENCY = r"(?:€|\$|£|euros?|eur|dollars?|usd|bucks|pounds?|gbp|yuan|rmb)"
_LIMITS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("<", re.compile(rf"\b(?:under|below|less than|cheaper than|for less than)\s+{_CURRENCY}?\s*({NUMBER})\s*{_CURRENCY}?", re.I)),
    ("<=", re.compile(rf"\b(?:up to|at most|max(?:imum)?|no more than|not more than)\s+{_CURRENCY}?\s*({NUMBER})\s*{_CURRENCY}?", re.I)),
    (">=", re.compile(rf"\b(?:at least|from|min(?:imum)?)\s+{_CURRENCY}?\s*({NUMBER})\s*{_CURRENCY}", re.I)),
    (">", re.compile(rf"\b(?:over|above|more than|more expensive than)\s+{_CURRENCY}?\s*({NUMBER})\s*{_CURRENCY}?", re.I)),
)  # fmt: skip
_MONEY_ZH = r"(?:块钱?|元|欧元?|美元|人民币)"
_LIMITS_ZH: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("<=", re.compile(rf"(?:不超过|不高于|最多)({NUMBER_ZH}){_MONEY_ZH}")),
    ("<", re.compile(rf"(?:低于|少于|便宜过)({NUMBER_ZH}){_MONEY_ZH}?")),
    ("<=", re.compile(rf"({NUMBER_ZH}){_MONEY_ZH}(?:以下|以内|之内|之下)")),
    (">=", re.compile(rf"({NUMBER_ZH}){_MONEY_ZH}以上")),
    (">", re.compile(rf"(?:高于|多于|超过)({NUMBER_ZH}){_MONEY_ZH}")),
)  # fmt: skip
_PRICED = re.compile(rf"{_CURRENCY}(?!\w)|\b(?:cheap|price|cost)|[块元欧]", re.I)


def limit(text: str) -> tuple[str, float, str] | None:
    """(sign, number, the words without them) of "less than 300 g", whatever is measured; None when there is none."""
    for sign, pattern in (*_LIMITS, *_LIMITS_ZH):
        found = pattern.search(text)
        value = number(found[1]) if found else None
        if found and value is not None:
            return sign, value, _without(text, found)
    return None


def price_filter(text: str) -> tuple[str, str]:
    """(condition in the filter language, the words without it): `jackets under 60 euros` -> (`price < 60`, `jackets`)."""
    between = re.search(
        rf"\bbetween\s+{_CURRENCY}?\s*({NUMBER})\s*{_CURRENCY}?\s+and\s+{_CURRENCY}?\s*({NUMBER})\s*{_CURRENCY}", text, re.I
    )
    if between:
        low, high = number(between[1]), number(between[2])
        if low is not None and high is not None:
            return f"price >= {low:g} and price <= {high:g}", _without(text, between)
    for sign, pattern in (*_LIMITS, *_LIMITS_ZH):
        found = pattern.search(text)
        value = number(found[1]) if found else None
        if found and value is not None and _PRICED.search(text):
            return f"price {sign} {value:g}", _without(text, found)
    return "", text


def _without(text: str, found: re.Match[str]) -> str:
    rest = f"{text[: found.start()].rstrip()} {text[found.end() :].lstrip()}".strip()
    return re.sub(r"^的|\s+的", "", rest).strip() or text


def how_many(text: str) -> int | None:
    """How many things are asked for: `three pictures` -> 3, `三张` -> 3; None when no number stands before a thing one can count out."""
    things = (
        r"(?:different |more |similar |other |new )*(?:pictures?|photos?|images?|pics?|items?|results?|examples?|"
        r"versions?|variants?|variations?|drawings?|products?|recordings?|sounds?|ones?)"
    )
    found = re.search(rf"\b({NUMBER})\s+{things}\b", text, re.I) or re.search(
        rf"(?<![第零一二三四五六七八九十百\d])({NUMBER_ZH})[张幅个段条份]", text
    )
    value = number(found[1]) if found else None
    return int(value) if value is not None and 1 <= value <= 50 else None


def every(text: str) -> bool:
    """Whether all of something is asked for."""
    return bool(re.search(r"\b(?:all|every|everything)\b|所有|全部", text, re.I))


_ASKING = re.compile(
    r"\b(?:what|which|who|whose|whom|when|where|why|how|much|many|long|often|is|are|was|were|do|does|"
    r"did|can|could|will|would|should|has|have|had|"
    r"i|you|we|they|it|its|he|she|my|your|our|their|this|that|these|those|a|an|the|and|or|so|about|of|for|to|in|on|at|with|"
    r"costs?|price|expensive|colou?rs?|weigh|weight|heavy|please|tell|me|mean|means|get|come|comes)\b|[?!.,]",
    re.IGNORECASE,
)
_ASKING_ZH = re.compile(
    r"多少钱|什么时候|什么颜色|是什么|为什么|有哪些|哪些|哪里|在哪|怎么样|怎么|如何|多久|多少|什么|吗|呢|的|了|是|有|我|你|请问|包括|价格|"
    r"颜色|重量|[？?。，！]"
)


def topic(text: str) -> str:
    """What a question is about: `how much does the camp lantern cost` -> `camp lantern`; `text` when nothing is left."""
    found = " ".join(_ASKING_ZH.sub(" ", _ASKING.sub(" ", search_query(text))).split())
    return found or text.strip()
