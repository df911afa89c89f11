import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.stemming import stem

SUFFIXES = """s ss es ies sses ed eed ing ation ational tional enci anci izer bli alli entli eli ousli ization ator alism iveness
    fulness ousness aliti iviti biliti logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion
    sion tion ou ism ate iti ous ive ize y ly ll e ated bled izing hopping falling fizzed filing""".split()
PARTS = st.tuples(st.text(alphabet="abcdeilmnorstuvwxyz0", max_size=9), st.sampled_from(SUFFIXES))


@pytest.fixture(scope="module")
def index():
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE words USING fts5 (word, tokenize='porter unicode61 remove_diacritics 2')")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5vocab (words, instance)")
    yield connection
    connection.close()


def by_sqlite(index, words):
    index.execute("DELETE FROM words")
    index.executemany("INSERT INTO words (rowid, word) VALUES (?, ?)", list(enumerate(words)))
    return {words[row]: term for term, row in index.execute("SELECT term, doc FROM found")}


@settings(max_examples=300)
@given(st.lists(PARTS, min_size=1, max_size=20))
def test_stems_are_those_of_the_index(index, parts):
    words = [start + suffix for start, suffix in parts]
    assert by_sqlite(index, words) == {word: stem(word) for word in words}


def test_known_and_long_words(index):
    words = """caresses ponies cats feed agreed plastered motoring sing conflated hopping happy sky relational valenci vietnamization
        electriciti goodness revival adjustment adoption probate rate controll roll as yyyying oed eed ies sses ing es""".split()
    words += ["a" * 64 + "s", "b" * 62 + "es"]
    assert by_sqlite(index, words) == {word: stem(word) for word in words}
