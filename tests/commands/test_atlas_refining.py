"""`installation atlas refine` as typed, on the network of random weights that is made on the spot."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from installation.atlas.atlas import Atlas
from installation.commands.cli import app
from installation.errors import AtlasError, ScoreError
from installation.studio.building import adopt, plan
from installation.studio.measures import likeness
from installation.studio.networks.registry import load_from
from installation.studio.recipes.spec import load_recipe
from installation.studio.training import picture_of
from installation.studio.training_job import job_of
from tests.studio.tiny import build_tiny

RECIPE = """
settings: {width: 8, depth: 3, size_px: 32, first_size_px: 32, root_steps: 20, child_steps: 10}
families: [{name: first, neurons: [{neuron: sketch/shapes/0, name: stem}, {neuron: sketch/edges/1, name: leaf}]}]
"""
SMALL = ["--size", "32", "--steps", "6", "--workers", "1"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sketch")
    (folder / "recipe.yaml").write_text(RECIPE)
    done = CliRunner().invoke(
        app, ["atlas", "build", str(folder / "recipe.yaml"), "--out", str(folder / "atlas"), "--workers", "1"]
    )
    assert done.exit_code == 0, done.output
    (folder / "atlas" / "collections.yaml").write_text("collections: []\n")
    return folder


def refine(folder: Path, out: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, ["atlas", "refine", *words, "--atlas", str(folder / "atlas"), "--out", str(out), *SMALL]
    )


def test_one_neuron_is_refined_and_all_others_stay(built: Path, tmp_path: Path) -> None:
    done = refine(built, tmp_path / "finer", "leaf")
    assert done.exit_code == 0, done.output
    before, after = Atlas.open(built / "atlas"), Atlas.open(tmp_path / "finer")
    stem, leaf = before.find("stem"), before.find("leaf")
    assert after.find("stem") == stem
    assert torch.equal(after.latent(stem), before.latent(stem))
    assert after.find("leaf").steps == leaf.steps + 6
    assert not torch.equal(after.latent(leaf), before.latent(leaf))
    assert after.find("leaf").activation > leaf.activation
    assert (tmp_path / "finer" / "collections.yaml").exists()


def test_what_is_refined_keeps_its_composition(built: Path, tmp_path: Path) -> None:
    refine(built, tmp_path / "finer", "stem")
    settings = load_recipe(built / "recipe.yaml").families[0].settings
    pictures = [
        picture_of(opened.latent(opened.find("stem")), settings, 64)
        for opened in (Atlas.open(built / "atlas"), Atlas.open(tmp_path / "finer"))
    ]
    assert likeness(torch.cat(pictures))[0, 1] > 0.9


def test_a_build_takes_over_what_was_refined_once_its_recipe_says_so(built: Path, tmp_path: Path) -> None:
    done = refine(built, tmp_path / "finer", "leaf")
    said = re.search(r"refine: (\{.*\})", done.output)
    assert said, done.output
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace("name: leaf", f"name: leaf, refine: {said[1]}"))
    planned = plan(load_recipe(recipe), partial(load_from, None))
    assert adopt(planned, tmp_path / "work", tmp_path / "finer") == 2
    assert adopt(planned, tmp_path / "other", built / "atlas") == 1, "there it is still to be refined"


def test_a_neuron_is_refined_in_its_own_folder_again_and_again(built: Path, tmp_path: Path) -> None:
    refine(built, tmp_path / "finer", "leaf")
    first = Atlas.open(tmp_path / "finer").find("leaf")
    done = CliRunner().invoke(
        app, ["atlas", "refine", "leaf", "--atlas", str(tmp_path / "finer"), "--out", str(tmp_path / "finer"), *SMALL]
    )
    assert done.exit_code == 0, done.output
    second = Atlas.open(tmp_path / "finer").find("leaf")
    assert second.steps == first.steps + 6
    assert second.recipe != first.recipe


def test_a_print_asks_for_windows_as_small_as_its_paper_needs(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("installation.commands.atlas_refining.WINDOW_STEPS", 2)
    done = refine(built, tmp_path / "poster", "leaf", "--for", "10x8cm")
    assert done.exit_code == 0, done.output
    assert "window_steps: 2, window_sides: [0.4, 0.7]" in done.output
    steps = Atlas.open(built / "atlas").find("leaf").steps
    assert Atlas.open(tmp_path / "poster").find("leaf").steps == steps + 8
    told = refine(built, tmp_path / "stamp", "leaf", "--for", "4x4cm").exception
    assert isinstance(told, ScoreError)
    assert "--for: on 4 x 4 cm at 300 dpi the whole picture at 32 pixels is as fine as is seen" in str(told)


def test_a_neuron_that_is_none_and_a_network_of_another_file_are_told(tmp_path: Path, built: Path) -> None:
    assert "did you mean 'leaf'" in str(refine(built, tmp_path / "finer", "leav").exception)
    build_tiny(tmp_path)
    done = refine(tmp_path, tmp_path / "finer", "pagoda")
    assert isinstance(done.exception, ScoreError | AtlasError)
    assert not (tmp_path / "finer").exists()


def test_a_recipe_may_refine_by_what_is_usual(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.replace("name: leaf", "name: leaf, refine: {}"))
    family = load_recipe(recipe).families[0]
    stem, leaf = (job_of(one, family, load_from(None, "sketch"), ()) for one in family.neurons)
    assert stem.refinement is None
    assert leaf.refinement is not None
    assert (leaf.refinement.width, leaf.refinement.child_steps) == (8, 130)
