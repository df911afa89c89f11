import pytest
from library_samples import HashedWords, PictureMeans, ingested, minilm, open_library

from retrieval.content import Content
from retrieval.faults import InvalidInput, TooLarge, UnsupportedType
from retrieval.library import Query
from retrieval.relevance import LIKELY
from retrieval.stores.base import Scope

SHOP = """The warranty covers zips, seams and buckles for two years from the day of purchase.

Wash the jacket at thirty degrees on a gentle cycle, and dry it in the shade.

The Ridge jacket costs 189 euros and weighs 420 grams.

We send parcels to every country in Europe within five working days.

保修包括材料和做工的缺陷，自购买之日起两年。

夹克请用三十度的水轻柔洗涤，不要烘干。

营地灯充满电需要四小时，可以亮六十小时。"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    library = open_library(tmp_path_factory.mktemp("shop"), embedders={"text_embedder": minilm()})
    ingested(library, SHOP)
    yield library
    library.close()


@pytest.fixture
def mixed(tmp_path):
    library = open_library(tmp_path / "data", describe={"image": lambda c: {b"g": "green leaf", b"b": "blue sea"}[c.data[:1]]})
    ingested(
        library,
        "The green leaf grows in spring.\n\nThe sea is blue and deep.\n\n![leaf.png] ggggggg\n\n![sea.png] bbbbbbb\n\n![dark.png] bba",
    )
    yield library
    library.close()


def ask(library, text="", **more):
    return library.search(Query(owner="ann", text=text, **more))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what does the warranty cover?", "The warranty covers"),
        ("how do I clean my coat?", "Wash the jacket"),
        ("price of the ridge jacket", "The Ridge"),
        ("do you deliver to Spain?", "We send parcels"),
        ("保修包括什么？", "保修包括"),
        ("夹克怎么洗？", "夹克请用"),
        ("营地灯能亮多久？", "营地灯"),
    ],
)
def test_questions_find_their_answer_first(shop, question, answer):
    hits = ask(shop, question)
    assert hits[0].item.text.startswith(answer)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0 <= hit.score <= 1 and 0 <= hit.probability <= 1 for hit in hits)


@pytest.mark.parametrize(
    "question",
    ["who won the world cup in 1998?", "how tall is the Eiffel tower?", "reset my router password", "量子力学是什么？", "法国总统是谁？"],
)
def test_what_the_store_does_not_know_is_unlikely(shop, question):
    assert all(hit.probability < LIKELY for hit in ask(shop, question))


@pytest.mark.parametrize(
    "question", ["what does the warranty cover?", "how much does the Ridge jacket cost?", "保修包括什么缺陷？", "营地灯充电多久？"]
)
def test_what_the_store_knows_is_likely(shop, question):
    assert ask(shop, question)[0].probability >= LIKELY


def test_ranks_say_which_lists_found_it(shop):
    hit = ask(shop, "warranty zips seams buckles")[0]
    assert hit.ranks == {"lexical": 1, "minilm": 1}


def test_a_picture_finds_pictures(mixed):
    query = Content(modality="image", media_type="image/png", data=b"ggggggg")
    hits = ask(mixed, contents=(query,))
    assert hits[0].item.title == "leaf.png"
    assert {hit.item.modality for hit in hits} == {"image"}
    assert hits[0].score == pytest.approx(1, abs=1e-3)
    assert hits[0].probability > 0.9
    assert hits[0].ranks == {"means": 1}


def test_words_and_a_picture_together(mixed):
    query = Content(modality="image", media_type="image/png", data=b"bba")
    both = ask(mixed, "green leaf", contents=(query,))
    assert {hit.item.title for hit in both[:3]} >= {"dark.png", "leaf.png"}, "what fits the picture, and what fits the words"
    assert any(hit.item.text == "The green leaf grows in spring." for hit in both[:4]), "a passage is not drowned by pictures"
    text = Content.from_text("green leaf")
    assert [hit.item.id for hit in ask(mixed, contents=(text,))] == [hit.item.id for hit in ask(mixed, "green leaf")]


def test_similar_leaves_out_the_item_itself_and_keeps_to_the_scope(mixed):
    sea = next(item for item in mixed.items("default", "ann") if item.title == "sea.png")
    hits = mixed.similar(sea.id, "ann", 10)
    assert sea.id not in {hit.item.id for hit in hits}
    assert hits[0].item.title == "dark.png" or hits[0].item.text == "The sea is blue and deep."
    assert {hit.item.modality for hit in mixed.similar(sea.id, "ann", 10, modalities=("text",))} == {"text"}
    passage = next(item for item in mixed.items("default", "ann") if item.text.startswith("The sea"))
    assert mixed.similar(passage.id, "ann", 2)[0].item.title in ("sea.png", "dark.png")
    other = mixed.create_collection("other", "ann")
    assert mixed.similar(sea.id, "ann", 3, collections=(other.id,)) == []
    with pytest.raises(InvalidInput):
        mixed.similar(sea.id, "ann", 0)


def test_a_medium_nobody_understands_is_refused(mixed):
    with pytest.raises(UnsupportedType) as caught:
        ask(mixed, contents=(Content(modality="audio", media_type="audio/wav", data=b"x"),))
    assert caught.value.hint


def test_bounds(shop):
    with pytest.raises(TooLarge):
        ask(shop, "x" * 10_001)
    assert len(ask(shop, "jacket", k=1)) == 1
    assert len(ask(shop, "jacket", k=1000)) == 7


def test_an_empty_library_finds_nothing(tmp_path):
    library = open_library(tmp_path / "data", embedders={"text_embedder": HashedWords(), "image_embedder": PictureMeans()})
    assert ask(library, "anything") == []
    assert ask(library, contents=(Content(modality="image", media_type="image/png", data=b"x"),)) == []
    library.close()


def test_a_library_without_embedders_still_finds_words(tmp_path):
    library = open_library(tmp_path / "data", embedders={})
    ingested(library, SHOP)
    assert ask(library, "warranty zips")[0].item.text.startswith("The warranty")
    library.close()


def test_evidence_is_what_the_probability_rests_on(shop):
    found = shop._searcher.evidence("what does the warranty cover?", 3, Scope("ann"))
    item, seen = found[0]
    assert item.text.startswith("The warranty")
    assert seen.coverage == 1
    assert seen.cosine > 0.4
    assert seen.margin > 0
    assert len(found) == 3
