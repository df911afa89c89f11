"""Every device back-end: names in both languages, actions that are confirmed and kept, refusals that change nothing."""

import threading

import pytest
from device_servers import TOKEN, FakeHomeAssistant, Hooks, MqttDevices, broker, entity, http_server, topics, write_home

from retrieval.backends import load, names
from retrieval.faults import Fault, InvalidInput, NotFound


@pytest.fixture(scope="module")
def mqtt_port(tmp_path_factory):
    with broker(tmp_path_factory.mktemp("broker")) as port:
        yield port


@pytest.fixture
def served(request, tmp_path):
    """Starts what the back-end talks to and writes the home's file."""

    def mqtt():
        port = request.getfixturevalue("mqtt_port")
        devices = MqttDevices(port)
        request.addfinalizer(devices.close)
        write_home(tmp_path, service={"mqtt": {"url": f"mqtt://127.0.0.1:{port}"}}, part=topics, hide=("tv",))

    def http(replies, write):
        server = http_server(replies)
        write(server.__enter__())
        request.addfinalizer(lambda: server.__exit__(None, None, None))

    def webhook():
        hooks = Hooks()
        http(hooks, lambda address: write_home(tmp_path, part=hooks.part(address), hide=("tv",)))

    def home_assistant():
        (tmp_path / "token").write_text(TOKEN, "utf-8")

        def write(address):
            service = {"home_assistant": {"url": address, "secret_file": "token"}}
            write_home(tmp_path, service=service, part=lambda entry: {"entity": entity(entry)}, hide=("tv",))

        http(FakeHomeAssistant(), write)

    def simulated():
        write_home(tmp_path, hide=("tv",))

    return {"mqtt": mqtt, "webhook": webhook, "home_assistant": home_assistant, "simulated": simulated}


@pytest.fixture(params=names("tools.devices"))
def make(request, tmp_path, served):
    served[request.param]()

    def made():
        home = load("tools.devices", request.param)(tmp_path)
        request.addfinalizer(getattr(home, "close", lambda: None))
        return home

    return made


def of_kind(home, kind):
    return next(d for d in home.devices() if d.kind == kind)


def test_devices_have_names_rooms_and_actions(make):
    devices = make().devices()
    assert len(devices) == 13
    assert len({d.area for d in devices}) == 5
    assert len({d.id for d in devices}) == len(devices)
    for device in devices:
        assert device.names["en"]
        assert device.names["zh"]
        assert device.area_names["zh"]
        assert "status" in device.actions
        assert device.state


def test_what_is_not_exposed_does_not_exist(make):
    home = make()
    assert "tv" not in {d.id for d in home.devices()}
    with pytest.raises(NotFound):
        home.execute("tv", "on")


def test_an_action_is_confirmed_and_survives_a_restart(make):
    light = of_kind(make(), "light")
    changed = make().execute(light.id, "set", "35")
    assert changed.confirmed
    assert (changed.state["power"], changed.state["brightness"]) == ("on", 35)
    assert of_kind(make(), "light").state == changed.state


@pytest.mark.parametrize(
    ("kind", "action", "value", "expected"),
    [
        ("cover", "set", "40", {"position": 40}),
        ("garage", "open", "", {"position": 100}),
        ("lock", "unlock", "", {"locked": False}),
        ("thermostat", "set", "22.5", {"target": 22.5}),
        ("oven", "set", "200", {"power": "on", "target": 200}),
        ("fan", "set", "60", {"power": "on", "speed": 60}),
        ("speaker", "set", "15", {"power": "on", "volume": 15}),
        ("switch", "on", "", {"power": "on"}),
        ("light", "set", "蓝色", {"power": "on", "colour": "blue"}),
    ],
)
def test_every_kind_does_as_it_is_told(make, kind, action, value, expected):
    home = make()
    done = home.execute(of_kind(home, kind).id, action, value)
    assert done.confirmed
    assert expected.items() <= done.state.items()


def test_status_changes_nothing(make):
    home = make()
    before = home.devices()
    for device in before:
        assert home.execute(device.id, "status") == device
    assert home.devices() == before


def test_toggling_twice_is_nothing(make):
    home = make()
    fan = of_kind(home, "fan")
    home.execute(fan.id, "toggle")
    assert home.execute(fan.id, "toggle").state == fan.state


def test_levels_stay_in_range(make):
    home = make()
    speaker = of_kind(home, "speaker")
    for _ in range(12):
        state = home.execute(speaker.id, "increase").state
    assert state["volume"] == 100
    for _ in range(12):
        state = home.execute(speaker.id, "decrease").state
    assert state["volume"] == 0


def test_what_is_risky_is_marked(make):
    asks = {d.kind: d.asks for d in make().devices()}
    assert {kind for kind, actions in asks.items() if actions} == {"lock", "garage", "oven"}
    assert "off" not in asks["oven"], "switching an oven off must not wait"


@pytest.mark.parametrize(("action", "value"), [("open", ""), ("set", "1000"), ("set", "bright"), ("set", "")])
def test_what_it_cannot_do_changes_nothing(make, action, value):
    home = make()
    light = of_kind(home, "light")
    with pytest.raises(InvalidInput) as caught:
        home.execute(light.id, action, value)
    assert caught.value.hint
    assert of_kind(home, "light") == light


def test_an_unknown_device_is_not_found(make):
    with pytest.raises(NotFound):
        make().execute("teapot", "on")


def test_threads_do_not_lose_each_others_changes(make):
    home = make()
    ids = [d.id for d in home.devices() if "on" in d.actions]
    faults = []

    def switch(device_id):
        try:
            for action in ("on", "off", "on"):
                home.execute(device_id, action)
        except Fault as fault:
            faults.append(fault)

    threads = [threading.Thread(target=switch, args=(device_id,)) for device_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert all(d.state["power"] == "on" for d in home.devices() if d.id in ids)
