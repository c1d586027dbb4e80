"""Recipes: every mistake is named with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation.errors import ScoreError
from installation.studio.recipe import Settings, load_recipe

GOOD = """
settings: {root_steps: 5}
families:
  - name: spires
    neurons:
      - {neuron: places365/conv10/pagoda, name: pagoda}
      - {neuron: places365/conv10/church/outdoor, name: church, parent: pagoda, settings: {child_steps: 7}}
"""


def reading(tmp_path: Path, text: str) -> str:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(ScoreError) as caught:
        load_recipe(path)
    return str(caught.value)


def test_settings_of_a_neuron_overrule_those_of_all(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD)
    recipe = load_recipe(path)
    family = recipe.families[0]
    assert recipe.settings_of(family, family.neurons[1]) == Settings(root_steps=5, child_steps=7)


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    assert "root_stepz" in reading(tmp_path, GOOD.replace("root_steps", "root_stepz"))
    assert "child_stepz" in reading(tmp_path, GOOD.replace("child_steps", "child_stepz"))


def test_a_parent_must_come_first(tmp_path: Path) -> None:
    message = reading(tmp_path, GOOD.replace("parent: pagoda", "parent: tower"))
    assert "parent 'tower' of 'church' is not among the neurons before it: ['pagoda']" in message


def test_a_name_is_given_once(tmp_path: Path) -> None:
    assert "neuron name 'pagoda' is given twice" in reading(tmp_path, GOOD.replace("name: church", "name: pagoda"))


def test_broken_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    assert "recipe.yaml:3: not YAML" in reading(tmp_path, "families:\n  - name: a\n   neurons: []\n")


def test_numbers_out_of_bounds_say_what_is_allowed(tmp_path: Path) -> None:
    message = reading(tmp_path, GOOD.replace("root_steps: 5", "root_steps: 0"))
    assert "settings.root_steps: Input should be greater than or equal to 1, found 0" in message
    assert "finite" in reading(tmp_path, GOOD.replace("root_steps: 5", "root_rate: .nan"))


def test_a_default_left_alone_does_not_decide_and_children_ignore_how_roots_start() -> None:
    settings = Settings(root_steps=9, child_rate=0.01, detail_start=2.0, calm=0.3)
    assert settings.deciding(root=True) == {"root_steps": 9, "detail_start": 2.0, "calm": 0.3}
    assert settings.deciding(root=False) == {"child_rate": 0.01, "calm": 0.3}
