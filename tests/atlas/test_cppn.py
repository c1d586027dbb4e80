"""The CPPN's formulas, held against numbers worked out elsewhere."""

from __future__ import annotations

import math

import pytest
import torch

from installation.atlas.activation import Activation
from installation.atlas.cppn import Architecture, fold, grid, logits, unflatten

ARCHITECTURE = Architecture()


def golden_latent() -> torch.Tensor:
    """The j-th tensor of W0, b0, W1 ... is sin(.1 (j + 1) i), weights divided by sqrt(fan in)."""
    parts = []
    for layer, (fan_in, fan_out) in enumerate(ARCHITECTURE.layers):
        weight = torch.arange(fan_in * fan_out, dtype=torch.float64)
        bias = torch.arange(fan_out, dtype=torch.float64)
        parts += [
            torch.sin(0.1 * (2 * layer + 1) * weight) / math.sqrt(fan_in),
            torch.sin(0.1 * (2 * layer + 2) * bias),
        ]
    return torch.cat(parts)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_the_published_picture_comes_out(dtype: torch.dtype, tolerance: float) -> None:
    picture = torch.sigmoid(logits(golden_latent().to(dtype), grid(5, 5, dtype), ARCHITECTURE)).view(5, 5, 3)
    assert picture.sum().item() == pytest.approx(57.172446, rel=tolerance)
    assert picture[0, 0].tolist() == pytest.approx((0.726315, 0.884162, 0.666336), abs=max(tolerance, 1e-6))
    assert picture[2, 2].tolist() == pytest.approx((0.730121, 0.886113, 0.670551), abs=max(tolerance, 1e-6))


@pytest.mark.parametrize("activation", ["unbiased", "biased"])
def test_folding_the_constants_changes_nothing(activation: str) -> None:
    architecture = Architecture(activation="biased" if activation == "biased" else "unbiased")
    latent, points = golden_latent(), grid(7, 5, torch.float64)
    signal = points.t()
    *hidden, (weight, bias) = unflatten(fold(latent, architecture), architecture)
    for hidden_weight, hidden_bias in hidden:
        angle = torch.atan(hidden_weight @ signal + hidden_bias[:, None])
        signal = torch.cat([angle, angle.square()])
    torch.testing.assert_close((weight @ signal + bias[:, None]).t(), logits(latent, points, architecture))


def test_a_cppn_of_eight_layers_of_24_has_8451_numbers() -> None:
    assert ARCHITECTURE.size == 8451
    with pytest.raises(ValueError, match="8450 numbers does not fit a CPPN of 8451"):
        unflatten(torch.zeros(8450), ARCHITECTURE)


@pytest.mark.parametrize("compiled", [True, False])
def test_the_quick_arctangent_is_right_from_the_smallest_to_the_largest_number(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled:
        monkeypatch.setattr("installation.atlas.activation.compiled", None)
    total = torch.cat([torch.linspace(-30, 30, 20001), torch.tensor([0.0, -0.0, 1e-20, 1e9, -1e9])]).view(2, 1, -1)
    signal = torch.empty(2, 2, total.shape[-1])
    Activation(total.numel())(total, signal)
    assert (signal[:, :1] - torch.atan(total)).abs().max() < 3e-6
    torch.testing.assert_close(signal[:, 1:], signal[:, :1].square())
