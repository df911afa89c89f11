"""Feeling: with consent the manner of an answer follows what was read; a language model is told how, `reflex` by name; nobody is told unasked."""

import pytest
from awkward_server import AwkwardServer, Reply

from assistant.build import build
from assistant.events import Felt, Finished, TextDelta, ToolStarted
from assistant.feeling import manner_of
from assistant.reflex.manner import mannered, opens, plainer
from assistant.reflex.unasked import asked, question_in
from assistant.settings import read
from assistant.turns import Turn
from retrieval.content import Content
from tools.emotion_fusion import Fused

SAD = "I am so sad, my jacket is torn. What does the warranty cover?"
HANDBOOK = """# Jacket handbook

## Warranty
The warranty covers zips and seams for two years from the day of purchase. Batteries are excluded from the warranty.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("feeling")


async def turns(settings, *asked_for):
    """The events of each turn of a fresh assistant over one document."""
    made = build(read(settings | {"sample": False}))
    await made.start()
    try:
        if not made.library.files("local"):
            file = made.library.add_file(made.admit(HANDBOOK.encode(), "handbook.md"), "local")
            made.library.ingest(file.id, made.resolve((), "local")[0], "local")
        return [
            [e async for e in made.run(Turn(contents=(Content.from_text(words),), consent=consent))] for words, consent in asked_for
        ], made.audit.entries()
    finally:
        await made.close()


def said(events):
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1].text


async def test_the_manner_follows_with_consent_and_only_then(folder):
    (with_it, without, neutral), entries = await turns(
        {"data_dir": folder / "reflex"}, (SAD, True), (SAD, None), ("What does the warranty cover?", True)
    )
    assert said(with_it).startswith("I am here to help")
    assert any(isinstance(event, Felt) for event in with_it)
    assert said(without) == said(with_it).removeprefix("I am here to help, one thing at a time. ")
    assert not any(isinstance(event, Felt) for event in without)
    assert said(neutral).startswith("“The warranty")
    assert [entry.why for entry in entries] == ["tone", "tone"]
    assert "sad" not in said(with_it)  # nobody is told what they feel


async def test_a_language_model_is_told_how_and_nothing_of_it_stays(folder):
    def brain(body):
        return Reply(words=("Here ", "you ", "are."))

    with AwkwardServer(brain) as server:
        settings = {"data_dir": folder / "model", "models.chat_model": f"openai_http:{server.address}#small", "fast_path": False}
        events, _ = await turns(settings, (SAD, True), (SAD, None))
        system = ["\n".join(str(m["content"]) for m in body["messages"] if m["role"] == "system") for body in server.seen]
    assert "gentle and unhurried" in system[0]
    assert "Never say, guess or ask what the person feels" in system[0]
    assert "gentle" not in system[1]
    assert all("Here you are." in said(of) for of in events)


async def test_a_crisis_is_answered_before_any_model_is_asked(folder):
    with AwkwardServer() as server:
        settings = {"data_dir": folder / "crisis", "models.chat_model": f"openai_http:{server.address}#small"}
        (events,), entries = await turns(settings, ("I want to kill myself", True))
        assert server.seen == []
    assert "112" in said(events)
    assert not any(isinstance(event, (Felt, ToolStarted)) for event in events)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == said(events)
    assert entries == []  # it reads no emotion


@pytest.mark.parametrize(
    ("label", "share", "uncertainty", "manner"),
    [("sadness", 0.9, 0.2, "gentle"), ("anger", 0.7, 0.5, "steady"), ("joy", 0.8, 0.3, "warm"), ("surprise", 0.9, 0.1, ""),
     ("sadness", 0.9, 0.9, ""), ("fear", 0.3, 0.5, "")],
)  # fmt: skip
def test_what_is_not_clear_changes_nothing(label, share, uncertainty, manner):
    assert manner_of(Fused(label, {label: share}, uncertainty, {"text": 1.0}, 0.0)) == manner


def test_a_quiet_answer_is_short_plain_and_keeps_its_quotations():
    text = "Covers zips [1]. Covers seams! [1]. Lasts two years [2]. Ask the shop [3]."
    assert plainer(text) == "Covers zips [1]. Covers seams! [1]."
    assert plainer("Great! Done!!") == "Great. Done."
    assert plainer("好！完成！") == "好。完成。"
    assert mannered("Fine.", "steady", "zh", opened=True) == "我们来把这件事解决。Fine."
    assert mannered("Fine!", "", "en", opened=True) == "Fine!"
    assert opens("gentle", ["search"], refused=True)
    assert not opens("warm", ["search"], refused=True)
    assert not opens("gentle", [], refused=False)
    assert not opens("gentle", ["control_device"], refused=False)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("I am so angry, my kettle is broken", False), ("this is so frustrating!! how do I descale the kettle", False), ("我好生气，水壶坏了", False),
     ("How do I sound?", True), ("Is he angry?", True), ("what vibe does this give off: thanks", True), ("她听起来生气吗", True)],
)  # fmt: skip
def test_speaking_of_a_feeling_asks_for_no_reading(words, wanted):
    assert asked(words) is wanted


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("I am so sad. How do I descale the kettle?", "How do I descale the kettle?"),
        ("我好难过。保修期包括什么？", "保修期包括什么？"),
        ("I am so sad.", "I am so sad."),
        ("It is a great day for the warranty. Is it?", "It is a great day for the warranty. Is it?"),
        ("What does the warranty cover?", "What does the warranty cover?"),
    ],
)
def test_what_only_tells_a_feeling_does_not_lead_the_search_astray(words, left):
    assert question_in(words) == left
