"""Homes to test against: a real MQTT broker with devices that listen and answer, and HTTP servers that answer like a device behind a
webhook and like Home Assistant's REST API. All of them hold the devices of the home that ships."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from in_a_thread import answering

from tools.devices._home_file import shipped

TOKEN = "long-lived"
SCALE = {"brightness": 255, "volume": 1, "speed": 100}
DOMAINS = {"light": "light", "switch": "switch", "speaker": "media_player", "fan": "fan", "thermostat": "climate", "oven": "climate",
           "cover": "cover", "garage": "cover", "lock": "lock"}  # fmt: skip


def beginning():
    """Id -> state of every device as the home that ships begins."""
    return {entry.id: dict(entry.state) for entry in shipped().devices}


def entity(entry):
    return f"{DOMAINS[entry.kind]}.{entry.id}"


def write_home(folder, *, service=None, part=lambda entry: {}, hide=()):
    """A home.yaml with the devices that ship, each with what `part` adds."""
    home = shipped().model_dump(mode="json", exclude_defaults=True)
    for row, entry in zip(home["devices"], shipped().devices, strict=True):
        row |= part(entry)
        if row["id"] in hide:
            row["exposed"] = False
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "home.yaml").write_text(yaml.safe_dump(home | (service or {}), allow_unicode=True), "utf-8")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def broker(folder):
    """The port of a running mosquitto, which is skipped where it is not installed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("no MQTT broker: apt-get install mosquitto")
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", "utf-8")
    process = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def topics(entry):
    return {"mqtt": {"command": f"home/{entry.id}/set", "state": f"home/{entry.id}/state"}}


class MqttDevices:
    """The devices at their end of the broker: they do as they are told and say what they are. `silent` ones say nothing."""

    def __init__(self, port):
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.states, self.silent = beginning(), set()
        self.received = []
        self._listening = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("home/+/set", 2)
        self._client.on_subscribe = lambda *_: self._listening.set()
        self._client.on_message = self._told
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._listening.wait(10)
        for name in self.states:
            self.say(name)

    def say(self, name):
        self._client.publish(f"home/{name}/state", json.dumps(self.states[name]), qos=1, retain=True).wait_for_publish(5)

    def send(self, topic, payload):
        self._client.publish(topic, payload, qos=1).wait_for_publish(5)

    def _told(self, client, _, message):
        name = message.topic.split("/")[1]
        self.received.append((name, json.loads(message.payload)))
        if name not in self.silent:
            self.states[name] |= json.loads(message.payload)
            client.publish(f"home/{name}/state", json.dumps(self.states[name]), qos=1, retain=True)

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()


class Answers(BaseHTTPRequestHandler):
    """Answers with what `server.reply(method, path, headers, body)` returns: (status, JSON)."""

    def _any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, found = self.server.reply(self.command, self.path, self.headers, body)
        data = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _any

    def log_message(self, *_):
        pass


@contextmanager
def http_server(reply):
    """The address of a server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.reply = reply
    with answering(server):
        yield server.address


class Hooks:
    """Devices behind webhooks. `silent` ones answer 200 and nothing else; `broken` ones answer 500."""

    def __init__(self):
        self.states, self.silent, self.broken, self.seen = beginning(), set(), set(), []

    def __call__(self, method, path, headers, body):
        name = path.rsplit("/", 1)[-1]
        if name in self.broken:
            return 500, {}
        if method == "POST":
            sent = json.loads(body)
            self.seen.append((name, sent, headers.get("X-Signature"), body))
            if name not in self.silent:
                self.states[name] |= sent["wanted"]
        return 200, {} if name in self.silent else {"state": self.states[name]}

    def part(self, address, *, read=True):
        return lambda entry: {
            "webhook": {"url": f"{address}/do/{entry.id}"} | ({"state_url": f"{address}/state/{entry.id}"} if read else {})
        }


class FakeHomeAssistant:
    """States and services as Home Assistant's REST API documents them. `stuck` entities take a service and stay as they were."""

    def __init__(self):
        self.states = beginning()
        self.kinds = {entity(entry): (entry.id, entry.kind) for entry in shipped().devices}
        self.stuck, self.gone, self.calls = set(), set(), []

    def __call__(self, method, path, headers, body):
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}
        if path == "/api/states":
            return 200, [self._state(name) for name in self.kinds]
        if path.startswith("/api/states/"):
            name = path.removeprefix("/api/states/")
            return (200, self._state(name)) if name in self.kinds else (404, {"message": "Entity not found."})
        _, _, _, domain, service = path.split("/")
        sent = json.loads(body)
        self.calls.append((domain, service, sent))
        name = sent["entity_id"]
        if name not in self.stuck:
            self._serve(service, sent, *self.kinds[name])
        return 200, [self._state(name)]

    def _serve(self, service, sent, name, kind):
        state = self.states[name]
        if service in ("lock", "unlock"):
            state["locked"] = service == "lock"
        elif "cover" in service:
            state["position"] = sent.get("position", 100 if service == "open_cover" else 0)
        elif service == "turn_off":
            state["power"] = "off"
        elif service == "volume_set":
            state["volume"] = round(sent["volume_level"] * 100)
        elif service == "set_temperature":
            state["target"] = sent["temperature"]
        else:
            state["power"] = "on"
            for theirs, ours in (("brightness_pct", "brightness"), ("percentage", "speed"), ("rgb_color", "rgb")):
                if theirs in sent:
                    state[ours] = sent[theirs]

    def _state(self, name):
        device, kind = self.kinds[name]
        state = self.states[device]
        if name in self.gone:
            return {"entity_id": name, "state": "unavailable", "attributes": {}}
        if kind == "lock":
            return {"entity_id": name, "state": "locked" if state["locked"] else "unlocked", "attributes": {}}
        if kind in ("cover", "garage"):
            word = "open" if state["position"] else "closed"
            return {"entity_id": name, "state": word, "attributes": {"current_position": state["position"]}}
        on = state["power"] == "on"
        words = {"thermostat": "heat", "oven": "heat", "speaker": "playing"}
        attributes = {"temperature": state.get("target"), "current_temperature": state.get("temperature")}
        if on:
            attributes["brightness"] = round(state["brightness"] * 2.55) if "brightness" in state else None
            attributes["rgb_color"] = state.get("rgb", [255, 255, 255]) if kind == "light" else None
            attributes["percentage"] = state.get("speed")
            attributes["volume_level"] = state["volume"] / 100 if "volume" in state else None
        return {"entity_id": name, "state": words.get(kind, "on") if on else "off", "attributes": attributes}
