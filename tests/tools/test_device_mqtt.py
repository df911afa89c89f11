"""Devices behind a real broker: what is sent, what counts as an answer, and what is said when none comes."""

import time

import pytest
from device_servers import MqttDevices, broker, free_port, topics, write_home

from retrieval.faults import InvalidInput, NotFound, Unavailable
from tools.devices._home_file import Topics
from tools.devices._topics import done, messages, same, values
from tools.devices.mqtt import create


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with broker(tmp_path_factory.mktemp("broker")) as port:
        yield port


@pytest.fixture
def devices(port):
    made = MqttDevices(port)
    yield made
    made.close()


def opened(request, folder, address, part=topics, wait=0.3):
    write_home(folder, service={"mqtt": {"url": address, "wait": wait}}, part=part)
    home = create(folder)
    request.addfinalizer(home.close)
    return home


@pytest.fixture
def home(request, tmp_path, port, devices):
    return opened(request, tmp_path, f"mqtt://127.0.0.1:{port}")


def test_exactly_what_is_wanted_is_sent(home, devices):
    home.execute("bedroom_light", "set", "35")
    home.execute("front_door", "unlock")
    assert devices.received == [("bedroom_light", {"power": "on", "brightness": 35}), ("front_door", {"locked": False})]


def test_a_device_that_says_nothing_has_not_confirmed(home, devices):
    before = next(d for d in home.devices() if d.id == "kitchen_light").state
    devices.silent.add("kitchen_light")
    told = home.execute("kitchen_light", "off")
    assert not told.confirmed
    assert told.state == before, "what it said last, not what it was told"


def test_a_change_by_hand_is_seen(home, devices):
    home.devices()
    devices.states["kitchen_light"]["power"] = "off"
    devices.say("kitchen_light")
    deadline = time.monotonic() + 5
    while next(d for d in home.devices() if d.id == "kitchen_light").state["power"] != "off":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_ack_confirms_and_a_refusal_is_told(request, tmp_path, port, devices):
    home = opened(
        request, tmp_path, f"mqtt://127.0.0.1:{port}", wait=5,
        part=lambda e: {"mqtt": {"command": f"ack/{e.id}/set", "ack": f"ack/{e.id}/done"}},
    )  # fmt: skip
    answers = {"kitchen_light": "ok", "hall_light": '{"ok": false, "error": "bulb broken"}'}
    devices._client.on_message = lambda client, _, m: client.publish(m.topic.replace("/set", "/done"), answers[m.topic.split("/")[1]], 1)
    devices._listening.clear()
    devices._client.subscribe("ack/+/set", 1)
    assert devices._listening.wait(5)
    on = home.execute("kitchen_light", "on")
    assert (on.confirmed, on.state) == (True, {"power": "on"})
    with pytest.raises(Unavailable, match="bulb broken"):
        home.execute("hall_light", "on")


def test_a_retained_message_confirms_nothing(request, tmp_path, port, devices):
    devices.silent.add("hall_light")
    devices.states["hall_light"]["power"] = "on"
    devices.say("hall_light")
    home = opened(request, tmp_path, f"mqtt://127.0.0.1:{port}")
    assert not home.execute("hall_light", "on").confirmed


def test_without_a_broker_states_are_unknown_and_commands_fail(request, tmp_path):
    home = opened(request, tmp_path, f"mqtt://127.0.0.1:{free_port()}")
    assert {str(d.state) for d in home.devices()} == {"{}"}
    with pytest.raises(Unavailable) as caught:
        home.execute("kitchen_light", "on")
    assert caught.value.code == "broker_unreachable"


def test_a_step_from_an_unknown_state_is_refused(request, tmp_path, port):
    home = opened(request, tmp_path, f"mqtt://127.0.0.1:{port}", part=lambda e: {"mqtt": {"command": f"nowhere/{e.id}"}})
    with pytest.raises(InvalidInput) as caught:
        home.execute("kitchen_light", "increase")
    assert caught.value.code == "state_unknown"


def test_a_home_of_ones_own_is_needed(tmp_path):
    with pytest.raises(NotFound) as caught:
        create(tmp_path)
    assert "assistant devices init" in caught.value.hint


def test_offline_allows_this_machine_only(tmp_path):
    write_home(tmp_path, service={"mqtt": {"url": "mqtt://192.0.2.1"}}, part=topics)
    with pytest.raises(Unavailable):
        create(tmp_path, offline=True)
    write_home(tmp_path, service={"mqtt": {"url": "http://127.0.0.1"}}, part=topics)
    with pytest.raises(InvalidInput):
        create(tmp_path)


ZIGBEE = Topics(
    command="zigbee2mqtt/lamp/set", state="zigbee2mqtt/lamp", keys={"power": "state"}, values={"power": {"on": "ON", "off": "OFF"}},
    scale={"brightness": 254},
)  # fmt: skip
TASMOTA = Topics(
    command={"power": "cmnd/plug/POWER", "target": "cmnd/plug/TARGET"}, state={"power": "stat/plug/POWER"},
    values={"power": {"on": "ON", "off": "OFF"}},
)  # fmt: skip
LOCK = Topics(command="lock/set", state={"locked": "lock/state"}, values={"locked": {"true": "LOCKED", "false": "UNLOCKED"}})


def test_the_words_of_others_can_be_used():
    assert messages(ZIGBEE, {"power": "on", "brightness": 50}) == [("zigbee2mqtt/lamp/set", '{"state":"ON","brightness":127}')]
    assert values(ZIGBEE, "zigbee2mqtt/lamp", b'{"state": "ON", "brightness": 128, "linkquality": 90}') == {"power": "on", "brightness": 50}
    assert messages(TASMOTA, {"power": "off", "target": 21.5}) == [("cmnd/plug/POWER", "OFF"), ("cmnd/plug/TARGET", "21.5")]
    assert values(TASMOTA, "stat/plug/POWER", b"ON") == {"power": "on"}
    assert messages(LOCK, {"locked": True}) == [("lock/set", '{"locked":"LOCKED"}')]
    assert values(LOCK, "lock/state", b"UNLOCKED") == {"locked": False}


@pytest.mark.parametrize("payload", [b"", b"{", b"[1]", b"\xff\xfe", b'{"state": {"deep": 1}, "brightness": "much"}'])
def test_what_cannot_be_read_says_nothing(payload):
    assert values(ZIGBEE, "zigbee2mqtt/lamp", payload) == {}


def test_scaled_levels_may_be_one_off():
    assert same(ZIGBEE, {"brightness": 50}, {"brightness": 51})
    assert not same(ZIGBEE, {"brightness": 50}, {"brightness": 53})
    assert not same(TASMOTA, {"target": 21.5}, {"target": 22.5})
    assert not same(ZIGBEE, {"power": "on"}, {})


def test_what_an_ack_says():
    assert [done(p) for p in (b"", b"OK", b"done", b'{"ok": true}', b"1")] == [""] * 5
    assert done(b"jammed") == "jammed"
    assert done(b'{"ok": false, "error": "jammed"}') == "jammed"
