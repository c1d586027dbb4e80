"""Between neurons the picture stays a picture; at a neuron it is exactly that neuron."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.atlas.architecture import Architecture
from installation.atlas.atlas import Atlas
from installation.atlas.cppn import fold, grid, logits
from installation.atlas.cppn_blending import Pass
from installation.atlas.interpolate import GRID_SIDE, Component, Interpolator
from installation.atlas.travel import contrast, length, travel
from installation.errors import ScoreError
from installation.show.frame import LatentPoint
from tests.small_atlas import DEFAULT, small_atlas

A, B, C = "test/near/1", "test/near/2", "test/far/1"


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return small_atlas(tmp_path_factory.mktemp("atlas"))


def between(a: str, b: str, share: float) -> LatentPoint:
    return LatentPoint(((a, 1 - share), (b, share)))


def only(components: tuple[Component, ...]) -> Component:
    (component,) = components
    return component


def test_a_walk_that_stands_on_a_neuron_shows_that_neuron_to_the_last_bit(atlas: Atlas) -> None:
    component = only(Interpolator(atlas).components(LatentPoint(((A, 1.0),))))
    assert component.share == 1.0
    assert torch.equal(component.weights, fold(atlas.latent(atlas.find(A)), DEFAULT))


def test_without_repair_latents_are_simply_mixed(atlas: Atlas) -> None:
    component = only(Interpolator(atlas, repair=False).components(LatentPoint(((A, 0.25), (B, 0.75)))))
    mixed = 0.25 * atlas.latent(atlas.find(A)) + 0.75 * atlas.latent(atlas.find(B))
    torch.testing.assert_close(component.weights, fold(mixed, DEFAULT), rtol=1e-5, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(share=st.floats(0.05, 0.95))
def test_repair_keeps_every_unit_as_lively_as_at_the_two_ends(atlas: Atlas, share: float) -> None:
    interpolator = Interpolator(atlas)
    component = only(interpolator.components(LatentPoint(((A, 1 - share), (B, share)))))
    memory = Pass(DEFAULT, 1, GRID_SIDE)
    found, _ = memory.run(component.weights[None])
    first, second = (memory.run(interpolator.neuron(address).weights[None])[0] for address in (A, B))
    wanted = torch.lerp(first.deviation, second.deviation, share)
    torch.testing.assert_close(found.deviation, wanted, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(found.mean, torch.lerp(first.mean, second.mean, share), rtol=1e-3, atol=1e-3)


def test_a_neuron_is_reached_without_a_jump(atlas: Atlas) -> None:
    interpolator = Interpolator(atlas)
    for far in (B, C):
        arrived = interpolator.sketches((A,), torch.ones(1, 1))
        almost = interpolator.sketches((A, far), torch.tensor([[1 - 1e-5, 1e-5]]))
        assert (arrived - almost).abs().max() < 5e-3


def test_repair_leaves_more_contrast_than_a_plain_mixture(atlas: Atlas) -> None:
    for far in (B, C):
        assert contrast(atlas, A, far) > contrast(atlas, A, far, repair=False)
        assert contrast(atlas, A, far) > 0.9


def test_neurons_of_two_families_cross_fade_as_logits(atlas: Atlas) -> None:
    near, far = Interpolator(atlas, repair=False).components(LatentPoint(((A, 0.25), (C, 0.75))))
    assert (near.share, far.share) == (0.25, 0.75)
    assert torch.equal(near.weights, Interpolator(atlas).neuron(A).weights)


def test_shares_of_three_neurons_in_two_families_are_gathered_by_family(atlas: Atlas) -> None:
    near, far = Interpolator(atlas).components(LatentPoint(((A, 0.25), (C, 0.5), (B, 0.25))))
    assert (near.share, far.share) == (0.5, 0.5)


def test_a_walk_from_a_neuron_to_itself_goes_nowhere(atlas: Atlas) -> None:
    found = travel(Interpolator(atlas), A, A, 3)
    assert found.distance == 0.0
    assert found.length == 1.0
    assert found.contrast == pytest.approx(1.0)


def test_the_way_between_two_neurons_is_at_least_as_long_as_a_straight_fade(atlas: Atlas) -> None:
    assert length(atlas, A, B, steps=5) >= 1.0


def test_an_unknown_neuron_is_named(atlas: Atlas) -> None:
    with pytest.raises(ScoreError, match="'test/near/9' is not in the atlas"):
        Interpolator(atlas).components(LatentPoint((("test/near/9", 1.0),)))


def test_the_same_point_gives_the_same_picture_in_any_order_of_work(tmp_path: Path) -> None:
    atlas = small_atlas(tmp_path)
    first, second = Interpolator(atlas), Interpolator(atlas)
    point = between(A, B, 0.3)
    alone = only(first.components(point)).weights
    second.components(between(B, C, 0.6))
    second.components(between(A, B, 0.7))
    assert torch.equal(only(second.components(point)).weights, alone)


def test_a_neuron_on_a_loop_is_sketched_at_one_time(tmp_path: Path) -> None:
    atlas = small_atlas(tmp_path, Architecture(6, 2, coordinates="loop"))
    sketch = Interpolator(atlas).sketches((A,), torch.ones(1, 1))[0].t()  # (points, 3)
    shape = atlas.drawing("near")
    assert isinstance(shape, Architecture)
    expected = logits(atlas.latent(atlas.find(A)), grid(GRID_SIDE, GRID_SIDE), shape, 0.0).sigmoid()
    torch.testing.assert_close(sketch, expected, atol=2e-3, rtol=0)
