"""What is no order never moves a device, whatever the tool is called with: the last guard stands in the tool itself."""

import pytest
from no_order_samples import CHINESE, ENGLISH

from tools.base import ToolContext
from tools.control_device import ControlDeviceTool
from tools.device_questions import is_no_order
from tools.devices.simulated import create
from tools.intents.understanding import Intents

CALLS = [
    ("off", "kitchen light", ""), ("on", "floor lamp", ""), ("open", "garage door", ""), ("close", "blinds", ""), ("set", "thermostat", "25"),
    ("increase", "kitchen speaker", ""), ("toggle", "oven", ""), ("unlock", "front door", ""),
]  # fmt: skip
ORDERS = [
    "turn off the kitchen light", "could you please turn it off", "may I ask you to dim the lights", "do you think you could open the blinds?",
    "would it be possible to turn on the fan?", "I'd appreciate it if you could lower the music", "if you don't mind, lock the front door",
    "it's too dark in here, turn on the light", "the light is too bright", "is it cold? turn on the heating", "don't turn off the tv, turn off the fan",
    "good night, lights off", "make sure the door is locked", "the lights should be off", "not the tv, turn off the fan", "can we please close the blinds?",
    "turn on everything except the oven", "I want the lights turned off", "can you turn on the fan when you get a chance",
    "关灯", "能不能帮我把灯关了？", "请把窗帘拉上好吗", "可以帮我把空调关了吗", "麻烦你打开风扇，谢谢", "太黑了，开灯", "不要开电视，把音乐打开", "把除了厨房以外的灯都关掉",
    "拜托把电视关小声一点", "晚安，关灯",
]  # fmt: skip


class Home:
    """The part of a kit that the tool uses."""

    def __init__(self, path):
        self.devices = create(path)


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    return Home(tmp_path_factory.mktemp("home"))


def moved(kit, said, language):
    """The calls that moved something, or asked whether they may."""
    tool, found = ControlDeviceTool(kit), []
    before = kit.devices.devices()
    for action, device, value in CALLS:
        context = ToolContext(owner="o", collections=(), language=language, open=lambda file_id: None, words=said)
        result = tool.run(tool.arguments(action=action, device=device, value=value, command=f"{action} {device}"), context)
        if result.data.get("action") != "status" or result.data.get("confirm"):
            found.append((said, action, device))
    assert found or kit.devices.devices() == before
    return found


@pytest.mark.parametrize(("language", "sayings"), [("en", ENGLISH), ("zh", CHINESE)])
def test_no_call_of_the_tool_acts_on_what_is_no_order(kit, language, sayings):
    assert [call for said in sayings for call in moved(kit, said, language)] == []


@pytest.mark.parametrize(("language", "sayings"), [("en", ENGLISH), ("zh", CHINESE)])
def test_no_installed_sentence_acts_on_it(kit, language, sayings):
    intents, devices = Intents(), kit.devices.devices()
    assert [said for said in sayings if any(c.action != "status" for c in intents.understand(said, devices, language))] == []


@pytest.mark.parametrize("said", ORDERS)
def test_an_order_passes(said):
    assert not is_no_order(said)


def test_an_order_in_the_same_home_acts(kit):
    assert len(moved(kit, "please move it now", "en")) == len(CALLS)
