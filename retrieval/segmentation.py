"""Words of a text, for the lexical index and for weighing evidence: Chinese cut into words, English stemmed. Knows no database.

The index receives `segmented` text and stems it itself (FTS5 `porter unicode61 remove_diacritics 2`); `terms` gives the same words
to Python, so that a query's words can be looked up in the index and found in a passage.
"""

from __future__ import annotations

import re
import threading
import unicodedata
import warnings
from typing import Any

from retrieval.stemming import stem

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_WORD = re.compile(r"[^\W_]+")
_lock = threading.Lock()
_dictionary: Any = None

STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before being below between both but by can
    could did do does doing don down during each few for from further had has have having he her here hers herself him himself his how i
    if in into is it its itself just ll many me might more most much must my myself no nor not now of off on once only or other our ours
    ourselves out over own re s same she should so some such t than that the their theirs them themselves then there these they this
    those through to too under until up ve very was we were what when where which while who whom whose why will with would you your
    yours yourself yourselves please tell show give find let know want need get got
    的 了 和 是 在 有 与 及 或 也 都 而 但 就 吗 呢 吧 啊 呀 么 我 你 您 他 她 它 我们 你们 他们 这 那 这个 那个 这些 那些
    哪 哪个 哪些 哪里 哪儿 谁 什么 怎么 怎么办 怎样 如何 为什么 为何 多少 几 几个 何 何时 何人 何种 请 请问 一下 可以 能 能否 是否 有没有
    会 要 被 把 对 从 到 于 以 为 之 其 中 上 下 里 个 是什么 有什么 什么是 吗的 什麼 怎麼 為什麼 哪裡 哪兒 這 這個 個 與 為 從
    會 請 請問 嗎 誰 幾 來 对于 關於 关于""".split()
)
"""Words that carry no evidence: left out of a query unless nothing else is in it."""


def _jieba() -> Any:
    global _dictionary
    with _lock:
        if _dictionary is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # jieba asks for pkg_resources, and finds it deprecated or missing
                import jieba
            made = jieba.Tokenizer()
            # Read the dictionary itself: jieba's own cache is a marshal file under a fixed name in the shared temporary directory.
            made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
            made.initialized = True
            _dictionary = made
        return _dictionary


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]


def cut(chinese: str) -> list[str]:
    """Index words of a run of Chinese characters: the dictionary's words, their character pairs, and pairs where it knows none.

    Measured as BM25 over paragraphs, MRR@5: CMRC2018 0.983 (words alone 0.985, pairs alone 0.980), DRCD, in traditional characters
    that the dictionary knows badly, 0.966 (words alone 0.952, pairs alone 0.978), XQuAD 0.952.
    """
    found: list[str] = []
    loose = ""
    for word in _jieba().cut(chinese, HMM=False):
        if len(word) == 1:
            loose += word
            continue
        if loose:
            found += _pairs(loose)
            loose = ""
        found.append(word)
        if len(word) > 2:
            found += _pairs(word)
    if loose:
        found += _pairs(loose)
    return found


def segments(text: str) -> list[str]:
    """`text` cut into the words of the dictionary, every character kept, in order."""
    return list(_jieba().cut(text, HMM=False))


def segmented(text: str) -> str:
    """`text` with blanks between the words of its Chinese parts; everything else is left to the index. Full-width forms are folded."""
    text = unicodedata.normalize("NFKC", text)
    return _CHINESE.sub(lambda run: f" {' '.join(cut(run.group()))} ", text) if _CHINESE.search(text) else text


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFD", text.lower())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def words(text: str) -> list[str]:
    """Lower-case words in order, Chinese cut, nothing stemmed or left out."""
    return _WORD.findall(_folded(segmented(text)))


def query_words(text: str) -> list[str]:
    """The distinct words of a query that carry meaning, in order; all its words when none does."""
    found = list(dict.fromkeys(words(text)))
    return [word for word in found if word not in STOP_WORDS] or found


def terms(text: str) -> list[str]:
    """The words as the index holds them: English stemmed."""
    return [stem(word) if word.isascii() else word for word in words(text)]
