"""Questions and orders, told apart."""

import pytest

from tools.device_agreement import is_yes
from tools.device_questions import is_prohibition, is_question

QUESTIONS = [
    "is the light on?", "is the light on", "are all the blinds closed", "did I leave the oven on", "what's the temperature", "how warm is it",
    "can the light be blue?", "should I turn off the heating?", "why did you turn on the light?", "who opened the garage door",
    "turn on the light?", "could you tell me if the door is locked", "I wonder if the lights are on", "check whether the door is locked",
    "does turning on the fan cost much", "what happens if I unlock the door", "is the light on and the fan off?", "do you know how to lock it?",
    "has somebody switched off the tv", "when was the door locked", "will you be turning on the light later?", "is it cold in here? is the heating on?",
    "灯开着吗", "把灯关了吗？", "大门锁了没有", "空调多少度", "你打开空调了吗", "谁打开了车库门", "怎么打开风扇", "窗帘是不是关着", "帮我看看灯开着没",
    "灯打开了吗", "请问门锁了吗", "哪些灯还开着", "为什么灯开了",
]  # fmt: skip
ORDERS = [
    "turn on the light", "could you turn on the light?", "can you please close the blinds?", "would you mind turning off the tv?",
    "turn off the tv, will you?", "please lock the door", "is it cold? turn on the heating", "lights off", "the light on, please",
    "what a mess, turn on the light", "hey assistant, dim the lamp", "what is the time and turn on the light", "lock the door, would you?",
    "打开灯", "能不能打开灯？", "可以把灯关了吗", "请把窗帘拉上好吗？", "帮我开灯吧", "灯太亮了，关掉灯", "麻烦把空调调到23度",
]  # fmt: skip


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question(text):
    assert is_question(text)


@pytest.mark.parametrize("text", ORDERS)
def test_an_order(text):
    assert not is_question(text)


@pytest.mark.parametrize("text", ["yes", "Yes, please!", "ok do it", "是的", "好的，请吧", "sure, go ahead"])
def test_a_yes(text):
    assert is_yes(text)


@pytest.mark.parametrize("text", ["", "no", "yes?", "yes but not now", "ok turn on the light", "yesterday", "好的，打开灯", "不是", "好吗"])
def test_no_yes(text):
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["don't turn on the light", "please do not unlock the door", "不要开灯", "请别锁门"])
def test_a_prohibition(text):
    assert is_prohibition(text)


@pytest.mark.parametrize(
    "text", ["don't turn off the tv, turn off the light", "turn on the light", "不要开灯，把窗帘拉上", "why don't we open the blinds"]
)
def test_no_prohibition(text):
    assert not is_prohibition(text)
