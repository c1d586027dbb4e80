"""Training: seeded, and better than what it began with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from installation.atlas.cppn import grid, logits
from installation.errors import AtlasError, ScoreError
from installation.studio.cppn_parameterization import architecture_of, random_start, start_from_parent
from installation.studio.curve import Curve
from installation.studio.judging import excitement
from installation.studio.parameterizations import PARAMETERIZATIONS, drawing_of
from installation.studio.random_views import frame, random_view
from installation.studio.recipes.recipe import Objective, Settings
from installation.studio.roads import contrast_lost
from installation.studio.spectrum_parameterization import spectrum_of
from installation.studio.training import activation, pace, picture_of, train
from tests.studio.tiny import load_tiny

TINY = Settings(
    width=4, depth=2, size_px=24, first_size_px=24, root_steps=40, child_steps=30, root_rate=0.02, contrast=0
)


def test_training_excites_the_neuron_and_repeats_itself() -> None:
    network = load_tiny("tiny")
    start = random_start(TINY, torch.Generator().manual_seed(3))
    once = train(network, "last", 2, None, TINY, seed=3)
    assert once.activation > activation(network, "last", 2, start, TINY) + 0.05
    assert torch.equal(once.latent, train(network, "last", 2, None, TINY, seed=3).latent)
    assert not torch.equal(once.latent, train(network, "last", 2, None, TINY, seed=4).latent)


def test_a_child_excites_its_own_neuron_more_than_its_parent_does() -> None:
    network = load_tiny("tiny")
    parent = train(network, "last", 2, None, TINY, seed=3).latent
    child = train(network, "last", 4, parent, TINY, seed=3)
    assert child.activation > activation(network, "last", 4, parent, TINY)
    assert child.steps == 30


@pytest.mark.parametrize("hue", [0.0, 90.0])
def test_a_child_starts_from_its_parent_moved(hue: float) -> None:
    settings = replace(TINY, child_turn_degrees=40.0, child_zoom=1.5, child_shift=0.3, child_hue_degrees=hue)
    parent = random_start(TINY, torch.Generator().manual_seed(1))
    child = start_from_parent(parent, settings, torch.Generator().manual_seed(2))
    untouched = start_from_parent(parent, TINY, torch.Generator().manual_seed(2))
    torch.testing.assert_close(untouched, parent, atol=1e-5, rtol=1e-5)
    changed = (child - parent).abs() > 1e-5
    architecture = architecture_of(TINY)
    first, last = 3 * TINY.width, 3 * (2 * TINY.width + 1)
    assert changed[:first].any()
    assert not changed[first:-last].any()
    assert changed[-last:].any() == (hue > 0)
    points = grid(8, 8)
    assert not torch.allclose(logits(child, points, architecture), logits(parent, points, architecture), atol=1e-2)


def test_every_glimpse_stays_near_the_picture() -> None:
    generator = torch.Generator().manual_seed(0)
    seen = torch.stack([random_view(16, 16, Settings(), generator) for _ in range(50)])
    assert seen.abs().max() < 2.7
    assert len({view[0, 0].item() for view in seen}) == 50


def test_wide_and_tall_frames_take_turns_with_as_many_pixels_as_the_square() -> None:
    settings = Settings(frame="wide_and_tall")
    assert [frame(224, step, settings) for step in (0, 1, 2)] == [(168, 296), (296, 168), (168, 296)]
    assert frame(224, 1, Settings()) == (224, 224)
    for side in (64, 128, 160, 208):
        height, width = frame(side, 0, settings)
        assert width / height == pytest.approx(16 / 9, rel=0.05)
        assert height * width == pytest.approx(side**2, rel=0.1)


def test_the_learning_rate_stays_and_then_falls_to_nothing() -> None:
    settings = Settings(steady=0.75, last_rate=0)
    paces = [pace(step, 400, settings) for step in range(400)]
    assert paces[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert set(paces[10:301]) == {1.0}
    assert paces[301:] == sorted(paces[301:], reverse=True)
    assert paces[350] == pytest.approx(0.5)
    assert 0 < paces[399] < 1e-3
    assert pace(399, 400, Settings(last_rate=0.1)) == pytest.approx(0.1, abs=1e-3)
    assert pace(399, 400, Settings(steady=1)) == 1


def test_a_root_that_reaches_further_draws_beyond_the_square_as_finely_as_within() -> None:
    def share(reach: float) -> float:
        settings = Settings(reach_start=reach)
        finer = []
        for seed in range(4):
            latent = random_start(settings, torch.Generator().manual_seed(seed))
            picture = logits(latent, grid(40, 72), architecture_of(settings)).mean(1).view(40, 72)
            across = picture.diff(dim=1).abs().mean(0)  # (71,)
            finer.append((across[:16].mean() + across[-16:].mean()) / (2 * across[16:-16].mean()))
        return float(torch.stack(finer).mean())

    assert share(1.3) > 1.2 * share(0.0)


def test_what_ships_is_the_mean_of_the_last_steps() -> None:
    network = load_tiny("tiny")
    plain = train(network, "last", 2, None, TINY, seed=3).latent
    assert not torch.equal(plain, train(network, "last", 2, None, replace(TINY, average=0.9), 3).latent)
    still = replace(TINY, average=0.99, root_steps=2, root_rate=0.5)
    start = random_start(still, torch.Generator().manual_seed(3))
    torch.testing.assert_close(train(network, "last", 2, None, still, 3).latent, start, atol=0.02, rtol=0)


def test_contrast_beyond_the_wanted_is_held_back() -> None:
    network = load_tiny("tiny")
    wild = replace(TINY, root_steps=120, root_rate=0.05)
    held = replace(wild, relative=True, hold=50.0, most_contrast=0.05)

    def contrast(settings: Settings) -> float:
        latent = train(network, "last", 2, None, settings, seed=3).latent
        return picture_of(latent, settings, 48).mean(1).std().item()

    assert contrast(held) < 0.065 < 0.09 < contrast(wild)


@pytest.mark.parametrize(
    "changes",
    [
        {"coordinates": "torus", "activation": "sine"},
        {"coordinates": "loop"},
        {"coordinates": "octaves", "activation": "relu"},
        {"alpha": True},
        {"kind": "fourier", "root_rate": 0.1, "child_rate": 0.1},
        {"kind": "maco", "root_rate": 0.1, "child_rate": 0.1},
    ],
    ids=str,
)
def test_every_way_of_drawing_learns_to_excite_a_neuron(changes: dict[str, Any]) -> None:
    settings = replace(TINY, **changes)
    network = load_tiny("tiny")
    generator = torch.Generator().manual_seed(3)
    trained = PARAMETERIZATIONS[settings.kind].make(settings, None, generator)
    before = activation(network, "last", 2, trained.latent(trained.parameters), settings)
    found = train(network, "last", 2, None, settings, seed=3)
    assert found.latent.shape == (drawing_of(settings).size,)
    assert found.activation > before
    child = train(network, "last", 4, found.latent, settings, seed=3)
    worth = 0.001 if settings.alpha else 0.0  # what covers less is worth as much as what excites more
    assert child.activation > activation(network, "last", 4, found.latent, settings) - worth


def test_phases_alone_are_trained_under_the_magnitudes_of_the_parent() -> None:
    settings = replace(TINY, kind="maco", root_rate=0.1, child_rate=0.1)
    parent = train(load_tiny("tiny"), "last", 2, None, settings, seed=1).latent
    child = train(load_tiny("tiny"), "last", 4, parent, settings, seed=1).latent
    shape = spectrum_of(settings).shape
    first, second = (torch.view_as_complex(one.view(shape)) for one in (parent, child))
    torch.testing.assert_close(first.abs(), second.abs(), atol=1e-4, rtol=1e-4)
    assert (first - second).abs().max() > 0.1


def test_a_spectrum_of_an_odd_size_is_refused_in_words() -> None:
    with pytest.raises(ScoreError, match="kind fourier: a spectrum of 23 x 23: sides are even"):
        drawing_of(replace(TINY, kind="fourier", size_px=23))


def waves(height: float) -> torch.Tensor:
    return 0.5 + height * torch.sin(torch.arange(64.0)).repeat(1, 3, 64, 1)


def test_a_curve_is_level_once_neither_strength_nor_detail_grows() -> None:
    growing, still, sharpening = Curve(100, 0.02), Curve(100, 0.02), Curve(100, 0.02)
    for step in range(20):
        growing.add(1.0 + 0.1 * step, waves(0.1))
        still.add(-3.0, waves(0.1))
        sharpening.add(5.0, waves(0.01 * step))
    assert still.is_level
    assert not growing.is_level
    assert not sharpening.is_level
    still.begin_again()
    assert not still.is_level


def test_a_training_that_does_not_grow_goes_on_to_its_larger_picture_and_to_its_end() -> None:
    settings = Settings(width=4, depth=2, size_px=24, first_size_px=16, root_steps=200, steady=0.75, last_rate=0)
    heard: list[tuple[int, int]] = []
    idle = replace(settings, settled=1.0)  # it would have to double its strength
    trained = train(load_tiny("tiny"), "last", 0, None, idle, 1, lambda step, steps, _: heard.append((step, steps)))
    assert heard[-1] == (trained.steps, trained.steps)
    assert 50 + 2 * 40 <= trained.steps < 200, "the fall is always whole, and two windows are looked at before"
    assert train(load_tiny("tiny"), "last", 0, None, settings, 1).steps == 200


def test_windows_bring_detail_that_a_camera_finds_when_it_goes_in() -> None:
    """After the picture is there, its parts excite the neuron more than without."""
    network = load_tiny("tiny")
    plain = replace(TINY, width=8, root_steps=30)
    windows = replace(plain, window_steps=40, window_rate=0.01)

    def in_windows(settings: Settings) -> float:
        trained = train(network, "last", 2, None, settings, seed=3)
        near = [grid(24, 24) * 0.3 + shift for shift in (-0.9, 0.0, 0.9)]
        pictures = torch.cat(
            [logits(trained.latent, one, architecture_of(plain)).sigmoid().t().view(1, 3, 24, 24) for one in near]
        )
        assert trained.steps == settings.root_steps + settings.window_steps
        return network.activations(pictures, "last")[:, 2].mean().item()

    assert in_windows(windows) > in_windows(plain)


@pytest.mark.parametrize("objective", ["place", "least"])
def test_other_wishes_are_met(objective: Objective) -> None:
    network, settings = load_tiny("tiny"), replace(TINY, objective=objective)
    before = picture_of(random_start(TINY, torch.Generator().manual_seed(3)), TINY, 24)
    after = picture_of(train(network, "last", 2, None, settings, seed=3).latent, TINY, 24)
    first, second = (excitement(network.activations(one, "last"), 2, settings) for one in (before, after))
    assert second > first + 0.02


def test_several_channels_are_excited_at_once() -> None:
    network = load_tiny("tiny")
    both = train(network, "last", 2, None, replace(TINY, also=(4,)), seed=3).latent
    alone = train(network, "last", 2, None, TINY, seed=3).latent
    assert activation(network, "last", 4, both, TINY) > activation(network, "last", 4, alone, TINY)


def test_an_alpha_that_is_empty_is_refused_in_words() -> None:
    settings = replace(TINY, alpha=True, child_steps=1)
    empty = random_start(settings, torch.Generator().manual_seed(1))
    empty[-1] = -30.0  # what the fourth output begins with
    with pytest.raises(AtlasError, match=r"tiny/last/2: its alpha is empty, so nothing of the picture would be seen"):
        train(load_tiny("tiny"), "last", 2, empty, settings, seed=1)


def test_a_child_that_is_asked_to_keeps_the_contrast_of_its_road() -> None:
    network = load_tiny("tiny")
    settings = replace(TINY, child_hue_degrees=180.0)
    parent = train(network, "last", 1, None, settings, 3).latent
    plain = train(network, "last", 2, parent, settings, 3, road_from=parent).latent
    asked = train(network, "last", 2, parent, replace(settings, road=5.0), 3, road_from=parent).latent
    lost = [contrast_lost(parent, child, settings).item() for child in (plain, asked)]
    assert lost[1] < 0.5 * lost[0]
