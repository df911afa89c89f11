"""Hashed pieces and flags."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.reflex.features import BUCKETS, FLAGS, chinese, flags, pieces, tokens


def test_tokens_fold_case_width_and_numbers():
    assert tokens("Draw ２ Dogs!") == ["draw", "0", "dogs", "!"]


def test_chinese_is_told_from_english_with_a_name():
    assert chinese("打开 kitchen 的灯")
    assert not chinese("what does 你好 mean in plain english please")
    assert not chinese("")


def test_media_make_pieces_of_their_own():
    plain = {p.bucket for p in pieces("what is this", [])}
    with_picture = {p.bucket for p in pieces("what is this", ["image"])}
    assert plain < with_picture


def test_flags():
    names = [FLAGS[i] for i in flags("这是什么", ["image", "image"], ["audio"])]
    assert names == ["image", "earlier:audio", "chinese"]
    assert [FLAGS[i] for i in flags("hello", [], [])] == ["nothing"]


@given(st.text(max_size=300), st.lists(st.sampled_from(["image", "audio", "file", "video"])))
def test_any_text_has_pieces_in_range(text, media):
    assert all(0 <= p.bucket < BUCKETS for p in pieces(text, media))
    assert pieces(text, media) == pieces(text, media)
