import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.chunking import LIMIT, TARGET, Outline, passages, weight

ENGLISH = "The jacket is waterproof. It weighs 420 g, e.g. less than Dr. Hill's tent! Is it warm? Yes. "
CHINESE = "这件夹克防水。它重四百二十克！保暖吗？是的。"
WORDS = st.text(alphabet="ab Z0.!?,\n\t\r-。，！？中文字“”()1", max_size=4000)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_passages_are_true_to_the_text_and_lose_only_blanks(text):
    found = list(passages(text))
    assert all(text[p.start : p.end] == p.text and p.text == p.text.strip() and p.text for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(weight(p.text) <= LIMIT for p in found)
    assert "".join("".join(p.text.split()) for p in found) == "".join(text.split())


@given(st.integers(0, 10_000))
def test_offset_moves_the_spans_only(offset):
    moved, plain = list(passages(ENGLISH * 20, offset=offset)), list(passages(ENGLISH * 20))
    assert [(p.start - offset, p.text) for p in moved] == [(p.start, p.text) for p in plain]


@pytest.mark.parametrize(("text", "least"), [(ENGLISH * 60, TARGET), (CHINESE * 120, TARGET)])
def test_long_prose_fills_passages(text, least):
    found = list(passages(text))
    assert all(least <= weight(p.text) <= LIMIT for p in found[:-1])
    assert all(p.text[-1] in ".!?。！？" for p in found)


def test_a_paragraph_ends_a_passage_that_is_long_enough():
    first, second = "One sentence of words. " * 30, "Another thought. " * 5
    found = list(passages(f"{first.strip()}\n\n{second}"))
    assert [p.text[:7] for p in found] == ["One sen", "Another"]


def test_abbreviations_initials_and_numbers_do_not_end_a_sentence():
    text = "Ask Dr. Hill or J. Smith about fig. 3 and version 2.5 of it. " * 40
    assert all(p.text.endswith("of it.") for p in passages(text))


def test_a_word_without_spaces_is_cut():
    assert [len(p.text) for p in passages("x" * 2000)] == [900, 900, 200]
    assert [len(p.text) for p in passages("字" * 1000)] == [450, 450, 100]


@pytest.mark.parametrize("evil", ["." * 300_000, "\n" * 300_000, " " * 300_000, ". \n" * 100_000, "\n" + " " * 300_000, "(1) " * 80_000])
def test_odd_input_costs_linear_time(evil):
    start = time.perf_counter()
    list(passages(evil))
    assert time.perf_counter() - start < 5


def test_outline_keeps_the_headings_above():
    outline = Outline("manual.md")
    assert outline.title == "manual.md"
    outline.enter(1, "Warranty")
    outline.enter(2, "What is\n covered")
    assert outline.title == "Warranty › What is covered"
    outline.enter(1, "Returns")
    assert outline.title == "Returns"
