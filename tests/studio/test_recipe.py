"""Recipes: what is said nearest holds, and every mistake is named with its line, all at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from installation import SHIPPED_ATLAS
from installation.atlas.format import read_index
from installation.errors import ScoreError
from installation.studio.recipes.recipe import Grade, Settings
from installation.studio.recipes.spec import load_recipe
from installation.studio.training_job import job_of
from tests.studio.tiny import load_tiny

GOOD = """\
settings: {root_steps: 5, calm: 0.2}
families:
  - name: spires
    settings: {calm: 0.4}
    grade: {colour: 2}
    neurons:
      - {neuron: places365/conv10/pagoda, name: pagoda}
      - {neuron: places365/conv10/church/outdoor, name: church, parent: pagoda, settings: {child_steps: 7}}
      - {neuron: birds/logits/Blue Jay, name: jay, grade: {darkness: 0.5}}
"""


def mistakes(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(ScoreError) as caught:
        load_recipe(path)
    assert [str(one) for one in caught.value.mistakes] == str(caught.value).split("\n")
    return [str(one).removeprefix(f"{tmp_path}/") for one in caught.value.mistakes]


def changed(tmp_path: Path, old: str, new: str) -> str:
    assert old in GOOD
    (told,) = mistakes(tmp_path, GOOD.replace(old, new))
    return told


def test_what_is_said_nearest_to_a_neuron_holds(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(GOOD)
    pagoda, church, jay = load_recipe(path).families[0].neurons
    assert pagoda.settings == Settings(root_steps=5, calm=0.4)
    assert church.settings == Settings(root_steps=5, calm=0.4, child_steps=7)
    assert (church.grade, jay.grade) == (Grade(colour=2), Grade(darkness=0.5)), "a neuron's replaces, whole"
    assert jay.neuron == "birds/logits/Blue Jay"


def test_the_shipped_recipe_still_asks_for_the_very_training_that_the_shipped_atlas_had() -> None:
    digests = {neuron.name: neuron.recipe for neuron in read_index(SHIPPED_ATLAS).neurons}
    network = load_tiny("tiny")
    found = {}
    for family in load_recipe(SHIPPED_ATLAS / "recipe.yaml").families:
        for neuron in family.neurons:
            job = job_of(replace(neuron, neuron="tiny/last/0"), family, network, ("parent",) if neuron.parent else ())
            found[neuron.name] = job.recipe
    assert found == digests


def test_every_mistake_is_told_at_once_with_its_line_and_column(tmp_path: Path) -> None:
    text = GOOD.replace("root_steps", "root_stepz").replace("calm: 0.4", "calm: 400").replace("{colour", "{color")
    assert mistakes(tmp_path, text.replace("parent: pagoda", "parent: pagode")) == [
        "my.yaml:1:12: settings.root_stepz: 'root_stepz' is not a key of settings; did you mean 'root_steps'?",
        "my.yaml:4:22: families[0].settings.calm: 400 is outside 0..100",
        "my.yaml:5:13: families[0].grade.color: 'color' is not a key of grade; did you mean 'colour'?",
        "my.yaml:8:73: families[0].neurons[1].parent: family 'spires' has no 'pagode' before this neuron, only pagoda",
    ]


def test_a_root_has_no_parent(tmp_path: Path) -> None:
    told = changed(tmp_path, "pagoda, name: pagoda}", "pagoda, name: pagoda, parent: church}")
    assert told.endswith("family 'spires' has no 'church' before this neuron: it is the first, so it has no parent")


def test_names_and_neurons_are_given_once(tmp_path: Path) -> None:
    told = changed(tmp_path, "name: church", "name: pagoda")
    assert told.startswith("my.yaml:8:57: ")
    assert told.endswith("neuron name 'pagoda' is given twice (first on line 7)")
    assert "neuron 'birds/logits/Blue Jay' is given twice" in changed(
        tmp_path, "places365/conv10/pagoda", "birds/logits/Blue Jay"
    )


def test_a_neuron_is_network_layer_and_channel(tmp_path: Path) -> None:
    told = changed(tmp_path, "places365/conv10/pagoda", "places365/pagoda")
    assert "'places365/pagoda' is not a neuron; neurons are written network/layer/channel, such as" in told


def test_names_have_the_letters_that_an_atlas_allows(tmp_path: Path) -> None:
    assert "'a b' cannot be the name of a family, which a score addresses" in changed(tmp_path, "spires", "a b")
    assert "too long for the name of a neuron: 80 characters" in changed(tmp_path, "name: church", "name: " + 81 * "c")


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, "families:\n  - name: a\n   neurons: []\n")
    assert told.startswith("my.yaml:3:4: ")


def test_each_line_says_what_it_means(tmp_path: Path) -> None:
    told = changed(tmp_path, "settings: {calm: 0.4}", "settings: &dark {calm: 0.4}")
    assert told.startswith("my.yaml:4:15: families[0].settings: anchor &dark: anchors are not allowed; delete it")


def test_a_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"my\.yaml:1:1: there is no such file"):
        load_recipe(tmp_path / "my.yaml")


def test_numbers_out_of_bounds_say_what_is_allowed(tmp_path: Path) -> None:
    assert "root_steps: 0 is outside 1..20000" in changed(tmp_path, "root_steps: 5", "root_steps: 0")
    assert ".nan is not a number" in changed(tmp_path, "root_steps: 5", "root_rate: .nan")


def test_a_default_left_alone_does_not_decide_and_children_ignore_how_roots_start() -> None:
    settings = Settings(root_steps=9, child_rate=0.01, detail_start=2.0, calm=0.3)
    assert settings.changed_settings(root=True) == {"root_steps": 9, "detail_start": 2.0, "calm": 0.3}
    assert settings.changed_settings(root=False) == {"child_rate": 0.01, "calm": 0.3}
