"""The studio: filter, limits, quota, queue, judge and rank before and after any drawing, with real threads and the real judge."""

import threading
from dataclasses import replace

import media_samples as samples
import pytest
from tool_samples import OWNER, NoText, attach, make_kit, run, turn

from assistant.limits import Limits
from retrieval.faults import Busy, Cancelled, InvalidInput, NotAllowed, NotInstalled
from tools import edit_image, generate_image
from tools.content_filter import ContentFilter
from tools.drawing_queue import DrawingQueue
from tools.drawing_quota import DrawingQuota
from tools.image_generators.base import UNWATCHED, EditRequest, ImageRequest
from tools.image_generators.shapes import ShapesGenerator
from tools.judge import Judge
from tools.studio import RIGHT, Studio, drawn

PATIENCE = 20.0


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    yield from make_kit(tmp_path_factory.mktemp("studio"), recognizer=NoText())


class Gated(ShapesGenerator):
    """Draws when it is let."""

    def __init__(self):
        self.gate, self.began, self.drawn = threading.Event(), threading.Event(), []

    def generate(self, request, watch=UNWATCHED):
        self.began.set()
        assert self.gate.wait(PATIENCE)
        self.drawn.append(request.prompt)
        return super().generate(request, watch)


class Stubborn(ShapesGenerator):
    """Draws a house whatever is asked for, but for the last of several."""

    def generate(self, request, watch=UNWATCHED):
        asked = super().generate(request, watch)
        houses = super().generate(request.model_copy(update={"prompt": "a house"}), watch)
        kept = houses[:-1] + asked[-1:] if request.n > 1 else houses
        return [p.model_copy(update={"recipe": a.recipe}) for p, a in zip(kept, asked, strict=True)]


def studio(kit, tmp_path=None, generator=None, per_day=0, waiting=4, **limits):
    quota = DrawingQuota(tmp_path or kit.library.data_dir, per_day)
    made = generator or ShapesGenerator()
    return Studio(made, kit.library, Limits(**limits), queue=DrawingQueue(1, waiting), quota=quota, content_filter=ContentFilter())


def ask(prompt="a red circle", **more):
    return ImageRequest(prompt=prompt, **{"width": 64, "height": 64, "seed": 0} | more)


def photo(kit, context, size=(80, 60)):
    media = attach(kit, context, samples.picture(size=size), "photo.png")
    return kit.library.open_file(media.file_id, OWNER)


def test_what_is_refused_is_never_drawn_nor_counted(kit, tmp_path):
    generator = Gated()
    here = studio(kit, tmp_path, generator, per_day=3)
    context = turn(kit, "zh")
    with pytest.raises(NotAllowed, match="色情"):
        here.generate(ask("a naked woman"), context)
    with pytest.raises(NotAllowed):
        here.generate(ask("a woman", negative_prompt="clothes"), context)
    source, parent = photo(kit, context), ShapesGenerator().generate(ask("a woman"))[0].recipe
    for words in ("take off her clothes", "make it naked"):
        with pytest.raises(NotAllowed):
            here.edit(source, parent, EditRequest(instruction=words), context)
    assert not generator.began.is_set()
    here.close()
    assert not (tmp_path / "drawings.db").exists()


@pytest.mark.parametrize(("asked", "param"), [
    ({"width": 512}, "width"), ({"height": 300}, "height"), ({"n": 3}, "n"), ({"steps": 21}, "steps"),
])  # fmt: skip
def test_limits_of_the_settings_are_named(kit, asked, param):
    here = studio(kit, drawn_side=256, drawn_pictures=2, drawn_steps=20)
    with pytest.raises(InvalidInput) as caught:
        here.generate(ask(**asked), turn(kit))
    assert (caught.value.param, caught.value.code) == (param, "over_limit")
    assert str(asked[param]) in caught.value.message


def test_an_enlarged_picture_has_its_limit(kit):
    here, context = studio(kit, drawn_side=64), turn(kit)
    with pytest.raises(InvalidInput) as caught:
        here.edit(photo(kit, context), None, EditRequest(instruction="larger", operation="upscale"), context)
    assert caught.value.param == "image"
    with pytest.raises(InvalidInput) as caught:
        here.edit(photo(kit, context), None, EditRequest(instruction="make it 4x larger"), context)
    assert caught.value.code == "picture_too_large"
    here.edit(photo(kit, context, (300, 200)), None, EditRequest(instruction="make it black and white"), context)


def test_the_quota_counts_pictures_and_failures_cost_nothing(kit, tmp_path):
    here = studio(kit, tmp_path, per_day=3)
    context = turn(kit)
    with pytest.raises(InvalidInput, match="no drawing"):
        here.generate(ask("gryphon lasagne"), context)
    here.generate(ask(n=2), context)
    with pytest.raises(Busy) as caught:
        here.generate(ask(n=2), context)
    assert caught.value.code == "quota_spent"
    assert caught.value.retry_after > 23 * 3600
    here.generate(ask(), context)
    here.close()
    again = studio(kit, tmp_path, per_day=3)
    with pytest.raises(Busy):
        again.generate(ask(), context)
    again.close()


