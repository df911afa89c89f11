"""search: passages with marks and places, media shown, refusals that keep the closest."""

import pytest
from tool_samples import OWNER, NoText, make_kit, remember, run, turn

from retrieval.faults import Cancelled, NotFound
from retrieval.items import Hit
from retrieval.table_rows import row_draft
from tools.image_generators.base import ImageRequest
from tools.search import asks_for_anything, create, present


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("search"), recognizer=NoText())


@pytest.fixture(scope="module")
def filled(kit):
    remember(
        kit,
        ("Warranty", "The warranty covers faults in material and workmanship for two years."),
        ("Returns", "You may return an article within thirty days."),
        ("退货", "商品可以在三十天内退货，运费由我们承担。"),
        ("Opening hours", "The shop opens at nine and closes at six."),
    )
    where = kit.library.ensure_collection("default", OWNER)
    for prompt in ("a red car", "a blue boat"):
        picture = kit.image_generator.generate(ImageRequest(prompt=prompt, seed=1, width=128, height=128))[0]
        file = kit.library.add_file(picture.content.model_copy(update={"name": f"{prompt}.png"}), OWNER, recipe=picture.recipe)
        kit.library.ingest(file.id, where.id, OWNER)
    return kit


@pytest.mark.parametrize(
    ("language", "question", "words"), [("en", "What does the warranty cover?", "workmanship"), ("zh", "可以退货吗？", "三十天")]
)
def test_a_passage_comes_first_with_its_number_and_place(filled, language, question, words):
    context = turn(filled, language)
    result = run(create(filled), context, query=question)
    assert not result.refused
    assert result.answer == "", "the chat model phrases the answer"
    assert words in result.evidence[0].hit.item.text
    assert result.text.startswith("[1] ")
    assert result.evidence[0].hit.item.locator.page is not None
    assert context.evidence == list(result.evidence)


def test_pictures_that_were_asked_for_are_shown(filled):
    context = turn(filled)
    result = run(create(filled), context, query="a red car", modalities=["image"])
    assert result.shown[0].handle == "image_1"
    assert "[1]" in result.answer
    assert "red car" in result.answer
    assert filled.library.open_file(result.shown[0].file_id, OWNER).media_type == "image/png"
    assert context.find("image_1").file_id == result.shown[0].file_id, "later turns can name it"


@pytest.mark.parametrize(("language", "mark"), [("en", "(made here)"), ("zh", "（在这里绘制）")])
def test_a_picture_made_here_says_so_in_caption_title_and_data(filled, language, mark):
    item = next(i for i in filled.library.items("default", OWNER) if i.modality == "image")
    for made in (True, False):
        metadata = {"generated": True, "prompt": "a red car"} if made else {}
        hit = Hit(item=item.model_copy(update={"metadata": metadata}), score=0.9, probability=0.9)
        result = present(filled, turn(filled, language), [hit], subject="car", media_wanted=True)
        assert result.evidence[0].hit.item.title.endswith(mark) is made
        assert result.shown[0].caption.endswith(mark) is made
        assert (mark in result.answer) is made
        assert result.data["results"][0]["generated"] is made


def test_nothing_relevant_is_a_refusal_that_keeps_the_closest(filled):
    result = run(create(filled), turn(filled), query="a purple elephant on the moon", modalities=["image"])
    assert result.refused
    assert result.shown == ()
    assert result.data["closest"]
    assert "elephant" in result.text


@pytest.mark.parametrize(
    ("query", "anything"),
    [
        ("all products", True), ("list all the items", True), ("everything you have", True), ("所有商品", True), ("有哪些产品", True),
        ("red products", False), ("product warranty", False), ("商品退货", False), ("jackets", False),
    ],
)  # fmt: skip
def test_words_that_name_no_kind_of_thing(query, anything):
    assert asks_for_anything(query) == anything


def test_an_empty_collection_refuses_in_words(kit):
    result = run(create(kit), turn(kit, "zh", collections=("empty",)), query="保修期多久")
    assert (result.refused, result.data["closest"]) == (True, [])
    assert "没有找到" in result.text


@pytest.mark.parametrize(
    ("chance", "language", "said"),
    [(0.95, "en", "I found this"), (0.6, "en", "likely"), (0.3, "en", "I am not sure"), (0.6, "zh", "很可能"), (0.3, "zh", "不确定")],
)
def test_how_sure_it_is_is_said(filled, chance, language, said):
    context = turn(filled, language)
    item = next(i for i in filled.library.items("default", OWNER) if i.modality == "image")
    hit = Hit(item=item, score=chance, probability=chance)
    assert said in present(filled, context, [hit], subject="car", media_wanted=True).answer


def test_evidence_is_numbered_over_the_whole_turn(filled):
    context = turn(filled)
    first = run(create(filled), context, query="What does the warranty cover?")
    again = run(create(filled), context, query="What does the warranty cover?")
    assert [e.number for e in first.evidence] == [e.number for e in again.evidence]


def test_a_stopped_turn_does_not_search(filled):
    context = turn(filled)
    context.cancel.set()
    with pytest.raises(Cancelled):
        run(create(filled), context, query="warranty")


def test_an_unknown_collection_is_not_found(filled):
    context = turn(filled)
    context.collections = ("vs_nothing",)
    with pytest.raises(NotFound):
        run(create(filled), context, query="warranty")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="k"):
        create(None).arguments(query="x", k=0)
    with pytest.raises(ValueError, match="query"):
        create(None).arguments(query="")


def test_rows_of_tables_come_along_when_things_are_to_be_compared(tmp_path):
    for kit in make_kit(tmp_path, recognizer=NoText()):
        where = kit.library.ensure_collection("default", OWNER)
        cells = [{"name": f"Cove Tent {n}", "colour": "green", "price": 100 + n} for n in range(12)] + [{"name": "Mug", "colour": "red"}]
        drafts = [row_draft(row, place, "shop.csv") for place, row in enumerate(cells, 1)]
        kit.library.add_drafts([draft for draft in drafts if draft is not None], where.id, OWNER)
        few = run(create(kit), turn(kit, "en"), query="the cheapest tent")
        assert len(few.evidence) == 5
        for words in ("the cheapest tent", "哪款帐篷最便宜"):
            found = run(create(kit), turn(kit, "zh"), query=words, rows=True)
            assert {piece.hit.item.title for piece in found.evidence} >= {f"Cove Tent {n}" for n in range(12)}
            assert len({piece.hit.item.id for piece in found.evidence}) == len(found.evidence)
