"""Values as printed on business documents: amounts of money, dates and numbers of things, in the ways of several countries.

Reads one value out of a stretch of words; knows no labels and no pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "￥": "CNY", "₹": "INR", "rs": "INR", "rs.": "INR", "rmb": "CNY", "元": "CNY",
          "us$": "USD", "kr": "SEK", "zł": "PLN"}  # fmt: skip
_SIGN = r"US\$|[$€£¥￥₹]|EUR|USD|GBP|CHF|CNY|RMB|INR|JPY|SEK|DKK|NOK|PLN|CAD|AUD|Rs\.?|kr|zł|元"
_NAMED = re.compile(rf"(?<![A-Za-z])(?:{_SIGN})(?![A-Za-z])")
_NUMBER = r"\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?<![\w.,/-])(?P<lead>-)?(?P<before>{_SIGN})?\s{{0,2}}(?P<minus>-)?\s?(?P<number>{_NUMBER})(?![\d/%:]|[.,-]\d|\s?%)"
    rf"\s?(?P<after>{_SIGN})?(?!\w)",
    re.I,
)
_MONTHS = (
    ("jan", "ene", "gen"), ("feb", "fév", "fev"), ("mar", "mär", "mrt", "maa"), ("apr", "avr", "abr"), ("may", "mai", "mei", "mag"),
    ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "aoû", "aou", "ago"), ("sep", "set"), ("oct", "okt", "ott", "out"),
    ("nov",), ("dec", "dez", "déc", "dic"),
)  # fmt: skip
_DATE = re.compile(
    r"(?<![\w.,])(?:(?P<y1>(?:19|20)\d\d)\s?[-/.年]\s?(?P<m1>\d{1,2})\s?[-/.月]\s?(?P<d1>\d{1,2})\s?日?"
    r"|(?P<a>\d{1,2})\s?(?P<mark>[-/.])\s?(?P<b>\d{1,2})\s?[-/.]\s?(?P<y2>(?:19|20)\d\d|\d\d)"
    r"|(?P<d3>\d{1,2})(?:st|nd|rd|th|er|\.|º)?(?:[ -]| de | of |(?=[A-ZÀ-Ý]))\s?"
    r"(?P<m3>[A-Za-zéûäÀ-ÿ]{3,10})\.?(?:[ ,-]| de )\s?(?P<y3>(?:19|20)\d\d)"
    r"|(?P<m4>[A-Za-zéûäÀ-ÿ]{3,10})\.?\s(?P<d4>\d{1,2})(?:st|nd|rd|th)?\s?,?\s(?P<y4>(?:19|20)\d\d))(?!\d)",
)
_THING = re.compile(r"[A-Za-z0-9][A-Za-z0-9]*(?:[-/_.][A-Za-z0-9]+)*")
_JOINED = re.compile(r"(?<=\d\d\d)(?:du|vom|van|del|of|le)$")
"""Where text recognition lost the space before a date."""
_GROUPED = re.compile(r"(?:\d{3,4}(?: \d{3,4}){1,4}|\d{1,2}(?: \d{3}){2,4})(?![ ]?[\w.,/-])")
"""A long number in groups, as on bills for telephones."""
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,5}){3,8}\b")
_LEAD = re.compile(r"[\s:：#.№°º=|*-]*(?:(?:is|no|nr|num|number|nummer|n)\b[\s:：.°º]*)?", re.I)
"""What may stand between a label and the number it names."""


@dataclass(frozen=True)
class Value:
    """One value."""

    printed: str
    """As it stands on the page."""
    amount: float | None = None
    currency: str = ""
    """ISO 4217; empty when none is printed."""
    day: date | None = None
    """None for a date that may be read in two ways, such as 8-9-2022."""


def amount_in(words: str) -> Value | None:
    """The largest amount of money in `words`; with cents or a currency rather than a bare number."""
    found = []
    spans = [m.span() for m in _DATE.finditer(words)]
    for match in _AMOUNT.finditer(words):
        if any(match.start("number") < end and start < match.end("number") for start, end in spans):
            continue
        sign = (match["before"] or match["after"] or "").lower()
        value = _plain(match["number"]) * (-1 if match["lead"] or match["minus"] else 1)
        cents = bool(re.search(r"[.,]\d\d$", match["number"]))
        found.append((bool(sign) or cents, Value(match.group().strip(), value, _SIGNS.get(sign, sign.upper()))))
    money = [value for clear, value in found if clear] or [value for _, value in found]
    return max(money, key=lambda v: v.amount or 0.0, default=None)


def _plain(number: str) -> float:
    """1.234,56 and 1,234.56 and 1 234,56 are one number; a mark with one or two digits behind it, at the end, is that of the cents."""
    cents = re.search(r"[.,](\d{1,2})$", number)
    whole = number[: cents.start()] if cents else number
    return float(f"{re.sub(r'[^0-9]', '', whole) or '0'}.{cents[1] if cents else '0'}")


def currencies(words: str) -> list[str]:
    """The currencies that `words` name, as ISO 4217."""
    return [_SIGNS.get(sign.lower(), sign.upper()) for sign in _NAMED.findall(words)]


def date_in(words: str, *, day_first: bool | None = None) -> Value | None:
    """The first date in `words`. `day_first`: how 8/9/2022 is read; None leaves it open."""
    for match in _DATE.finditer(words):
        days = _days(match, day_first)
        if days:
            return Value(match.group().strip(), day=days.pop() if len(days) == 1 else None)
    return None


def _days(match: re.Match[str], day_first: bool | None) -> set[date]:
    """Every day that may be meant: none, one or two."""
    if match["y1"]:
        return _made(match["y1"], match["m1"], match["d1"])
    if match["y2"]:
        year = match["y2"] if len(match["y2"]) == 4 else f"20{match['y2']}"
        day_month, month_day = _made(year, match["b"], match["a"]), _made(year, match["a"], match["b"])
        if match["mark"] == "." or day_first:
            return day_month or month_day
        return day_month | month_day if day_first is None else month_day or day_month
    name, day, year = (match["m3"], match["d3"], match["y3"]) if match["m3"] else (match["m4"], match["d4"], match["y4"])
    month = next((n for n, starts in enumerate(_MONTHS, 1) if name.lower().startswith(starts)), 0)
    return _made(year, str(month), day)


def _made(year: str, month: str, day: str) -> set[date]:
    try:
        return {date(int(year), int(month), int(day))}
    except ValueError:
        return set()


def number_in(words: str) -> Value | None:
    """The number of a thing with which `words` begin, behind a colon or a "no.": three letters and digits or more, one of them a digit."""
    lead = _LEAD.match(words)
    rest = words[lead.end() if lead else 0 :]
    match = _GROUPED.match(rest) or _THING.match(rest)
    if match is None or len(match.group()) < 3 or not any(c.isdigit() for c in match.group()):
        return None
    if (day := _DATE.match(rest)) and day.end() >= match.end():
        return None
    if re.match(r"[.,]\d\d?(?!\d)", rest[match.end() :]) or re.fullmatch(r"\d+[.,]\d\d", match.group()):
        return None  # an amount
    return Value(_JOINED.sub("", match.group()))


def iban_in(words: str) -> Value | None:
    """An account number as of ISO 13616, in whatever groups."""
    match = _IBAN.search(words)
    return Value(match.group()) if match and 15 <= len(match.group().replace(" ", "")) <= 34 else None
