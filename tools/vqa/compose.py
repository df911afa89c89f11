"""Visual question answering by composition: a question is taken apart, the picture into regions, and the answer is put together from both.

Regions come from a small network, their names from the joint space of pictures and words, colours and figures are measured, text is
recognised. It answers what these tell and says when a question needs a model that sees more.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict

from retrieval.content import Content
from retrieval.decoding import pixels
from retrieval.embedders.base import Embedder
from retrieval.items import ModelCard
from retrieval.recognition import Line, TextRecognizer
from tools.form_fields import asked_field
from tools.phrasing import tell, together
from tools.subject import Pixels
from tools.vqa._answering import answered
from tools.vqa._card import card
from tools.vqa._forms import form_field
from tools.vqa._measuring import measured, size
from tools.vqa._naming import Namer
from tools.vqa._objects import Objects
from tools.vqa._questions import Question, understand
from tools.vqa._reading import ABOUT_TEXT, lines_of, read_text, where_text, whether_text
from tools.vqa._saying import palette
from tools.vqa._seeing import View
from tools.vqa.base import Region, VisualAnswer

_PLANE = re.compile(r"\b(shapes?|figures?)\b|形状|图形", re.IGNORECASE)
_KEPT = 4
"""Pictures that are remembered."""


class ComposedVqa:
    """Answers from regions, names, measures and text."""

    def __init__(self, recognizer: TextRecognizer, embedder: Embedder | None = None) -> None:
        self._recognizer = recognizer
        self._namer = Namer(embedder)
        self._views: OrderedDict[str, View] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def card(self) -> ModelCard:
        """What is known of the network that finds the things."""
        return card()

    def answer(self, image: Content, question: str, language: str) -> VisualAnswer:
        """The answer with its regions; kind `unknown` when the picture does not tell."""
        asked = understand(question)
        view = self._view(image)
        found = view.pixels
        if asked_field(question) and (field := form_field(question, self._lines(found), language)) is not None:
            return field
        if asked.kind == "text":
            return read_text(self._lines(found), found, asked, language, self._lines)
        if asked.kind == "size":
            return size(image, found, language)
        if asked.kind in ("where", "yes_no") and (asked.quoted or ABOUT_TEXT.search(asked.words)):
            lines = self._lines(found)
            told = where_text(lines, asked, language) if asked.kind == "where" else whether_text(lines, asked, language)
            if told is not None:
                return told
        guess = None
        if _about_objects(view, asked) and (view.drawn or self._namer.knows_words):
            told = answered(Objects(view, self._namer, asked), asked, language)
            if told is not None and told.kind != "unknown":
                return told
            guess = told
        told = measured(view.scene, asked, language)
        if guess is not None and (told is None or asked.nouns):
            return self._unsure(guess, view, language)
        return told if told is not None else self._unknown(view, language)

    def _view(self, image: Content) -> View:
        """The picture as it was seen already, if it was asked about lately: questions about one picture come one after another."""
        key = hashlib.sha256(image.data).hexdigest()
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        view = View(pixels(image))
        with self._lock:
            self._views[key] = view
            while len(self._views) > _KEPT:
                self._views.popitem(last=False)
        return view

    def _lines(self, found: Pixels) -> list[Line]:
        return lines_of(self._recognizer, found)

    def _unsure(self, guess: VisualAnswer, view: View, language: str) -> VisualAnswer:
        """The nearest names, and what was measured."""
        more = self._unknown(view, language, guessed=True)
        return guess.model_copy(
            update={"text": together([guess.text, more.text], language), "regions": (*guess.regions, *more.regions)[:6]}
        )

    def _unknown(self, view: View, language: str, guessed: bool = False) -> VisualAnswer:
        """Honest: what the picture shows needs a model that knows more objects; what was measured is told."""
        scene, lines = view.scene, self._lines(view.pixels)
        parts = [] if guessed else [tell(language, "vqa.unsure")]
        parts.append(tell(language, "vqa.sees_colours", colours=palette(scene, language)))
        if lines:
            parts.append(tell(language, "vqa.sees_text", value=" / ".join(line.text for line in lines[:6])))
        if scene.calm > 0.6 and scene.things:
            parts.append(tell(language, "vqa.sees_things", count=len(scene.things)))
        regions = tuple(Region(box=line.box, label=line.text, confidence=round(line.confidence, 3)) for line in lines[:6])
        return VisualAnswer(text=together(parts, language), confidence=0.1, kind="unknown", regions=regions)


def _about_objects(view: View, asked: Question) -> bool:
    """Whether named things tell more than measures: not where all there is are plane figures, or where it asks for one that is there."""
    figures = view.figures
    if asked.figure and (not asked.nouns or any(t.figure == asked.figure for t in figures)):
        return False
    if not asked.nouns and _PLANE.search(asked.words):
        return False
    return not (figures and len(figures) == len(view.scene.things) and min(t.figure_confidence for t in figures) > 0.8)


def create(reference: str = "", *, recognizer: TextRecognizer, embedder: Embedder | None = None) -> ComposedVqa:
    """The answerer. With an embedder that has pictures and words in one space it names things; without, it measures and reads."""
    return ComposedVqa(recognizer, embedder)
