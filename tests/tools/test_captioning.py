"""Captions: what is printed, what is seen with how much certainty, and nothing made up."""

import io
from types import SimpleNamespace

import pytest
from media_samples import picture, png_bytes, sign

from retrieval.content import Content
from retrieval.faults import UnsupportedType
from retrieval.recognition import TextRecognizer
from tools.captioning import caption
from tools.vqa.base import VisualAnswer


class Answerer:
    """Says one thing about every picture."""

    def __init__(self, kind="unknown", value="", confidence=0.1):
        self.found = VisualAnswer(text="", confidence=confidence, kind=kind, value=value)

    def answer(self, image, question, language):
        return self.found


@pytest.fixture(scope="module")
def recognizer():
    return TextRecognizer()


def image(data):
    return Content(modality="image", media_type="image/png", data=data, name="a.png")


def made(recognizer, data, language="en", **found):
    return caption(SimpleNamespace(recognizer=recognizer, vqa=Answerer(**found)), image(data), language)


def test_what_is_sure_is_named(recognizer):
    found = made(recognizer, picture(), kind="scene", value="a cat", confidence=0.9)
    assert (found.text, found.sure) == ("Shows a cat.", True)


def test_what_is_likely_is_called_so(recognizer):
    found = made(recognizer, picture(), kind="scene", value="猫", confidence=0.6, language="zh")
    assert (found.text, found.sure) == ("图中可能有猫。", False)


def test_plane_figures_are_never_sure(recognizer):
    assert not made(recognizer, picture(), kind="object", value="white rectangle", confidence=0.9).sure


def test_what_is_not_known_is_not_made_up(recognizer):
    found = made(recognizer, picture(colour="red"), value="a cat")
    assert (found.text, found.sure) == ("A picture, mainly red.", False)


def test_printed_words_are_told(recognizer):
    found = made(recognizer, png_bytes(sign(["NO ENTRY"])), kind="object", value="white rectangle", confidence=0.9)
    assert found.text == "Printed words: “NO ENTRY”."
    assert found.sure


def test_sounds_have_no_caption(recognizer):
    with pytest.raises(UnsupportedType):
        caption(
            SimpleNamespace(recognizer=recognizer, vqa=Answerer()),
            Content(modality="audio", media_type="audio/wav", data=io.BytesIO().getvalue()),
        )
