"""Settings of drawing reach the studio: the filter, the words of the operator, and the bounds."""

import pytest

from assistant.build import open_studio
from assistant.settings import Settings, read
from retrieval.faults import Busy, InvalidInput, NotAllowed
from retrieval.library import Library
from tools.base import ToolContext
from tools.image_generators.base import ImageRequest
from tools.image_generators.shapes import ShapesGenerator


def context():
    return ToolContext(owner="ann", collections=(), language="en", open=lambda file_id: pytest.fail("nothing is opened"))


def draw(settings, prompt="a red circle", **more):
    library = Library(settings.data_dir, embedders={}, decoder=None, describe={}, limits=settings.limits)
    studio = open_studio(settings, ShapesGenerator(), library)
    try:
        return studio.generate(ImageRequest(prompt=prompt, width=64, height=64, seed=0, **more), context())
    finally:
        studio.close()
        library.close()


def test_the_filter_is_on_until_the_operator_switches_it_off(tmp_path):
    with pytest.raises(NotAllowed):
        draw(Settings(data_dir=tmp_path), "a naked woman under a tree")
    off = read({"data_dir": str(tmp_path)}, {"ASSISTANT_CONTENT_FILTER": "false"}, tmp_path / "none.toml")
    assert off.content_filter is False
    with pytest.raises(InvalidInput):
        draw(off, "a naked woman under a tree", steps=101)  # it came as far as the limits


def test_words_of_the_operator_are_read_from_their_file(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("acme\n", "utf-8")
    file = tmp_path / "assistant.toml"
    file.write_text(f'data_dir = "{tmp_path}"\ncontent_filter_words = "{words}"\n', "utf-8")
    with pytest.raises(NotAllowed, match="does not have this drawn"):
        draw(read({}, {}, file), "the acme logo")


def test_no_words_is_an_empty_value(tmp_path):
    assert read({}, {"ASSISTANT_CONTENT_FILTER_WORDS": ""}, tmp_path / "none.toml").content_filter_words is None


def test_the_quota_of_the_settings_holds(tmp_path):
    settings = read({"data_dir": str(tmp_path)}, {"ASSISTANT_LIMITS_DRAWINGS_PER_DAY": "1"}, tmp_path / "none.toml")
    with pytest.raises(InvalidInput):
        draw(settings, n=2)
    assert draw(settings)[0].score is None, "without an encoder nobody can judge"
    with pytest.raises(Busy):
        draw(settings)
