"""The words of a desk file about sensors: MQTT, buttons of this machine, motion in front of a camera."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import ClassVar

from installation.desk.address_map import Rule
from installation.desk.rule_words import KeyedRules, RuleSpec, is_button, rule_of
from installation.desk.sensors.mqtt import Broker
from installation.language.containers import Record, RecordOf, key
from installation.language.nodes import NodeError, ScalarNode
from installation.language.reading import Reading
from installation.language.scalars import Boolean, IntRange, String, quoted

MQTT_PASSWORD = "INSTALLATION_MQTT_PASSWORD"
"""The environment variable with the password: anybody may read a desk file."""

KEY = re.compile(r"(KEY|BTN)_\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class MqttSensors:
    """A broker, and the meaning of each subscription: the topic as written, its JSON field, its rule."""

    broker: Broker
    topics: tuple[tuple[str, str, Rule], ...]


@dataclass(frozen=True, slots=True)
class Buttons:
    """A device, named by a part of its name, and the rules of its keys."""

    device: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class CameraSensor:
    """A camera, and the rule of its motion."""

    device: str
    rule: Rule


def _topic(node: ScalarNode) -> tuple[str, str]:
    """A topic, and after a space the field of its JSON, if any."""
    topic, _, field = node.text.partition(" ")
    levels = topic.split("/")
    is_wild = any(one not in ("+", "#") and set(one) & {"+", "#"} for one in levels) or "#" in levels[:-1]
    if not topic or is_wild:
        raise NodeError(node, f"{quoted(node.text)} is not a topic: `+` must be a whole level, `#` the last one")
    return topic, field.strip()


def _key(node: ScalarNode) -> None:
    if not KEY.fullmatch(node.text):
        raise NodeError(node, f"{quoted(node.text)} is not a key; keys have names such as KEY_SPACE and BTN_TRIGGER")


@dataclass(frozen=True, kw_only=True, eq=False)
class MqttSpec(Record):
    """An MQTT broker."""

    broker: str = key(String(), "Its address.", "", required=True)
    port: int = key(IntRange(1, 65_535), "Its port.", 1883)
    user: str = key(
        String(), f"The user name; put the password into the variable {MQTT_PASSWORD}.", "", default="nobody"
    )
    tls: bool = key(Boolean(), "Whether the connection is encrypted.", False, default="`false`")
    topics: tuple[tuple[ScalarNode, RuleSpec], ...] = key(
        KeyedRules("topic", _topic),
        "What each topic moves; after a space you may name a field of its JSON.",
        (),
        required=True,
    )
    synonyms: ClassVar[dict[str, str]] = {"host": "broker", "server": "broker", "map": "topics"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ButtonsSpec(Record):
    """Buttons or a pedal connected to this machine."""

    device: str = key(String(), "A part of the device's name.", "", required=True)
    keys: tuple[tuple[ScalarNode, RuleSpec], ...] = key(
        KeyedRules("key", _key), "What each key presses, such as `KEY_SPACE`.", (), required=True
    )
    synonyms: ClassVar[dict[str, str]] = {"port": "device", "map": "keys", "buttons": "keys"}


@dataclass(frozen=True, kw_only=True, eq=False)
class CameraSpec(Record):
    """A camera that measures movement in front of it."""

    device: str = key(String(), "Its number, or its path such as /dev/video0.", "0")
    motion: RuleSpec | None = key(RecordOf(RuleSpec, "a rule"), "What it moves, 0 to 1.", None, required=True)
    synonyms: ClassVar[dict[str, str]] = {"camera": "device", "to": "motion"}


def mqtt_sensors(several: tuple[MqttSpec, ...], reading: Reading) -> tuple[MqttSensors, ...]:
    found = []
    for words in several:
        topics = []
        for node, spec in words.topics:
            try:
                topic, field = _topic(node)
            except NodeError:  # reported already
                continue
            rule = _pressing(rule_of(node, spec, reading), spec.to)
            topics.append((topic, field, replace(rule, source=f"/mqtt/{node.text.casefold()}")))
        password = os.environ.get(MQTT_PASSWORD, "")
        asked = tuple(dict.fromkeys(topic for topic, _, _ in topics))
        broker = Broker(words.broker, words.port, asked, words.user, password, words.tls)
        found.append(MqttSensors(broker, tuple(topics)))
    return tuple(found)


def buttons(several: tuple[ButtonsSpec, ...], reading: Reading) -> tuple[Buttons, ...]:
    return tuple(
        Buttons(
            words.device,
            tuple(
                replace(rule_of(node, spec, reading), source=f"/buttons/{node.text.casefold()}")
                for node, spec in words.keys
            ),
        )
        for words in several
    )


def camera(words: CameraSpec, reading: Reading) -> CameraSensor | None:
    if words.motion is None or not words.motion.to:
        return None
    rule = rule_of(ScalarNode(words.motion.node.line, words.motion.node.column, text="/motion"), words.motion, reading)
    low, high = (rule.low, rule.high) if rule.low is not None else (0.0, 1.0)
    return CameraSensor(words.device, _pressing(replace(rule, source="/motion", low=low, high=high), words.motion.to))


def _pressing(rule: Rule, target: str) -> Rule:
    """The rule of a sensor, which repeats its number: it limits values, and presses a button once, at the midpoint."""
    return (
        replace(rule, press="edge", clamps=True)
        if rule.press is None and is_button(target)
        else replace(rule, clamps=True)
    )
