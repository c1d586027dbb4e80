"""The CPPN's formulas, held against numbers worked out elsewhere."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch

from installation.atlas.activation import Activation as QuickActivation
from installation.atlas.architecture import WAVE_GAIN, Activation, Architecture, Coordinates
from installation.atlas.cppn import CURVES, HALF_RANGE, at_time, fold, grid, inputs, logits, unflatten

ARCHITECTURE = Architecture()


def golden_latent(architecture: Architecture = ARCHITECTURE) -> torch.Tensor:
    """The j-th tensor of W0, b0, W1 ... is sin(.1 (j + 1) i), weights divided by sqrt(fan in)."""
    parts = []
    for layer, (fan_in, fan_out) in enumerate(architecture.layers):
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


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("coordinates", get_args(Coordinates))
def test_folding_the_constants_changes_nothing(activation: Activation, coordinates: Coordinates) -> None:
    architecture = Architecture(6, 3, activation, coordinates, octaves=3, alpha=activation == "sine")
    latent, points = golden_latent(architecture), grid(7, 5, torch.float64)
    shape = architecture.at_one_time
    signal = inputs(points, shape).t() / (WAVE_GAIN if shape.waves else 1.0)
    *hidden, (weight, bias) = unflatten(at_time(fold(latent, architecture), architecture, 0.2), shape)
    for hidden_weight, hidden_bias in hidden:
        value = CURVES[shape.curve](hidden_weight @ signal + hidden_bias[:, None])
        signal = torch.cat([value, value.square()][: len(shape.features)])
    torch.testing.assert_close((weight @ signal + bias[:, None]).t(), logits(latent, points, architecture, 0.2))


@pytest.mark.parametrize("activation", get_args(Activation))
def test_what_a_unit_gives_has_no_mean_and_a_deviation_of_one(activation: Activation) -> None:
    """Of a normal sum, as published: the biased arctangent's square alone is off."""
    architecture = Architecture(activation=activation)
    total = torch.randn(400_000, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    value = CURVES[architecture.curve](total)
    for power, (offset, scale) in zip((value, value.square()), architecture.features, strict=False):
        given = (power - offset) / scale
        assert given.std().item() == pytest.approx(1.0, abs=0.05 if activation != "biased" else 0.4)
        assert given.mean().item() == pytest.approx(0.0, abs=0.03 if activation != "biased" else 0.8)


def test_a_torus_tiles_the_plane_and_octaves_repeat_after_two_squares() -> None:
    points = grid(5, 4, torch.float64)
    for coordinates, squares in (("torus", 1), ("octaves", 2)):
        architecture = Architecture(6, 3, coordinates=coordinates)  # type: ignore[arg-type]  # one of the literals
        latent = golden_latent(architecture)
        moved = points + 2 * squares * HALF_RANGE * torch.tensor([1.0, -1.0], dtype=torch.float64)
        torch.testing.assert_close(logits(latent, moved, architecture), logits(latent, points, architecture))


def test_a_loop_comes_round_and_moves_on_the_way() -> None:
    architecture = Architecture(6, 3, coordinates="loop")
    latent, points = golden_latent(architecture), grid(5, 4, torch.float64)
    first, half, again = (logits(latent, points, architecture, phase) for phase in (0.0, 0.5, 1.0))
    torch.testing.assert_close(again, first)
    assert (half - first).abs().max() > 0.1


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
    QuickActivation(total.numel())(total, signal)
    assert (signal[:, :1] - torch.atan(total)).abs().max() < 3e-6
    torch.testing.assert_close(signal[:, 1:], signal[:, :1].square())
