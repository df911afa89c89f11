"""Commands typed into the chat: the sentences that ship are read before anything is guessed, and only where the router does not forbid it."""

from __future__ import annotations

import pytest
from reflex_samples import cache, minilm
from test_reflex_conversation import Chat

from assistant.chat_models.reflex import create
from assistant.reflex.installed import believed, likely
from tools.devices.simulated import create as simulated
from tools.intents.understanding import Intents


@pytest.fixture(scope="module")
def chat(tmp_path_factory):
    home, intents = simulated(tmp_path_factory.mktemp("home")), Intents()
    made = Chat()
    made.model = create("", embedder=minilm(), cache_dir=cache(), timeout=30)
    made.model.router.sentences = lambda words: intents.understand(words, home.devices())
    return made


@pytest.mark.parametrize(
    ("said", "action", "device"),
    [
        ("be quiet", "off", "music"), ("turn the sound up a bit", "increase", "music"), ("I'd like an espresso", "on", "coffee"),
        ("stop playing", "off", "music"), ("关掉音乐", "off", "音乐"), ("安静", "off", "音乐"), ("来一杯拿铁", "on", "咖啡"),
        ("make sure the kitchen light is off", "off", "kitchen light"),
    ],
)  # fmt: skip
def test_a_sentence_that_ships_is_a_command(chat, said, action, device):
    chat.messages.clear()
    chat.say(said)
    assert [(name, call["action"], call["device"]) for name, call in chat.calls] == [("control_device", action, device)]


def test_each_device_of_a_sentence_is_a_call(chat):
    chat.messages.clear()
    chat.say("turn off the floor lamp and close the blinds")
    assert [(call["action"], call["device"]) for _, call in chat.calls] == [("off", "the floor lamp"), ("close", "the blinds")]


@pytest.mark.parametrize(
    "said", ["What is music?", "Which song is about being quiet?", "What does the warranty of the coffee machine cover?"]
)
def test_what_asks_for_something_else_moves_nothing(chat, said):
    chat.messages.clear()
    chat.say(said)
    assert [call for name, call in chat.calls if name == "control_device" and call["action"] != "status"] == []


def test_the_router_forbids_what_it_reads_as_something_else_for_sure(chat):
    router, intents = chat.model.router, chat.model.router.sentences
    drawing = router.route("draw a quiet lake in the mountains", [], [])
    assert drawing.plan == ("generate_image",)
    assert not likely(drawing, 0.75)
    asked = router.route("What is music?", [], [])
    assert not believed(intents("what is music"), asked)
