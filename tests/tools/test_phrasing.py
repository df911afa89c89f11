"""Phrasing: lists and sentences joined as each language does."""

from tools.phrasing import listed, tell, together


def test_lists_and_sentences():
    assert listed(["a", "b"], "en") == "a, b"
    assert listed(["甲", "乙"], "zh") == "甲、乙"
    assert together(["One.", "", "Two."], "en") == "One. Two."
    assert together(["一。", "二。"], "zh") == "一。二。"


def test_an_unknown_language_falls_back_to_english():
    assert tell("fr", "state.on") == "on"
