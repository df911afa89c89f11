"""find_similar: by a picture of the conversation, by an item, by words when there is no example."""

import pytest
from tool_samples import OWNER, NoText, attach, make_kit, run, turn

from retrieval.faults import InvalidInput
from tools.find_similar import create
from tools.image_generators.base import ImageRequest


def drawn(kit, prompt, seed):
    request = ImageRequest(prompt=prompt, seed=seed, width=160, height=160)
    return kit.image_generator.generate(request)[0].content


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    for made in make_kit(tmp_path_factory.mktemp("similar"), recognizer=NoText()):
        where = made.library.ensure_collection("default", OWNER)
        for name, prompt in (
            ("cars", "a red car"),
            ("boats", "a boat on the sea"),
            ("night", "a moon at night"),
            ("hearts", "a pink heart on a green background"),
        ):
            content = drawn(made, prompt, 3).model_copy(update={"name": f"{name}.png"})
            made.library.ingest(made.library.add_file(content, OWNER).id, where.id, OWNER)
        yield made


def test_a_like_picture_is_found_by_a_picture_of_the_conversation(kit):
    context = turn(kit)
    attach(kit, context, drawn(kit, "a red car", 9))
    result = run(create(kit), context)
    assert result.evidence[0].hit.item.title.startswith("cars")
    assert result.shown[0].modality == "image"
    assert "[1]" in result.answer


def test_an_item_finds_others_but_not_itself(kit):
    where = kit.library.ensure_collection("default", OWNER)
    item = next(i for i in kit.library.items(where.id, OWNER) if i.title.startswith("boats"))
    result = run(create(kit), turn(kit), media=item.id)
    assert item.id not in [e.hit.item.id for e in result.evidence]


def test_several_examples_and_one_that_is_not_wanted(kit):
    context = turn(kit)
    first, second, boat = (attach(kit, context, drawn(kit, words, 9)) for words in ("a red car", "a blue car", "a boat on the sea"))
    result = run(create(kit), context, media=first.handle, also=[second.handle], k=4)
    assert result.evidence[0].hit.item.title.startswith("cars")
    both = run(create(kit), context, media=first.handle, also=[boat.handle], k=4)
    assert {"cars", "boats"} <= {e.hit.item.title.split(".")[0] for e in both.evidence}
    less = run(create(kit), context, media=boat.handle, unlike=[second.handle], k=4)
    assert less.evidence[0].hit.item.title.startswith("boats")
    where = kit.library.ensure_collection("default", OWNER)
    given = [i.id for i in kit.library.items(where.id, OWNER) if i.title.startswith(("cars", "boats"))]
    assert not set(given) & {e.hit.item.id for e in run(create(kit), context, media=given[0], unlike=given[1:], k=4).evidence}


def test_words_stand_in_for_an_example(kit):
    result = run(create(kit), turn(kit), query="hearts")
    assert result.evidence[0].hit.item.title.startswith("hearts")


def test_without_example_and_words_it_asks_for_one(kit):
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), turn(kit, "zh"))
    assert caught.value.code == "missing_media"
    assert "附上" in caught.value.hint


def test_an_unknown_handle_names_the_known_ones(kit):
    context = turn(kit)
    attach(kit, context, drawn(kit, "a star", 1))
    with pytest.raises(InvalidInput) as caught:
        run(create(kit), context, media="image_7")
    assert "image_1" in caught.value.hint
