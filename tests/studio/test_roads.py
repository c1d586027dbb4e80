"""Roads: measured as the player travels them, from every parent to its children."""

from __future__ import annotations

import pytest
import torch

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.interpolate import Interpolator
from installation.studio.cppn_parameterization import random_start
from installation.studio.recipes.recipe import Settings
from installation.studio.roads import ROAD_PICTURES, STATION_PX, STATIONS, contrast_lost, frames, measure_roads
from tests.small_atlas import small_atlas


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"), Architecture(6, 2))


def test_there_is_a_road_from_every_parent_to_every_child_and_no_other(atlas: Atlas) -> None:
    roads = {(road.a, road.b) for road in measure_roads(atlas)}
    assert roads == {(neuron.parent, neuron.address) for neuron in atlas.neurons if neuron.parent}


def test_a_road_begins_and_ends_on_the_pictures_of_its_neurons(atlas: Atlas) -> None:
    interpolator = Interpolator(atlas)
    start, end = atlas.find("near-0"), atlas.find("near-1")
    with torch.no_grad():
        seen = frames(interpolator, start, end)
        there = frames(interpolator, end, start)
    assert len(seen) == ROAD_PICTURES
    torch.testing.assert_close(seen.flip(0), there)
    assert not torch.allclose(seen[0], seen[-1])


def test_a_road_is_at_least_as_long_as_the_straight_fade_between_its_ends(atlas: Atlas) -> None:
    for road in measure_roads(atlas):
        assert road.length >= 1
        assert 0 < road.contrast <= 1.01


def test_a_road_between_a_picture_and_itself_loses_nothing_and_one_to_its_negative_all() -> None:
    settings = Settings(width=8, depth=3, root_steps=1)
    one = random_start(settings, torch.Generator().manual_seed(3))
    outputs = 3 * (2 * 8 + 1)
    negative = torch.cat([one[:-outputs], -one[-outputs:]])
    assert contrast_lost(one, one, settings).item() == 0
    assert contrast_lost(one, negative, settings).item() > 1, "grey half way, half as much before and after"


def test_a_training_sees_its_road_as_the_player_travels_it(atlas: Atlas) -> None:
    start, end = atlas.find("near-0"), atlas.find("near-1")
    share = torch.tensor([0.0, *STATIONS, 1.0])
    with torch.no_grad():
        seen = Interpolator(atlas, grid_side=STATION_PX).sketches(
            (start.address, end.address), torch.stack([1 - share, share], 1)
        )  # (5, 3, points)
        contrast = (seen - seen.mean(2, keepdim=True)).square().mean((1, 2)).sqrt()
        lost = (1 - contrast / torch.lerp(contrast[0], contrast[-1], share))[1:-1].clamp(min=0).square().sum()
        found = contrast_lost(atlas.latent(start), atlas.latent(end), Settings(width=6, depth=2))
    assert found.item() == pytest.approx(lost.item(), abs=1e-6)
