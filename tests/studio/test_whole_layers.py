"""Whole layers become neurons: all of them, without some, or the best of short trainings."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.errors import ScoreError
from installation.studio.building import networks_of, plan, train_all
from installation.studio.estimate import estimate
from installation.studio.recipes.recipe import Recipe
from installation.studio.whole_layers import addresses_of, detail, probes_of, ranked, written_out
from tests.studio.tiny import load_tiny, recipe_of, tiny_recipe

SMALL = {"width": 4, "depth": 2, "size_px": 24, "first_size_px": 16, "root_steps": 3, "child_steps": 2}


def recipe(**family: object) -> Recipe:
    return recipe_of({"settings": SMALL, "families": [{"name": "whole", "seed": 1, **family}]})


def names(found: Recipe) -> list[str]:
    return [neuron.name for family in found.families for neuron in family.neurons]


def test_all_channels_of_a_layer_become_neurons_with_names_and_chosen_parents(tmp_path: Path) -> None:
    asked = recipe(all=["tiny/last"])
    found = written_out(asked, networks_of(asked, load_tiny), tmp_path)
    assert names(found) == [f"last_{number}" for number in range(6)]
    assert all(neuron.parent is None for neuron in found.families[0].neurons)
    assert [len(job.candidates) for job in plan(found, load_tiny).jobs] == [0, 1, 2, 3, 4, 5]


def test_patterns_take_branches_and_exceptions_leave_out(tmp_path: Path) -> None:
    asked = recipe(all=["tiny/*"], without=["tiny/last/[3-5]", "tiny/first*/0"])
    found = addresses_of(asked.families[0], networks_of(asked, load_tiny))
    assert found == [f"tiny/first_pre_relu/{number}" for number in range(1, 5)] + [
        f"tiny/last/{number}" for number in range(3)
    ]
    kept = recipe(all=["tiny/last"], neurons=[{"neuron": "tiny/last/2", "name": "sky"}])
    written = written_out(kept, networks_of(kept, load_tiny), tmp_path)
    assert names(written) == ["sky", "last_0", "last_1", "last_3", "last_4", "last_5"]


def test_best_trains_only_the_most_detailed_probes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installation.studio.whole_layers.PROBE_STEPS", 2)
    monkeypatch.setattr("installation.studio.whole_layers.PROBE_PX", 24)
    asked = recipe(all=["tiny/last"], best=2)
    known = networks_of(asked, load_tiny)
    probed = probes_of(asked, known)
    assert [job.address for job in probed.jobs] == [f"tiny/last/{number}" for number in range(6)]
    assert len(list(train_all(probed, load_tiny, tmp_path, workers=1))) == 6
    order = ranked(probed, tmp_path)
    assert [found for found, _ in order] == sorted((detail(job, tmp_path) for job in probed.jobs), reverse=True)
    chosen = written_out(asked, known, tmp_path)
    assert [neuron.neuron for neuron in chosen.families[0].neurons] == [job.address for _, job in order[:2]]


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ({}, "family 'whole' needs `neurons`, or whole layers named by `all`"),
        (
            {"neurons": [{"neuron": "tiny/last/0", "name": "a"}], "best": 3},
            "`best` chooses among the channels of `all`",
        ),
        ({"all": ["tiny"]}, "'tiny' is not a network/layer, such as googlenet/inception_4a_"),
    ],
)
def test_a_family_that_names_no_neurons_is_refused(family: dict[str, object], words: str) -> None:
    with pytest.raises(ScoreError, match=words):
        recipe(**family)


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ({"all": ["tiny/lost"]}, "no layer 'lost'; did you mean 'last'"),
        ({"all": ["tiny/last"], "without": ["tiny/last/*"]}, "`without` leaves nothing of tiny/last"),
        (
            {"all": ["tiny/last"], "max_generations": 1, "max_children": 2},
            "6 neurons, and a tree of 1 generations .* room for 3",
        ),
    ],
)
def test_layers_that_cannot_be_grown_are_told_before_anything_is_trained(
    family: dict[str, object], words: str, tmp_path: Path
) -> None:
    asked = recipe(**family)
    with pytest.raises(ScoreError, match=words):
        written_out(asked, networks_of(asked, load_tiny), tmp_path)


def test_a_dry_run_counts_neurons_steps_and_disk_and_keeps_nothing(tmp_path: Path) -> None:
    planned = plan(tiny_recipe(steps=7), load_tiny)
    found = estimate(planned, tmp_path / "work", workers=2)
    assert (found.neurons, found.waiting, found.steps) == (6, 6, 42)
    assert found.seconds > 0
    assert str(found).startswith("6 neurons, 6 of them to train: 42 steps, about 0:00:0")
    assert not (tmp_path / "work").exists()
    next(iter(train_all(planned, load_tiny, tmp_path / "work", workers=1)))
    assert estimate(planned, tmp_path / "work", workers=2).waiting == 5
