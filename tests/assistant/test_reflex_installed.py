"""A person's own intents in a turn: they are taken before anything is guessed, and never with a picture at hand."""

import shutil
from pathlib import Path

import pytest

from assistant.reflex.installed import arguments, calls
from assistant.reflex.router import Router
from tools.devices.simulated import create
from tools.intents.understanding import Intents

EXAMPLE = Path(__file__).parents[2] / "examples" / "coffee-machine"


@pytest.fixture(scope="module")
def router(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kitchen")
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    home, own, found = create(folder), Intents(folder), Router(None)
    found.commands = lambda words: own.own(words, home)
    return found


def test_ones_own_sentence_goes_to_the_devices(router):
    said = "Can I get a large latte with oat milk?"
    route = router.route(said, [], [])
    assert route.plan == ("control_device",)
    assert route.candidates[0].score == 1
    ((tool, given),) = calls(router.commands(said))
    assert tool == "control_device"
    assert given == arguments(router.commands(said)[0])
    assert (given["action"], given["device"], given["value"]) == ("set", "coffee machine", "large latte oat milk")


def test_in_chinese_too(router):
    assert router.route("来一杯大杯拿铁", [], []).plan == ("control_device",)


def test_others_go_where_they_went(router):
    for words, media in (("How much is a large latte?", []), ("draw a latte", []), ("make me a latte", ["image"])):
        assert router.route(words, media, []) == Router(None).route(words, media, [])
