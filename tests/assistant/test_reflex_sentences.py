"""Sentences, stems and kinds of answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.sentences import answer_type, shows, split_sentences, stem, terms


def test_sentences_know_where_they_begin():
    text = 'Dr. Smith came at 9.30 p.m. He left. "Why?" she said.\nA heading\n第一句。第二句！'
    found = split_sentences(text)
    assert "第一句。" in [s.text for s in found]
    assert all(text[s.start :].startswith(s.text[:5]) for s in found)


def test_abbreviations_do_not_end_a_sentence():
    assert len(split_sentences("Ask Dr. Smith about it. He knows.")) == 2


def test_stems_meet():
    assert stem("shipping") == stem("shipped") == stem("ship")
    assert stem("stored") == stem("stores") == stem("store")
    assert stem("companies") == stem("company")


def test_terms_leave_function_words_out():
    assert terms("What is the price of the lamps?") == [stem("price"), "lamp"]
    assert "保修" in terms("保修包括什么")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how much does it cost?", "money"), ("how many people live there", "count"),
        ("when was it built", "when"), ("where is it", "where"),
        ("who wrote it", "who"), ("why is it blue", "why"), ("how do I reset it", "how"), ("is it blue", ""), ("多少钱", "money"),
        ("什么时候建的", "when"), ("在哪里", "where"), ("谁写的", "who"), ("为什么", "why"), ("怎么洗", "how"), ("有几个人", "count"), ("评价怎么样？", ""), ("怎么样才能退货", "how"),
    ],
)  # fmt: skip
def test_answer_types(question, kind):
    assert answer_type(question) == kind


def test_shown_kinds_must_be_new():
    assert shows("when", "It was built in 1925.", "when was it built")
    assert not shows("when", "It was built in 1925.", "what happened in 1925")
    assert not shows("", "anything", "anything")


@given(st.text(max_size=500))
def test_sentences_keep_all_words(text):
    joined = "".join("".join(s.text.split()) for s in split_sentences(text))
    assert joined == "".join(text.split())
