"""An atlas of random CPPNs, small and quick to make: turbulent pictures in two families of four neurons."""

from __future__ import annotations

from pathlib import Path

import torch

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.cppn import initial
from installation.atlas.format import Family, Index, NetworkProvenance, Neuron, write_atlas
from installation.atlas.spectrum import Spectrum

ANY_SHA256 = "0" * 64
DEFAULT = Architecture()


def small_atlas(
    folder: Path, architecture: Architecture = DEFAULT, far: Architecture | Spectrum | None = None
) -> Atlas:
    """Families `near` and `far`; neuron i is `near-i`, `test/near/i`; its parent is (i - 1) // 2.

    Both have one shape, unless `far` is another, or a spectrum.
    """
    index = Index({"test": NetworkProvenance(ANY_SHA256, "none", "none")}, {}, ())
    latents = {}
    for seed, (family, shape) in enumerate((("near", architecture), ("far", far or architecture))):
        generator = torch.Generator().manual_seed(seed)
        root = random_latent(shape, generator)
        others = [root + 0.5 * (random_latent(shape, generator) - root) for _ in range(3)]
        latents[family] = torch.stack([root, *others])
        index.families[family] = Family(f"families/{family}.00000000.safetensors", ANY_SHA256, shape, 4)
    neurons = tuple(neuron(family, row) for family in latents for row in range(4))
    write_atlas(folder, Index(index.networks, index.families, neurons), latents)
    return Atlas.open(folder)


def random_latent(architecture: Architecture | Spectrum, generator: torch.Generator) -> torch.Tensor:
    """A latent whose picture is neither grey nor flat."""
    if isinstance(architecture, Spectrum):
        return 2 * torch.randn(architecture.size, generator=generator)
    latent = 1.5 * initial(architecture, generator)
    fan_in, outputs = architecture.layers[-1]
    last = (fan_in + 1) * outputs
    latent[-last:] = 0.5 * torch.randn(last, generator=generator)
    return latent + 0.1 * torch.randn(latent.shape, generator=generator)


def neuron(family: str, row: int) -> Neuron:
    parent = None if row == 0 else f"test/{family}/{(row - 1) // 2}"
    return Neuron(
        address=f"test/{family}/{row}",
        name=f"{family}-{row}",
        network="test",
        layer=family,
        channel=row,
        label="",
        family=family,
        parent=parent,
        row=row,
        activation=1.0,
        steps=1,
        seed=row,
        recipe="random",
        code="test",
        network_sha256=ANY_SHA256,
    )
