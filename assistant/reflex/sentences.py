"""Sentences, words and kinds of answer: the small linguistics of the reader, English and Chinese. Knows no hits and no weights."""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache

IDF_BUCKETS = 32768
"""Buckets of the table of word rarities."""
MAX_SENTENCE = 600
"""Characters; longer stretches without a full stop are cut."""

_ENDS = re.compile(r"(?<=[。！？；])|(?<=[.!?])[\"”’)\]]*\s+(?=[\"“(\[]?[A-Z0-9\u3400-\u9fff])|\n+|(?<=[.!?])[\"”]\s+")
_WRAP = re.compile(r"(?<=[^\s.!?。！？:：;；|])\n(?=[^\s\-*•·|#>\d])")
"""A line end inside a sentence of hard-wrapped text; `_unwrap` looks at the length of the line as well."""
_WRAPPED = 60
_SHORT = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|St|No|Nr|approx|ca|Fig|Prof|Jr|Sr|Inc|Ltd|Co|[A-Z]))\.$")
_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,:]\d+)*")
_CHINESE_RUN = re.compile(r"[\u3400-\u9fff]+")
_STOP = frozenset(
    "a an the of in on at to for from by with and or but is are was were be been do does did has have had can could will would should may "
    "might it its this that these those there here i you he she we they me my your his her our their them us what which who whom whose "
    "when where why how much many long old often tell about any some please as than then so if not no say says said know".split()
)
_STOP_ZH = frozenset("的了是在和与及或就也都还吗呢吧啊么我你您他她它们这那有没什怎为哪谁几多少请问一个些被把从对到上下里中会能要可以")
_LIGHT = (
    ("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""), ("e", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A sentence and where it begins in its passage."""

    text: str
    start: int


def _unwrap(text: str) -> str:
    """`text` of the same length with the line ends inside sentences made spaces: only full lines are wrapped, headings are short."""

    def join(found: re.Match[str]) -> str:
        line = found.start() - (text.rfind("\n", 0, found.start()) + 1)
        return " " if line >= (_WRAPPED if text[found.start() - 1].isascii() else _WRAPPED // 2) else "\n"

    return _WRAP.sub(join, text)


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of `text`; lines of a list or a heading stand for themselves."""
    text = _unwrap(text)
    found: list[Sentence] = []
    begin = 0
    ends = [m.end() for m in _ENDS.finditer(text)] + [len(text)]
    for end in ends:
        piece = text[begin:end]
        if end < len(text) and _SHORT.search(piece.rstrip()) and "\n" not in piece:
            continue
        stripped = piece.strip()
        if stripped:
            place = begin + piece.index(stripped[0])
            found += [Sentence(stripped[i : i + MAX_SENTENCE], place + i) for i in range(0, len(stripped), MAX_SENTENCE)]
        begin = end
    return found


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A light stem: plural and verb endings off, never shorter than three letters."""
    for ending, instead in _LIGHT:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= 3:
            root = word[: -len(ending)] + instead
            doubled = ending in ("ing", "ed") and len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
            return root[:-1] if doubled else root.removesuffix("e") if len(root) > 3 else root
    return word


def terms(text: str) -> list[str]:
    """Content terms: stems of words without function words, and Chinese characters, single and in pairs."""
    folded = unicodedata.normalize("NFKC", text).lower()
    found = [stem(w) for w in _WORD.findall(_CHINESE_RUN.sub(" ", folded)) if w not in _STOP]
    for run in _CHINESE_RUN.findall(folded):
        kept = "".join(c if c not in _STOP_ZH else " " for c in run)
        for part in kept.split():
            found += [*part, *(part[i : i + 2] for i in range(len(part) - 1))]
    return found


def bucket(term: str) -> int:
    """Place of a term in the table of rarities."""
    return zlib.crc32(f"i{term}".encode()) % IDF_BUCKETS


_TYPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("why", re.compile(r"\bwhy\b|\bwhat (?:is|was) the reason\b|为什么|为何|原因|怎么会", re.I)),
    ("money", re.compile(
        r"\bhow (?:much|expensive)\b.*\b(?:cost|price|pay|money|fee|charge|is|are)\b|\b(?:price|cost|fee)s?\b|"
        r"多少钱|价格|售价|票价|费用|几块", re.I)),
    ("count", re.compile(
        r"\bhow (?:many|much|long|old|tall|far|big|large|heavy|often|high|deep|fast|late|early)\b|\bwhat (?:percentage|"
        r"number|amount|temperature|size)\b|多少|几[个人次年天度米名位岁种所]|多[长久大高远重快]", re.I)),
    ("when", re.compile(
        r"\bwhen\b|\b(?:what|which) (?:year|day|date|time|month|century|decade)\b|opening hours|什么时候|何时|哪一?年|"
        r"几点|哪天|日期|几月|时间", re.I)),
    ("where", re.compile(
        r"\bwhere\b|\b(?:what|which) (?:country|city|place|state|town|region|area|address|location)\b|哪里|"
        r"哪儿|在哪|何处|地址|什么地方|哪个(?:国家|城市|省)", re.I)),
    ("who", re.compile(r"\bwho(?:se|m)?\b|谁|哪位|什么人|何人", re.I)),
    ("how", re.compile(r"\bhow (?:do|does|can|should|to|did)\b|(?:怎么样?|如何|怎样)(?![样？?。！!，,]|$)", re.I)),
)  # fmt: skip
_NUMBER_WORDS = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|"
    r"ninety|hundred|thousand|million|billion|half|dozen|once|twice"
)
_SHOWS: dict[str, re.Pattern[str]] = {
    "money": re.compile(
        r"[$€£¥]\s?\d|\d[\d.,]*\s?(?:€|\$|£|euros?|dollars?|usd|eur|pounds?|yuan|元|欧元|美元|块|人民币|million|billion)|"
        r"\bfree\b|免费", re.I),
    "count": re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b|[一二三四五六七八九十百千万两]", re.I),
    "when": re.compile(
        r"\b1\d{3}\b|\b20\d\d\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}\s?(?:am|pm|th|st|nd|rd)\b|\b(?:january|february|"
        r"march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|"
        r"friday|saturday|sunday|century|days?|weeks?|months?|years?|hours?)\b|年|月|日|世纪|点|小时|星期|周", re.I),
    "where": re.compile(
        r"\b(?:in|at|near|from|to|on)\s+(?:the\s+)?[A-Z\d]|"
        r"\b(?:in|at|inside|under|near|beside|next to)\s+(?:a|an|the|one|your|our)\s+[a-z]|\b(?:street|road|city|country|north|south|east|"
        r"west|floor|room)\b|[市省县区国州路街城镇村岛]|位于|在", 0),
    "who": re.compile(
        r"(?:^|\s)(?!The |In |It |A |On |At )[A-Z][\w'’.-]+\s+[A-Z][\w'’-]+|\b(?:by|author|director|founder|"
        r"manager|team)\b|[\u3400-\u9fff]·[\u3400-\u9fff]|先生|女士|总统|教授|人"),
    "why": re.compile(
        r"\b(?:because|since|due to|so that|reason|in order to|as a result|caused?|led to|thus|therefore)\b|"
        r"因为|由于|所以|为了|因此|原因|导致", re.I),
    "how": re.compile(
        r"\b(?:by|using|with|must|should|need|press|hold|click|open|first|then|step|wash|use|set|turn|go)\b|"
        r"通过|使用|首先|然后|按|请|应|需", re.I),
}  # fmt: skip


def answer_type(question: str) -> str:
    """What a question asks for: money, count, when, where, who, why, how, or empty."""
    return next((name for name, pattern in _TYPES if pattern.search(question)), "")


def shows(kind: str, sentence: str, question: str) -> bool:
    """True when `sentence` has something of that kind which the question does not say itself."""
    pattern = _SHOWS.get(kind)
    if pattern is None:
        return False
    asked = question.lower()
    return any(m.group().lower().strip() not in asked for m in pattern.finditer(sentence))
