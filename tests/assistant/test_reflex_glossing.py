"""Chinese questions in English words."""

import pytest

from assistant.reflex.glossing import gloss


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
