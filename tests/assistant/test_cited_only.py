"""Cited only: what no source bears out goes, above all numbers and a lost "not"."""

import pytest

from assistant.cited_only import bears_out, cited_only
from retrieval.items import Hit, Item
from tools.base import Evidence

LEAFLET = "Adults take 400 mg of ibuprofen every six hours, at most 1200 mg in a day. Do not take ibuprofen in late pregnancy."
pytestmark = pytest.mark.case("LLM09")


@pytest.fixture
def evidence():
    item = Item(id="item-1", collection="c", owner="local", modality="text", title="Leaflet", text=LEAFLET)
    return [Evidence(number=1, hit=Hit(item=item, score=1.0))]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("Adults take 400 mg of ibuprofen every six hours [1].", "Adults take 400 mg of ibuprofen every six hours [1]."),
        ("“Do not take ibuprofen in late pregnancy.” [1]", "“Do not take ibuprofen in late pregnancy.” [1]"),
        ("You will be fine. At most 1200 mg in a day [1].", "At most 1200 mg in a day [1]."),
        ("Adults take 800 mg of ibuprofen every six hours [1].", ""),
        ("You can take ibuprofen in late pregnancy [1].", ""),
        ("Adults take 400 mg of ibuprofen every six hours.", ""),
        ("Adults take 400 mg of ibuprofen every six hours [2].", ""),
        ("Drink much water and sleep well, your body heals by itself [1].", ""),
        ("", ""),
    ],
)
def test_only_what_the_source_says_is_left(evidence, answer, left):
    assert cited_only(answer, evidence).strip() == left


def test_chinese_numbers_and_denials_count_too():
    source = "成人每次服用一片，每日最多 3 次。孕妇禁用。"
    assert bears_out("成人每次服用一片，每日最多 3 次", source)
    assert not bears_out("成人每次服用一片，每日最多 6 次", source)
    assert not bears_out("孕妇可用", source)


def test_a_source_about_another_matter_answers_nothing(evidence):
    answer = "Adults take 400 mg of ibuprofen every six hours [1]."
    assert cited_only(answer, evidence, "How much ibuprofen can an adult take?") == answer
    assert cited_only(answer, evidence, "What is the dose of amoxicillin for my son?") == ""
    assert cited_only(answer, evidence, "成人可以吃多少布洛芬？") == answer  # of another language nothing is known
