"""picture_prompts: products of the sample shop become words of a picture, with their row as evidence; what is not there is refused."""

from pathlib import Path

import pytest
from tool_samples import OWNER, NoText, make_kit, turn

import assistant.samples
from retrieval.faults import NotFound
from retrieval.items import Draft
from tools.kit import Kit
from tools.picture_prompts import described
from tools.shapes.prompt import read

DOCUMENTS = Path(assistant.samples.__file__).parent / "documents"


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    for made in make_kit(tmp_path_factory.mktemp("products"), recognizer=NoText()):
        where = made.library.ensure_collection("default", OWNER)
        for name in ("gale_products.csv", "产品手册.md", "privacy.md"):
            file = made.library.add_file(made.decoder.admit((DOCUMENTS / name).read_bytes(), name, ""), OWNER)
            made.library.ingest(file.id, where.id, OWNER)
        made.library.add_drafts([Draft(
            modality="text", title="Beach Ball", text="A ball.", metadata={"name": "Beach Ball", "colour": "yellow", "setting": "on a beach"},
        )], where.id, OWNER)  # fmt: skip
        yield made


@pytest.mark.parametrize(
    ("about", "title", "prompt"),
    [
        ("Ridge Jacket Red", "Ridge Jacket Red", "a red jacket, 3d style"),
        ("the blue ridge jacket", "Ridge Jacket Blue", "a blue jacket, 3d style"),
        ("Cove Tent 4", "Cove Tent 4 Green", "a green tent, 3d style"),
        ("our orange tent", "Cove Tent 2 Orange", "an orange tent, 3d style"),
        ("merino socks", "Merino Socks", "grey socks, 3d style"),
        ("Meadow Fleece", "Meadow Fleece Grey", "a grey jacket, 3d style"),
        ("Trail Kettle", "Trail Kettle", "a red kettle, 3d style"),
        ("steel mug", "Steel Mug", "a silver mug, 3d style"),
        ("Beach Ball", "Beach Ball", "a yellow beach ball on a beach, 3d style"),
        ("海湾帐篷", "海湾帐篷", "an orange tent, 3d style"),
    ],
)
def test_a_product_becomes_the_words_of_its_picture(kit, about, title, prompt):
    context = turn(kit)
    found = described(kit, context, about, "marketing")
    assert (found.title, found.prompt) == (title, prompt)
    assert context.evidence == [found.evidence]
    assert found.evidence.hit.item.title.endswith(title)


def test_a_sketch_is_drawn_in_another_style_that_the_pipeline_knows(kit):
    found = described(kit, turn(kit), "Wool Hat", "sketch")
    assert found.prompt == "a blue hat, flat style"
    assert not read(found.prompt).unknown


def test_an_item_and_a_file_may_be_named(kit):
    where = kit.library.ensure_collection("default", OWNER)
    item = next(i for i in kit.library.items(where.id, OWNER) if i.title == "Wool Hat")
    assert described(kit, turn(kit), item.id, "marketing").title == "Wool Hat"
    assert described(kit, turn(kit), item.parent, "marketing").title == "Ridge Jacket Red"


def test_a_full_size_pipeline_gets_the_description(kit):
    other = Kit(**{**vars(kit), "image_generator": object()})
    found = described(other, turn(kit), "Trail Kettle", "marketing")
    assert found.prompt.startswith(
        "a red kettle, Red aluminium kettle that boils one litre in five minutes, professional product photograph"
    )
    assert found.negative_prompt == "text, watermark"


@pytest.mark.parametrize(
    ("about", "language"), [("purple kettle", "en"), ("a submarine", "en"), ("the right to erasure", "en"), ("潜水艇", "zh")]
)
def test_what_the_library_does_not_have_is_refused(kit, about, language):
    context = turn(kit, language)
    with pytest.raises(NotFound) as caught:
        described(kit, context, about, "marketing")
    assert about in caught.value.message
    assert caught.value.hint
    assert context.evidence == []
