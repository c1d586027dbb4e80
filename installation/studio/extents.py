"""Extents: how far from its middle a neuron's picture goes on, before only smears are left.

A CPPN has colours everywhere, but it draws only where its network has looked. Preflight warns of cameras that see
farther than that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.format import Extent
from installation.studio.statistics import render, slopes

FARTHEST = 4
"""In half short sides: farther out nothing is measured, and no frame of 16:9 reaches at zoom .45."""

SHORT_PX = 112
BAND_PX = 14
"""A quarter of half a short side: the slope is averaged over so much."""

KEPT = 0.5
"""Share of the slope within the square that a picture must keep."""


def measure_extents(atlas: Atlas) -> tuple[Extent, ...]:
    """Of every neuron that is a CPPN, 50 ms each on one core of an AMD EPYC; spectra repeat and never end."""
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
    """Half short sides from the middle of `steep` (FARTHEST * SHORT_PX,) to where it falls below KEPT, at least 1.

    Both directions are taken together: a picture is as wide on one side as on the other.
    """
    middle = len(steep) // 2
    outwards = (steep[middle:] + steep[:middle][::-1]) / 2
    within = outwards[: SHORT_PX // 2].mean()
    bands = outwards[SHORT_PX // 2 :].reshape(-1, BAND_PX).mean(1)
    kept = int(np.argmax(np.append(bands, -1.0) < KEPT * within))
    return 1.0 + kept * 2 * BAND_PX / SHORT_PX
