"""MQTT. Only this module uses paho-mqtt, an extra, which reconnects by itself."""

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
    """The broker's address, the user, and the topics to subscribe to, which may have MQTT's wildcards."""

    host: str
    port: int
    topics: tuple[str, ...]
    user: str = ""
    password: str = ""
    tls: bool = False


Hears = Callable[[str, bytes], object]
"""Takes a topic and its payload."""

Connects = Callable[[Broker, Hears, ExitStack], object]
"""Listens to a broker until the stack closes; raises DeviceError if it cannot reach the broker."""


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
    """Subscribes after every connection, because a broker may have forgotten the topics."""
    for topic in topics:
        client.subscribe(topic)


def matches(wanted: str, topic: str) -> bool:
    """Whether a subscription matches a topic: `+` stands for one level, `#` for all further levels."""
    levels, given = wanted.split("/"), topic.split("/")
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(levels) == len(given)
