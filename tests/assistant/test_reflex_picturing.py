"""Wishes about pictures that the turns before decide, with the results of the tools written out."""

from pathlib import Path

import pytest
from reflex_samples import minilm

from assistant.events import Candidate
from assistant.reflex.describing import described, shows
from assistant.reflex.drawing import product
from assistant.reflex.drawing_terms import beyond, how
from assistant.reflex.editing import enlarges, instruction
from assistant.reflex.picturing import clear, routed, wish
from assistant.reflex.router import Route, Router
from assistant.reflex.situation import Outcome, Passed, Situation, Thing
from retrieval.catalogue import language_of

TOOLS = ("search", "find_similar", "generate_image", "edit_image", "look", "show_image", "repeat_image", "control_device")
DRAWN = {"prompt": "a red star", "width": 256, "height": 256, "negative_prompt": "clouds", "seed": 0}


@pytest.fixture(scope="module")
def router():
    return Router(minilm())


def shown(handle, prompt="a red star", seed=0):
    recipe = {"prompt": prompt, "seed": seed, "width": 256, "height": 256, "model": "shapes"}
    return {"handle": handle, "file_id": f"file-{handle}", "modality": "image", "caption": prompt, "recipe": recipe}


def result(tool, arguments, *handles, offer=False, failed=False, prompt="a red star"):
    return Outcome(tool, arguments, "", {"shown": [shown(h, prompt) for h in handles], "data": {"offer": offer}}, failed)


def after(words, *outcomes):
    """The situation of a turn that says `words` after one turn with these results."""
    things = [Thing(s["handle"], "image", s["caption"], True, s["caption"], "" if o.offers else o.tool, "", s["file_id"])
              for o in outcomes for s in o.shown]  # fmt: skip
    return Situation(
        words=words, language=language_of(words), earlier=things, previous_words="before", previous_outcomes=list(outcomes),
        past=[Passed("before", [], list(outcomes))],
    )  # fmt: skip


def wanted(router, words, *outcomes):
    route = router.route(words, [], ["image"] if outcomes else [])
    return wish(after(words, *outcomes), TOOLS, route)


OFFER = result("generate_image", DRAWN, "image_1", "image_2", offer=True)
SHEET = result("generate_image", DRAWN | {"n": 4}, "image_1", "image_2", "image_3", "image_4")
FOUND = result("search", {"query": "red star"}, "image_1", "image_2", "image_3")


@pytest.mark.parametrize(
    "words",
    ["yes", "Yes, please!", "sure, go ahead", "make a new one", "draw a new one anyway", "a new one please", "yes, make a new one", "do it",
     "好的", "是的，画吧", "画一张新的", "好，画一张新的", "还是画吧", "another one"],
)  # fmt: skip
def test_an_offer_is_taken_up_with_its_own_words(words, router):
    found = wanted(router, words, OFFER)
    assert found.calls == (("generate_image", DRAWN | {"new": True}),)
    assert found.reason == "offer"


def test_an_offer_is_taken_up_otherwise(router):
    (_, arguments), *_ = wanted(router, "yes, four of them, with 8 steps", OFFER).calls
    assert arguments["steps"] == 8
    (_, arguments), *_ = wanted(router, "yes, 3 pictures without the moon", OFFER).calls
    assert (arguments["n"], arguments["negative_prompt"]) == (3, "the moon")


@pytest.mark.parametrize("words", ["no", "no thanks", "thanks", "what does the warranty cover?", "不用了", "yes I saw that film"])
def test_what_is_no_yes_draws_nothing(words, router):
    assert wanted(router, words, OFFER) is None


@pytest.mark.parametrize("words", ["yes", "好的", "sure"])
def test_a_yes_without_an_offer_draws_nothing(words, router):
    assert wanted(router, words, SHEET) is None
    assert wanted(router, words) is None


@pytest.mark.parametrize("words", ["more like this", "more like the second one", "像第二张那样的再来几张", "something like the second"])
def test_more_like_what_was_found_or_offered_stays_a_search(words, router):
    assert wanted(router, words, FOUND) is None
    assert wanted(router, words, OFFER) is None
    (tool, arguments), *_ = wanted(router, words, SHEET).calls
    assert (tool, arguments["operation"]) == ("edit_image", "variation")


