import os
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.segmentation import cut, query_words, segmented, terms, words


def test_chinese_is_cut_into_words_and_english_left_alone():
    assert segmented("The warranty covers 2 years.") == "The warranty covers 2 years."
    assert {"保修", "夹克"} <= set(segmented("夹克的保修期").split())
    assert words("Gale夹克 防水Ａ１") == ["gale", *cut("夹克"), *cut("防水"), "a1"]


def test_words_the_dictionary_lacks_become_pairs():
    assert "觸覺" in cut("聯覺觸覺") or "覺觸" in cut("聯覺觸覺")
    assert cut("猫") == ["猫"]


def test_a_query_keeps_what_carries_meaning():
    assert query_words("What does the warranty cover?") == ["warranty", "cover"]
    assert query_words("What is this?") == ["what", "is", "this"]
    assert "保修" in query_words("请问保修期有多长？")
    assert "请问" not in query_words("请问保修期有多长？")
    assert query_words("café CAFÉ cafe") == ["cafe"]
    assert query_words("...") == []


def test_terms_are_stemmed():
    assert terms("Running dogs' jackets") == ["run", "dog", "jacket"]


@given(st.text(max_size=60))
def test_any_text_gives_clean_words(text):
    found = words(text)
    assert all(word and not any(c.isspace() or c in "\"'()*^:" for c in word) for word in found)
    assert set(query_words(text)) <= set(found)


@pytest.mark.parametrize("text", ["a_b", "x" * 100_000, "中" * 50_000, "中a" * 20_000])
def test_long_and_odd_texts_are_quick(text):
    assert words(text)


def test_the_dictionary_is_read_without_a_shared_cache(tmp_path):
    """jieba keeps a marshal file under a fixed name in the temporary directory, where another user could have put one."""
    code = "from retrieval.segmentation import cut; assert '保修' in cut('保修期')"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert not list(tmp_path.iterdir())
    assert tempfile.gettempdir()
