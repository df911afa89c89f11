"""Media: handles, file ids and item ids lead to bytes; what is not there is said."""

import media_samples as samples
import pytest
from tool_samples import OWNER, NoText, attach, make_kit, remember, turn

from retrieval.content import Content
from retrieval.faults import InvalidInput, NotFound
from retrieval.items import Draft, Hit
from tools.media import resolve, show_item


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("media"), recognizer=NoText())


def test_a_handle_a_file_id_and_the_newest_are_the_same_picture(kit):
    context = turn(kit)
    media = attach(kit, context, samples.picture(), "red.png")
    wanted = kit.library.open_file(media.file_id, OWNER).sha256
    for name in ("image_1", media.file_id, "", "latest"):
        assert resolve(kit, context, name, "image")[1].sha256 == wanted


def test_a_file_of_another_conversation_can_be_named_by_its_id(kit):
    media = attach(kit, turn(kit), samples.picture(colour="blue"), "blue.png")
    assert resolve(kit, turn(kit), media.file_id, "image")[1].media_type == "image/png"


def test_an_item_leads_to_its_bytes(kit):
    where = kit.library.ensure_collection("default", OWNER)
    draft = Draft(modality="image", title="inside.png", data=samples.picture(colour="green"), media_type="image/png")
    item = kit.library.add_drafts([draft], where.id, OWNER)[0]
    media, content = resolve(kit, turn(kit), item.id, "image")
    assert (media.file_id, content.modality) == (item.id, "image")


def test_a_picture_inside_a_document_becomes_a_file_when_it_is_shown(kit):
    where = kit.library.ensure_collection("default", OWNER)
    draft = Draft(modality="image", title="inside.png", data=samples.picture(colour="white"), media_type="image/png")
    item = kit.library.add_drafts([draft], where.id, OWNER)[0]
    shown = show_item(kit, turn(kit), Hit(item=item, score=1.0), "a picture")
    assert kit.library.open_file(shown.file_id, OWNER).sha256 == item.blob


def test_words_are_not_shown(kit):
    item = remember(kit, ("Title", "Only words."))[0]
    assert show_item(kit, turn(kit), Hit(item=item, score=1.0), "") is None
    with pytest.raises(NotFound):
        resolve(kit, turn(kit), item.id)


@pytest.mark.parametrize(("name", "code"), [("", "missing_media"), ("image_9", "unknown_media"), ("file-unknown", "unknown_media")])
def test_what_is_not_there_is_said(kit, name, code):
    with pytest.raises(InvalidInput) as caught:
        resolve(kit, turn(kit), name, "image")
    assert caught.value.code == code


def test_the_wrong_kind_is_refused(kit):
    context = turn(kit)
    attach(kit, context, Content.from_text("words"), "words.txt")
    with pytest.raises(InvalidInput) as caught:
        resolve(kit, context, "text_1", "image")
    assert caught.value.code == "wrong_modality"
