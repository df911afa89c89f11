"""Small talk, help and what is out of reach."""

import pytest

from assistant.reflex.talk import help_text, out_of_scope, small_talk, vary

TOOLS = ("search", "generate_image", "speak")


@pytest.mark.parametrize(
    ("words", "language", "part"),
    [
        ("hello there", "en", ("Hello", "Hi")), ("thanks a lot", "en", ("welcome", "Glad", "pleasure")),
        ("who are you", "en", ("Synesthesia",)),
        ("你好", "zh", ("你好",)), ("谢谢", "zh", ("不客气", "好", "乐意")), ("你叫什么名字", "zh", ("联觉",)),
        ("bye", "en", ("bye", "See")),
    ],
)  # fmt: skip
def test_small_talk(words, language, part):
    said = small_talk(words, language, "")
    assert any(p in said for p in part)
    assert said == small_talk(words, language, "")


def test_repeat_says_the_last_answer_without_marks():
    assert small_talk("say that again", "en", "Two years [1].") == "I said: Two years."
    assert small_talk("repeat that please", "en", "") == "I have not said anything yet."


def test_help_lists_what_is_bound_only():
    text = help_text(TOOLS, "en")
    assert text.count("\n- ") == 3
    assert "draw" in text
    assert "switch devices" not in text
    assert help_text((), "en") == "No tool is connected, so I can only talk."
    assert "画" in help_text(TOOLS, "zh")


def test_out_of_scope_says_what_it_cannot_and_can():
    said = out_of_scope("book a flight", TOOLS, "en")
    assert "draw a picture" in said
    assert "not" in said or "beyond" in said
    assert out_of_scope("book a flight", (), "en")


def test_variations_depend_on_the_words_alone():
    assert len({vary("en", "talk.greeting", w) for w in ("hi", "hello", "hey", "good morning", "hello there", "yo")}) > 1
