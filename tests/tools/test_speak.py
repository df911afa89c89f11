"""speak: a recording that is stored and shown, in the language of the words."""

import pytest
from tool_samples import OWNER, NoText, make_kit, run, turn

from tools.speak import create


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("speak"), recognizer=NoText())


@pytest.mark.parametrize(("text", "language"), [("The shop opens at nine.", "en"), ("商店九点开门。", "zh")])
def test_words_are_spoken_in_their_language(kit, text, language):
    context = turn(kit)
    result = run(create(kit), context, text=text)
    assert result.data["language"] == language
    assert result.shown[0].modality == "audio"
    assert kit.library.open_file(result.shown[0].file_id, OWNER).media_type == "audio/wav"
    assert 0.3 < result.data["seconds"] < 10
    assert context.find("audio_1").file_id == result.shown[0].file_id
