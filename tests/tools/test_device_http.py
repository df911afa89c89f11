"""Devices behind webhooks and behind Home Assistant: what is sent, and that only a state read back confirms."""

import gzip
import hashlib
import hmac
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from device_servers import TOKEN, FakeHomeAssistant, Hooks, entity, free_port, http_server, write_home

from retrieval.faults import InvalidInput, NotAllowed, Unavailable
from tools.devices import _http, home_assistant, webhook


@pytest.fixture
def hooks():
    found = Hooks()
    with http_server(found) as found.address:
        yield found


@pytest.fixture
def assistant():
    found = FakeHomeAssistant()
    with http_server(found) as found.address:
        yield found


def hooked(request, folder, hooks, *, read=True, service=None):
    write_home(folder, service=service or {"webhook": {"wait": 0.2}}, part=hooks.part(hooks.address, read=read))
    home = webhook.create(folder)
    request.addfinalizer(home.close)
    return home


def joined(request, folder, address, token=TOKEN):
    (folder / "token").write_text(f"{token}\n", "utf-8")
    service = {"home_assistant": {"url": address, "secret_file": "token", "wait": 0.2}}
    write_home(folder, service=service, part=lambda entry: {"entity": entity(entry)})
    home = home_assistant.create(folder)
    request.addfinalizer(home.close)
    return home


def test_a_webhook_gets_what_is_wanted_and_a_signature(request, tmp_path, hooks):
    (tmp_path / "secret").write_text("s3cret\n", "utf-8")
    home = hooked(request, tmp_path, hooks, service={"webhook": {"secret_file": "secret"}})
    assert home.execute("bedroom_light", "set", "35").confirmed
    name, sent, signature, body = hooks.seen[0]
    assert (name, sent) == (
        "bedroom_light", {"device": "bedroom_light", "action": "set", "value": "35", "wanted": {"power": "on", "brightness": 35}},
    )  # fmt: skip
    assert signature == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("read", [True, False])
def test_an_answer_without_a_state_confirms_nothing(request, tmp_path, hooks, read):
    hooks.silent.add("kitchen_light")
    assert not hooked(request, tmp_path, hooks, read=read).execute("kitchen_light", "off").confirmed


def test_the_answer_to_the_command_is_enough(request, tmp_path, hooks):
    home = hooked(request, tmp_path, hooks, read=False)
    assert home.execute("kitchen_light", "off").state["power"] == "off"
    assert next(d for d in home.devices() if d.id == "kitchen_light").state["power"] == "off"


def test_a_webhook_that_fails_is_told(request, tmp_path, hooks):
    hooks.broken.add("kitchen_light")
    home = hooked(request, tmp_path, hooks)
    with pytest.raises(Unavailable, match="500"):
        home.execute("kitchen_light", "on")
    assert next(d for d in home.devices() if d.id == "kitchen_light").state == {}


def test_services_are_called_as_documented(request, tmp_path, assistant):
    home = joined(request, tmp_path, assistant.address)
    home.execute("bedroom_light", "set", "35")
    home.execute("living_room_blinds", "set", "40")
    home.execute("garage_door", "open")
    home.execute("thermostat", "set", "22.5")
    home.execute("front_door", "unlock")
    home.execute("floor_lamp", "set", "red")
    home.execute("kitchen_speaker", "set", "15")
    assert assistant.calls == [
        ("light", "turn_on", {"entity_id": "light.bedroom_light", "brightness_pct": 35}),
        ("cover", "set_cover_position", {"entity_id": "cover.living_room_blinds", "position": 40}),
        ("cover", "open_cover", {"entity_id": "cover.garage_door"}),
        ("climate", "set_temperature", {"entity_id": "climate.thermostat", "temperature": 22.5}),
        ("lock", "unlock", {"entity_id": "lock.front_door"}),
        ("light", "turn_on", {"entity_id": "light.floor_lamp", "rgb_color": [255, 0, 0]}),
        ("media_player", "turn_on", {"entity_id": "media_player.kitchen_speaker"}),
        ("media_player", "volume_set", {"entity_id": "media_player.kitchen_speaker", "volume_level": 0.15}),
    ]


def test_an_entity_that_stays_as_it_was_has_not_confirmed(request, tmp_path, assistant):
    assistant.stuck.add("light.kitchen_light")
    told = joined(request, tmp_path, assistant.address).execute("kitchen_light", "off")
    assert (told.confirmed, told.state["power"]) == (False, "on")


def test_an_entity_that_is_gone_does_not_answer(request, tmp_path, assistant):
    assistant.gone.add("light.kitchen_light")
    home = joined(request, tmp_path, assistant.address)
    assert next(d for d in home.devices() if d.id == "kitchen_light").state == {}
    with pytest.raises(Unavailable):
        home.execute("kitchen_light", "on")
    assert assistant.calls == []


def test_a_wrong_token_is_said(request, tmp_path, assistant):
    with pytest.raises(NotAllowed):
        joined(request, tmp_path, assistant.address, token="old").execute("kitchen_light", "on")


def test_home_assistant_that_is_down(request, tmp_path):
    home = joined(request, tmp_path, f"http://127.0.0.1:{free_port()}")
    assert {str(d.state) for d in home.devices()} == {"{}"}
    with pytest.raises(Unavailable):
        home.execute("kitchen_light", "on")


def test_a_token_is_needed(tmp_path):
    write_home(tmp_path, service={"home_assistant": {"url": "http://127.0.0.1:1"}}, part=lambda entry: {"entity": entity(entry)})
    with pytest.raises(InvalidInput):
        home_assistant.create(tmp_path)


class Bad(BaseHTTPRequestHandler):
    """A device that answers without end, very slowly, or with a bomb."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.said.append(dict(self.headers))
        with suppress(OSError):
            self.wfile.write(b"HTTP/1.0 200 OK\r\n")
            if self.server.kind == "packed":
                self.wfile.write(b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(10_000_000)))
                return
            self.wfile.write(b"\r\n")
            while True:
                self.wfile.write(b" " * (1 if self.server.kind == "slow" else 65_536))
                self.wfile.flush()
                time.sleep(0.05 if self.server.kind == "slow" else 0)


@pytest.mark.case("S05")
@pytest.mark.parametrize("kind", ["endless", "slow", "packed"])
def test_an_answer_that_does_not_end_is_none(request, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(_http, "SECONDS", 0.3)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bad)
    server.kind, server.said, server.daemon_threads = kind, [], True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    request.addfinalizer(lambda: (server.shutdown(), server.server_close()))
    part = lambda entry: {"webhook": {"url": f"http://127.0.0.1:{server.server_port}/{entry.id}"}}  # noqa: E731
    write_home(tmp_path, service={"webhook": {"wait": 0.2}}, part=part)
    home = webhook.create(tmp_path)
    request.addfinalizer(home.close)
    with pytest.raises(Unavailable):
        home.execute("kitchen_light", "off")
    assert server.said[0]["Accept-Encoding"] == "identity"
