"""look: answers with the region they rest on; honest when the picture does not tell."""

import media_samples as samples
import pytest
from tool_samples import attach, make_kit, run, turn

from retrieval.faults import InvalidInput
from tools.generate_image import create as create_generator
from tools.look import create


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("look"))


def test_printed_words_are_read_and_their_region_cited(kit):
    context = turn(kit)
    attach(kit, context, samples.png_bytes(samples.sign(["NO ENTRY", "Staff only"], size=(420, 200))), "sign.png")
    result = run(create(kit), context, question="What does the sign say?")
    assert "NO ENTRY" in result.answer
    assert result.data["kind"] == "text"
    left, top, right, bottom = result.evidence[0].hit.item.locator.image_region
    assert 0 <= left < right <= 1
    assert 0 <= top < bottom <= 1
    assert result.evidence[0].hit.item.parent == context.media[0].file_id
    assert f"[{result.evidence[0].number}]" in result.answer


def test_colours_are_answered_in_the_language_of_the_turn(kit):
    context = turn(kit, "zh")
    attach(kit, context, samples.png_bytes(samples.sign([], paper="white")), "blank.png")
    run(create_generator(kit), context, prompt="a red circle", width=96, height=96, seed=1)
    result = run(create(kit), context, question="圆形是什么颜色？")
    assert result.data["value"] == "red"
    assert "红色" in result.answer


def test_what_needs_a_vision_model_is_refused_with_what_was_measured(kit):
    context = turn(kit)
    attach(kit, context, samples.noise(size=(96, 96)), "noise.png")
    result = run(create(kit), context, question="Who is this person?")
    assert result.refused
    assert "not sure" in result.answer


def test_a_picture_made_here_is_known_by_its_words(kit):
    context = turn(kit)
    run(create_generator(kit), context, prompt="a cat on a table", width=128, height=128, seed=1)
    result = run(create(kit), context, question="What is in this picture?")
    assert "drawn here" in result.answer
    assert "a cat on a table" in result.answer
    assert not result.refused


def test_a_video_is_looked_at_in_its_middle(kit):
    context = turn(kit)
    attach(kit, context, samples.video(), "clip.mp4")
    result = run(create(kit), context, question="How large is it?")
    assert result.data["kind"] == "object"
    assert result.evidence[0].hit.item.locator.time_span is not None


def test_a_sound_is_no_picture(kit):
    context = turn(kit)
    attach(kit, context, samples.wav(samples.tone()), "tone.wav")
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), context, question="What colour is it?", image="audio_1")
    assert caught.value.code == "wrong_modality"
