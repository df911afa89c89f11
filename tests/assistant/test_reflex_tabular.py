"""What needs every row of a kind."""

import pytest

from assistant.reflex.tabular import asks_of_rows, is_superlative


@pytest.mark.parametrize(
    "words",
    ["which jacket is the cheapest", "compare the two tents", "list all lamps", "how many jackets do you sell", "which jackets are out of stock",
     "a tent for 6 people", "有哪些帐篷？", "can I return it after 20 days?"],
)  # fmt: skip
def test_asked(words):
    assert asks_of_rows(words)


@pytest.mark.parametrize("words", ["how much is the red jacket", "what does the warranty cover?", "find a red jacket", "夹克多少钱"])
def test_not_asked(words):
    assert not asks_of_rows(words)
    assert not is_superlative(words)
