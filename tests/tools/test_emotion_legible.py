"""What is no sentence is told from what is one: random letters, wrong encodings, other languages, words thrown together."""

import pytest
from fusion_samples import reading
from library_samples import CACHE

from retrieval.content import Content
from retrieval.faults import Unreadable
from tools.emotions._legible import order, wrong_encoding
from tools.emotions.words import create
from tools.fusions.base import quality
from tools.fusions.weighted import create as weighted

PLAIN = "I am so happy that you came today, thank you!"


@pytest.fixture(scope="module")
def read():
    analyzer = create("", cache_dir=CACHE)
    return lambda text, language="en": analyzer.analyze(Content.from_text(text), language)


@pytest.mark.parametrize(
    "text",
    [
        "xq vbn rtwpl kjhgz mnbvc qwzx", "Jestem dzisiaj bardzo smutny i nie wiem dlaczego", "Bugün çok üzgünüm ve nedenini bilmiyorum",
        "Olen tänään hyvin surullinen",
    ],
)  # fmt: skip
def test_what_has_no_known_words_is_said_and_not_guessed(read, text):
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert caught.value.code == "language_unknown"
    assert "hardly a word" in caught.value.message
    with pytest.raises(Unreadable, match="几乎没有"):
        read(text, "zh")


@pytest.mark.parametrize(
    "text",
    [
        "我太高兴了，真的很开心！".encode().decode("latin-1"), "我太高兴了，真的很开心！".encode().decode("cp1252", "replace"),
        PLAIN.encode("utf-16-le").decode("utf-16-be"), "\ufffd" * 12 + " abc",
    ],
    ids=["latin-1", "cp1252", "swapped", "lost"],
)  # fmt: skip
def test_a_wrong_encoding_is_named(read, text):
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert caught.value.code == "text_garbled"
    assert "UTF-8" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [PLAIN, "我太高兴了", "這真是太糟糕了，我很難過", "C'était très agréable", "😀😀😀😀😀", "Tôi rất buồn vì điều đó", "«…» — ñandú"],
)
def test_letters_of_every_language_are_no_wrong_encoding(text):
    assert not wrong_encoding(text)


@pytest.mark.parametrize("text", ["Momo", "Thx", "hahahahahaha", "Cuddling. Lots of cuddling", "She's patronizing you", "lol 😭"])
def test_short_and_rare_english_is_read(read, text):
    assert read(text).label


def test_words_thrown_together_lose_their_say(read):
    jumble = read("happy the you sad came tree angry of though blue it died")
    assert "no usual order" in jumble.note
    assert quality(jumble) < 0.6 < quality(read("I am sad because the old tree in front of my house has died"))
    face = reading("joy", 0.5)
    alone, beside = weighted().fuse({"image": face}), weighted().fuse({"image": face, "text": jumble})
    assert beside.label == alone.label == "joy"


def test_a_row_too_short_to_judge_keeps_its_worth():
    assert order(["so", "sad"], {"so", "sad"}) == 1
    assert order(list("abcdef"), set("abcdef")) < 0.5
    assert order(list("abcdef"), {*"abcdef", "a_b", "b_c", "c_d"}) == 1
    assert order(["a", "frondix", "b", "hillmore", "c", "gale"], set("abc")) == 1, "names tell nothing of an order"
