"""control_device: says what the home confirms, reads without acting, and never moves a lock without a yes of a later turn."""

import json
import threading

import pytest
from tool_samples import OWNER

from retrieval.faults import InvalidInput
from tools.base import ToolContext
from tools.control_device import create
from tools.devices.simulated import create as create_home


class Home:
    """The part of a kit that this tool uses."""

    def __init__(self, path):
        self.devices = create_home(path)


@pytest.fixture
def kit(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def tool(kit):
    return create(kit)


def turn(language="en", owner=OWNER, words="", before=None, sure=1.0):
    return ToolContext(owner=owner, collections=(), language=language, open=lambda file_id: None, words=words, before=before, sure=sure)


def call(tool, context=None, language="en", **arguments):
    return tool.run(tool.arguments(**arguments), context or turn(language))


def state(kit, device):
    return next(d for d in kit.devices.devices() if d.id == device).state


def test_a_command_is_done_and_confirmed(kit, tool):
    result = call(tool, action="on", device="light", area="living room", command="turn on the living room light")
    assert state(kit, "living_room_light")["power"] == "on"
    assert "living room light is now on" in result.answer
    assert result.data["done"] is True


def test_chinese_does_the_same(kit, tool):
    result = call(tool, language="zh", action="set", device="灯", area="卧室", value="30", command="把卧室的灯调到30%")
    assert state(kit, "bedroom_light") == {"power": "on", "brightness": 30, "colour": "white"}
    assert "30%" in result.answer


def test_all_but_one_room(kit, tool):
    call(tool, action="on", device="all lights")
    call(tool, action="off", device="all lights", command="turn off all lights except the hall")
    assert state(kit, "hall_light")["power"] == "on"
    assert state(kit, "kitchen_light")["power"] == "off"


def test_everything_off_leaves_the_lock_alone(kit, tool):
    result = call(tool, action="off", device="all devices", command="turn everything off")
    assert state(kit, "front_door") == {"locked": True}
    assert "front_door" not in [d["id"] for d in result.data["devices"]]


def test_a_question_never_acts(kit, tool):
    before = [d.state for d in kit.devices.devices()]
    result = call(tool, action="status", device="front door", command="is the front door locked?")
    assert "locked" in result.answer
    assert [d.state for d in kit.devices.devices()] == before


def test_a_lock_needs_a_yes_of_a_later_turn(kit, tool):
    asked = turn()
    first = call(tool, asked, action="unlock", device="front door", command="unlock the front door")
    assert first.data["confirm"]
    assert state(kit, "front_door")["locked"] is True
    with pytest.raises(InvalidInput):  # the model's own yes inside the same turn does not count
        call(tool, asked, action="unlock", device="front door", command=f"confirm {first.data['confirm']}")
    second = call(tool, action="unlock", device="front door", command="yes")
    assert state(kit, "front_door")["locked"] is False
    assert "unlocked" in second.answer


def test_a_token_confirms_once(kit, tool):
    token = call(tool, action="unlock", device="front door").data["confirm"]
    call(tool, action="unlock", device="front door", command=f"confirm {token}")
    with pytest.raises(InvalidInput) as caught:
        call(tool, action="unlock", device="front door", command=f"confirm {token}")
    assert caught.value.code == "not_confirmed"


def test_a_yes_without_a_question_asks_again(kit, tool):
    result = call(tool, action="unlock", device="front door", command="yes")
    assert result.data["confirm"]
    assert state(kit, "front_door")["locked"] is True


def test_another_command_drops_the_question(kit, tool):
    call(tool, action="unlock", device="front door")
    call(tool, action="on", device="fan", command="turn on the fan")
    again = call(tool, action="unlock", device="front door", command="yes")
    assert again.data["confirm"]
    assert state(kit, "front_door")["locked"] is True


def test_the_yes_of_somebody_else_does_not_count(kit, tool):
    call(tool, action="unlock", device="front door")
    call(tool, turn(owner="other"), action="unlock", device="front door", command="yes")
    assert state(kit, "front_door")["locked"] is True


@pytest.mark.parametrize("command", ["ok turn on the light in the kitchen", "yes but what is the temperature", "好的，打开厨房的灯"])
def test_a_yes_before_another_command_agrees_to_nothing(kit, tool, command):
    call(tool, action="unlock", device="front door")
    call(tool, action="on", device="light", area="kitchen", command=command)
    assert state(kit, "front_door")["locked"] is True


@pytest.mark.parametrize(
    "command", ["yes", "Yes please!", "ok, do it", "yes front door hall", "yes, unlock the front door", "是的", "好的，打开大门吧", "确认"]
)
def test_a_yes_may_name_what_was_asked(kit, tool, command):
    call(tool, action="unlock", device="front door")
    call(tool, action="unlock", device="front door", command=command)
    assert state(kit, "front_door")["locked"] is False


def test_no_is_not_yes(kit, tool):
    call(tool, action="unlock", device="front door")
    result = call(tool, action="unlock", device="front door", command="ok no, don't")
    assert state(kit, "front_door")["locked"] is True
    assert result.data["done"] is False


def test_which_one_is_asked_when_several_rooms_have_it(kit, tool):
    result = call(tool, action="on", device="light", command="turn on the light")
    assert result.data["done"] is False
    assert "bedroom" in result.answer


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"action": "on", "device": "fountain"}, "unknown_device"),
        ({"action": "open", "device": "thermostat"}, "unsupported_action"),
        ({"action": "set", "device": "thermostat", "value": "90"}, "invalid_request"),
        ({"action": "set", "device": "thermostat", "value": "warm"}, "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(tool, arguments, code):
    with pytest.raises(InvalidInput) as caught:
        call(tool, **arguments)
    assert caught.value.code == code
    assert caught.value.hint


def test_success_is_never_claimed_for_a_failure(kit, tool, monkeypatch):
    real = kit.devices.execute

    def broken(device_id, action, value=""):
        if device_id == "kitchen_light":
            raise InvalidInput("It does not answer.", hint="Check its power.")
        return real(device_id, action, value)

    monkeypatch.setattr(kit.devices, "execute", broken)
    result = call(tool, action="on", device="all lights")
    assert "did not do it" in result.answer
    assert "kitchen_light" not in json.dumps(result.data["devices"])


def test_everything_off_except_one_room(kit, tool):
    """As the router fills it: the room of the exception stands as the area."""
    for area in ("hall", ""):
        call(tool, action="on", device="all lights")
        call(tool, action="off", device="all devices", area=area, command="turn everything off except the hall")
        assert state(kit, "hall_light")["power"] == "on"
        assert state(kit, "kitchen_light")["power"] == "off"
        assert state(kit, "thermostat")["power"] == "off"


def test_a_list_means_each_of_it(kit, tool):
    call(tool, action="on", device="floor lamp and the hall light", command="turn on the floor lamp and the hall light")
    assert [state(kit, d)["power"] for d in ("floor_lamp", "hall_light", "bedroom_light")] == ["on", "on", "off"]


@pytest.mark.parametrize(
    "words",
    [
        "is the kitchen light off?",
        "Why is the kitchen light off",
        "厨房的灯关了吗",
        "should I turn off the kitchen light?",
        "don't turn off the kitchen light",
    ],
)
def test_a_question_never_acts_whatever_a_model_calls(kit, tool, words):
    result = call(tool, turn(words=words), action="off", device="kitchen light", command="turn off the kitchen light")
    assert state(kit, "kitchen_light")["power"] == "on"
    assert result.data["action"] == "status"


def ask(tool, **words):
    return call(tool, action="unlock", device="front door", command="unlock the front door", **words).data["confirm"]


@pytest.mark.parametrize(
    ("words", "opens"),
    [("yes", True), ("是的", True), ("what is the weather", False), ("", True), ("yes?", False), ("wait", False), ("no", False)],
)
def test_the_yes_is_the_persons_not_the_models(kit, tool, words, opens):
    token = ask(tool)
    later = turn(words=words, before=f"Shall I? (confirm {token})")
    if opens:
        call(tool, later, action="unlock", device="front door", command=f"confirm {token}")
    else:
        with pytest.raises(InvalidInput):
            call(tool, later, action="unlock", device="front door", command=f"confirm {token}")
    assert state(kit, "front_door")["locked"] is not opens


def test_the_yes_counts_in_the_next_turn_of_that_conversation_only(kit, tool):
    token = ask(tool)
    with pytest.raises(InvalidInput):
        call(tool, turn(words="yes", before="Nice weather today."), action="unlock", device="front door", command=f"confirm {token}")
    assert state(kit, "front_door")["locked"] is True


@pytest.mark.parametrize(
    ("action", "device", "key"), [("on", "oven", "power"), ("open", "garage door", "position"), ("set", "oven", "power")]
)
def test_ovens_and_garage_doors_ask_first(kit, tool, action, device, key):
    identity = device.replace(" ", "_")
    before = state(kit, identity)
    asked = call(tool, action=action, device=device, value="200" if action == "set" else "", command=f"{action} the {device}")
    assert asked.data["confirm"]
    assert state(kit, identity) == before
    assert tool.agree("yes please", turn()).data["done"]
    assert state(kit, identity)[key] != before[key]


def test_an_oven_goes_off_at_once(kit, tool):
    kit.devices.execute("oven", "on")
    assert call(tool, action="off", device="oven", command="turn off the oven").data["done"]


def test_agreeing_to_nothing_is_nothing(tool):
    assert tool.agree("yes", turn()) is None
    ask(tool)
    assert tool.agree("turn on the light", turn()) is None


def test_success_is_said_only_when_the_device_confirmed(kit, tool, monkeypatch):
    real = kit.devices.execute
    told = lambda *args: real(*args).model_copy(update={"confirmed": False})  # noqa: E731
    monkeypatch.setattr(kit.devices, "execute", told)
    one = call(tool, action="on", device="fan", command="turn on the fan")
    assert one.answer == "I told the fan (bedroom), but it has not confirmed."
    assert (one.data["done"], one.data["devices"]) == (False, [])
    assert "还没有确认" in call(tool, language="zh", action="on", device="所有的灯", command="打开所有的灯").answer


def test_several_devices_are_told_at_the_same_time(kit, tool, monkeypatch):
    real, together = kit.devices.execute, threading.Barrier(5, timeout=20)

    def waits(*args):
        together.wait()
        return real(*args)

    monkeypatch.setattr(kit.devices, "execute", waits)
    assert len(call(tool, action="on", device="all lights", command="turn on all lights").data["devices"]) == 5


def test_what_is_done_is_written_down(kit, tool):
    call(tool, action="on", device="fan", command="turn on the fan")
    call(tool, action="status", device="fan")
    (entry,) = tool._home.book()
    assert (entry.by, entry.device, entry.action, entry.outcome, entry.state["power"]) == (OWNER, "bedroom_fan", "on", "confirmed", "on")


@pytest.mark.parametrize(
    ("action", "device", "command", "asked"),
    [
        ("on", "窗帘", "打开窗帘", ""),
        ("on", "车库门", "打开车库门", "open"),
        ("on", "大门", "打开大门", "unlock"),
        ("open", "front door", "open the front door", "unlock"),
    ],
)
def test_one_word_for_switching_on_and_opening(tool, action, device, command, asked):
    assert call(tool, action=action, device=device, command=command).data["action"] == (asked or "open")


def test_words_that_were_heard_badly_are_asked_about_first(kit, tool):
    said = "turn on the floor lamp"
    first = call(tool, turn(words=said, sure=0.3), action="on", device="floor lamp", command=said)
    assert first.answer == "Did you mean: turn on the floor lamp?"
    assert not first.data["done"]
    assert state(kit, "floor_lamp")["power"] == "off"
    agreed = tool.agree("yes", turn(words="yes", before=first.text))
    assert agreed is not None
    assert agreed.data["done"]
