"""One MIDI controller: its messages become addresses, and its lights and motor faders follow the show."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from installation.desk.midi.messages import ChannelReader, MidiControl, words_of
from installation.desk.midi.show_control import read_machine_control, read_show_control
from installation.failures import FailureLog

logger = logging.getLogger(__name__)

SYSTEM_EXCLUSIVE = 0xF0

MOVING_SECONDS = 0.5
"""How long a fader's motor waits after a hand has moved the fader."""

MAX_STRANGE = 64
"""The most keys and faders without a rule that the desk reports by name; it counts the rest."""

Values = Mapping[str, tuple[float | int | str, ...]]

LIT_BY: Mapping[str, Callable[[Values], bool]] = {
    "/go": lambda values: values.get("/standby", ("",))[0] != "",
    "/pause": lambda values: values.get("/paused") == (1,),
    "/resume": lambda values: values.get("/paused") == (0,),
    "/panic": lambda values: values.get("/light") == (0.0,),
    "/blackout": lambda values: values.get("/light") == (0.0,),
    "/restore": lambda values: values.get("/light") == (1.0,),
}
"""When a button is lit whose address has no value of its own."""


@dataclass(frozen=True, slots=True)
class ControllerMap:
    """A desk file's settings of a controller: `port` is a part of its name, `places` the target of each key and fader.

    `show_control` and `machine_control` are the devices as which the player obeys MSC and MMC; None obeys neither.
    """

    port: str
    places: tuple[tuple[MidiControl, str], ...] = ()
    show_control: int | None = None
    machine_control: int | None = None
    lights: bool = True

    @property
    def fine(self) -> frozenset[tuple[int, int]]:
        """Channel and number of the controllers with 14 bits."""
        found = set()
        for place, _ in self.places:
            if place.kind == "fine" and isinstance(place.number, int):
                channels = [place.channel] if place.channel else range(1, 17)
                found |= {(channel, place.number) for channel in channels}
        return frozenset(found)


class Controller:
    """Connects a port with the desk. The port's thread calls `hear`, the desk's thread `follow`.

    `say(address, value)` takes a MIDI address and returns whether the desk file maps it, `do(address, seconds)` takes
    an address of ours, `strange(words, is_new)` an unmapped key or fader. `steady` is a clock in seconds that never
    steps back.
    """

    def __init__(
        self,
        mapped: ControllerMap,
        say: Callable[[str, int], bool],
        do: Callable[[str, float | None], object],
        strange: Callable[[str, bool], object],
        steady: Callable[[], float],
    ) -> None:
        self._mapped = mapped
        self._say, self._do, self._strange, self._steady = say, do, strange, steady
        self._reader = ChannelReader(mapped.fine)
        self._told: set[str] = set()
        self._touched: dict[str, float] = {}
        self._channels: dict[MidiControl, int] = {}
        self._by_address = {address: place for place, _ in mapped.places for address in place.addresses()}
        self._shown: dict[MidiControl, float] = {}
        self._send: Callable[[bytes], object] | None = None
        self._failures = FailureLog(logger)

    def attach(self, send: Callable[[bytes], object]) -> None:
        """Takes the open port; the next `follow` sets all lights and motors again."""
        self._send = send
        self._shown.clear()

    def detach(self) -> None:
        self._send = None

    def hear(self, data: bytes) -> None:
        """Takes one whole MIDI message."""
        if data[:1] == bytes((SYSTEM_EXCLUSIVE,)):
            self._hear_exclusive(data)
            return
        heard = self._reader.read(data)
        if heard is None:
            return
        place = self._by_address.get(heard.address)
        if place is not None:
            self._touched[heard.address] = self._steady()
            self._channels[place] = int(heard.address.split("/")[2])
        if not self._say(heard.address, heard.value):
            is_new = heard.address not in self._told and len(self._told) < MAX_STRANGE
            if is_new:
                self._told.add(heard.address)
            self._strange(words_of(heard.address), is_new)

    def follow(self, values: Values) -> None:
        """Sets the lights and motors that differ from `values`, except faders that a hand is moving."""
        if self._send is None or not self._mapped.lights:
            return
        now = self._steady()
        for place, target in self._mapped.places:
            share = None if "{" in target else share_shown(target, values)
            if share is None or self._shown.get(place) == share or self._is_moving(place, now):
                continue
            self._shown[place] = share
            for message in place.message(self._channels.get(place, place.channel or 1), share):
                with self._failures.guard(f"the lights of {self._mapped.port}", OSError, ValueError):
                    self._send(message)

    def _hear_exclusive(self, data: bytes) -> None:
        mapped = self._mapped
        meant = None
        if mapped.show_control is not None:
            meant = read_show_control(data, mapped.show_control)
        if meant is None and mapped.machine_control is not None:
            meant = read_machine_control(data, mapped.machine_control)
        if meant is not None:
            self._do(meant.address, meant.seconds)

    def _is_moving(self, place: MidiControl, now: float) -> bool:
        if place.kind == "note":
            return False
        return any(now - self._touched.get(address, -MOVING_SECONDS) < MOVING_SECONDS for address in place.addresses())


def share_shown(target: str, values: Values) -> float | None:
    """The position of a fader, or brightness of a light, whose rule has this `target`, 0 to 1; None if it has none."""
    plain = target.removesuffix("/dmx").removesuffix("/value")
    if (lit := LIT_BY.get(plain)) is not None:
        return float(lit(values))
    parts = plain.split("/")
    if parts[1] == "cue" and parts[-1] == "go":
        return float(values.get("/cue") == (parts[2],))
    if plain.startswith("/cue/") or (parts[1] == "standby" and parts[2] not in ("next", "previous")):
        return float(values.get("/standby") == (parts[2],))
    value = values.get(plain, ("",))[0]
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else None
