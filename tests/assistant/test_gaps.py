"""Which turns leave an open question."""

import pytest

from assistant.gaps import outcome_of

SEARCHED = [{"tool": "search", "arguments": {"query": "x"}}]
PICTURES = [{"tool": "search", "arguments": {"query": "x", "modalities": ["image"]}}]
LOOKED = [{"tool": "look", "arguments": {}}]


@pytest.mark.parametrize(
    ("words", "steps", "refused", "unanswered", "outcome"),
    [
        ("Why?", SEARCHED, True, False, "refused"),
        ("Why?", [], True, False, "refused"),
        ("a red car", PICTURES, True, False, None),
        ("What is this?", LOOKED, True, False, None),
        ("Book a flight", [], False, True, "unanswered"),
        ("hello", [], False, False, None),
        ("Why?", SEARCHED, False, False, None),
        ("", SEARCHED, True, False, None),
    ],
)
def test_outcomes(words, steps, refused, unanswered, outcome):
    assert outcome_of(words, steps, refused=refused, unanswered=unanswered) == outcome
