"""The orders of neurons in lists and sheets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from installation.atlas.atlas import Neuron
from installation.errors import ScoreError

MEASURES = ("bright", "dark", "colourful", "grey", "warm", "cold", "busy", "calm", "contrasty", "soft", "symmetric")
"""The names of a picture's measures, 0 to 1; see description.py."""


@lru_cache(maxsize=100_000)
def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """A sort key that puts fire10 after fire9."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", text) if part)


def in_layer_order(neurons: Sequence[Neuron]) -> list[int]:
    """Indices of neurons, network by network, from the first layer to the classes, by channel."""
    classes = {(one.network, one.layer) for one in neurons if one.label}

    def place(number: int) -> tuple[Any, ...]:
        one = neurons[number]
        return one.network, (one.network, one.layer) in classes, natural(one.layer), one.channel

    return sorted(range(len(neurons)), key=place)


ORDERS: Mapping[str, Callable[[Sequence[Neuron]], list[Neuron]]] = {
    "layer": lambda neurons: [neurons[number] for number in in_layer_order(neurons)],
    "name": lambda neurons: sorted(neurons, key=lambda one: natural(one.name)),
    "family": lambda neurons: sorted(neurons, key=lambda one: (one.family, one.row)),
    "activation": lambda neurons: sorted(neurons, key=lambda one: -one.activation),
    "steps": lambda neurons: sorted(neurons, key=lambda one: -one.steps),
}
"""The orders that need no pictures."""


def in_order(neurons: Sequence[Neuron], by: str) -> list[Neuron]:
    """Neurons in one of ORDERS. Raises ScoreError."""
    if by not in ORDERS:
        raise ScoreError(f"--sort: {by!r} is none of {', '.join((*ORDERS, *MEASURES))}")
    return ORDERS[by](neurons)
