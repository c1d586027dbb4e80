"""The orders of neurons in lists and sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from installation.atlas.atlas import Neuron
from installation.atlas.layer_order import in_layer_order, natural
from installation.errors import ScoreError

MEASURES = ("bright", "dark", "colourful", "grey", "warm", "cold", "busy", "calm", "contrasty", "soft", "symmetric")
"""The names of a picture's measures, 0 to 1; see description.py."""


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
