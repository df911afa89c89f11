"""The map as a file of its own and as a picture: nothing in it can load, and no word of a document becomes script."""

import io
import json
import re

import pytest
from PIL import Image

from ui.map import page
from ui.map.picture import picture


def given(title="a title", **more):
    point = {"item_id": "i1", "x": 0.1, "y": -0.4, "modality": "text", "title": title, "text": "words", "file_id": None, "region": 0,
             "duplicates": -1, "metadata": {}}  # fmt: skip
    return {
        "collection": "vs_1", "name": "things", "state": "ready", "total": 1, "shown": 1, "fields": [], "points": [point], "thumbnails": {},
        "regions": [{"region": 0, "x": 0, "y": 0, "items": 1, "words": ["boats", "猫"]}], "duplicates": [], **more,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_needs_nothing_from_anywhere(language):
    made = page.document(given(), language)
    assert not re.search(r"(src|href)=|@import|url\(|https?://", made)
    assert "default-src 'none'" in made


def test_words_of_a_document_cannot_end_the_script():
    made = page.document(given("</script><script>alert(1)</script><!--", name="<b>x</b>"))
    assert made.count("</script>") == 1
    assert "<b>" not in made
    data = re.search(r"^const given = (.*);$", made, re.MULTILINE)[1]
    assert json.loads(data)["map"]["points"][0]["title"].startswith("</script>")


def test_every_word_of_the_script_is_in_the_catalogue():
    script = page.component_script()
    assert set(re.findall(r"\bwords\.([a-z_]+)\b", script)) - {"includes", "join"} <= set(page.words("en"))


def test_a_picture_has_points_a_question_and_a_hole():
    hit = {"x": 0.1, "y": -0.4, "found": True}
    plain = picture(given())
    asked = picture(given(query={"text": "猫在哪里?", "x": 0.5, "y": 0.5, "hits": [hit]}, holes=[{"text": "why", "x": -0.5, "y": 0.5}]))
    assert Image.open(io.BytesIO(plain)).size == (1600, 1600)
    assert plain != asked
