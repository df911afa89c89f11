"""Vectors that are still known: each text embedded once in a while, and everything else of the embedder as it is."""

import numpy as np

from retrieval import lately
from retrieval.content import Content
from retrieval.lately import Lately


class Counting:
    space, dimension, unadapted = "counted", 2, "the very one"

    def __init__(self):
        self.seen = []

    def embed(self, contents):
        self.seen.append([content.text for content in contents])
        return np.array([[len(content.text), 1.0] for content in contents], np.float32).reshape(-1, 2)


def embed(embedder, *texts):
    return embedder.embed([Content.from_text(text) for text in texts])[:, 0].tolist()


def test_a_text_is_embedded_once_and_stands_at_its_place():
    inner = Counting()
    made = Lately(inner)
    assert embed(made, "one") == [3]
    assert embed(made, "three", "one", "three") == [5, 3, 5]
    assert inner.seen == [["one"], ["three"]]
    assert made.embed([]).shape == (0, 2)


def test_documents_and_whole_files_go_by():
    inner = Counting()
    made, long = Lately(inner), "x" * (lately.LONGEST + 1)
    for texts in ((long,), ("a",) * (lately.FEW + 1)):
        embed(made, *texts)
        embed(made, *texts)
    assert len(inner.seen) == 4


def test_it_forgets(monkeypatch):
    monkeypatch.setattr(lately, "REMEMBERED", 2)
    inner = Counting()
    made = Lately(inner)
    for text in ("a", "bb", "ccc", "a"):
        embed(made, text)
    assert inner.seen == [["a"], ["bb"], ["ccc"], ["a"]]


def test_the_rest_is_the_embedders():
    made = Lately(Counting())
    assert (made.space, made.dimension, made.unadapted) == ("counted", 2, "the very one")
    assert not hasattr(made, "embed_queries")
