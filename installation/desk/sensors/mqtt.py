"""MQTT, by paho-mqtt, which is an extra: the one module that speaks to it. It connects again by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from installation.errors import DeviceError

WAY_OUT = "MQTT needs paho-mqtt, which is not installed: pip install 'installation[mqtt]'"

CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to ask, as whom, and for which topics, which may have MQTT's wildcards."""

    host: str
    port: int
    topics: tuple[str, ...]
    user: str = ""
    password: str = ""
    tls: bool = False


Hears = Callable[[str, bytes], object]
"""Takes a topic and its payload."""

Connects = Callable[[Broker, Hears, ExitStack], object]
"""Listens to a broker until the stack is closed; raises DeviceError where it cannot be reached."""


def listen_to_broker(broker: Broker, hears: Hears, stack: ExitStack) -> None:
    """See Connects."""
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion
    except ImportError:
        raise DeviceError(WAY_OUT) from None
    client: Any = Client(CallbackAPIVersion.VERSION2)
    client.connect_timeout = CONNECT_SECONDS
    if broker.user:
        client.username_pw_set(broker.user, broker.password)
    if broker.tls:
        client.tls_set()
    client.on_connect = lambda *_: _subscribe(client, broker.topics)
    client.on_message = lambda _client, _data, message: hears(message.topic, message.payload)
    try:
        client.connect(broker.host, broker.port)
    except OSError as error:
        raise DeviceError(f"{broker.host}:{broker.port}: {error}; is the broker on?") from None
    client.loop_start()
    stack.callback(client.loop_stop)
    stack.callback(client.disconnect)


def _subscribe(client: Any, topics: Sequence[str]) -> None:
    """After every connection: a broker may have forgotten."""
    for topic in topics:
        client.subscribe(topic)


def matches(wanted: str, topic: str) -> bool:
    """Whether a topic is one of those that a subscription means: `+` is one level, `#` all from there on."""
    levels, given = wanted.split("/"), topic.split("/")
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(levels) == len(given)
