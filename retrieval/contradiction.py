"""What keeps questions of nearly the same words from asking the same: other numbers, a negation, opposites, another kind of answer.

Sentence vectors hardly see these: "Can I return it?" and "Can I not return it?" have a cosine of 0.95. Knows no vectors and no store.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from retrieval.segmentation import segments
from retrieval.synonyms import NAMED

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_CODE = re.compile(r"[a-z]*\d[a-z\d]*(?:[.,:]\d+)*")
_UNITS = {
    word: str(n) for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
        .split())
}  # fmt: skip
_TENS = {word: str(10 * n) for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_VALUES = {w: value for w, value in (_UNITS | _TENS | {"hundred": "100", "thousand": "1000"}).items() if w not in ("one", "zero")}
"""Without "one", which is more often a pronoun."""
_DAYS = {
    word: line.split()[0]
    for line in (
        "mon monday mondays 周一 星期一 礼拜一", "tue tuesday tuesdays 周二 星期二 礼拜二", "wed wednesday wednesdays 周三 星期三 礼拜三",
        "thu thursday thursdays 周四 星期四 礼拜四", "fri friday fridays 周五 星期五 礼拜五",
        "sat saturday saturdays 周六 星期六 礼拜六", "sun sunday sundays 周日 星期日 星期天 礼拜天",
        "jan january", "feb february", "apr april", "jun june", "jul july", "aug august", "sep september", "oct october", "nov november",
        "dec december",
    )
    for word in line.split()[1:]
}  # fmt: skip
"""Days and months are told apart like numbers; may and march are verbs too often."""
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2, "〇": 0}
_CHINESE_NUMBER = re.compile(
    r"第?([零〇一二三四五六七八九十百两兩]+)(?=[个個天日月年周週星点點小分元块塊次岁歲号號人件张張台臺位级級层層米公代种種倍折])"
)

_NEGATION = re.compile(
    r"\b(?:not|never|without|cannot|cant|wont|dont|doesnt|didnt|isnt|arent|wasnt|unable|neither|nor|nothing|nobody|none|nowhere|no longer|"
    r"no|fails? to|refuses? to)\b|n['’]t\b"
)
_NO_NEGATION = re.compile(
    r"\bwhy (?:not|don['’]?t (?:we|you))\b|\bor not\b|\bnot only\b|\bno\.? ?\d|\bif not\b|^\s*(?:isn|aren|don|doesn|didn|won)['’]t\b"
)
"""Words of negation that deny nothing; a question that begins with one ("Isn't it ...?") asks the same as without."""
_NEGATION_ZH = re.compile(r"[不没無无未非]|别(?!的|人|处|處)")
_NO_NEGATION_ZH = re.compile(
    r"(.)[不没]\1|有没有|有沒有|[是能会可]不[是能会可]|不好意思|不同|不错|不錯|不仅|不但|不过|不過|不管|不论|不只|差不多|要不|不客气|"
    r"非常|无论|無論|无线|無線|未来|未來|无人机|非洲|除非|没关系|沒關係|对不起|對不起|了不起|不锈钢|不鏽鋼|南非|是非|[么吗]没"
)

_OPPOSITES = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("open opens opening opened 打开 开门 营业 开启", "close closes closing closed shut 关闭 关门 打烊 歇业"),
        ("start starts begin begins 开始", "stop stops end ends finish cancel cancels 结束 停止 取消 终止"),
        ("activate enable enabled on 激活 启用 开通", "deactivate disable disabled off 停用 禁用 注销 关闭"),
        ("subscribe 订阅", "unsubscribe 退订"), ("install 安装", "uninstall 卸载"), ("login signin 登录 登入", "logout signout 退出 登出"),
        ("increase raise more higher 增加 提高 调高 更多", "decrease reduce lower less 减少 降低 调低 更少"),
        ("before 之前 以前", "after 之后 以后"), ("with 带 含", "without 不带 不含"), ("buy purchase 买 购买", "sell 卖 出售"),
        ("maximum largest longest highest most 最多 最大 最长 最高", "minimum smallest shortest lowest least 最少 最小 最短 最低"),
        ("cheap cheapest 便宜", "expensive 贵 昂贵"), ("send 发送 寄出", "receive 收到 接收"), ("upload 上传", "download 下载"),
        ("import 导入 进口", "export 导出 出口"), ("add 添加 增加", "remove delete 删除 移除"),
        ("arrive arrival 到达", "depart departure leave 出发"),
        ("deposit 存款 充值", "withdraw withdrawal 取款 提现"), ("lock 锁定", "unlock 解锁"), ("connect 连接", "disconnect 断开"),
        ("accept 接受", "reject decline refuse 拒绝"), ("show 显示", "hide 隐藏"), ("first 第一", "last 最后"), ("left 左", "right 右"),
        ("male man men boys 男 男性", "female woman women girls 女 女性"), ("adult adults 成人 大人", "child children kids 儿童 孩子 小孩"),
        ("domestic national 国内", "international abroad overseas 国外 国际 海外"), ("weekday weekdays 工作日", "weekend weekends 周末"),
        ("indoor indoors 室内", "outdoor outdoors 户外 室外"), ("morning 早上 上午", "evening night 晚上 夜里"), ("hot 热", "cold 冷"),
        ("online 网上 线上", "offline 线下"), ("new 新", "old used 旧"), ("lend 借出", "borrow 借入"),
        ("up", "down"),
    )
)  # fmt: skip

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("when", re.compile(r"\bwhen\b|\bwhat (?:time|date|day|hours?)\b|什么时候|什麼時候|何时|几点|哪天|哪一天|什么时间")),
    ("where", re.compile(r"\bwhere\b|\bwhat (?:place|address|city|country)\b|哪里|哪裡|哪儿|何处|什么地方|在哪")),
    ("who", re.compile(r"\bwho(?:m|se)?\b|谁|誰|哪位|什么人")),
    ("why", re.compile(r"\bwhy\b|\bhow come\b|\bwhat(?:'s| is) the reason\b|为什么|為什麼|为何|怎么会|什么原因|为啥")),
    ("cost", re.compile(
        r"\bhow (?:much|expensive)\b|\b(?:cost|costs|price|prices|fee|fees|charge)\b|多少钱|价格|费用|收费|什么价|多贵|运费|邮费")),
    ("long", re.compile(r"\bhow (?:long|soon|fast|quickly)\b|多久|多长时间|几天|几个月|多少天|多少时间")),
    ("many", re.compile(r"\bhow many\b|几个|几种|多少个|多少种|多少人")),
    ("far", re.compile(r"\bhow (?:far|big|tall|heavy|old|large|deep|high)\b|多远|多大|多高|多重|多深")),
)  # fmt: skip


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=4096)
def numbers(text: str) -> frozenset[str]:
    """The numbers, codes, days and months of a text: `12`, `g40`, `two` as 2, `两年` as 2, `周日` as sun."""
    plain = NAMED.sub(" ", _plain(text))
    found = {match.group().rstrip(".,:") for match in _CODE.finditer(plain)}
    tokens = frozenset(token.removesuffix("'s") for token in _TOKEN.findall(plain))
    found |= {_VALUES[token] for token in tokens if token in _VALUES}
    found |= {day for word, day in _DAYS.items() if word in tokens or (not word.isascii() and word in plain)}
    found |= {_chinese_number(match.group(1)) for match in _CHINESE_NUMBER.finditer(plain)} - {"1"}
    return frozenset(found)


def _chinese_number(text: str) -> str:
    total, current = 0, 0
    for mark in text:
        if mark in ("十", "百"):
            total += (current or 1) * (10 if mark == "十" else 100)
            current = 0
        else:
            current = 10 * current + _DIGITS[mark] if total == 0 and current else _DIGITS[mark]
    return str(total + current)


@lru_cache(maxsize=4096)
def negated(text: str) -> bool:
    """Whether a text denies something. A question that offers both (`能不能`, `or not`) does not."""
    plain = _plain(text)
    english = bool(_NEGATION.search(_NO_NEGATION.sub(" ", plain)))
    return english or (bool(_CHINESE.search(plain)) and bool(_NEGATION_ZH.search(_NO_NEGATION_ZH.sub(" ", plain))))


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    plain = _plain(text)
    return frozenset(_TOKEN.findall(plain)) | (frozenset(segments(plain)) if _CHINESE.search(plain) else frozenset())


def opposed(one: str, other: str) -> bool:
    """Whether one text has a word and the other its opposite: open and close, 上传 and 下载."""
    a, b = _words(one), _words(other)
    return any(
        (a & left and not a & right and b & right and not b & left) or (a & right and not a & left and b & left and not b & right)
        for left, right in _OPPOSITES
    )


@lru_cache(maxsize=4096)
def kinds(text: str) -> frozenset[str]:
    """Kinds of answer a question asks for, of those that exclude one another: when, where, who, why, cost, long, many, far."""
    plain = _plain(text)
    return frozenset(name for name, pattern in _KINDS if pattern.search(plain))


def contradicts(one: str, other: str) -> bool:
    """Whether two questions cannot ask the same: each has a number that the other lacks, one denies, or they have opposite words."""
    a, b = numbers(one), numbers(other)
    return bool(a - b and b - a) or negated(one) != negated(other) or opposed(one, other)


def other_kind(one: str, other: str) -> bool:
    """Whether both say what kind of answer they want, and no kind is common."""
    a, b = kinds(one), kinds(other)
    if {"when", "long"} <= a | b:  # "when does it come" and "how long does it take" may ask the same
        return False
    return bool(a and b and not a & b)
