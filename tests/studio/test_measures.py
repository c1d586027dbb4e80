"""The measures that keep dull pictures off the sheet."""

from __future__ import annotations

import pytest
import torch

from installation.studio.measures import NEAR_DUPLICATE, contrast_kept, faults, length, likeness


def noise(seed: int, side: int = 64) -> torch.Tensor:
    coarse = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size=(side, side), mode="bilinear")[0]


def test_a_picture_and_its_mirror_or_its_fainter_self_are_alike() -> None:
    one, other = noise(1), noise(2)
    measured = likeness(torch.stack([one, one.flip(-1), 0.5 * one + 0.2, other]))
    assert measured[0, 1] == pytest.approx(1, abs=1e-3)
    assert measured[0, 2] == pytest.approx(1, abs=1e-3)
    assert measured[0, 3] < NEAR_DUPLICATE


def test_grey_flat_and_burnt_pictures_are_faults() -> None:
    assert faults(noise(3)) == []
    assert any("grey" in fault for fault in faults(noise(3).mean(0, keepdim=True).expand(3, -1, -1)))
    assert any("flat" in fault for fault in faults(0.5 + 0.05 * noise(3)))
    assert any("burnt" in fault for fault in faults((noise(3).mean(0, keepdim=True) > 0.5).float().expand(3, -1, -1)))


def test_a_road_through_grey_loses_its_contrast() -> None:
    one, other = noise(4).flatten(1), noise(5).flatten(1)
    fade = torch.stack([one, 0.5 * one + 0.5, other])
    straight = torch.stack([one, 0.5 * (one + other), other])
    grey = torch.stack([one, torch.full_like(one, 0.5), other])
    assert contrast_kept(fade) == pytest.approx(0.5, abs=0.06)
    assert contrast_kept(grey) == pytest.approx(0, abs=1e-3)
    assert length(straight) == pytest.approx(1, abs=1e-4)
    assert length(grey) > 1
