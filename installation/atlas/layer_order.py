"""The order of neurons by layer: from the first layer of a network to its classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from installation.atlas.format import Neuron


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
