"""The training decoder against the reference: same picture, same gradient."""

from __future__ import annotations

from importlib.util import find_spec
from typing import get_args

import pytest
import torch

from installation.atlas.architecture import Activation, Architecture, Coordinates
from installation.atlas.cppn import grid, initial, logits
from installation.studio import cppn_gradient


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("coordinates", get_args(Coordinates))
def test_picture_and_gradient_are_those_of_the_reference(
    activation: Activation, coordinates: Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cppn_gradient, "PIECE_PX", 50)
    architecture = Architecture(5, 3, activation, coordinates, octaves=2, alpha=coordinates == "torus")
    generator = torch.Generator().manual_seed(1)
    latent = initial(architecture, generator).double() + 0.1
    points, wanted = (
        grid(12, 11, torch.float64),
        torch.randn(12 * 11, architecture.outputs, generator=generator, dtype=torch.float64),
    )
    one, other = latent.clone().requires_grad_(), latent.clone().requires_grad_()
    reference = logits(one, points, architecture, 0.3)
    computed = cppn_gradient.cppn_logits(other, points, architecture, 0.3)
    torch.testing.assert_close(computed.t(), reference)
    torch.autograd.backward((reference * wanted).sum())
    torch.autograd.backward((computed * wanted.t()).sum())
    torch.testing.assert_close(other.grad, one.grad)


@pytest.mark.parametrize(("shape", "size"), [(Architecture(), (31, 17)), (Architecture(4, 1, "biased"), (3, 2))])
def test_the_quickest_way_here_agrees_with_torch(shape: Architecture, size: tuple[int, int]) -> None:
    assert (vars(cppn_gradient)["cppn_gradient_kernel"] is None) == (find_spec("numba") is None)
    generator = torch.Generator().manual_seed(2)
    latent = initial(shape, generator) + 0.02 * torch.randn(shape.size, generator=generator)
    wanted = torch.randn(3, size[0] * size[1], generator=generator)
    found = []
    for compiled in (False, None):
        weights = latent.clone().requires_grad_()
        computed = cppn_gradient.cppn_logits(weights, grid(*size), shape, compiled=compiled)
        torch.autograd.backward((computed * wanted).sum())
        found.append((computed.detach(), weights.grad))
    torch.testing.assert_close(found[1][0], found[0][0], atol=2e-4, rtol=1e-3)
    torch.testing.assert_close(found[1][1], found[0][1], atol=2e-2, rtol=1e-3)
