"""Device words: states and names as people say them."""

import pytest

from tools.device_words import device_name, done_words, state_words
from tools.devices.simulated import create


@pytest.fixture
def home(tmp_path):
    return create(tmp_path)


def test_states_are_words(home):
    assert state_words(home.execute("front_door", "unlock"), "en") == "unlocked"
    assert state_words(home.execute("living_room_blinds", "set", "40"), "zh") == "打开40%"
    assert state_words(home.execute("bedroom_light", "set", "blue"), "en") == "on, brightness 50 %, blue"
    assert "turquoise" in state_words(home.execute("bedroom_light", "set", "turquoise"), "zh"), "an unnamed colour stays as it is"


def test_a_name_holds_its_room_once(home):
    names = {d.id: device_name(d, "en") for d in home.devices()}
    assert names["kitchen_light"] == "kitchen light"
    assert names["tv"] == "tv (living room)"


def test_plurals_and_several(home):
    assert "are now open" in done_words([home.execute("living_room_blinds", "open")], "en")
    two = [home.execute("hall_light", "off"), home.execute("kitchen_light", "off")]
    assert done_words(two, "en") == "Now off: hall light, kitchen light."
