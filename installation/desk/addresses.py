"""The addresses of one score in every form that may arrive: with or without prefix, any case, an index, a pattern."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import Literal, NamedTuple

from installation.desk.network.osc_pattern import is_pattern, matches
from installation.errors import RefusedError
from installation.show.controls import ControlDefinition, controls_of
from installation.show.score import Score

PREFIX = "/atlas"
"""Optional before incoming addresses; the desk puts it before every outgoing address."""

MAX_REMEMBERED, MAX_REMEMBERED_PATTERNS = 4_096, 256

MAX_MATCHES = 512
"""The most addresses that one pattern may match: every fader of a large score. More is a mistake or an attack."""

LOOK_UP_WORK = 50
"""A pattern costs its characters times the addresses that it is compared with; this much costs one plain message."""

OF_A_CUE = re.compile(r"(?:/cue(?=/[^/]+/(?:go|load)$)|/standby)/([^/]+)(?:/go|/load)?")

Scale = Literal["fraction", "dmx", "plain"]
"""The scale of a number: 0..1 of the range (an int is percent), 0..255 of the range, or the value itself."""


class AddressMatch(NamedTuple):
    """One control that an address means, and the scale of the values sent to it."""

    control: ControlDefinition
    scale: Scale


class AddressSpace:
    """Finds what an address means in a score.

    `/x/dmx` beside every level and parameter takes 0..255; `/p/{name}/value` takes the parameter in its own units.
    An index from 1 may replace a name, unless some name in that place is itself a number.
    """

    def __init__(self, score: Score) -> None:
        self.controls: dict[str, ControlDefinition] = controls_of(score)
        self._places: dict[str, AddressMatch] = {}
        for address, control in self.controls.items():
            for ending, scale in _scales(control).items():
                self._places.setdefault((address + ending).casefold(), AddressMatch(control, scale))
        self._aliases = _index_aliases(list(self._places), list(self.controls))
        self._remembered: OrderedDict[str, tuple[AddressMatch, ...]] = OrderedDict()
        self._remembered_patterns: OrderedDict[str, tuple[AddressMatch, ...]] = OrderedDict()
        self._by_length = _by_length(self._places)

    def become(self, other: AddressSpace) -> None:
        """Takes over another score's space. The caller makes that space beforehand: it takes longer than a frame."""
        self.controls, self._places, self._aliases = other.controls, other._places, other._aliases
        self._by_length = other._by_length
        self._remembered, self._remembered_patterns = OrderedDict(), OrderedDict()

    def find(self, address: str) -> tuple[AddressMatch, ...]:
        """Every control that an address or pattern means; raises RefusedError if there is none."""
        places = self._remembered.get(address) or self._remembered_patterns.get(address)
        if places is None:
            plain = _plain(address)
            if place := self._places.get(self._aliases.get(plain, plain)):
                places = (place,)
                _remember(self._remembered, address, places, MAX_REMEMBERED)
            else:
                places = self._look_up(address, plain)
                _remember(self._remembered_patterns, address, places, MAX_REMEMBERED_PATTERNS)
        return places

    def work_of(self, address: str) -> int:
        """The cost of finding an address, in plain messages: 0, except for a pattern that was not used lately."""
        if not is_pattern(address) or address in self._remembered_patterns or address in self._remembered:
            return 0
        return 1 + len(address) * len(self._by_length.get(_plain(address).count("/"), ())) // LOOK_UP_WORK

    def _look_up(self, address: str, plain: str) -> tuple[AddressMatch, ...]:
        """The controls that a pattern matches; raises RefusedError, which says where valid addresses are listed."""
        if is_pattern(plain):
            alike = self._by_length.get(plain.count("/"), ())
            places = tuple(self._places[known] for known in alike if matches(plain, known))
            if len(places) > MAX_MATCHES:
                raise RefusedError(
                    f"{address}: matches {len(places)} addresses; one message moves at most {MAX_MATCHES}",
                    "oversized",
                )
            if places:
                return places
        if cue := OF_A_CUE.fullmatch(plain):
            raise RefusedError(f"{address}: there is no cue {cue[1]!r}; OSCQuery lists them under /cue", "no such cue")
        raise RefusedError(f"{address}: no such address; docs/desk.md and OSCQuery list them all", "unknown address")


def _plain(address: str) -> str:
    plain = address.casefold()
    if plain.startswith(PREFIX + "/"):
        plain = plain.removeprefix(PREFIX)
    return plain.rstrip("/")


def _by_length(addresses: Iterable[str]) -> dict[int, list[str]]:
    """The addresses by their number of parts."""
    found: dict[int, list[str]] = {}
    for address in addresses:
        found.setdefault(address.count("/"), []).append(address)
    return found


def _remember(
    remembered: OrderedDict[str, tuple[AddressMatch, ...]], address: str, places: tuple[AddressMatch, ...], most: int
) -> None:
    if len(remembered) >= most:
        remembered.popitem(last=False)
    remembered[address] = places


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
