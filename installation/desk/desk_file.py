"""A desk file in YAML: what a console sends, and what that means. The reader reports all mistakes with their lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, NoReturn

from installation.desk.address_map import CAPTURE, Rule
from installation.desk.midi_words import MidiController, MidiSpec, controllers
from installation.desk.network.dmx_merge import Universe
from installation.desk.network.peers import parse_peers
from installation.desk.rule_words import KeyedRules, RuleSpec, one_or_several, rule_of
from installation.desk.sensor_words import (
    Buttons,
    ButtonsSpec,
    CameraSensor,
    CameraSpec,
    MqttSensors,
    MqttSpec,
    buttons,
    camera,
    mqtt_sensors,
)
from installation.desk.timecode_words import TimecodeInput, TimecodeSpec, timecode_input
from installation.desk.universe_words import ArtNetSpec, SacnSpec, UniverseSpec, universes
from installation.errors import Mistake, ScoreError
from installation.language import limits
from installation.language.containers import ListOf, Record, RecordOf, key, read_or_refuse
from installation.language.document import root_of
from installation.language.nodes import Node, NodeError, ScalarNode
from installation.language.reading import Reading
from installation.language.scalars import FormatVersion, Schema, String, quoted, scalar


@dataclass(frozen=True, slots=True)
class DeskFile:
    """A desk file as the desk uses it; an empty one maps nothing. `warnings` are about valid but unlikely settings."""

    name: str = ""
    rules: tuple[Rule, ...] = ()
    feedback: tuple[str, ...] = ()
    sacn: tuple[Universe, ...] = ()
    artnet: tuple[Universe, ...] = ()
    midi: tuple[MidiController, ...] = ()
    timecode: TimecodeInput | None = None
    mqtt: tuple[MqttSensors, ...] = ()
    buttons: tuple[Buttons, ...] = ()
    camera: CameraSensor | None = None
    warnings: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class HostAndPort:
    """HOST:PORT."""

    words: str = "HOST:PORT"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "HOST:PORT").text
        try:
            parse_peers([text])
        except ScoreError as error:
            raise NodeError(node, str(error).removeprefix("--feedback ")) from None
        return text

    def schema(self) -> Schema:
        return {"type": "string"}


def _check_osc_address(node: ScalarNode) -> None:
    if not node.text.startswith("/") or len(node.text) > limits.TEXT:
        raise NodeError(node, f"{quoted(node.text)} is not an OSC address: an OSC address begins with /")
    names = CAPTURE.findall(node.text)
    if len(names) != len(set(names)) or "{" in CAPTURE.sub("", node.text):
        raise NodeError(node, f"{quoted(node.text)}: captures are {{small letters}}, each once")


@dataclass(frozen=True, kw_only=True, eq=False)
class DeskSpec(Record):
    """A desk file."""

    version: int = key(FormatVersion(1), "The version of this language; a player refuses a file of a newer version.", 1)
    name: str = key(String(), "What console this is for.", "", required=True)
    about: str = key(String(), "What to set on the console.", "")
    feedback: tuple[str, ...] = key(
        ListOf(HostAndPort(), "HOST:PORT", 0, 32), "Consoles that get feedback about the show.", ()
    )
    addresses: tuple[tuple[ScalarNode, RuleSpec], ...] = key(
        KeyedRules("OSC address", _check_osc_address), "What each address of the console means.", ()
    )
    sacn: tuple[UniverseSpec, ...] = key(
        one_or_several(RecordOf(SacnSpec, "a universe"), "universes", 64),
        "Levels that come by sACN.",
        (),
        default="none",
    )
    artnet: tuple[UniverseSpec, ...] = key(
        one_or_several(RecordOf(ArtNetSpec, "a universe"), "universes", 64),
        "Levels that come by Art-Net.",
        (),
        default="none",
    )
    midi: tuple[MidiSpec, ...] = key(
        one_or_several(RecordOf(MidiSpec, "a controller"), "controllers", 16),
        "Controllers at this machine that speak MIDI.",
        (),
        default="none",
    )
    timecode: TimecodeSpec | None = key(
        RecordOf(TimecodeSpec, "timecode"), "Timecode that the show follows.", None, default="none"
    )
    mqtt: tuple[MqttSpec, ...] = key(
        one_or_several(RecordOf(MqttSpec, "a broker"), "brokers", 8), "Sensors that speak MQTT.", (), default="none"
    )
    buttons: tuple[ButtonsSpec, ...] = key(
        one_or_several(RecordOf(ButtonsSpec, "buttons"), "devices", 16),
        "Buttons and pedals at this machine (Linux).",
        (),
        default="none",
    )
    camera: CameraSpec | None = key(
        RecordOf(CameraSpec, "a camera"), "A camera that sees how much moves.", None, default="none"
    )
    synonyms: ClassVar[dict[str, str]] = {"osc": "addresses", "map": "addresses", "art-net": "artnet"}


DESK = RecordOf(DeskSpec, "a desk file")


def read_desk_file(path: Path) -> DeskFile:
    """Reads a desk file; raises ScoreError with all its mistakes."""
    reading = Reading(path, _no_atlas, path)
    root, _ = root_of(reading)
    words = read_or_refuse(DESK, root, reading) if root is not None else None
    file = _file(words, reading) if words is not None else None
    if file is None or reading.mistakes:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    return replace(file, warnings=reading.warnings)


def _file(words: DeskSpec, reading: Reading) -> DeskFile:
    rules = tuple(rule_of(source, one, reading) for source, one in words.addresses)
    sacn, artnet = (universes(which, reading) for which in (words.sacn, words.artnet))
    timecode = timecode_input(words.timecode, reading) if words.timecode is not None else None
    return DeskFile(
        words.name,
        rules,
        words.feedback,
        sacn,
        artnet,
        controllers(words.midi, reading),
        timecode,
        mqtt_sensors(words.mqtt, reading),
        buttons(words.buttons, reading),
        camera(words.camera, reading) if words.camera is not None else None,
    )


def _no_atlas(_: Path) -> NoReturn:
    raise AssertionError("a desk file names no neurons")
