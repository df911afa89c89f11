"""Spoken answers: short, without signs for the eye, numbers as they are said, each sentence in its own language."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.live.spoken import spoken
from assistant.said_numbers import ordinal, said

LONG = "It covers the frame for two years. Ask in the shop. Bring the bill and the jacket with you. The repair takes about ten days in most cases."


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("It costs $1,299.50, or €40 used.", "It costs 1299 dollars 50, or 40 euros used."),
        ("Open 9:00–17:30, from 7:05 a.m. on.", "Open 9 a m to 5 30 p m, from 7 oh 5 a m on."),
        ("On 2026-03-21, or 3rd May, 2026.", "On March twenty first, 2026, or May third, 2026."),
        ("10-12 kg, 1 km at 20°C, 85%.", "10 to 12 kilograms, 1 kilometre at 20 degrees, 85 percent."),
        ("Call 555-123-4567.", "Call 5 5 5, 1 2 3, 4 5 6 7."),
        ("Dr. Lee, e.g. No. 5 & 6, -3 °C.", "Doctor Lee, for example number 5 and 6, minus 3 degrees."),
        ("COVID-19, version 1.2.3 and 3x4 m", "COVID-19, version 1.2.3 and 3 by 4 metres"),
    ],
)  # fmt: skip
def test_english_numbers(written, heard):
    assert said(written, "en") == heard


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("价格¥99，便宜20%", "价格99元，便宜百分之20"), ("3-5天到货", "3到5天到货"), ("2026-03-05 14:05", "2026年3月5日 14点零5分"),
        ("9:00-17:30营业", "9点整到17点30分营业"), ("-5℃，重2kg，$3.50", "负5度，重2公斤，3.50美元"), ("20%-30%", "百分之20到百分之30"),
        ("电话13812345678", "电话1 3 8 1 2 3 4 5 6 7 8"),
    ],
)  # fmt: skip
def test_chinese_numbers(written, heard):
    assert said(written, "zh") == heard


def test_ordinals():
    assert [ordinal(n) for n in (1, 12, 20, 21, 30, 31, 40)] == [
        "first", "twelfth", "twentieth", "twenty first", "thirtieth", "thirty first", "40th",
    ]  # fmt: skip


def test_a_long_answer_is_begun_and_offered():
    assert spoken(LONG) == "It covers the frame for two years. Ask in the shop. Shall I go on?"
    assert spoken("保修两年。" + "请带上发票和衣服到店里来，我们会当场检查并告诉你需要多久。" * 3).endswith("要我接着说吗？")


def test_little_more_is_simply_said():
    assert spoken("One. Two. Three.") == "One. Two. Three."


def test_what_only_the_eye_can_use_is_gone():
    assert spoken("# Care\n\n1. **Wash** at 30°C [1]\n2. `Dry` [flat](https://example.org)") == "Care Wash at 30 degrees Dry flat"
    assert spoken("- [x] done\n- one | two") == "done one, two"
    assert spoken("It is red [2].\n\nSources: manual.pdf, page 3") == "It is red."


def test_the_source_is_named_once_where_it_is_given():
    assert spoken("It lasts two years [1][1].", source="Warranty") == "It lasts two years. It stands in Warranty."
    assert spoken("保修两年[1]。", source="保修单") == "保修两年。出自保修单。"


def test_each_sentence_is_read_in_its_own_language():
    assert spoken("It is 20% off. 便宜20%。") == "It is 20 percent off. 便宜百分之20。"


@pytest.mark.parametrize(("text", "heard"), [("0.:0", ":0"), ("1.", "1."), ("Step ❸: heat", "Step 3 : heat"), ("[1]", "1")])
def test_numbers_that_stand_alone_are_said(text, heard):
    assert spoken(text) == heard


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=120) | st.text("*_`#[]()|>~-. 1a2b灯。\n%$€:+@&/", max_size=60))
def test_any_answer_can_be_spoken(text):
    once = spoken(text)
    assert spoken(once) == once
    assert once or not any(c.isalnum() for c in text)
    assert not re.search(r"[*`#|\[\]<>~]", once)
    assert "\n" not in once
