"""The trained head."""

import numpy as np

from assistant.reflex.features import flags, pieces
from assistant.reflex.head import load_head


def scores(text, vector=None):
    return load_head().probabilities(pieces(text, []), flags(text, [], []), vector)


def test_probabilities_add_up():
    found = scores("draw a dog")
    assert found.shape == (13,)
    assert abs(float(found.sum()) - 1) < 1e-5


def test_nothing_to_go_by_is_still_a_distribution():
    assert np.isfinite(load_head().probabilities([], [], np.zeros(384, np.float32))).all()


def test_telling_words_say_something():
    head = load_head()
    assert "draw" in " ".join(head.telling(pieces("please draw a dog", []), "generate_image"))
    assert head.telling(pieces("a the of", []), "generate_image") == []
