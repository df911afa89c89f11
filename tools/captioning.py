"""Captions: one short sentence for a picture that somebody cannot see. Says what is known with how much is known, and no more.

The things in it come from the visual question answerer, printed words from text recognition, colours are counted. Not a tool: the faces
ask for it directly.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from retrieval.content import Content
from retrieval.decoding import pixels
from retrieval.descriptions import CHINESE, main_colours, text_of
from retrieval.faults import UnsupportedType
from tools.kit import Kit
from tools.phrasing import tell

SURE, LIKELY = 0.75, 0.5
"""Confidence of the answerer from which things are named, and from which they are called probable. Of 70 photographs of Caltech-101 kept
back from training 18 were named, 16 rightly, and 10 called probable, 7 rightly; of the others the colours are told."""
SHAPES = "object"
"""Kind of an answer that names plane figures: true of a drawing, mere outlines in a photograph or a page of words."""
WORDS = 120
"""Characters of printed words in a caption; guides for alternative text advise about as many in all."""
COLOURS = 2
_QUESTIONS = {"en": "What is in the picture?", "zh": "图片里有什么？"}


class Caption(BaseModel):
    """What can be said of a picture."""

    model_config = ConfigDict(frozen=True)

    text: str
    """The sentence, at most about 200 characters."""
    sure: bool
    """Whether it names what the picture shows; otherwise somebody should look at it."""
    confidence: float
    """Of the names, 0 to 1."""
    words: str = ""
    """All printed words that were read with confidence."""


def caption(kit: Kit, picture: Content, language: str = "en") -> Caption:
    """A caption in `en` or `zh`. Raises UnsupportedType for what is no picture."""
    if picture.modality != "image":
        raise UnsupportedType(f"A {picture.modality} cannot be captioned.", hint="Send a picture.", param="input")
    rgb = pixels(picture)
    read = " ".join(text_of(kit.recognizer.read(rgb)).split())
    found = kit.vqa.answer(picture, _QUESTIONS[language], language)
    named = bool(found.value) and found.kind != "unknown" and found.confidence >= LIKELY and not (found.kind == SHAPES and read)
    sure = named and found.kind != SHAPES and found.confidence >= SURE
    parts = []
    if named:
        parts.append(tell(language, "caption.sure" if sure else "caption.likely", things=found.value))
    elif not read:
        names = [colour.name if language == "en" else CHINESE[colour.name] for colour in main_colours(rgb)[:COLOURS]]
        joined = (" and " if language == "en" else "和").join(names)
        parts.append(tell(language, "caption.colours", colours=joined) if names else tell(language, "caption.unknown"))
    if read:
        shown = read if len(read) <= WORDS else read[: WORDS - 1].rstrip() + "…"
        parts.append(tell(language, "caption.words" if named else "caption.only_words", words=shown))
    sentence = (" " if language == "en" else "").join(parts)
    return Caption(text=sentence, sure=sure or (bool(read) and not named), confidence=round(float(found.confidence), 4), words=read)
