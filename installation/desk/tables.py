"""The desk as tables for docs/desk.md."""

from __future__ import annotations

from typing import get_args

from installation.desk.desk_file import DeskSpec
from installation.desk.midi_words import MidiSpec
from installation.desk.rule_words import RuleSpec
from installation.desk.sensor_words import ButtonsSpec, CameraSpec, MqttSpec
from installation.desk.show_values import FEEDBACK_ADDRESSES
from installation.desk.timecode_words import TimecodeSpec
from installation.desk.universe_words import ArtNetSpec, SacnSpec
from installation.errors import Refusal
from installation.language.tables import record_table, table
from installation.show.controls import CONTROLS, ControlDefinition


def tables() -> dict[str, str]:
    """Every table, under its name in docs/desk.md."""
    controls = [(f"`{control.address}`", _takes(control), control.about) for control in CONTROLS]
    readings = [(f"`/atlas{one.address}`", f"`{one.tag}`", one.unit or "-", one.about) for one in FEEDBACK_ADDRESSES]
    return {
        "Controls": table(("address", "takes", "what it does"), controls),
        "Readings": table(("address", "type", "unit", "what it says"), readings),
        "Refusals": ", ".join(f"`{reason}`" for reason in get_args(Refusal)) + ".",
        "Desk": record_table(DeskSpec),
        "Rule": record_table(RuleSpec),
        "Sacn": record_table(SacnSpec),
        "ArtNet": record_table(ArtNetSpec),
        "Midi": record_table(MidiSpec),
        "Timecode": record_table(TimecodeSpec),
        "Mqtt": record_table(MqttSpec),
        "Buttons": record_table(ButtonsSpec),
        "Camera": record_table(CameraSpec),
    }


def _takes(control: ControlDefinition) -> str:
    match control.type:
        case "trigger":
            takes = "nothing, or a press"
        case "level":
            takes = "a level"
        case "switch":
            takes = "0 or 1"
        case "cue":
            takes = "a cue's id as text, empty for none; a press means the one on standby"
        case "query":
            takes = "nothing"
        case "number" if control.kind == "set":
            takes = "a level of its range"
        case _:
            takes = f"{control.low:.9g} to {control.high:.9g} {control.unit}".rstrip()
    if control.fade_seconds:
        return f"{takes}; fades in {control.fade_seconds:g} s unless a second number says otherwise"
    return takes if control.fade_seconds is None else f"{takes}; then a fade in seconds"
