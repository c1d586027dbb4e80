"""The numbers of a picture tell crisp from soft, burnt from calm, and full from empty edges."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from installation.atlas.architecture import Architecture
from installation.atlas.cppn import initial, unflatten
from installation.studio.statistics import PictureStatistics, centroid, measured, slopes, tenths

SHAPE = Architecture(4, 1)


def waves(cycles: int) -> np.ndarray:
    return 127.5 + 100 * np.sin(2 * np.pi * cycles * np.arange(224) / 224)[None].repeat(224, 0)


def test_the_centroid_is_where_a_wave_is() -> None:
    assert centroid(waves(10)) == pytest.approx(10, abs=0.3)
    assert centroid(waves(30)) == pytest.approx(30, abs=0.3)
    assert centroid(np.full((224, 224), 90.0)) == 0


def test_finer_waves_are_steeper() -> None:
    assert slopes(waves(20)).mean() == pytest.approx(2 * slopes(waves(10)).mean(), rel=0.05)
    assert slopes(np.full((9, 9), 3.0)).max() == 0


def picture(gain: float) -> torch.Tensor:
    latent = initial(SHAPE, torch.Generator().manual_seed(1))
    weight, _ = unflatten(latent, SHAPE)[-1]
    weight.copy_(gain * torch.randn(weight.shape, generator=torch.Generator().manual_seed(2)))
    return latent


def test_a_burnt_picture_is_told_from_a_calm_and_from_an_empty_one() -> None:
    burnt, calm, empty = (measured(picture(gain), SHAPE) for gain in (60.0, 0.3, 0.0))
    assert burnt.clipped > 0.5 > calm.clipped == empty.clipped == 0
    assert burnt.deviation > calm.deviation > empty.deviation == 0
    assert burnt.chroma > calm.chroma > empty.chroma == 0
    assert (empty.brightness, empty.gradient, empty.beside) == (128, 0, 0)


def test_what_lies_outside_the_square_is_compared_with_what_lies_within() -> None:
    latent = torch.zeros(SHAPE.size)
    layers = unflatten(latent, SHAPE)
    layers[0][0][0, 0] = 4.0  # one unit that turns from left to right in the middle, and is flat outside
    layers[-1][0][:, 0] = 1.0
    found = measured(latent, SHAPE)
    assert found.beside < 0.2
    assert found.above == pytest.approx(1, abs=0.01)


def test_tenths_are_those_of_each_number() -> None:
    found = [PictureStatistics(*[float(number)] * 8) for number in range(11)]
    assert tenths(found)["gradient"] == (1, 5, 9)
    assert set(tenths(found)) == set(PictureStatistics.__dataclass_fields__)
