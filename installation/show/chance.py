"""Chance without hidden state: a draw is a hash of seed, day, cue, the number of its entries, and place.

When a cue is entered, `settled` draws everything that the score leaves open in it. The resulting cue has no chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from installation.show.expressions import Between
from installation.show.frame import Address
from installation.show.score import Cue, Layer, Walk
from installation.show.walk import Ways, paced

SEPARATOR = "\x1f"
"""Separates the hashed words: none of them contains it."""


@dataclass(frozen=True, slots=True)
class Dice:
    """The draws of one entry of a cue: equal on every machine, in every replay and after every seek.

    The cue was entered `count` times before; `day` is empty unless the score is daily.
    """

    seed: int
    cue: str
    count: int = 0
    day: str = ""

    def share(self, *place: str) -> float:
        """A number in [0, 1). `place` names the purpose of the draw, never by an index in a list."""
        words = SEPARATOR.join((str(self.seed), self.day, self.cue, str(self.count), *place))
        return int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest()[:7]) / 2**56

    def shuffled(self, items: Sequence[str], *place: str) -> tuple[str, ...]:
        """The names in random order. One name more or fewer does not change the order of the others."""
        return tuple(items[index] for index in self.order(items, *place))

    def order(self, names: Sequence[str], *place: str) -> list[int]:
        """The indices of these names in shuffled order."""
        seen: dict[str, int] = {}
        keys: list[tuple[float, int]] = []
        for index, name in enumerate(names):
            twin = seen[name] = seen.get(name, -1) + 1
            keys.append((self.share(*place, name, str(twin)), index))
        return [index for _, index in sorted(keys)]

    def weighted(self, weights: Sequence[float], *place: str) -> int:
        """A random index, with a probability in proportion to its weight."""
        left = self.share(*place) * sum(weights)
        for index, weight in enumerate(weights):
            left -= weight
            if left < 0.0:
                return index
        return len(weights) - 1


def settled(cue: Cue, dice: Dice, ways: Ways) -> Cue:
    """The cue with all draws of one entry. The measured `ways` pace even walks through drawn neurons."""
    picked = {
        address: neuron
        for choice in cue.choices
        for address, neuron in zip(choice.addresses, dice.shuffled(choice.pool, choice.place), strict=False)
    }
    layers = tuple(_with_takes(layer, dice) for layer in cue.layers)
    draw = _Draw(dice, picked, ways)
    return replace(cue, layers=draw.of(layers), sounds=draw.of(cue.sounds), choices=(), has_chance=False)


def _with_takes(layer: Layer, dice: Dice) -> Layer:
    choice = layer.choice
    if choice is None:
        return layer
    order = dice.order(choice.names, choice.place)[: choice.count]
    return replace(layer, takes=tuple(layer.takes[index] for index in order), choice=None)


class _Draw:
    """Makes the draws in all parts of a layer: in tuples and frozen dataclasses."""

    def __init__(self, dice: Dice, picked: Mapping[Address, Address], ways: Ways) -> None:
        self._dice, self._picked, self._ways = dice, picked, ways

    def of(self, value: Any) -> Any:
        """The value with its draws; the same object if it leaves nothing to chance."""
        if isinstance(value, Between):
            return value.low + (value.high - value.low) * self._dice.share(value.place)
        if isinstance(value, str):
            return self._picked.get(value, value)
        if isinstance(value, tuple):
            items = [self.of(one) for one in value]
            if all(new is old for new, old in zip(items, value, strict=True)):
                return value
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        if is_dataclass(value) and not isinstance(value, type):
            return self._of_record(value)
        return value

    def _of_record(self, value: Any) -> Any:
        changed = {}
        for field in fields(value):
            old = getattr(value, field.name)
            new = self.of(old)
            if new is not old:
                changed[field.name] = new
        if not changed:
            return value
        drawn = replace(value, **changed)
        if isinstance(drawn, Walk) and drawn.even and "legs" in changed:
            return paced(drawn, self._ways)
        return drawn