def test_more_like_a_drawing_that_was_found_again_is_a_search(router):
    situation = after("more like this", SHEET)
    situation.past.append(Passed("find a red star", [], [FOUND]))
    situation.previous_outcomes = [FOUND]
    assert wish(situation, TOOLS, router.route("more like this", [], ["image"])) is None


@pytest.mark.parametrize("words", ["find more like the second one", "search my library for something like this", "在图库里找像第二张的"])
def test_what_says_find_is_a_search_even_after_a_drawing(words, router):
    assert wanted(router, words, SHEET) is None


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("four more like the third", {"image": "image_3", "operation": "variation", "n": 4}),
        ("more like this", {"image": "image_1", "operation": "variation", "n": 4}),
        ("another like number 2", {"image": "image_2", "operation": "variation"}),
        ("variations of the last one", {"image": "image_4", "operation": "variation", "n": 4}),
        ("more like the second one but with a hat", {"image": "image_2", "operation": "variation", "n": 4, "instruction": "with a hat"}),
        ("像第三张那样的再来两张", {"image": "image_3", "operation": "variation", "n": 2}),
    ],
)
def test_more_like_one_of_a_sheet(words, arguments, router):
    assert wanted(router, words, SHEET).calls == (("edit_image", arguments),)


@pytest.mark.parametrize(
    ("words", "changed", "gone"),
    [
        ("again", {}, ("seed",)),
        ("another one", {}, ("seed", "n")),
        ("three more", {"n": 3}, ("seed",)),
        ("again with seed 0", {"seed": 0}, ()),
        ("again, but with 12 steps", {"steps": 12}, ("seed",)),
        ("the same but with 12 steps", {"steps": 12, "seed": 0}, ()),
        ("again without people", {"negative_prompt": "people"}, ("seed",)),
        ("再来两张", {"n": 2}, ("seed",)),
        ("重新画", {}, ("seed",)),
    ],
)
def test_another_one_keeps_what_was_asked_for(words, changed, gone, router):
    ((tool, arguments),) = wanted(router, words, SHEET).calls
    assert tool == "generate_image"
    kept = {key: value for key, value in (DRAWN | {"n": 4}).items() if key not in gone}
    assert arguments == kept | changed | {"new": True}


def test_another_try_of_a_change_has_another_seed(router):
    change = result("edit_image", {"instruction": "add a hat", "image": "image_9"}, "image_10")
    ((tool, arguments),) = wanted(router, "try again", change).calls
    assert (tool, arguments["instruction"], arguments["image"]) == ("edit_image", "add a hat", "image_9")
    assert isinstance(arguments["seed"], int)


def test_what_is_about_no_picture_is_left_alone(router):
    device = Outcome("control_device", {"action": "on"}, "", {}, False)
    for words in ("again", "undo", "yes", "the second one", "exactly the same again", "go back"):
        assert wanted(router, words) is None
        assert wanted(router, words, device) is None


def test_undo_and_the_very_same_are_clear_to_any_chat_model(router):
    for words, sure in (("undo", True), ("撤销", True), ("exactly the same again", True), ("make it green", False), ("another one", False)):
        assert clear(after(words, SHEET), TOOLS, router.route(words, [], ["image"])) is sure
    assert clear(after("yes", OFFER), TOOLS, router.route("yes", [], []))


def test_only_bound_tools_are_called(router):
    assert wish(after("undo", SHEET), ("generate_image",), router.route("undo", [], ["image"])) is None


def test_the_reason_is_told():
    route = Route(candidates=(Candidate(tool="search", score=0.4, reason="r"),), plan=("search",), intent="search")
    found = wish(after("第二张", SHEET), TOOLS, route)
    told = routed(route, found, "第二张", "zh")
    assert (told.plan, told.candidates[0].reason, told.candidates[0].score) == (("show_image",), "这句话选了一张图", 1.0)
    assert [c.tool for c in told.candidates] == ["show_image", "search"]


