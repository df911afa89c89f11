"""The measure of the judge: its halves share no noun, its wrong prompts are wrong, and its figures are right on verdicts that are known."""

import pytest
from library_samples import CACHE

from assistant.evaluation.judge import Case, Drawings, auc, cases, chinese, half_of, scored, subjects
from retrieval.backends import load
from tools.image_generators.shapes import create
from tools.judge import Verdict

NOUNS = ("dog", "cat", "house", "tree", "boat", "apple", "car", "star", "fish", "cup", "book", "key", "hat", "moon", "flower", "bird")


@pytest.fixture(scope="module")
def embedder():
    return load("retrieval.embedders", "senses")(CACHE)


def test_the_halves_share_no_noun_and_no_drawing():
    fit, measure = half_of(NOUNS, "fit"), half_of(NOUNS, "measure")
    assert sorted(fit + measure) == sorted(NOUNS)
    assert min(len(fit), len(measure)) > 2
    assert not {s.said(s.nouns, s.colour) for s in subjects(fit, "fit")} & {s.said(s.nouns, s.colour) for s in subjects(measure, "measure")}


def test_every_picture_is_asked_for_rightly_once_and_wrongly_in_several_ways(embedder):
    found = cases(embedder, NOUNS, "fit")
    right = [case for case in found if not case.wrong]
    assert all(case.prompt == case.drawn for case in right)
    assert {case.wrong for case in found if case.kind == "coloured"} == {"", "noun", "near", "colour"}
    assert {case.wrong for case in found if case.kind == "single"} == {"", "noun", "near"}
    assert all(case.prompt != case.drawn for case in found if case.wrong)


def test_figures_of_known_verdicts():
    def told(wrong, *chances):
        return [(Case("a dog", "a dog", "single", wrong), Verdict(chance, chance < 0.2)) for chance in chances]

    figures = {s.name: s.value for s in scored("drawn", [*told("", 0.9, 0.8, 0.7, 0.1), *told("noun", 0.05, 0.15, 0.75, 0.0)])}
    assert figures["judge_drawn_false_alarms"] == figures["judge_single_false_alarms"] == 0.25
    assert figures["judge_drawn_noun_noticed"] == 0.75
    assert figures["judge_drawn_noun_accuracy"] == 0.75
    assert figures["judge_drawn_noun_auc"] == pytest.approx(13 / 16)


def test_ties_count_half():
    assert auc([0.5, 0.9], [0.5, 0.1]) == pytest.approx((0.5 + 1 + 1 + 1) / 4)


def test_a_prompt_is_drawn_once_and_the_refused_is_none():
    drawings = Drawings(create(), "fit")
    assert drawings.draw("a dog") is drawings.draw("a dog")
    assert drawings.draw("a flibbertigibbet") is None


def test_chinese_names_are_those_of_the_vocabulary():
    assert chinese("dog") == "狗"
    assert chinese("flibbertigibbet") == ""
