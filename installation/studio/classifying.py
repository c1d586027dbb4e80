"""What networks see in pictures that were grown for one of their neurons: their classes, the most likely first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from installation.atlas.atlas import Neuron
from installation.studio.networks.network import Network

TOP = 5


class Classifier:
    """Names what the networks of an atlas see. `load` gives a network by name and raises InstallationError.

    A picture's own network looks at it; if that has no classes, the atlas's largest network with classes does.
    """

    def __init__(self, neurons: Sequence[Neuron], load: Callable[[str], Network]) -> None:
        counted = Counter(neuron.network for neuron in neurons)
        self._networks = {name: load(name) for name in sorted(counted)}
        able = [name for name, network in self._networks.items() if _classes_layer(network)]
        self._otherwise = max(able, key=lambda name: counted[name], default=None)

    def __call__(self, name: str, picture: NDArray[np.uint8]) -> tuple[str, tuple[tuple[str, float], ...]]:
        """The network that looked at an RGB picture (H, W, 3) of a neuron of `name`, and its TOP classes with shares.

        Nothing, if the atlas has no network with classes.
        """
        network = self._networks[name]
        if not _classes_layer(network):
            if self._otherwise is None:
                return "", ()
            network = self._networks[self._otherwise]
        signal = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]  # (1, 3, H, W)
        layer = _classes_layer(network)
        assert layer is not None
        with torch.inference_mode():
            values = network.activations(signal, layer).float().mean((0, 2, 3))  # (C,)
        shares = values.softmax(0)
        best = shares.topk(min(TOP, len(network.labels)))
        classes = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return network.name, tuple((network.labels[number], round(share, 4)) for number, share in classes)


def _classes_layer(network: Network) -> str | None:
    """The layer that holds a network's classes before any rectification; None if it has none."""
    layers = network.wiring.labelled
    return layers[0] if layers and network.labels else None
