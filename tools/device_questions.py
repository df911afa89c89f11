"""Questions, prohibitions and orders about devices, told apart in English and Chinese. Pure; knows no device.

In doubt it is a question: a question that is answered costs nothing, an order that was none moves a thing in somebody's home.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tools.courtesies import without_courtesies
from tools.device_tellings import tells

_CLAUSES = re.compile(r"[^.?!;,。？！；，]+[.?!;,。？！；，]*")
_AND = re.compile(r"\s+(?:and then|and also|and|then|but)\s+|然后|并且|同时|接着", re.IGNORECASE)
_VERBS = (
    r"(?:turn|switch|put|set|open|close|shut|lock|unlock|dim|brighten|start|stop|make|change|adjust|raise|lower|increase|decrease|reduce|"
    r"pull|roll|toggle|power|mute|unmute|activate|deactivate|enable|disable|run|kill|cut|crank|bring|get|let|leave|keep|draw|play|pause|"
    r"brew|prepare|"
    r"pour|fix|cook|rise|bump|speak|talk|be (?:a (?:bit|little) )?(?:quiet|silent|loud|soft)\w*|"
    r"(?:off|on)(?= \w)|have (?:the|my|all|our)|cease|initiate|initialize|initialise|begin|vacuum|hoover|clean|sweep|darken|lighten|"
    r"illuminate|light up|boost|minimize|"
    r"minimise|maximize|maximise|give|extinguish|silence|resume|launch|boot|soften|flip|move|warm|cool|heat|shutoff|end|quit|unbolt|bolt)"
)
_CALL = r"(?:(?:please|now|then|also|hey|hi|ok|okay|assistant|just|so|well)[\s,]+)*"
_POLITE = (
    r"(?:(?:can|could|would|will) (?:you|u) (?:please |kindly |just |maybe )*(?:mind )?|(?:please|kindly) |i(?:'d| would) like you to |"
    r"i (?:want|need) you to )"
)
_WISH = r"(?:(?:can|could|may) (?:i|we) (?:please |just )?(?:have|get|order) )"
"""Asks for a thing, not for an answer."""
_ORDER = re.compile(
    rf"^{_CALL}(?:(?P<polite>{_POLITE})?(?:all |both )?(?:{_VERBS}|{_VERBS}(?:t|p)?ing)\b|(?P<wish>{_WISH}))", re.IGNORECASE
)
_TAG = re.compile(r",?\s*(?:will you|would you|could you|can you|please|ok|okay|thanks|thank you)[\s.!]*\?*$", re.IGNORECASE)
_QUESTION = re.compile(
    rf"^{_CALL}(?:is|isn't|are|aren't|was|wasn't|were|did|didn't|do|don't you|does|doesn't|has|hasn't|have|had|am|what|what's|whats|"
    r"which|how|how's|when|where|where's|who|who's|why|should|shall|may|might|must|can|could|would|will|won't|can't|couldn't|wouldn't|"
    r"shouldn't|haven't|weren't|whose)\b"
    rf"|^{_CALL}(?:{_POLITE})?(?:i wonder|i'd like to know|tell me|let me know|check|see|say|show me|find out|ask (?!the\b|my\b|our\b)|"
    r"do you know|report|list)\b",
    re.IGNORECASE,
)
_DO_NOT = re.compile(r"^(?:do not|don't|do)\s+(?!you\b|i\b|we\b|they\b|the\b|it\b|my\b|all\b)", re.IGNORECASE)
_POLITE_ZH = r"(?:请(?!问)|请问|麻烦|劳驾|帮我|帮忙|给我|你?能不能|你?可不可以|你?可以|你?能否|你?可否|你?能|替我|我想让你|我要你)"
_VERBS_ZH = (
    r"(?:打开|开(?![着了])|关(?!着)|把|将|调|设|锁(?!着)|解锁|拉|启动|停|切换|让|换|升|降|合上|放下|播放|暂停|静音|"
    r"取消|除了|所有|全部|都)"
)
_ORDER_ZH = re.compile(rf"^\s*(?P<polite>{_POLITE_ZH}[，,]?)*(?:再|也|先|就|顺便)?{_VERBS_ZH}")
_FORBIDS = re.compile(
    rf"^{_CALL}(?:{_POLITE})?(?:do not|don't|dont|never|(?:i|you|we) (?:must|should|may|need|can|could|would)(?: not|n't)|no|not|nobody|"
    rf"stop \w+ing|"
    r"quit \w+ing|avoid|refrain|refuse|i (?:do not|don't|dont|didn't|did not|would not|wouldn't|never|refuse)|there(?:'s| is) no need|"
    r"cancel) \w"
    r"|(?<!why )\b(?:do not|don't|dont|never|no need|not to|mustn't|shouldn't|needn't|without|rather not|won't|will not|wouldn't|couldn't|"
    r"can't|cannot|under no circumstances|by no means|hands off|keep [\w ]+ from|instead of|anything but)\b(?= [\w'])(?! forget)"
    r"|^\s*(?:请|千万|还|暂时|现在|今天|以后|麻烦|拜托|你|可|也|先|都|我们?|谁也?|任何人|绝对|一定|把[^，,。]{1,8}|"
    r"[^，,。]{0,8}的?[灯视机扇帘门锁])*"
    r"(?:不要|别(?!的)|不用|不许|不准|不能|不必|不需要|不想|没必要|禁止|严禁|勿|甭|不该|不应该|拒绝|没让你|没叫你|没要你|"
    r"不可以(?!把?.*吗))",
    re.IGNORECASE,
)
_TAG_ZH = re.compile(r"(?:好吗|行吗|可以吗|好不好|行不行|可不可以|吧|谢谢)[？?。！!]*$")
_QUESTION_ZH = re.compile(
    r"[吗呢嘛么][？?。！!，,]*$|(?:没有?|了没|好没)[？?。！!，,]*$|什么|多少|几度|几点|几个|哪|谁|怎么|怎样|如何|为何|是不是|有没有|是否|"
    r"还是|要不要|该不该|会不会|想不想|应不应该|需不需要|用不用|"
    r"告诉我|看看|看一?下|查一?下|查查|状态|开着没|锁没锁|关没关|开没开"
)


def is_question(text: str) -> bool:
    """True when `text` asks and orders nothing: "is the light on?", "把灯关了吗". False for "is it cold? turn on the heating"."""
    return _only(text, _asks) and _only(without_courtesies(text), _asks)


def is_prohibition(text: str) -> bool:
    """True when `text` says what not to do and orders nothing: "don't unlock the door", "不要开灯"."""
    return _only(without_courtesies(text), lambda clause: bool(_FORBIDS.search(clause)))


def is_no_order(text: str) -> bool:
    """True when nothing may move for `text`, whoever asks for it: it asks, forbids, tells or supposes."""
    return is_question(text) or is_prohibition(text) or orders_nothing(text)


_TALE = re.compile(
    r"\b(?:yesterday|last (?:night|week|time|year)|ago|used to|(?:would|could|should|might)(?:n't| not)? have|had (?:been|turned|switched|"
    r"opened|closed|locked|unlocked|left)|(?:if|when|whenever|unless|until|suppose|supposing|imagine|in case|as soon as|once|wish) "
    r"(?:i|you|we|he|she|they|it|the|my|somebody|someone|there)\b)"
    r"|^(?:(?:well|so|and|yes|yeah|but|today|this morning|because|think|i think|that) )*"
    r"(?:i|you|we|he|she|they|it|somebody|someone|nobody|who|(?:my|the|his|her|our) \w+) "
    r"(?:(?:have|has|had|just|already|never|once|also|only|always) )*"
    r"(?:turned|switched|dimmed|opened|closed|locked|unlocked|lowered|raised|ordered|brewed|started|stopped|forgot|left)\b"
    r"|如果|要是|假如|假使|倘若|万一|昨天|昨晚|刚才|刚刚|以前|上次|曾经|本来|的时候|当.+时",
    re.IGNORECASE,
)  # fmt: skip
_WISHED = re.compile(r"\bwould (?:be )?(?:really )?(?:love|like|nice|great|good|appreciate|mind)(?: it)? if\b[^,.;]*", re.IGNORECASE)
"""A polite way in: "I would love it if ..."."""
_LATER = re.compile(
    r"\b(?:tomorrow|tonight|later|in (?:an?|half an|\d+|[a-z]+) (?:hours?|minutes?|mins?|seconds?|days?)|after (?:an?|\d+|[a-z]+) "
    r"(?:hours?|minutes?)|(?:at|by|around) (?:\d{1,2}(?::\d\d)?|[a-z]+) ?(?:o'clock|a\.?m\b|p\.?m\b)|at (?:noon|midnight|night|sunset|"
    r"sunrise|\d{1,2}:\d\d)|every (?:day|night|morning|evening|hour|week)|next (?:week|morning)|"
    r"for (?:an?|\d+|[a-z]+) (?:hours?|minutes?))\b"
    r"|明天|后天|今晚|稍后|待会|等会|等一会|过一会|晚点|(?:分钟|小时|秒|天)[之以]?后|[零一二三四五六七八九十两\d]+点(?:钟|半|整)|每天|"
    r"每晚|每周",
    re.IGNORECASE,
)  # fmt: skip


def orders_nothing(text: str) -> bool:
    """True when `text` tells what was, supposes what might be, or plans what shall be later: "I turned off the oven", "if I open the
    door", "turn it on in an hour". Nobody who says it wants something done now."""
    text = without_courtesies(_WISHED.sub(" ", text))
    return bool(_TALE.search(text) or _LATER.search(text)) or _only(text, tells)


