"""Forms of questions: open ones, and the same in other words."""

import pytest

from assistant.reflex.asking import is_open, same_question


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which jackets are waterproof?", True),
        ("哪些夹克防水？", True),
        ("How long is it?", True),
        ("Is it waterproof?", False),
        ("防水吗？", False),
    ],
)
def test_what_no_yes_answers(question, expected):
    assert is_open(question) == expected


@pytest.mark.parametrize(
    ("question", "entry", "same"),
    [
        ("Where are you located?", "Where is the shop?", True), ("Is there a student discount?", "Are there discounts for students?", True),
        ("Where is the shop?", "When is the shop open?", False), ("Is the shop closed?", "Where is the shop?", False), ("Where?", "Where?", False),
    ],
)  # fmt: skip
def test_the_same_question_in_other_words(question, entry, same):
    assert same_question(question, entry) == same
