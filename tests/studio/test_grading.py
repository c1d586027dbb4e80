"""Grading: the last touch on a finished picture, in its last layer only."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from installation.atlas.architecture import Architecture
from installation.studio.grading import graded
from installation.studio.measures import colour, spread
from installation.studio.recipes.recipe import Grade, Settings
from installation.studio.training import picture_of
from tests.small_atlas import random_latent

SETTINGS = Settings(width=8, depth=3)


@pytest.fixture
def latent() -> Tensor:
    return random_latent(Architecture(8, 3), torch.Generator().manual_seed(4))


def picture(latent: Tensor) -> Tensor:
    return picture_of(latent, SETTINGS, 48)[0]  # (3, 48, 48)


def test_a_picture_without_a_grade_stays_as_it_was_trained(latent: Tensor) -> None:
    assert graded(latent, Grade(), SETTINGS) is latent


def test_less_contrast_is_a_flatter_picture_of_the_same_thing(latent: Tensor) -> None:
    flat = picture(graded(latent, Grade(contrast=0.4), SETTINGS))
    assert spread(flat) < 0.7 * spread(picture(latent))
    both = torch.stack([flat.mean(0).flatten(), picture(latent).mean(0).flatten()])
    assert torch.corrcoef(both)[0, 1] > 0.9


def test_without_colour_only_brightness_is_left(latent: Tensor) -> None:
    before, after = colour(picture(latent)), colour(picture(graded(latent, Grade(colour=0.0), SETTINGS)))
    assert after < 0.5 * before


def test_darkness_zero_brings_the_picture_to_middle_brightness(latent: Tensor) -> None:
    latent = graded(latent, Grade(darkness=2.0), SETTINGS)
    far = abs(picture(latent).mean().item() - 0.5)
    near = abs(picture(graded(latent, Grade(darkness=0.0), SETTINGS)).mean().item() - 0.5)
    assert near < far


def test_only_the_last_layer_changes_so_that_families_interpolate_as_before(latent: Tensor) -> None:
    changed = graded(latent, Grade(contrast=1.5, colour=1.2, darkness=0.8), SETTINGS) != latent
    last = 3 * 2 * 8 + 3
    assert not changed[:-last].any()
    assert changed[-last:].any()
