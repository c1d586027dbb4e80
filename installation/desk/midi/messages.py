"""MIDI's channel messages as addresses and back. Ports hand over whole messages; here are no port and no clock.

An address is `/midi/CHANNEL/KIND/NUMBER`; channels and programs count from 1. Its value is that of the message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

Kind = Literal["note", "control", "fine", "program", "bend", "pressure"]
"""`fine` is a 14-bit controller: the coarse half at its number, the fine half at that number plus 32."""

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, PRESSURE, BEND = 0x80, 0x90, 0xB0, 0xC0, 0xD0, 0xE0

FINE_OFFSET = 32
"""MIDI 1.0: controllers 0 to 31 have their fine halves 32 above."""

CHANNELS = range(1, 17)

HIGHEST: dict[Kind, int] = {
    "note": 127,
    "control": 127,
    "fine": 16_383,
    "program": 128,
    "bend": 16_383,
    "pressure": 127,
}
"""The largest value of each kind."""

WORDS = re.compile(
    r"(note|control|program|bend|pressure)(?: (\d{1,3})(?:-(\d{1,3}))?| (\{[a-z]+\}))?(?: on (\d{1,2}))?", re.ASCII
)


class Heard(NamedTuple):
    """One message of a controller."""

    address: str
    value: int


@dataclass(frozen=True, slots=True)
class MidiControl:
    """A key, fader, wheel or program of a controller, as a desk file names it; on all channels if it names none.

    `number` is a capture such as `{cue}` for any program.
    """

    kind: Kind
    number: int | str | None = None
    channel: int | None = None

    def addresses(self) -> list[str]:
        """The addresses of its messages."""
        number = "" if self.number is None else f"/{self.number}"
        return [f"/midi/{channel}/{self.kind}{number}" for channel in ([self.channel] if self.channel else CHANNELS)]

    def message(self, channel: int, share: float) -> list[bytes]:
        """The messages that set its light or motor to a share, 0 to 1; none if it has neither."""
        at, number = channel - 1, self.number
        value = round(share * HIGHEST[self.kind])
        if self.kind == "bend":
            return [bytes((BEND | at, value & 0x7F, value >> 7))]
        if not isinstance(number, int):
            return []
        if self.kind == "note":
            return [bytes((NOTE_ON | at, number, value))]
        if self.kind == "control":
            return [bytes((CONTROL | at, number, value))]
        if self.kind == "fine":
            halves = (number, value >> 7), (number + FINE_OFFSET, value & 0x7F)
            return [bytes((CONTROL | at, *half)) for half in halves]
        return []


def place_of(words: str) -> MidiControl:
    """The control that a desk file names, such as `control 7-39 on 2`; raises ValueError, which says what is wrong."""
    match = WORDS.fullmatch(words)
    if match is None:
        raise ValueError(
            "write `note 60`, `control 7`, `control 7-39`, `program 5` or `bend`, with `on 2` after it if you like"
        )
    kind, (first, second, capture, channel) = cast(Kind, match[1]), match.groups()[1:]
    if channel is not None and int(channel) not in CHANNELS:
        raise ValueError("channels are 1 to 16")
    on = int(channel) if channel else None
    if kind in ("bend", "pressure"):
        if first or capture:
            raise ValueError(f"a channel has one {kind}, without a number")
        return MidiControl(kind, None, on)
    if capture is not None:
        if kind != "program":
            raise ValueError("only `program {cue}` can stand for any number")
        return MidiControl("program", capture, on)
    low = 1 if kind == "program" else 0
    if first is None or not low <= int(first) <= low + 127:
        raise ValueError(f"a {kind} has a number from {low} to {low + 127}")
    if second is None:
        return MidiControl(kind, int(first), on)
    if kind != "control" or int(first) >= FINE_OFFSET or int(second) != int(first) + FINE_OFFSET:
        raise ValueError("the two halves are a control from 0 to 31 and the one 32 above it, such as `control 7-39`")
    return MidiControl("fine", int(first), on)


def words_of(address: str) -> str:
    """An address in the words of a desk file."""
    _, _, channel, kind, *number = address.split("/")
    numbered = f" {number[0]}" if number else ""
    return f"{kind}{numbered} on {channel}"


class ChannelReader:
    """Reads whole messages; remembers the halves of fine controllers. `fine` are the mapped ones (channel, number)."""

    def __init__(self, fine: frozenset[tuple[int, int]] = frozenset()) -> None:
        self._fine = fine
        self._halves: dict[tuple[int, int], tuple[int, int]] = {}

    def read(self, data: bytes) -> Heard | None:
        """The address and value of a message; None for an incomplete message or another kind."""
        if len(data) < 2 or not 0x80 <= data[0] < 0xF0 or max(data[1:]) > 0x7F:
            return None
        status, channel = data[0] & 0xF0, (data[0] & 0x0F) + 1
        if status == PROGRAM and len(data) == 2:
            return Heard(f"/midi/{channel}/program/{data[1] + 1}", 1)
        if status == PRESSURE and len(data) == 2:
            return Heard(f"/midi/{channel}/pressure", data[1])
        if len(data) != 3:
            return None
        if status in (NOTE_ON, NOTE_OFF):
            return Heard(f"/midi/{channel}/note/{data[1]}", data[2] if status == NOTE_ON else 0)
        if status == BEND:
            return Heard(f"/midi/{channel}/bend", data[2] << 7 | data[1])
        return self._control(channel, data[1], data[2]) if status == CONTROL else None

    def _control(self, channel: int, number: int, value: int) -> Heard:
        for coarse in (number, number - FINE_OFFSET):
            key = channel, coarse
            if key in self._fine:
                high, low = self._halves.get(key, (0, 0))
                high, low = (value, low) if coarse == number else (high, value)
                self._halves[key] = high, low
                return Heard(f"/midi/{channel}/fine/{coarse}", high << 7 | low)
        return Heard(f"/midi/{channel}/control/{number}", value)
