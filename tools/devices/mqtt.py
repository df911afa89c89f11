"""Devices behind an MQTT broker. What a device says on its own topics counts; that the broker took a message confirms nothing.

One connection, opened at first use and kept by the client's own thread. While there is none, no state is known.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from retrieval.faults import InvalidInput, Unavailable
from tools.devices._home_file import Connection, Entry, HomeFile, Topics, reach, read_home
from tools.devices._kinds import unknown, wanted
from tools.devices._topics import done, listens, messages, same, values
from tools.devices.base import Action, Device

FIRST_SECONDS = 1.0
"""How long the first look at the devices waits for the broker and the states it keeps."""


class MqttHome:
    """The devices of the home's file that have an `mqtt:` part. Safe to use from several threads."""

    def __init__(self, home: HomeFile, connection: Connection, password: str = "") -> None:
        self._home, self._connection, self._password = home, connection, password
        self._entries: dict[str, tuple[Entry, Topics]] = {e.id: (e, e.mqtt) for e in home.exposed().values() if e.mqtt is not None}
        self._by_topic: dict[str, list[str]] = {}
        for entry, topics in self._entries.values():
            for topic in listens(topics):
                self._by_topic.setdefault(topic, []).append(entry.id)
        self._one_at_a_time = {device_id: threading.Lock() for device_id in self._entries}
        self._news = threading.Condition()
        self._states: dict[str, dict[str, Any]] = {}
        self._heard: dict[str, dict[str, Any]] = {}
        """What a device said since its last command."""
        self._acks: dict[str, str] = {}
        """Id -> empty for done, or what went wrong, since its last command."""
        self._ready = False
        self._why = ""
        self._client: Any = None
        self._first_until = 0.0

    def devices(self) -> list[Device]:
        """All devices with what they said last; empty states while the broker cannot be reached."""
        self._start()
        topics = {e.id for e, t in self._entries.values() if t.state}
        with self._news:
            self._news.wait_for(lambda: self._ready and topics <= set(self._states), max(0.0, self._first_until - time.monotonic()))
            return [self._home.device(entry, dict(self._states.get(entry.id, {}))) for entry, _ in self._entries.values()]

    def execute(self, device_id: str, action: Action, value: str = "") -> Device:
        """Publish what is wanted and wait for the device's own word. Raises NotFound, InvalidInput, Unavailable."""
        if device_id not in self._entries:
            raise unknown(device_id)
        entry, topics = self._entries[device_id]
        self._start()
        with self._one_at_a_time[device_id]:
            with self._news:
                if not self._news.wait_for(lambda: self._ready, self._connection.wait):
                    raise Unavailable(
                        f"The MQTT broker at {self._connection.url} does not answer{self._why}.",
                        hint="Check that it runs, and its address in home.yaml.", code="broker_unreachable",
                    )  # fmt: skip
                before = dict(self._states.get(device_id, {}))
                change = wanted(entry.en[0], entry.kind, before, action, value)
                if not change:
                    return self._home.device(entry, before)
                self._heard[device_id] = {}
                self._acks.pop(device_id, None)
            self._publish(topics, change)
            return self._answered(entry, topics, change)

    def close(self) -> None:
        """Leave the broker."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def _publish(self, topics: Topics, change: dict[str, Any]) -> None:
        sent = messages(topics, change)
        if not sent:
            raise InvalidInput(f"No topic takes {', '.join(change)}.", hint="Add it to `command` of this device in home.yaml.")
        until = time.monotonic() + self._connection.wait
        for info in [self._client.publish(topic, payload, qos=1) for topic, payload in sent]:
            try:
                info.wait_for_publish(max(0.01, until - time.monotonic()))
            except (RuntimeError, ValueError) as error:
                raise Unavailable("The MQTT broker did not take the command.", hint="Try again.") from error
            if not info.is_published():
                raise Unavailable("The MQTT broker did not take the command in time.", hint="Try again.")

    def _answered(self, entry: Entry, topics: Topics, change: dict[str, Any]) -> Device:
        """The device after its own word, or unconfirmed when it gave none in time."""
        name = entry.id
        with self._news:
            if listens(topics):
                self._news.wait_for(lambda: name in self._acks or same(topics, change, self._heard[name]), self._connection.wait)
            if self._acks.get(name):
                raise Unavailable(f"'{entry.en[0]}' says: {self._acks[name]}", hint="Look at the device.", code="device_refused")
            if name in self._acks:
                self._states[name] = self._states.get(name, {}) | change
            confirmed = name in self._acks or same(topics, change, self._heard[name])
            return self._home.device(entry, dict(self._states.get(name, {})), confirmed)

    def _start(self) -> None:
        with self._news:
            if self._client is not None:
                return
            self._client = client = self._made()
            self._first_until = time.monotonic() + FIRST_SECONDS
        address = urlsplit(self._connection.url)
        tls = address.scheme == "mqtts"
        if tls:
            client.tls_set()
        client.connect_timeout = 3
        client.reconnect_delay_set(1, 30)
        client.connect_async(address.hostname, address.port or (8883 if tls else 1883), keepalive=30)
        client.loop_start()

    def _made(self) -> Any:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(CallbackAPIVersion.VERSION2)
        if self._connection.username:
            client.username_pw_set(self._connection.username, self._password or None)
        client.on_connect, client.on_message = self._connected, self._said
        client.on_subscribe, client.on_disconnect = self._subscribed, self._lost
        return client

    def _connected(self, client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            with self._news:
                self._why = f" ({reason})"
            return
        if self._by_topic:
            client.subscribe([(topic, 1) for topic in self._by_topic])
        else:
            self._subscribed()

    def _subscribed(self, *_: Any) -> None:
        with self._news:
            self._ready, self._why = True, ""
            self._news.notify_all()

    def _lost(self, *_: Any) -> None:
        with self._news:
            self._ready = False
            self._states.clear()  # what a device was before is not what it is

    def _said(self, _client: Any, _data: Any, message: Any) -> None:
        with self._news:
            for name in self._by_topic.get(message.topic, ()):
                topics = self._entries[name][1]
                if message.topic == topics.ack:
                    if not message.retain:
                        self._acks[name] = done(message.payload)
                    continue
                said = values(topics, message.topic, message.payload)
                self._states[name] = self._states.get(name, {}) | said
                if not message.retain:
                    self._heard.setdefault(name, {}).update(said)
            self._news.notify_all()


def create(data_dir: Path, *, offline: bool = False) -> MqttHome:
    """The devices of `home.yaml` in the data directory. Connects to nothing yet. Raises NotFound, InvalidInput, Unavailable (offline)."""
    home = read_home(data_dir, own=True)
    connection, password = reach(home.mqtt, "mqtt", data_dir, offline=offline)
    if urlsplit(connection.url).scheme not in ("mqtt", "mqtts"):
        hint = "Write it like mqtt://host:1883."
        raise InvalidInput(f"'{connection.url}' is not the address of a broker.", hint=hint, code="bad_address")
    return MqttHome(home, connection, password)
