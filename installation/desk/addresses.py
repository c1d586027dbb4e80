"""The addresses of one score as they may come in: prefix or none, any case, an index for a name, a pattern."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, NamedTuple

from installation.desk.osc_pattern import is_pattern, matches
from installation.errors import RefusedError
from installation.show.controls import ControlDefinition, controls_of
from installation.show.score import Score

PREFIX = "/atlas"
"""May stand before every address that comes in, and stands before every address that goes out."""

MAX_REMEMBERED = 4_096

Scale = Literal["fraction", "dmx", "plain"]
"""How a number is meant: 0..1 of the range (an int is percent), 0..255 of the range, or the value itself."""


class AddressMatch(NamedTuple):
    """One control that an address stands for, and the scale of the values that come to it."""

    control: ControlDefinition
    scale: Scale


class AddressSpace:
    """Finds what an address means in a score.

    `/x/dmx` beside every level and parameter takes 0..255; `/p/{name}/value` takes the parameter in its own units.
    An index counts from 1 and stands for a name wherever no name in that place is itself a number.
    """

    def __init__(self, score: Score) -> None:
        self.controls: dict[str, ControlDefinition] = controls_of(score)
        self._places: dict[str, AddressMatch] = {}
        for address, control in self.controls.items():
            for ending, scale in _scales(control).items():
                self._places.setdefault((address + ending).casefold(), AddressMatch(control, scale))
        self._aliases = _index_aliases(list(self._places), list(self.controls))
        self._remembered: OrderedDict[str, tuple[AddressMatch, ...]] = OrderedDict()

    def become(self, other: AddressSpace) -> None:
        """From now on addresses mean what they do in another score; making a space takes longer than a frame."""
        self.controls, self._places, self._aliases = other.controls, other._places, other._aliases
        self._remembered = OrderedDict()

    def find(self, address: str) -> tuple[AddressMatch, ...]:
        """Every control that an address means: one, or those that a pattern matches; raises RefusedError for none."""
        places = self._remembered.get(address)
        if places is None:
            places = self._look_up(address)
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.popitem(last=False)
            self._remembered[address] = places
        return places

    def _look_up(self, address: str) -> tuple[AddressMatch, ...]:
        plain = address.casefold()
        if plain.startswith(PREFIX + "/"):
            plain = plain.removeprefix(PREFIX)
        plain = plain.rstrip("/")
        if place := self._places.get(self._aliases.get(plain, plain)):
            return (place,)
        if is_pattern(plain):
            places = tuple(place for known, place in self._places.items() if matches(plain, known))
            if places:
                return places
        raise RefusedError(f"{address}: no such address; docs/desk.md and OSCQuery list them all", "unknown address")


def _scales(control: ControlDefinition) -> dict[str, Scale]:
    if control.kind != "set":
        return {"": "plain"}
    if control.type == "level":
        return {"": "fraction", "/dmx": "dmx"}
    return {"": "fraction", "/dmx": "dmx", "/value": "plain"}


def _index_aliases(known: list[str], controls: list[str]) -> dict[str, str]:
    """`/out/1/level` for the first output's level, and the like: from the alias to the address."""
    lists: dict[str, dict[str, int]] = {}
    for address in controls:
        parts = address.casefold().split("/")
        if len(parts) > 2 and (parts[1] != "standby" or parts[2] not in ("next", "previous")):
            names = lists.setdefault(parts[1], {})
            names.setdefault(parts[2], len(names) + 1)
    indexed = {root: names for root, names in lists.items() if not any(map(str.isdigit, names))}
    aliases = {}
    for address in known:
        _, root, *rest = address.split("/")
        if rest and (index := indexed.get(root, {}).get(rest[0])):
            aliases["/".join(("", root, str(index), *rest[1:]))] = address
    return aliases