def _only(text: str, kind: Callable[[str], bool]) -> bool:
    """True when some clause is of that kind and no other one is an order. Around "and" each piece may be something of its own."""
    clauses = [part.strip() for whole in _CLAUSES.findall(text) for part in _AND.split(whole) if part.strip(" ,，")]
    found = [clause for clause in clauses if kind(clause)]
    return bool(found) and not any(_orders(clause) for clause in clauses if clause not in found)


def _asks(clause: str) -> bool:
    return _asks_zh(clause) if re.search(r"[\u3400-\u9fff]", clause) else _asks_en(clause)


def _asks_en(clause: str) -> bool:
    order = _ORDER.match(clause)
    if order:
        # "turn on the light?" may be anything; a polite opening or ending makes it an order.
        return clause.endswith("?") and not order["polite"] and not order["wish"] and not _TAG.search(clause)
    if _DO_NOT.match(clause):
        return False
    return (clause.endswith("?") and not _TAG.search(clause)) or bool(_QUESTION.match(clause))


def _asks_zh(clause: str) -> bool:
    order = _ORDER_ZH.match(clause)
    if order and (_TAG_ZH.search(clause) or (order["polite"] and not re.search(r"什么|多少|几度|哪|谁|怎么|是不是|有没有", clause))):
        return False
    return clause.endswith(("?", "？")) or bool(_QUESTION_ZH.search(clause))


def _orders(clause: str) -> bool:
    return bool(_ORDER.match(clause) or _ORDER_ZH.match(clause))
