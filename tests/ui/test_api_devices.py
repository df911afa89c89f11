"""The home over HTTP: devices, the book and its events, the page, and Home Assistant's conversation."""

import json
import threading
import time

import httpx
import pytest
from api_app import check_error, running
from device_servers import MqttDevices, broker, topics, write_home
from home_over_mqtt import COMMANDS, expected_messages
from page_in_browser import browser, needs_chromium

from ui.home import page


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with running(tmp_path_factory.mktemp("devices")) as client:
        yield client


def say(api, text, conversation=None, language=None, **headers):
    body = {"text": text, "conversation_id": conversation, "language": language}
    answer = api.post("/api/conversation/process", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def state(api, device):
    return api.get(f"/v1/devices/{device}").json()["state"]


def test_devices_are_listed_in_words_and_for_programs(api):
    found = api.get("/v1/devices", params={"language": "zh"}).json()
    assert found["backend"] == "simulated"
    lamp = next(d for d in found["data"] if d["id"] == "floor_lamp")
    assert (lamp["area"], lamp["label"], lamp["confirmed"]) == ("living_room", "客厅的落地灯", True)
    assert next(d for d in found["data"] if d["id"] == "front_door")["asks"] == ["lock", "unlock"]
    check_error(api.get("/v1/devices/teapot"), 404)


def test_a_command_in_home_assistants_shape(api):
    found = say(api, "Turn on the floor lamp", "shape", "en-GB")
    assert found["response"]["response_type"] == "action_done"
    assert found["response"]["speech"]["plain"]["speech"].startswith("The floor lamp (living room) is now on")
    assert found["response"]["data"]["success"] == [{"type": "entity", "id": "floor_lamp", "name": "floor lamp"}]
    assert (found["conversation_id"], found["continue_conversation"], found["response"]["language"]) == ("shape", False, "en")
    assert state(api, "floor_lamp")["power"] == "on"
    assert api.get("/v1/devices/log").json()["data"][0]["device"] == "floor_lamp"


def test_a_question_is_answered_and_does_nothing(api):
    before = api.get("/v1/devices").json()["data"]
    for text in ("Is the front door locked?", "大门锁了吗？", "why is the kitchen light on", "should I turn off the kitchen light?"):
        assert say(api, text)["response"]["response_type"] == "query_answer", text
    assert api.get("/v1/devices").json()["data"] == before


def test_a_risky_action_waits_for_the_next_turn_of_the_same_conversation(api):
    asked = say(api, "open the garage door", "mine")
    assert (asked["continue_conversation"], asked["response"]["data"]["success"]) == (True, [])
    say(api, "yes", "yours")
    assert state(api, "garage_door") == {"position": 0}, "a yes in another conversation agrees to nothing"
    say(api, "open the garage door", "mine")
    say(api, "is the tv on?", "mine")
    say(api, "yes", "mine")
    assert state(api, "garage_door") == {"position": 0}, "the person moved on"
    say(api, "open the garage door", "mine")
    assert say(api, "yes, please", "mine")["response"]["response_type"] == "action_done"
    assert state(api, "garage_door") == {"position": 100}


def test_several_commands_and_a_scene(api):
    found = say(api, "turn everything off except the hall and then open the blinds")
    assert state(api, "kitchen_light")["power"] == "off"
    assert found["response"]["response_type"] == "action_done"
    assert say(api, "电影模式")["response"]["speech"]["plain"]["speech"] == "祝你观影愉快。"
    assert state(api, "living_room_blinds") == {"position": 0}


def test_what_cannot_be_done_is_an_error_with_a_way_out(api):
    found = say(api, "set the thermostat to 99 degrees")["response"]
    assert (found["response_type"], found["data"]["code"]) == ("error", "failed_to_handle")
    assert "10 to 30" in found["speech"]["plain"]["speech"]


def test_what_is_no_command_goes_to_the_agent(api):
    found = say(api, "What does the warranty cover?")
    assert (found["answered_by"], found["response"]["response_type"]) == ("agent", "query_answer")
    assert found["response"]["speech"]["plain"]["speech"]


def test_an_order_in_other_words_is_understood_by_the_agent(api):
    say(api, "turn off the coffee machine")
    found = say(api, "I would love it if the coffee machine was switched on now, please turn the coffee machine on for us")
    assert found["answered_by"] == "agent"
    assert state(api, "coffee_machine")["power"] == "on"


def test_prohibitions_act_on_nothing(api):
    before = api.get("/v1/devices").json()["data"]
    say(api, "don't turn on the tv")
    say(api, "不要打开电视")
    assert api.get("/v1/devices").json()["data"] == before


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x" * 2000}, {"text": 3}])
def test_a_malformed_request_is_refused(api, body):
    check_error(api.post("/api/conversation/process", json=body), 400)


def test_the_page_holds_no_data_and_loads_nothing_from_elsewhere(api):
    for language, word in (("en", "Tell the home"), ("zh-CN,zh;q=0.9", "对家里说")):
        found = api.get("/devices", headers={"Accept-Language": language})
        assert word in found.text
        assert "floor_lamp" not in found.text
        assert found.headers["content-security-policy"] == page.POLICY
        assert "http://" not in found.text + page.read("home.js") + page.read("home.css")
    assert api.get("/devices/home.js").headers["content-type"].startswith("text/javascript")
    assert api.get("/devices/home.css").headers["content-type"].startswith("text/css")


def test_what_happens_is_told_as_it_happens(tmp_path, served):
    """A real server, because the events never end."""
    got, following = [], threading.Event()

    def follow():
        with httpx.stream("GET", f"{served}/v1/devices/events", timeout=30, trust_env=False) as answer:
            for line in answer.iter_lines():
                following.set()
                if line.startswith("data: "):
                    got.append(json.loads(line.removeprefix("data: ")))
                    return

    reader = threading.Thread(target=follow)
    reader.start()
    assert following.wait(30)
    httpx.post(f"{served}/api/conversation/process", json={"text": "turn on the fan"}, timeout=30, trust_env=False)
    reader.join(30)
    assert (got[0]["device"], got[0]["outcome"], got[0]["by"]) == ("bedroom_fan", "confirmed", "local")


@pytest.mark.browser
def test_the_page_shows_the_home_change(served):
    needs_chromium()
    with browser(served) as opened:
        tab = opened.page(path="/devices")
        tab.locator("#device-floor_lamp").wait_for()
        assert "off" in tab.locator("#device-floor_lamp").inner_text()
        tab.get_by_label("Tell the home").fill("turn on the floor lamp")
        tab.keyboard.press("Enter")
        tab.locator("#device-floor_lamp .sign.on").wait_for()
        tab.locator("#reply", has_text="is now on").wait_for()
        tab.locator("#log li", has_text="floor_lamp").first.wait_for()
        httpx.post(f"{served}/api/conversation/process", json={"text": "make the floor lamp blue"}, timeout=30, trust_env=False)
        tab.locator("#device-floor_lamp", has_text="blue").wait_for()
        tab.set_viewport_size({"width": 360, "height": 700})
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert opened.errors == []
        assert opened.foreign == []


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The address of a real server."""
    from assistant.settings import read
    from ui.api.server import bind

    folder = tmp_path_factory.mktemp("served")
    flags = {"data_dir": folder, "sample": False, "port": 0}
    bound = bind(read(flags, environ={"OFFLINE": "1"}, file=folder / "none.toml"), log_level="critical")
    thread = threading.Thread(target=bound.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"{bound.address}/readyz", trust_env=False).status_code == 200:
                break
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield bound.address
    bound.stop()
    thread.join(30)


def test_a_broker_receives_exactly_the_messages_of_a_hundred_commands(tmp_path):
    assert len(COMMANDS) == 100
    with broker(tmp_path) as port:
        devices = MqttDevices(port)
        write_home(tmp_path / "data", service={"mqtt": {"url": f"mqtt://127.0.0.1:{port}", "wait": 10}}, part=topics)
        try:
            with running(tmp_path / "data", devices="mqtt") as api:
                wrong = []
                for number, (text, expected) in enumerate(COMMANDS):
                    devices.received.clear()
                    found = say(api, text, f"turn {number}" if text not in ("yes", "yes please", "是的") else f"turn {number - 1}")
                    got = sorted((name, sorted(sent.items())) for name, sent in devices.received)
                    if got != expected_messages(expected):
                        wrong.append((text, got, found["response"]["speech"]["plain"]["speech"]))
                assert wrong == []
        finally:
            devices.close()
