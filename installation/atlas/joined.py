"""Several atlases as one, for a score that shows neurons of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from installation.atlas.atlas import Atlas
from installation.atlas.format import Index, Neuron

if TYPE_CHECKING:
    from torch import Tensor


class JoinedAtlas(Atlas):
    """The main atlas, and further atlases; their neurons, networks and families have a name and a colon as prefix.

    Each atlas reads its own latents.
    """

    def __init__(self, main: Atlas, further: Mapping[str, Atlas]) -> None:
        self.parts: tuple[Atlas, ...] = (main, *further.values())
        self._homes: dict[str, tuple[Atlas, Neuron]] = {one.address: (main, one) for one in main.neurons}
        networks, families = dict(main.index.networks), dict(main.families)
        neurons, roads = [*main.neurons], [*main.roads]
        for name, atlas in further.items():
            before = f"{name}:"
            networks |= {before + network: one for network, one in atlas.index.networks.items()}
            families |= {before + family: one for family, one in atlas.families.items()}
            for one in atlas.neurons:
                known = _renamed(one, before)
                neurons.append(known)
                self._homes[known.address] = atlas, one
            roads += [replace(road, a=before + road.a, b=before + road.b) for road in atlas.roads]
        super().__init__(main.folder, Index(networks, families, tuple(neurons), tuple(roads)))

    @property
    def folders(self) -> tuple[Path, ...]:
        """See Atlas."""
        return tuple(part.folder for part in self.parts)

    @property
    def is_current(self) -> bool:
        """See Atlas; True if all atlases are current."""
        return all(part.is_current for part in self.parts)

    def latent(self, neuron: Neuron) -> Tensor:
        """See Atlas."""
        atlas, own = self._homes[neuron.address]
        return atlas.latent(own)


def _renamed(neuron: Neuron, before: str) -> Neuron:
    parent = None if neuron.parent is None else before + neuron.parent
    return replace(
        neuron,
        address=before + neuron.address,
        name=before + neuron.name,
        network=before + neuron.network,
        family=before + neuron.family,
        parent=parent,
    )
