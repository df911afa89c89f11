"""Chinese questions to the collection that comes along, most of which is written in English: the whole assistant, nothing acted out."""

import asyncio
import time

import pytest

from assistant.build import build
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content

ANSWERED = [
    ("几点关门", "周一至周六 9:30 至 18:30"),  # found in English, told by the entry that says the same in Chinese
    ("你们周日开门吗", "周日休息"),
    ("店在哪里", "12 Harbour Street"),
    ("修理拉链多少钱", "zips from 15 EUR"),
    ("学生有折扣吗", "10 percent"),
    ("礼品卡有效期多久", "three years"),
    ("夹克怎么洗", "30 degrees"),
    ("孩子的夹克多少钱", "54.00 EUR"),
    ("有儿童夹克吗", "Little Gale Jacket"),
    ("最轻的帐篷", "2300 g"),
    ("背包的保修期是多久", "帐篷和背包保修三年"),
    ("袜子保修多久", "九十天"),
]
REFUSED = ["能用微信支付吗", "谁是老板", "寄到德国要多久", "有睡袋卖吗"]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    loop = asyncio.new_event_loop()
    assistant = build(read({"data_dir": tmp_path_factory.mktemp("chinese") / "data"}))
    loop.run_until_complete(assistant.start())
    deadline = time.monotonic() + 120
    while not assistant.ready:
        assert time.monotonic() < deadline
        loop.run_until_complete(asyncio.sleep(0.1))

    def asked(question):
        async def whole():
            return [event async for event in assistant.run(Turn(contents=(Content.from_text(question),)))]

        return loop.run_until_complete(whole())

    yield asked
    loop.run_until_complete(assistant.close())
    loop.close()


@pytest.mark.parametrize(("question", "words"), ANSWERED)
def test_what_is_known_is_answered_whatever_language_it_is_in(ask, question, words):
    events = ask(question)
    assert words in events[-1].text
    assert not events[-1].refused
    cited = next(event for event in events if event.type == "cited")
    assert cited.citations


@pytest.mark.parametrize("question", REFUSED)
def test_what_is_not_known_is_refused(ask, question):
    answer = ask(question)[-1]
    assert answer.refused, answer.text
    assert "没有找到" in answer.text


def test_what_was_found_at_once_is_not_asked_again(ask):
    searches = [event for event in ask("运费是多少") if event.type == "tool_started"]
    assert len(searches) == 1
