"""The state of the show as addresses and values, for feedback and OSCQuery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from installation.show.control import Control
from installation.show.controls import ControlDefinition
from installation.show.playing.transport import Position

ShowValues = dict[str, tuple[float | int | str, ...]]


@dataclass(frozen=True, slots=True)
class FeedbackAddress:
    """An address at which the desk only sends. `tag` is its OSC type."""

    address: str
    tag: str
    about: str
    unit: str = ""


FEEDBACK_ADDRESSES: tuple[FeedbackAddress, ...] = (
    FeedbackAddress("/cue", "s", "The cue that plays."),
    FeedbackAddress("/standby", "s", "The cue that the next GO starts; empty when there is none."),
    FeedbackAddress("/position", "f", "Where the show is, in the score's own time.", "s"),
    FeedbackAddress("/elapsed", "f", "Time since the current cue began.", "s"),
    FeedbackAddress("/remaining", "f", "Time until the current cue ends; -1 when it waits for GO.", "s"),
    FeedbackAddress("/progress", "f", "How much of the current cue is over, 0 to 1."),
    FeedbackAddress("/timecode", "s", "The timecode that arrives; empty if the show follows none."),
    FeedbackAddress("/paused", "i", "1 while show time stands still."),
    FeedbackAddress("/light", "f", "1 in the light, 0 after a blackout, panic or stop."),
    FeedbackAddress("/sound/{name}/peak", "f", "How loud this bus is, 0 to 1: its loudest sample, which falls slowly."),
    FeedbackAddress("/heartbeat", "i", "The frame number, once a second; it stands still when the picture does."),
    FeedbackAddress("/error", "sss", "What the player refused: the address, the reason, a sentence."),
)
"""Besides these, the desk sends every level, parameter, rate, switch and audition at its own address."""

EVENTS = frozenset({"/heartbeat", "/error"})
"""Addresses that have no value to ask for."""

TIMED = frozenset({"/position", "/elapsed", "/remaining", "/progress", "/timecode"})
"""Addresses that change with every frame: the desk sends them ten times a second, as it does every bus's peak."""


@dataclass(frozen=True, slots=True)
class ShowSnapshot:
    """The player's last report about the show, the controls of its score, the received timecode, the peaks of all
    buses."""

    frame_number: int
    control: Control
    position: Position
    controls: Mapping[str, ControlDefinition]
    timecode: str = ""
    peaks: Mapping[str, float] = field(default_factory=dict)


def peak_address(bus: str) -> str:
    """The address of a sound bus's meter."""
    return f"/sound/{bus}/peak"


def fader_value(control: ControlDefinition, value: float) -> tuple[float]:
    """A fader's value as a fraction of its range; rounded, so that feedback repeats a received value exactly."""
    return (round((value - control.low) / (control.high - control.low), 6),)


def values_of(snapshot: ShowSnapshot) -> ShowValues:
    """All values of a snapshot, by address without prefix."""
    control, position, frame_number = snapshot.control, snapshot.position, snapshot.frame_number
    light = control.blackout.at(frame_number) * control.panic.at(frame_number)
    values: ShowValues = {
        "/cue": (position.cue,),
        "/standby": (position.standby or "",),
        "/position": (position.seconds,),
        "/elapsed": (position.elapsed_seconds,),
        "/remaining": (-1.0 if position.remaining_seconds is None else position.remaining_seconds,),
        "/progress": (position.progress,),
        "/timecode": (snapshot.timecode,),
        "/paused": (int(control.playhead.paused),),
        "/light": (round(light, 6),),
        "/rate": (float(control.playhead.rate),),
        "/engage": (int(control.engaged),),
        "/lock": (int(control.locked),),
    }
    for bus, peak in snapshot.peaks.items():
        values[peak_address(bus)] = (peak,)
    for output, audition in control.auditions.items():
        values[f"/out/{output}/audition"] = (audition.cue if audition else "",)
    for address, ramp in control.faders.items():
        values[address] = fader_value(snapshot.controls[address], ramp.at(frame_number))
    return values
