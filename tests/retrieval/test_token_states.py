"""States of tokens: one row a word piece, the same alone and in company, from the export of the text encoder."""

import numpy as np
import pytest
from library_samples import CACHE

from retrieval.embedders import _export
from retrieval.embedders.minilm import MiniLM
from retrieval.token_states import WIDTH, TokenStates


@pytest.fixture(scope="module")
def states():
    return TokenStates(CACHE, 32)


def test_one_row_a_word_piece_with_the_marks_at_both_ends(states):
    found = states.of(["glad", "I am glad"])
    assert [len(f) for f in found] == [3, 5]
    assert all(f.shape[1] == WIDTH and f.dtype == np.float32 for f in found)


def test_a_long_text_is_cut(states):
    assert len(states.of(["glad " * 500])[0]) == 32


def test_order_and_company_change_nothing(states):
    texts = ["a rather long sentence about the weather in the north", "short", "middle sized text here"]
    alone = [states.of([text])[0] for text in texts]
    for one, together in zip(alone, states.of(texts), strict=True):
        np.testing.assert_allclose(one, together, atol=1e-4)


def test_the_same_word_differs_by_its_sentence(states):
    first, second = states.of(["the bank of the river", "the bank lends money"])
    assert np.abs(first[2] - second[2]).max() > 0.1, "states know their context"


def test_nothing_in_nothing_out(states):
    assert states.of([]) == []


def test_both_graphs_map_one_file_of_weights():
    folder = MiniLM(CACHE).exported()
    assert (folder / _export.LOWER).stat().st_size < 200_000
    assert sorted(path.name for path in folder.iterdir()) == sorted([*_export.FILES, _export.MANIFEST])
