"""show_image: a picture again, and what it was before it was changed."""

import pytest
from media_samples import picture
from tool_samples import OWNER, attach, make_kit, run, turn

from retrieval.faults import InvalidInput
from tools.edit_image import create as create_editor
from tools.generate_image import create as create_generator
from tools.show_image import create


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("show"))


@pytest.fixture
def changed(kit):
    """A turn with a drawing that was changed twice: image_1, image_2, image_3."""
    context = turn(kit)
    run(create_generator(kit), context, prompt="a red circle", width=64, height=64, seed=0, new=True)
    run(create_editor(kit), context, instruction="make it green")
    run(create_editor(kit), context, instruction="make it blue")
    assert [m.handle for m in context.media] == ["image_1", "image_2", "image_3"]
    return context


def test_a_picked_picture_is_the_newest_from_then_on(kit, changed):
    result = run(create(kit), changed, image="image_1")
    assert [(s.handle, s.recipe.seed) for s in result.shown] == [("image_1", 0)]
    assert changed.find("").handle == "image_1"
    assert len({m.handle for m in changed.media}) == len(changed.media) == 3
    run(create_generator(kit), changed, prompt="a cat", width=64, height=64, new=True)
    assert changed.media[-1].handle == "image_4"


@pytest.mark.parametrize(("wish", "handle", "back"), [({"back": 1}, "image_2", 1), ({"back": 2}, "image_1", 2), ({"back": 9}, "image_1", 2),
                                                     ({"original": True}, "image_1", 2), ({}, "image_3", 0)])  # fmt: skip
def test_changes_are_taken_back(kit, changed, wish, handle, back):
    result = run(create(kit), changed, **wish)
    assert (result.shown[0].handle, result.data["back"]) == (handle, back)
    file = kit.library.file(result.shown[0].file_id, OWNER)
    assert file.id == next(m.file_id for m in changed.media if m.handle == handle)


def test_a_chain_is_followed_into_an_earlier_conversation(kit, changed):
    newest = changed.media[-1].file_id
    later = turn(kit)
    result = run(create(kit), later, image=newest, back=1)
    before = kit.library.file(changed.media[1].file_id, OWNER)
    assert kit.library.file(result.shown[0].file_id, OWNER).sha256 == before.sha256  # the tests before stored the same picture too
    assert later.find("").file_id == result.shown[0].file_id


def test_a_photograph_has_nothing_to_take_back(kit):
    context = turn(kit)
    handle = attach(kit, context, picture(size=(40, 40)), "photo.png").handle
    result = run(create(kit), context, back=1)
    assert (result.shown[0].handle, result.data["back"]) == (handle, 0)
    assert "nothing to take back" in result.answer


def test_without_a_picture_it_says_so(kit):
    with pytest.raises(InvalidInput) as raised:
        run(create(kit), turn(kit))
    assert raised.value.code == "missing_media"
