"""An atlas of two ways of drawing: CPPNs with alpha, `near`, and the rings of the documentation, `far`."""

from __future__ import annotations

from pathlib import Path

import torch

from docs.examples.rings import Rings
from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.format import Family, Index, NetworkProvenance, write_atlas
from tests.small_atlas import ANY_SHA256, neuron, random_latent

SHAPE = Architecture(width=6, depth=2, alpha=True)


def rings_atlas(folder: Path) -> Atlas:
    """Neurons are called as in tests.small_atlas."""
    generator = torch.Generator().manual_seed(3)
    latents = {
        "near": torch.stack([random_latent(SHAPE, generator) for _ in range(4)]),
        "far": torch.randn(4, Rings.size, generator=generator),
    }
    families = {"near": Family("", "", SHAPE, 4), "far": Family("", "", Rings(3.0), 4)}
    neurons = tuple(neuron(family, row) for family in latents for row in range(4))
    write_atlas(folder, Index({"test": NetworkProvenance(ANY_SHA256, "none", "none")}, families, neurons), latents)
    return Atlas.open(folder)
