"""MIDI Show Control (MSC 1.1) and MIDI Machine Control as addresses of ours: GO, STOP, RESUME, cue numbers, locate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

ALL_DEVICES = 0x7F

REAL_TIME, SHOW_CONTROL, MACHINE_CONTROL = 0x7F, 0x02, 0x06
"""Universal real-time system exclusive: F0 7F device kind ... F7."""

GO, STOP, RESUME, TIMED_GO, LOAD, ALL_OFF, RESTORE, RESET = 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x09, 0x0A

TIME_BYTES = 5
"""Before the cue of a timed GO: hours with the frame rate in bits 5 and 6, minutes, seconds, frames, hundredths."""

WITHOUT_CUE = {STOP: "/pause", RESUME: "/resume", ALL_OFF: "/blackout", RESTORE: "/restore"}

MACHINE = {0x01: "/pause", 0x02: "/resume", 0x03: "/resume", 0x09: "/pause"}
"""Stop, play, deferred play, pause. A tape that stops shows its last picture, and so does a show that pauses."""

LOCATE, TARGET = 0x44, 0x01

RATES = (Fraction(24), Fraction(25), Fraction(30_000, 1_001), Fraction(30))
"""Frame rates by the two bits before the hours."""


@dataclass(frozen=True, slots=True)
class Meant:
    """An address of ours, and its argument in seconds, if it takes one."""

    address: str
    seconds: float | None = None


def read_show_control(data: bytes, device: int) -> Meant | None:
    """The request of an MSC message to a device; None if it is for another device, or not supported."""
    if not _is_for(data, device, SHOW_CONTROL) or len(data) < 7:
        return None
    command, rest = data[5], data[6:-1]
    if command in WITHOUT_CUE:
        return Meant(WITHOUT_CUE[command])
    if command == RESET:
        return Meant("/locate", 0.0)
    if command == TIMED_GO:
        rest = rest[TIME_BYTES:]
    if command not in (GO, TIMED_GO, LOAD):
        return None
    cue = re.sub(r"[^0-9A-Za-z._-]", "_", rest.partition(b"\0")[0].decode("ascii", "replace").strip())
    if command == LOAD:
        return Meant(f"/cue/{cue}/load") if cue else None
    return Meant(f"/cue/{cue}/go" if cue else "/go")


def read_machine_control(data: bytes, device: int) -> Meant | None:
    """The request of an MMC message to a device; None if it is for another device, or not supported."""
    if not _is_for(data, device, MACHINE_CONTROL) or len(data) < 6:
        return None
    command = data[4]
    if command in MACHINE:
        return Meant(MACHINE[command])
    if command != LOCATE or len(data) < 13 or data[6] != TARGET:
        return None
    hours, minutes, seconds, frames = data[7] & 0x1F, data[8], data[9], data[10] & 0x1F
    whole = (hours * 60 + minutes) * 60 + seconds
    return Meant("/locate", float(whole + frames / RATES[data[7] >> 5 & 3]))


def _is_for(data: bytes, device: int, kind: int) -> bool:
    """Whether a message is of a kind and meant for a device, or for all."""
    head = data[:2] == bytes((0xF0, REAL_TIME)) and data[-1:] == b"\xf7"
    return head and len(data) > 5 and data[2] in (device, ALL_DEVICES) and data[3] == kind
