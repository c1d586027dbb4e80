"""One table of everything that people can control: OSC, OSCQuery, the console page and the docs derive from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from installation.errors import RefusedError
from installation.show.control import SOUND_MASTER, MessageKind
from installation.show.score import Score

ControlType = Literal["trigger", "level", "number", "switch", "cue", "query"]
"""A trigger fires; a level is 0..1; a number has a unit; a switch is 0 or 1; a cue takes a cue's id, or a press for the
cue on standby; a query is answered, not applied."""


@dataclass(frozen=True, slots=True)
class ControlDefinition:
    """One row: an address, the kind of message that it makes, and the values that it takes.

    `{id}` and `{name}` in an address stand for every cue, output, layer or parameter of the score. `target` is the
    message's target: a cue's id, or a fader's address; `output` is the output of an audition. `fade_seconds` is the
    default fade; None = no fade.
    """

    address: str
    kind: MessageKind | Literal["sync"]
    type: ControlType
    about: str
    target: str = ""
    output: str = ""
    low: float = 0.0
    high: float = 1.0
    default: float | None = None
    unit: str = ""
    fade_seconds: float | None = None


MAX_LOCATE_SECONDS = 31 * 24 * 3600.0
"""The furthest time for /locate: a month."""

CONTROLS: tuple[ControlDefinition, ...] = (
    ControlDefinition("/go", "go", "trigger", "Starts the cue on standby."),
    ControlDefinition("/back", "back", "trigger", "Starts the cue before the current one."),
    ControlDefinition("/cue/{id}/go", "go", "trigger", "Starts this cue.", target="{id}"),
    ControlDefinition("/cue/{id}/load", "load", "trigger", "Puts this cue on standby.", target="{id}"),
    ControlDefinition("/standby/next", "next", "trigger", "Puts the cue after the one on standby on standby."),
    ControlDefinition("/standby/previous", "previous", "trigger", "Puts the cue before the one on standby on standby."),
    ControlDefinition("/standby/{id}", "load", "trigger", "Puts this cue on standby.", target="{id}"),
    ControlDefinition("/pause", "pause", "trigger", "Stops show time; the picture stays."),
    ControlDefinition("/resume", "resume", "trigger", "Continues show time after a pause, a stop or a panic."),
    ControlDefinition("/stop", "stop", "trigger", "Goes to black at once and stops show time, until GO or resume."),
    ControlDefinition(
        "/panic",
        "panic",
        "trigger",
        "Fades to black while the show runs on, until GO, resume or restore; a second panic is immediate.",
        fade_seconds=3.0,
    ),
    ControlDefinition("/blackout", "blackout", "trigger", "Goes to black until restore.", fade_seconds=0.0),
    ControlDefinition(
        "/restore", "restore", "trigger", "Brings the light back after a blackout, panic or stop.", fade_seconds=0.0
    ),
    ControlDefinition(
        "/locate",
        "locate",
        "number",
        "Jumps to a time of the score, in the state that playing up to there would have given.",
        high=MAX_LOCATE_SECONDS,
        unit="s",
    ),
    ControlDefinition("/rate", "rate", "number", "How fast show time runs.", low=0.1, high=16.0, default=1.0, unit="x"),
    ControlDefinition(
        "/master", "set", "level", "The light of all outputs.", target="/master", default=1.0, fade_seconds=0.0
    ),
    ControlDefinition(
        "/out/{name}/level",
        "set",
        "level",
        "The light of this output.",
        target="/out/{name}/level",
        default=1.0,
        fade_seconds=0.0,
    ),
    ControlDefinition(
        "/layer/{name}/opacity",
        "set",
        "level",
        "The opacity of this layer, times the score's.",
        target="/layer/{name}/opacity",
        default=1.0,
        fade_seconds=0.0,
    ),
    ControlDefinition(
        SOUND_MASTER,
        "set",
        "level",
        "The level of all sounds.",
        target=SOUND_MASTER,
        default=1.0,
        fade_seconds=0.0,
    ),
    ControlDefinition(
        "/sound/{name}/level",
        "set",
        "level",
        "The level of this bus of sounds.",
        target="/sound/{name}/level",
        default=1.0,
        fade_seconds=0.0,
    ),
    ControlDefinition(
        "/p/{name}", "set", "number", "A parameter that the score exposes.", target="/p/{name}", fade_seconds=0.0
    ),
    ControlDefinition(
        "/release", "release", "trigger", "Returns all faders and parameters to the score.", fade_seconds=0.0
    ),
    ControlDefinition(
        "/out/{name}/audition",
        "audition",
        "cue",
        "Tries a cue out on this output alone, by its own time; the show goes on elsewhere.",
        output="{name}",
    ),
    ControlDefinition(
        "/out/{name}/return", "return", "trigger", "Ends an audition: this output shows the show.", output="{name}"
    ),
    ControlDefinition(
        "/engage",
        "engage",
        "switch",
        "0 ignores all desks except page and keyboard, apart from a panic; 1 listens to them again.",
        default=1.0,
    ),
    ControlDefinition(
        "/lock",
        "lock",
        "switch",
        "1 locks the show: page and keyboard only run it, and saved edits wait; 0 unlocks it.",
        default=0.0,
    ),
    ControlDefinition("/sync", "sync", "query", "Answers with the full state."),
)


SINGLE_PRECISION = 2.0**-23
"""The relative distance of neighbouring numbers of OSC's type `f`."""


