"""Numbers as they are said: prices, dates, times, units, ranges, telephone numbers and short forms become words for the ear. Pure.

Plain numbers stay digits, because voices read those well; what is spelled out is what they read wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = "|".join(f"{m}|{m[:3]}\\b\\.?|{'Sept.?|' if m == 'September' else ''}" for m in _MONTHS).replace("||", "|").rstrip("|")
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth "
    "seventeenth eighteenth nineteenth twentieth"
).split()
_TENTHS = {2: "twentieth", 3: "thirtieth"}
_TENS = {2: "twenty", 3: "thirty"}
_NUMBER = r"\d+(?:\.\d+)?"
_MONEY = {
    "$": ("dollar", "dollars", "美元"), "US$": ("dollar", "dollars", "美元"), "€": ("euro", "euros", "欧元"),
    "£": ("pound", "pounds", "英镑"),
    "¥": ("yuan", "yuan", "元"), "￥": ("yuan", "yuan", "元"), "USD": ("dollar", "dollars", "美元"), "EUR": ("euro", "euros", "欧元"),
    "GBP": ("pound", "pounds", "英镑"), "CNY": ("yuan", "yuan", "元"), "RMB": ("yuan", "yuan", "元"),
}  # fmt: skip
_UNITS = {
    "km/h": ("kilometres an hour", "公里每小时"), "m/s": ("metres a second", "米每秒"), "kWh": ("kilowatt hours", "千瓦时"),
    "mAh": ("milliampere hours", "毫安时"),
    "°C": ("degrees", "度"), "℃": ("degrees", "度"), "°F": ("degrees Fahrenheit", "华氏度"), "m²": ("square metres", "平方米"),
    "m³": ("cubic metres", "立方米"),
    "km": ("kilometres", "公里"), "cm": ("centimetres", "厘米"), "mm": ("millimetres", "毫米"), "kg": ("kilograms", "公斤"),
    "mg": ("milligrams", "毫克"),
    "ml": ("millilitres", "毫升"), "mL": ("millilitres", "毫升"), "GB": ("gigabytes", "吉字节"), "MB": ("megabytes", "兆字节"),
    "TB": ("terabytes", "太字节"),
    "kB": ("kilobytes", "千字节"), "MiB": ("mebibytes", "兆字节"), "GHz": ("gigahertz", "吉赫"), "Hz": ("hertz", "赫兹"),
    "kHz": ("kilohertz", "千赫"),
    "kW": ("kilowatts", "千瓦"), "mph": ("miles an hour", "英里每小时"), "lbs": ("pounds", "磅"), "lb": ("pounds", "磅"),
    "oz": ("ounces", "盎司"),
    "ft": ("feet", "英尺"), "ms": ("milliseconds", "毫秒"), "min": ("minutes", "分钟"), "hrs": ("hours", "小时"), "sec": ("seconds", "秒"),
    "°": ("degrees", "度"), "%": ("percent", "百分之"), "g": ("grams", "克"), "m": ("metres", "米"), "W": ("watts", "瓦"),
    "V": ("volts", "伏"), "L": ("litres", "升"),
}  # fmt: skip
_ONES = {
    "metres": "metre", "kilometres": "kilometre", "centimetres": "centimetre", "millimetres": "millimetre", "kilograms": "kilogram",
    "grams": "gram",
    "litres": "litre", "degrees": "degree", "minutes": "minute", "hours": "hour", "seconds": "second", "ounces": "ounce", "feet": "foot",
    "volts": "volt",
    "watts": "watt",
}  # fmt: skip
_SHORT = (
    (r"\be\.g\.,?", "for example"), (r"\bi\.e\.,?", "that is"), (r"\betc\.", "and so on"), (r"\bvs\.?(?=\s)", "versus"),
    (r"\bapprox\.", "about"),
    (r"\bDr\.(?=\s)", "Doctor"), (r"\bMr\.(?=\s)", "Mister"), (r"\bMrs\.(?=\s)", "Missis"), (r"\bProf\.(?=\s)", "Professor"),
    (r"\bNo\.\s?(?=\d)", "number "), (r"\bFig\.\s?(?=\d)", "figure "), (r"\bpp?\.\s?(?=\d)", "page "), (r"\bmax\.(?=\s)", "at most"),
    (r"\bmin\.(?=\s)", "at least"),
    (r"\bw/o\b", "without"), (r"\bSt\.(?=\s[A-Z])", "Saint"),
)  # fmt: skip
Rule = tuple[re.Pattern[str], "Callable[[re.Match[str]], str] | str"]


def said(text: str, language: str) -> str:
    """`text` with its numbers, signs and short forms as they are said in `language` ("en" or "zh")."""
    text = re.sub(r"(?<=\d)[,\u202f](?=\d{3}(?!\d))", "", text)
    for pattern, put in _CHINESE if language == "zh" else _ENGLISH:
        text = pattern.sub(put, text)
    return text


def ordinal(number: int) -> str:
    """`twenty first`, up to 39; digits with their ending beyond."""
    if 1 <= number <= 20:
        return _ORDINALS[number - 1]
    tens, ones = divmod(number, 10)
    if tens in _TENS:
        return f"{_TENS[tens]} {_ORDINALS[ones - 1]}" if ones else _TENTHS[tens]
    return f"{number}th"


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.lower().startswith(name.lower().rstrip(".")[:3]))


def _day(day: str, month: str, year: str | None) -> str:
    return f"{month} {ordinal(int(day))}{', ' + year if year else ''}"


def _iso(found: re.Match[str]) -> str:
    return _day(found["d"], _MONTHS[int(found["m"]) - 1], found["y"])


def _clock(found: re.Match[str]) -> str:
    """14:05 -> `14 oh 5`; 9:00 am -> `9 a m`; 18:00 -> `18 hundred` is never said, so `6 p m`."""
    hour, minute, half = int(found["h"]), found["min"], (found["half"] or "").lower().replace(".", "")
    if not half:
        half = "am" if hour < 12 else "pm"
        hour = hour % 12 or 12
    middle = "" if minute == "00" else f" oh {int(minute)}" if minute[0] == "0" else f" {minute}"
    return f"{hour}{middle} {' '.join(half)}"


def _clock_zh(found: re.Match[str]) -> str:
    hour, minute = int(found["h"]), found["min"]
    return f"{hour}点{'整' if minute == '00' else '零' + minute[1] + '分' if minute[0] == '0' else minute + '分'}"


def _price(language: int) -> Callable[[re.Match[str]], str]:
    def put(found: re.Match[str]) -> str:
        sign, amount = found["sign"] or found["code"], found["n"] or found["n2"]
        one, many, chinese = _MONEY[sign]
        whole, _, part = amount.partition(".")
        big = next((word for word in ("big", "big2") if found.groupdict().get(word)), "")
        if language:
            return f"{amount.removesuffix('.00')}{found[big] if big else ''}{chinese}"
        if big:
            scale = {"k": "thousand", "m": "million", "bn": "billion"}.get(found[big].lower(), found[big])
            return f"{amount} {scale} {many}"
        cents = f" {part}" if len(part) == 2 and int(part) else ""
        return f"{whole} {one if whole == '1' and not cents else many}{cents}" if len(part) in (0, 2) else f"{amount} {many}"

    return put


def _unit(language: int) -> Callable[[re.Match[str]], str]:
    def put(found: re.Match[str]) -> str:
        name = _UNITS[found["unit"]][language]
        if language:
            return f"百分之{found['n']}" if found["unit"] == "%" else f"{found['n']}{name}"
        return f"{found['n']} {_ONES.get(name, name) if found['n'] == '1' else name}"

    return put


def _telephone(found: re.Match[str]) -> str:
    plus = "plus " if found[0].startswith("+") else ""
    return plus + ", ".join(" ".join(group) for group in re.findall(r"\d+", found[0]))


def _range(word: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{found['a']}{word}{found['b']}"


def _sign_rule(names: str) -> str:
    signs = "|".join(re.escape(sign) for sign in sorted((s for s in _MONEY if not s.isalpha()), key=len, reverse=True))
    codes = "|".join(sign for sign in _MONEY if sign.isalpha())
    return (
        rf"(?P<sign>{signs})\s?(?P<n>{_NUMBER})(?:\s?(?P<big>{names})(?![^\W\d_]))?"
        rf"|(?P<n2>{_NUMBER})(?:\s?(?P<big2>{names}))?\s?(?P<code>{signs}|(?:{codes})\b)"
    )


_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_MEASURE = rf"(?P<n>{_NUMBER})\s?(?P<unit>{_UNIT})(?![^\W_])"
_RANGE = rf"(?<![\d.\-–])(?P<a>{_NUMBER})\s?[–—-]\s?(?P<b>{_NUMBER})(?![\d\-–]|\.\d)"
_TIME = r"\b(?P<h>[01]?\d|2[0-3]):(?P<min>[0-5]\d)(?!\d|:)(?:\s?(?P<half>[ap]\.m\.|[ap]m\b))?"
_TIMES = r"(?<=\d)\s?[–—-]\s?(?=\d{1,2}:\d\d)"
_ISO = r"\b(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])\b"
_PHONE = r"\+\d{1,3}(?:[ \-]?\(?\d{2,4}\)?){2,5}(?!\d)|\b\(?\d{3}\)?[ \-]\d{3}[ \-]\d{4}\b|\b1[3-9]\d[ \-]?\d{4}[ \-]?\d{4}\b"
_ENGLISH: tuple[Rule, ...] = (
    *((re.compile(short, re.IGNORECASE if short.islower() else 0), word) for short, word in _SHORT),
    (re.compile(_PHONE), _telephone),
    (re.compile(_ISO), _iso),
    (re.compile(rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<m>{_MONTH})(?:,?\s(?P<y>\d{{4}}))?\b"),
     lambda f: _day(f["d"], _month(f["m"]), f["y"]) if 1 <= int(f["d"]) <= 31 else f[0]),
    (re.compile(rf"\b(?P<m>{_MONTH})\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s(?P<y>\d{{4}}))?(?![\d:])"),
     lambda f: _day(f["d"], _month(f["m"]), f["y"]) if 1 <= int(f["d"]) <= 31 else f[0]),
    (re.compile(_TIMES), " to "), (re.compile(_TIME, re.IGNORECASE), _clock),
    (re.compile(r"\b(?P<d>\d{1,2})(?:st|nd|rd|th)\b"), lambda f: ordinal(int(f["d"])) if 1 <= int(f["d"]) <= 39 else f[0]),
    (re.compile(_RANGE), _range(" to ")),
    (re.compile(_sign_rule("k|K|m|M|bn|thousand|million|billion")), _price(0)),
    (re.compile(_MEASURE), _unit(0)),
    (re.compile(r"(?<![\w.])[-−](?=\d)"), "minus "), (re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)"), " by "), (re.compile(r"\s?[±]\s?(?=\d)"),
    " plus or minus "),
    (re.compile(r"[~≈]\s?(?=\d)"), "about "), (re.compile(r"≤\s?"), "at most "), (re.compile(r"≥\s?"), "at least "),
    (re.compile(r"\s?&\s?"), " and "),
    (re.compile(r"\b24/7\b"), "around the clock"), (re.compile(r"\s?%"), " percent"),
)  # fmt: skip
_CHINESE: tuple[Rule, ...] = (
    (re.compile(_PHONE, re.ASCII), lambda f: ("加" if f[0][0] == "+" else "") + " ".join(re.findall(r"\d", f[0]))),
    (re.compile(_ISO, re.ASCII), lambda f: f"{f['y']}年{int(f['m'])}月{int(f['d'])}日"),
    (re.compile(_TIMES, re.ASCII), "到"), (re.compile(_TIME, re.ASCII), _clock_zh),
    (re.compile(rf"(?P<a>{_NUMBER})\s?%?\s?[–—~～-]\s?(?P<b>{_NUMBER})\s?%"), lambda f: f"百分之{f['a']}到百分之{f['b']}"),
    (re.compile(_RANGE, re.ASCII), _range("到")), (re.compile(rf"(?P<a>{_NUMBER})\s?[~～]\s?(?P<b>{_NUMBER})"), _range("到")),
    (re.compile(_sign_rule("万|亿|千|百万"), re.ASCII), _price(1)),
    (re.compile(_MEASURE, re.ASCII), _unit(1)),
    (re.compile(r"(?<![\w.])[-−](?=\d)", re.ASCII), "负"), (re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)"), "乘"), (re.compile(r"[~≈]\s?(?=\d)"),
    "大约"),
    (re.compile(r"≤\s?"), "不超过"), (re.compile(r"≥\s?"), "至少"), (re.compile(r"\s?&\s?"), "和"), (re.compile(r"\s?%"), "百分号"),
)  # fmt: skip
