"""judge: a right picture is above a wrong one, in the noun and in the colour, in both languages, by the bundled encoder and by others."""

from types import SimpleNamespace

import pytest
from library_samples import CACHE
from tiny_encoders import clip, host, siglip2

from retrieval.backends import load
from retrieval.content import Content
from retrieval.crossing import shown_chances
from retrieval.embedders import colour_layout
from tools.image_generators.base import ImageRequest
from tools.judge import Clues, Judge, Verdict, Wanted, chance, wanted

PROMPTS = ("a red car", "a blue car", "a cat", "a house")


@pytest.fixture(scope="module")
def judge():
    return Judge(SimpleNamespace(embedders={"image_embedder": load("retrieval.embedders", "senses")(CACHE)}))


@pytest.fixture(scope="module")
def drawn():
    by_hand = load("tools.image_generators", "shapes")("")
    return {p: by_hand.generate(ImageRequest(prompt=p, seed=3, width=192, height=192))[0].content for p in PROMPTS}


def best(judge, drawn, prompt):
    verdicts = judge.look(prompt, list(drawn.values()))
    assert all(verdict.chance is not None and 0 <= verdict.chance <= 1 for verdict in verdicts)
    return PROMPTS[max(range(len(verdicts)), key=lambda n: verdicts[n].chance)], dict(zip(PROMPTS, verdicts, strict=True))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_picture_that_was_asked_for_is_the_likeliest(judge, drawn, prompt):
    found, verdicts = best(judge, drawn, prompt)
    assert found == prompt
    assert not verdicts[prompt].doubtful


def test_a_wrong_colour_and_a_wrong_thing_are_doubtful(judge, drawn):
    _, verdicts = best(judge, drawn, "a red car")
    assert verdicts["a blue car"].doubtful
    assert verdicts["a cat"].doubtful


def test_chinese_is_judged_as_its_english(judge, drawn):
    pictures = list(drawn.values())
    assert judge.look("一辆红色的汽车", pictures, "zh") == judge.look("a red car", pictures)


def test_nobody_judges_what_cannot_be_read(judge, drawn):
    picture = [drawn["a cat"]]
    assert judge.look("魑魅魍魉", picture, "zh") == [Verdict(None, False)]
    assert judge.look("a cat", []) == []
    blind = Judge(SimpleNamespace(embedders={"image_embedder": colour_layout.create()}))
    assert blind.look("a cat", picture) == [Verdict(None, False)]


@pytest.mark.parametrize("make", [clip, siglip2])
def test_a_full_size_encoder_is_asked_for_the_whole_sentence(make, drawn, tmp_path):
    encoder = load("retrieval.embedders", "dual")(make(tmp_path / "model"), models=host(tmp_path))
    pictures = list(drawn.values())
    verdicts = Judge(SimpleNamespace(embedders={"image_embedder": encoder})).look("a cat on a wall", pictures)
    assert [v.chance for v in verdicts] == pytest.approx(shown_chances(encoder, "a cat on a wall", pictures).tolist(), abs=1e-3)
    assert [v.doubtful for v in verdicts] == [v.chance < 0.05 for v in verdicts]


@pytest.mark.parametrize(
    ("prompt", "things"),
    [
        ("a blue dog", (Wanted("dog", ("blue",)),)),
        ("蓝色的狗", (Wanted("dog", ("blue",)),)),
        ("please draw a cat and a red house", (Wanted("cat"), Wanted("house", ("red",)))),
        ("a cat behind a house", (Wanted("house"),)),
        ("a cat wearing a hat", (Wanted("cat"),)),
        ("a flibbertigibbet", (Wanted("a flibbertigibbet"),)),
        ("魑魅魍魉", ()),
    ],
)
def test_the_things_of_a_prompt_that_can_be_seen(prompt, things):
    assert wanted(prompt) == things


def test_the_least_likely_thing_counts():
    sure, unlikely = Clues(0.2), Clues(-0.4)
    assert chance([sure, unlikely]) == chance([unlikely]) < chance([sure])
    assert chance([]) is None
    assert chance([Clues(0.2, 0.9, 0.1)]) > chance([Clues(0.2, -0.9, -0.1)])


def test_a_broken_picture_is_refused(judge):
    with pytest.raises(OSError, match="cannot identify"):
        judge.look("a cat", [Content(modality="image", media_type="image/png", data=b"nothing")])
