"""Extents: the distance from its middle at which a neuron's picture turns into smears.

A CPPN has colours everywhere, but detail only in the area that the network saw in training. Preflight warns of cameras
that see farther.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.format import Extent
from installation.studio.statistics import render, slopes

FARTHEST = 4
"""The limit of the measurement, in half short sides; a 16:9 frame at zoom .45 stays within it."""

SHORT_PX = 112
BAND_PX = 14
"""Width of a band over which the slope is averaged: a quarter of half a short side."""

KEPT = 0.5
"""Share of the slope within the square that a picture must keep."""


def measure_extents(atlas: Atlas) -> tuple[Extent, ...]:
    """The extents of all CPPN neurons, 50 ms each on one core of an AMD EPYC; spectra repeat without end."""
    return tuple(
        _extent(atlas, neuron, drawing)
        for neuron in atlas.neurons
        if isinstance(drawing := atlas.drawing(neuron.family), Architecture)
    )


def _extent(atlas: Atlas, neuron: Neuron, architecture: Architecture) -> Extent:
    latent = atlas.latent(neuron)
    long_px = FARTHEST * SHORT_PX
    wide = slopes(render(latent, architecture, SHORT_PX, long_px).mean(2)).mean(0)  # (long_px,)
    tall = slopes(render(latent, architecture, long_px, SHORT_PX).mean(2)).mean(1)
    return Extent(neuron.address, reach(wide), reach(tall))


def reach(steep: NDArray[np.float64]) -> float:
    """Half short sides, at least 1, from the middle of `steep` (FARTHEST * SHORT_PX,) to the first band below KEPT.

    The function averages both directions, so the extent is the same on both sides.
    """
    middle = len(steep) // 2
    outwards = (steep[middle:] + steep[:middle][::-1]) / 2
    within = outwards[: SHORT_PX // 2].mean()
    bands = outwards[SHORT_PX // 2 :].reshape(-1, BAND_PX).mean(1)
    kept = int(np.argmax(np.append(bands, -1.0) < KEPT * within))
    return 1.0 + kept * 2 * BAND_PX / SHORT_PX
