"""Which medium is meant."""

import pytest

from assistant.reflex.pointing import point
from assistant.reflex.situation import Outcome, Situation, Thing

SITUATION = Situation(
    earlier=[
        Thing("image_1", "image", "harbour.png"),
        Thing("image_2", "image", "a dog", made=True),
        Thing("audio_1", "audio", "memo.ogg"),
    ],
)


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("make it darker", "image_2"),
        ("the first picture", "image_1"),
        ("the second one", "image_2"),
        ("the last one", "image_2"),
        ("把第一张调亮", "image_1"),
        ("what is in harbour.png", "image_1"),
        ("the picture I sent", "image_1"),
        ("the one you drew", "image_2"),
        ("rotate image_1", "image_1"),
        ("picture 1", "image_1"),
    ],
)
def test_pointing(text, handle):
    assert point(text, SITUATION, ("image",)) == handle


def test_other_modalities_and_none():
    assert point("write it down", SITUATION, ("audio",)) == "audio_1"
    assert point("read it", SITUATION, ("file",)) is None


def test_an_ordinal_counts_what_the_last_answer_listed():
    evidence = [{"number": n, "hit": {"item": {"id": f"item_{n}", "modality": "image"}}} for n in (1, 2, 3)]
    before = Situation(previous_outcomes=[Outcome("search", {}, "", {"evidence": evidence}, False)])
    assert point("I like the second one", before, ("image",)) == "item_2"
    assert point("describe it", before, ("image",)) == "item_1"
    assert point("describe the ninth one", before, ("image",)) == "item_1"


def test_what_this_turn_found_comes_first():
    evidence = [{"number": 1, "hit": {"item": {"id": "item_9", "modality": "image"}}}]
    now = Situation(earlier=SITUATION.earlier, outcomes=[Outcome("search", {}, "", {"evidence": evidence}, False)])
    assert point("describe it", now, ("image",)) == "item_9"
