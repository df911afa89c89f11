import json

import pytest

from assistant.evaluation.golden import Case, Source, read
from assistant.evaluation.ranking import Grounding, Ranking
from retrieval.faults import InvalidInput, NotFound


def written(tmp_path, *rows, name="golden.jsonl"):
    path = tmp_path / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def test_a_source_is_a_file_a_place_or_an_item():
    hit = {"title": "Ridge", "item_id": "item-1", "file_id": "file-1", "locator": {"page": 3, "row": None}}
    assert Source.parse("guide.pdf#page=3") == Source("guide.pdf", page=3)
    assert Source.parse("guide.pdf#page=3").fits(hit, "Guide.PDF")
    assert not Source.parse("guide.pdf#page=4").fits(hit, "guide.pdf")
    assert Source.parse("item-1").fits(hit)
    assert Source.parse("ridge").fits(hit)
    assert not Source.parse("other.pdf").fits(hit, "guide.pdf")
    assert Source.parse("C#4 chord.txt") == Source("C#4 chord.txt")
    assert Source.parse("hotels.csv#row=12").row == 12
    assert not Source("").fits({"title": ""}, "")


def test_reading_rows(tmp_path):
    (tmp_path / "dog.png").write_bytes(b"x")
    path = written(
        tmp_path, {"id": "a", "question": "How long?", "expected_sources": ["w.pdf#page=1", "x.csv"]},
        {"question": "What?", "answerable": False}, "", {"question": "Which?", "expected": "two years"},
        {"image": "dog.png", "expected_sources": "dog.png; cat.png", "modalities": ["image"]},
    )  # fmt: skip
    first, second, third, fourth = read(path)
    assert (first.id, first.answerable, len(first.expected_sources)) == ("a", True, 2)
    assert (second.id, second.answerable) == ("2", False)
    assert third.fits({"title": "", "cited_text": "for Two Years."})
    assert not third.fits({"title": "", "cited_text": "for one year."})
    assert (fourth.asked_with, fourth.image, len(fourth.expected_sources)) == ("image", tmp_path / "dog.png", 2)


def test_a_table_is_read_too(tmp_path):
    path = written(
        tmp_path, "id,question,expected_sources,answerable", "1,保修多久？,保修.pdf#page=2,true", "2,天气如何？,,false", name="golden.csv"
    )
    first, second = read(path)
    assert first.expected_sources == (Source("保修.pdf", page=2),)
    assert not second.answerable


@pytest.mark.parametrize("row", ["{", "[]", '{"id": 1}', '{"question": "x", "answerable": true}', '{"image": "no.png", "expected": "x"}'])
def test_what_is_no_case_is_named_by_its_line(tmp_path, row):
    with pytest.raises(InvalidInput, match="line 2"):
        read(written(tmp_path, {"question": "x", "answerable": False}, row))


def test_no_file_and_no_cases(tmp_path):
    with pytest.raises(NotFound):
        read(tmp_path / "none.jsonl")
    with pytest.raises(InvalidInput):
        read(written(tmp_path, ""))


def test_ranking_figures():
    ranking = Ranking()
    for place in (1, 2, 7, None):
        ranking.add(place, {"id": place})
    found = ranking.to_dict()
    assert (found["recall@1"], found["recall@5"], found["recall@10"]) == (0.25, 0.5, 0.75)
    assert found["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 7) / 4, abs=1e-4)
    assert [case["id"] for case in ranking.missed] == [7, None]


def test_grounding_figures():
    counted = Grounding()
    counted.add(answerable=True, refused=False, citations=[True, False], case={})
    counted.add(answerable=True, refused=False, citations=[False], case={})
    counted.add(answerable=True, refused=True, citations=[], case={})
    counted.add(answerable=False, refused=True, citations=[], case={})
    counted.add(answerable=False, refused=False, citations=[False], case={})
    assert counted.to_dict() == {
        "cases": 5, "right": 0.3333, "right_of_answered": 0.5, "citation_support": 0.3333, "abstention_precision": 0.5,
        "abstention_recall": 0.5,
    }  # fmt: skip
    assert len(counted.wrong) == 3
    assert Grounding().to_dict()["right"] is None
    assert Case("1", "x").asked_with == "text"