class Waiting:
    """A person in a thread of their own."""

    def __init__(self, kit, here, owner, prompt):
        self.context = turn(kit)
        self.context.owner = owner
        self.said, self.heard, self.outcome = [], threading.Event(), None
        self.context.progress = self._told
        self.thread = threading.Thread(target=self._run, args=(here, prompt), daemon=True)
        self.thread.start()

    def _told(self, message, share):
        self.said.append(message)
        self.heard.set()

    def _run(self, here, prompt):
        try:
            self.outcome = here.generate(ask(prompt), self.context)
        except (Busy, Cancelled) as fault:
            self.outcome = fault

    def ends(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()
        return self.outcome


def test_the_place_in_the_queue_is_told_and_who_stops_leaves_it(kit):
    generator = Gated()
    here = studio(kit, generator=generator, waiting=2)
    first = Waiting(kit, here, "ann", "a red circle")
    assert generator.began.wait(PATIENCE)
    second, third = (Waiting(kit, here, owner, prompt) for owner, prompt in (("bob", "a blue circle"), ("eve", "a green circle")))
    assert second.heard.wait(PATIENCE)
    assert third.heard.wait(PATIENCE)
    assert {second.said[0], third.said[0]} <= {"1 before you", "2 before you"}
    with pytest.raises(Busy) as caught:
        here.generate(ask(), turn(kit))
    assert caught.value.retry_after >= 1
    second.context.cancel.set()
    assert isinstance(second.ends(), Cancelled)
    generator.gate.set()
    assert first.ends()[0].picture.recipe.prompt == "a red circle"
    assert third.ends()[0].picture.recipe.prompt == "a green circle"
    assert "a blue circle" not in generator.drawn, "who left was not drawn for"


def test_the_same_seed_gives_the_same_picture_and_zero_is_a_seed(kit):
    here, context = studio(kit), turn(kit)
    once, again, other = (here.generate(ask(seed=seed), context)[0].picture for seed in (0, 0, 1))
    assert once.content.data == again.content.data
    assert (once.recipe.seed, other.recipe.seed) == (0, 1)


def test_the_best_comes_first_and_what_is_something_else_is_doubted(kit):
    here, context = studio(kit, generator=Stubborn()), turn(kit)
    made = here.generate(ask("a car", n=3, width=192, height=192), context)
    assert made[0].picture.recipe.seed == 2, "the one that is a car"
    assert [one.doubtful for one in made] == [False, True, True]
    assert made[0].score > made[1].score >= made[2].score


def test_a_judge_that_fails_loses_no_picture(kit, monkeypatch):
    def broken(*args):
        raise NotInstalled("There is no encoder.")

    monkeypatch.setattr(Judge, "look", broken)
    [made] = studio(kit).generate(ask(), turn(kit))
    assert (made.score, made.doubtful) == (None, False)


@pytest.mark.parametrize(("language", "words"), [("en", "it does not look like “a car” to me"), ("zh", "不像“a car”")])
def test_a_picture_under_the_bar_is_not_passed_off(kit, language, words):
    stubborn = replace(kit, studio=studio(kit, generator=Stubborn()))
    result = run(generate_image.create(stubborn), turn(kit, language), prompt="a car", width=192, height=192, seed=1)
    assert words in result.answer
    assert result.data["pictures"][0]["doubtful"] is True
    assert result.shown[0].score == result.data["pictures"][0]["score"] < 0.5
    assert kit.library.file(result.shown[0].file_id, OWNER).metadata["doubtful"] is True


def test_those_that_are_doubted_are_named_by_number(kit):
    stubborn = replace(kit, studio=studio(kit, generator=Stubborn()))
    result = run(generate_image.create(stubborn), turn(kit), prompt="a car", n=3, width=192, height=192, seed=1)
    assert "These do not look like “a car” to me: 2, 3." in result.answer
    assert [p["number"] for p in result.data["pictures"]] == [1, 2, 3]


def test_deleting_a_picture_gives_nothing_back(kit, tmp_path):
    here = studio(kit, tmp_path, per_day=1)
    bound, context = replace(kit, studio=here), turn(kit)
    made = run(generate_image.create(bound), context, prompt="a red circle", width=64, height=64, seed=1, new=True)
    kit.library.delete_file(made.shown[0].file_id, OWNER)
    with pytest.raises(Busy):
        run(edit_image.create(bound), turn(kit), instruction="larger", image=attach(kit, context, samples.picture(), "a.png").file_id)
    here.close()


def test_the_chance_of_a_picture_drawn_after_the_words_is_higher_than_that_of_any_picture():
    assert drawn(None) is None
    assert drawn(0.5) == RIGHT
    assert (drawn(0.0), drawn(1.0)) == (0.0, 1.0)
    found = [drawn(chance) for chance in (0.1, 0.2, 0.5, 0.9)]
    assert found == sorted(found)
    assert found[1] == pytest.approx(0.2 * 9 / (0.2 * 9 + 0.8), abs=1e-4)
