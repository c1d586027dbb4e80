"""Training: seeded, and better than what it began with."""

from __future__ import annotations

import pytest
import torch

from installation.atlas.cppn import grid, logits
from installation.studio.glimpses import glimpse
from installation.studio.recipe import Settings
from installation.studio.training import activation, architecture_of, start_alone, start_from, train
from tests.studio.tiny import load_tiny

TINY = Settings(
    width=4, depth=2, size_px=24, first_size_px=24, root_steps=40, child_steps=30, root_rate=0.02, contrast=0
)


def test_training_excites_the_neuron_and_repeats_itself() -> None:
    network = load_tiny("tiny")
    start = start_alone(TINY, torch.Generator().manual_seed(3))
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
    settings = TINY.model_copy(update={"child_turn_degrees": 40.0, "child_zoom": 1.5, "child_shift": 0.3})
    settings = settings.model_copy(update={"child_hue_degrees": hue})
    parent = start_alone(TINY, torch.Generator().manual_seed(1))
    child = start_from(parent, settings, torch.Generator().manual_seed(2))
    untouched = start_from(parent, TINY, torch.Generator().manual_seed(2))
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
    seen = torch.stack([glimpse(16, 16, Settings(), generator) for _ in range(50)])
    assert seen.abs().max() < 2.7
    assert len({view[0, 0].item() for view in seen}) == 50
