"""What people and documents write never becomes a picture, a link or a piece of page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.chat.inert import answer, label, mark

READER = MarkdownIt("commonmark", {"html": False})
HOSTILE = st.text(alphabet="ab1 \n\t\\`~!*_[]()<>#:/.\"'$|-=&;^@", max_size=60)
PIECES = st.lists(
    st.one_of(
        HOSTILE,
        st.sampled_from([
            "![a](http://x/y.png)", "[a](http://x)", "[a]: http://x/y.png\n", "![a][a]", "<img src=http://x>", "<http://x.y>", "`", "```\n",
            "[1]", "\\[", "\\", "\n\n", "    ", "[1](http://x)", "[^1]: http://x", ":red[a]", "![", "](http://x)",
        ]),
    ), max_size=8,
)  # fmt: skip


def tokens(text: str):
    for block in READER.parse(text):
        yield block
        yield from block.children or ()


@given(PIECES)
def test_no_answer_can_show_a_picture_or_hide_a_link(pieces):
    found = list(tokens(answer("".join(pieces))))
    assert not [t for t in found if t.type == "image"]
    for token in found:
        if token.type == "link_open":  # an address in angle brackets stays visible; a label in front of one does not exist
            assert token.markup == "autolink"


@given(PIECES)
def test_a_label_is_one_line_without_markdown(pieces):
    found = list(tokens(label("".join(pieces))))
    assert {t.type for t in found} <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@given(st.text(max_size=40))
def test_a_mark_has_one_target_whatever_its_hint(hint):
    found = list(tokens(mark(3, "cite-msg_1-3", hint)))
    links = [t for t in found if t.type == "link_open"]
    assert [link.attrs["href"] for link in links] == ["#cite-msg_1-3"]
    assert not [t for t in found if t.type == "image"]


def test_known_marks_become_links_and_others_stay_words():
    text = answer("Two years [1]. Also [2] and [1](http://x).", {1: mark(1, "cite-m-1", 'w.pdf: "two"')})
    assert text.startswith("Two years [1](#cite-m-1 \"w.pdf: 'two'\"). Also \\[2\\]")
    assert text.count("](#cite-m-1") == 1


@pytest.mark.parametrize("code", ["`a[0]`", "```\nx = a[0]\n```"])
def test_code_stays_as_it_was_written(code):
    assert answer(code) == code


def test_prices_are_no_formulas():
    assert answer("It costs $5 and $10.") == "It costs \\$5 and \\$10."


def test_a_long_label_is_cut():
    assert label("word " * 60, 20) == "word word word word…"


def test_lines_stay_lines_and_a_list_ends_where_it_ends():
    assert answer("I can:\n- read\n- draw\nI run offline.\nAnd fast.") == "I can:\n- read\n- draw\n\nI run offline.  \nAnd fast."


def test_marks_side_by_side_are_both_links():
    marks = {n: mark(n, f"cite-m-{n}", "") for n in (1, 2)}
    assert answer("So [1][2].", marks) == f"So {marks[1]}{marks[2]}."
