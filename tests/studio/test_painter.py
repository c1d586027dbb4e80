"""The training decoder against the reference: same picture, same gradient."""

from __future__ import annotations

import pytest
import torch

from installation.atlas.cppn import Activation, Architecture, grid, initial, logits
from installation.studio import painter


@pytest.mark.parametrize("activation", ["unbiased", "biased"])
def test_picture_and_gradient_are_those_of_the_reference(
    activation: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painter, "PIECE_PX", 50)
    architecture = Architecture(5, 3, activation)
    generator = torch.Generator().manual_seed(1)
    latent = initial(architecture, generator).double() + 0.1
    points, wanted = grid(12, 11, torch.float64), torch.randn(12 * 11, 3, generator=generator, dtype=torch.float64)
    one, other = latent.clone().requires_grad_(), latent.clone().requires_grad_()
    reference, painted = logits(one, points, architecture), painter.paint(other, points, architecture)
    torch.testing.assert_close(painted.t(), reference)
    (reference * wanted).sum().backward()
    (painted * wanted.t()).sum().backward()
    torch.testing.assert_close(other.grad, one.grad)