@pytest.mark.parametrize(
    ("words", "about"),
    [
        ("make a marketing picture for the camp lantern", "camp lantern"),
        ("a concept sketch of the camp lantern, 4 options", "camp lantern"),
        ("product photo of our rain jacket with 8 steps", "rain jacket"),
        ("an ad for the red kettle", "red kettle"),
        ("为露营灯做一张宣传图", "露营灯"),
        ("给我们的露营灯画两张海报", "露营灯"),
        ("画一张露营灯的广告图", "露营灯"),
        ("concept sketch of a dragon", ""),
        ("draw a poster for the party", ""),
        ("find the marketing picture for the camp lantern", ""),
        ("给我画一张广告图", ""),
        ("what does the ad for the kettle say?", ""),
    ],
)
def test_pictures_for_a_product(words, about):
    assert product(words) == about


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("with 8 steps", {"steps": 8}), ("with 0 steps", {"steps": 0}), ("steps=30", {"steps": 30}), ("20步", {"steps": 20}),
        ("guidance 7.5", {"guidance": 7.5}), ("cfg scale 0", {"guidance": 0.0}), ("引导强度5", {"guidance": 5.0}),
        ("seed 0", {"seed": 0}), ("种子0", {"seed": 0}), ("four candidates", {"n": 4}), ("四张", {"n": 4}), ("第四张", {}),
        ("at 128x256", {"width": 128, "height": 256}), ("a staircase with 8 steps", {}), ("nothing of the kind", {}),
    ],
)  # fmt: skip
def test_how_to_draw(words, found):
    assert how(words) == found


def test_what_cannot_be_drawn_is_asked_back():
    assert beyond("draw a 20000x20000 dog") == "drawing_size"
    assert beyond("draw a dog at 0x64") == "drawing_size"
    assert beyond("draw 50 pictures of a dog") == "drawing_count"
    assert beyond("draw 8 pictures of a dog at 2048x64") == ""


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("make the second one red", "make it red"), ("I like the second one, make it red", "make it red"),
        ("the picture I sent, make it darker", "make it darker"), ("make the last two darker", "make it darker"),
        ("remove the text from number 2", "remove the text from it"), ("make the second dog red", "make the second dog red"),
        ('write "the second one" on the first one', 'write "the second one" on it'), ("make them all darker", "make it darker"),
        ("把第二张和第四张变成黑白", "把它变成黑白"), ("把我发的图调亮", "把它调亮"), ("把蓝色的那张变亮", "把它变亮"), ("the second one", ""),
    ],
)  # fmt: skip
def test_an_instruction_says_what_and_not_which(words, plain):
    assert instruction(words) == plain


@pytest.mark.parametrize("words", ["make it bigger", "enlarge the third one", "upscale it", "make it twice as large", "in higher resolution please",
                                   "把第二张放大", "提高分辨率", "给我高清的"])  # fmt: skip
def test_larger_pictures(words):
    assert enlarges(words)


@pytest.mark.parametrize(
    "words", ["make the dog bigger", "make the sun larger", "把狗放大", "add a bigger hat", "make it darker", "crop it"]
)
def test_larger_things_in_a_picture(words):
    assert not enlarges(words)


def test_a_picture_is_named_by_what_it_shows():
    dog = Thing("image_1", "image", "", True, "a blue dog", "generate_image")
    red = Thing("image_2", "image", "", True, "a blue dog · make it red", "edit_image", "image_1")
    cat = Thing("image_3", "image", "", True, "一只绿色的猫", "generate_image")
    media = [dog, red, cat]
    assert described("make the blue one darker", media, "image_3") == "image_1"
    assert described("make the red one darker", media, "image_3") == "image_2"
    assert described("rotate the dog left", media, "image_1") == "image_1"
    assert described("rotate the dog left", media, "image_3") == "image_2"
    assert described("make the dog green", media, "image_3") == "image_2"
    assert described("把绿色的那张变暗", media, "image_1") == "image_3"
    assert described("make the purple one darker", media, "image_3") == ""
    assert described("make the sky darker", media, "image_3") is None
    assert described("make it red", media, "image_3") is None
    assert shows(red, "red dog")
    assert not shows(red, "blue dog")


def test_turns_about_other_things_are_left_to_the_router(router):
    """Held-out turns of all tools, fresh and after a sheet: a wish may only confirm what the turn is about."""
    rows = [line.split("\t") for path in Path(__file__).parent.glob("*heldout_turns*.tsv") for line in path.read_text("utf-8").splitlines()]
    turns = [(row[0], row[2]) for row in rows if len(row) > 2 and not row[1].strip() and row[0] != "words"]
    assert len(turns) > 200
    taken = []
    for words, label in turns:
        for outcomes in ((), (SHEET,)):
            found = wanted(router, words, *outcomes)
            if found is not None and not (found.calls and found.calls[0][0] in label):
                taken.append((words, label, found))
    assert taken == []
