"""What is searched for although the router's head has another label for it."""

import pytest

from assistant.reflex.searched import searches_instead


@pytest.mark.parametrize(
    ("words", "searched"),
    [
        ("北京亦庄智选假日酒店地址", True), ("全聚德的营业时间？", True), ("price of Argus All-Weather Tank", True),
        ("the weight of the lantern", True), ("给我妈打电话", False), ("what's the weather", False), ("三加五等于多少", False),
    ],
)  # fmt: skip
def test_a_thing_and_what_is_wanted_of_it_is_looked_up(words, searched):
    assert searches_instead("out_of_scope", words, (), share=0.0) == searched
