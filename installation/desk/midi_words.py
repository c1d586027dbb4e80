"""The words of a desk file about MIDI: controllers, and what their keys and faders mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from installation.desk.address_map import Rule
from installation.desk.midi.controller import ControllerMap
from installation.desk.midi.messages import HIGHEST, MidiControl, place_of
from installation.desk.rule_words import KeyedRules, RuleSpec, is_button, rule_of
from installation.language.containers import Record, key
from installation.language.nodes import NodeError, ScalarNode
from installation.language.reading import Reading
from installation.language.scalars import Boolean, IntRange, String, quoted

MAX_DEVICE = 126
"""The highest device number; 127 means all devices, and the player always obeys it."""


@dataclass(frozen=True, slots=True)
class MidiController:
    """A controller as the desk uses it: how the desk reads and lights it, and what its addresses mean."""

    mapped: ControllerMap
    rules: tuple[Rule, ...] = ()


def _place(node: ScalarNode) -> MidiControl:
    try:
        return place_of(node.text)
    except ValueError as error:
        raise NodeError(node, f"{quoted(node.text)}: {error}") from None


@dataclass(frozen=True, kw_only=True, eq=False)
class MidiSpec(Record):
    """A MIDI controller."""

    port: str = key(String(), "A part of the port's name, as the log lists them.", "", required=True)
    map: tuple[tuple[ScalarNode, RuleSpec], ...] = key(
        KeyedRules("key, fader or program", _place),
        "What each key, fader, wheel and program moves; `on 2` behind it means one channel alone.",
        (),
        default="nothing",
    )
    lights: bool = key(Boolean(), "Whether its lights and motor faders follow the show.", True, default="`true`")
    show_control: int | None = key(
        IntRange(0, MAX_DEVICE), "The device as which the player obeys MIDI Show Control.", None, default="obeys none"
    )
    machine_control: int | None = key(
        IntRange(0, MAX_DEVICE), "The device as which it obeys MIDI Machine Control.", None, default="obeys none"
    )
    synonyms: ClassVar[dict[str, str]] = {
        "msc": "show_control",
        "mmc": "machine_control",
        "notes": "map",
        "name": "port",
    }


def controllers(several: tuple[MidiSpec, ...], reading: Reading) -> tuple[MidiController, ...]:
    return tuple(_controller(words, reading) for words in several)


def _controller(words: MidiSpec, reading: Reading) -> MidiController:
    places: list[tuple[MidiControl, str]] = []
    rules: list[Rule] = []
    for node, spec in words.map:
        try:
            place = place_of(node.text)
        except ValueError:  # reported already
            continue
        rule = rule_of(node, spec, reading)
        if rule.low is None and place.kind != "program":
            rule = replace(rule, low=0.0, high=float(HIGHEST[place.kind]))
        if rule.press is None and place.kind not in ("note", "program") and is_button(spec.to):
            rule = replace(rule, press="edge")
        places.append((place, spec.to))
        rules += [replace(rule, source=address) for address in place.addresses()]
    mapped = ControllerMap(words.port, tuple(places), words.show_control, words.machine_control, lights=words.lights)
    return MidiController(mapped, tuple(rules))
