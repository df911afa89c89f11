"""Chinese questions in English words."""

import re
from pathlib import Path

import pytest

from assistant.reflex import glossing
from assistant.reflex.glossing import gloss, in_words


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("修理拉链多少钱", "how much price repair zip?"),
        ("礼品卡有效期多久？", "how long gift card valid?"),
        ("学生有折扣吗", "do you have student discount?"),
        ("最轻的帐篷", "lightest tent"),
        ("帐篷有几种", "how many tent?"),
        ("100欧元以下的背包", "under 100 euro backpack"),
        ("iPhone可以充电吗", "can I iPhone charge?"),
    ],
)
def test_what_asks_stands_first(question, words):
    assert gloss(question) == words


@pytest.mark.parametrize(
    "question", ["", "how much is it?", "你好", "谢谢", "请问呢", "山脊夹克和细雨夹克有什么区别", "相对论的光锥如何定义"]
)
def test_nothing_is_said_of_what_is_not_known(question):
    assert gloss(question) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("帐篷湿着能直接收起来吗？", "tent wet can directly"), ("每天12欧元，押金80欧元", "every day 12 euro , deposit 80 euro"), ("GT-202 帐篷", "GT-202 tent"),
        ("no Chinese at all: 5 €", "no Chinese at all: 5 €"), ("", ""), ("二十六天", "26 days"),
    ],
)  # fmt: skip
def test_a_text_is_worded_in_its_order(text, words):
    assert in_words(text).startswith(words)


def test_a_name_stays_the_same_name():
    first, second = in_words("龘靐齉住在哪里"), in_words("龘靐齉今年五岁")
    name = first.split(" stay")[0]
    assert second.startswith(name)
    assert len(name.split()) == 3
    assert name != in_words("靐齉龘")


def test_the_dictionary_holds_plain_english_for_chinese_words():
    lines = Path(glossing.__file__).with_name("dictionary.tsv").read_text("utf-8").splitlines()[1:]
    pairs = [line.split("\t") for line in lines]
    assert len(pairs) > 6000
    assert [word for word, _ in pairs] == sorted({word for word, _ in pairs})
    assert all(
        re.fullmatch(r"[\u3400-\u9fff]+", word) and re.fullmatch(r"(?:[^\W_\u3400-\u9fff]|['.,%& -])*", english) for word, english in pairs
    )