def controls_of(score: Score) -> dict[str, ControlDefinition]:
    """The table for one score, by address: with a row for each cue, output, layer, bus and parameter."""
    parameters = {parameter.name: parameter for parameter in score.parameters}
    names: Mapping[str, list[str]] = {
        "/cue/": [cue.id for cue in score.cues],
        "/standby/": [cue.id for cue in score.cues],
        "/out/": [output.name for output in score.outputs],
        "/sound/": list(score.buses),
        "/layer/": list(dict.fromkeys(layer.name for cue in score.cues for layer in cue.layers)),
        "/p/": list(parameters),
    }
    rows: dict[str, ControlDefinition] = {}
    for row in CONTROLS:
        if row.address == SOUND_MASTER and not score.buses:
            continue
        before, brace, _ = row.address.partition("{")
        for name in names[before] if brace else [""]:
            definition = _named(row, name)
            if row.address == "/p/{name}":
                one = parameters[name]
                about = one.about or row.about
                definition = replace(definition, low=one.low, high=one.high, default=one.default, about=about)
            rows.setdefault(definition.address, definition)
    return rows


def buses_in(controls: Mapping[str, ControlDefinition]) -> list[str]:
    """The buses of sounds with a level among a score's controls."""
    start, end = "/sound/", "/level"
    return [one[len(start) : -len(end)] for one in controls if one.startswith(start) and one != SOUND_MASTER]


def within(value: float, low: float, high: float) -> float | None:
    """The value if it lies from low to high, else None.

    A value that misses an end by no more than the rounding of single precision becomes that end: OSC sends 0.7 as
    0.69999999.
    """
    if low <= value <= high:
        return value
    slack = SINGLE_PRECISION * max(abs(low), abs(high))
    return min(max(value, low), high) if low - slack <= value <= high + slack else None


def check_value(control: ControlDefinition, value: float) -> float:
    """The value itself. Raises RefusedError unless it is a finite number in the control's range."""
    if not math.isfinite(value):
        raise RefusedError(f"{control.address}: {value} is not a number; {_allowed(control)}", "not finite")
    if control.type == "switch" and value not in (0.0, 1.0):
        raise RefusedError(f"{control.address}: {value:g} is neither 0 nor 1")
    if control.type not in ("level", "number"):
        return value
    allowed = within(value, control.low, control.high)
    if allowed is None:
        raise RefusedError(f"{control.address}: {value:g} is out of range; {_allowed(control)}")
    return allowed


def _allowed(control: ControlDefinition) -> str:
    return f"allowed is {control.low:g} to {control.high:g} {control.unit}".rstrip()


def _named(row: ControlDefinition, name: str) -> ControlDefinition:
    def fill(text: str) -> str:
        return text.replace("{id}", name).replace("{name}", name)

    return replace(row, address=fill(row.address), target=fill(row.target), output=fill(row.output))
