"""The atlas that ships: complete, whole, and as good as its study says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from installation.atlas.atlas import Atlas
from installation.benchmarks.study import near_duplicates, pictures, shows_objects
from installation.studio.measures import faults
from installation.studio.recipes.spec import load_recipe

FOLDER = Path(__file__).parents[2] / "scores" / "atlas"


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas.open(FOLDER)


def test_scenes_inner_neurons_and_inception_are_all_there(atlas: Atlas) -> None:
    layers = [(neuron.network, neuron.layer) for neuron in atlas.neurons]
    assert layers.count(("places365", "conv10")) >= 48
    assert sum(network == "places365" and layer.startswith("fire") for network, layer in layers) >= 23
    assert {layer for network, layer in layers if layer.startswith("fire")} == {f"fire{n}" for n in range(2, 9)}
    assert sum(network == "inception-v3" for network, _ in layers) >= 48
    assert {layer for network, layer in layers if network == "inception-v3"} == {f"mixed_{n}" for n in range(2, 9)}


def test_googlenet_has_been_trained_long_and_insects_and_birds_have_families_of_their_own(atlas: Atlas) -> None:
    networks = [neuron.network for neuron in atlas.neurons]
    assert sum(neuron.network == "googlenet" and neuron.steps >= 280 for neuron in atlas.neurons) >= 30
    assert networks.count("googlenet") >= 40
    assert networks.count("insects") >= 35
    assert networks.count("birds") >= 20
    assert {atlas.find(word).family for word in ("shingles", "tiger_moth", "labyrinth")} == {"elytra"}
    assert {atlas.find(word).family for word in ("cobbles", "broom", "kelp")} == {"quills"}
    for word in ("puppies", "collies", "finches", "blossoms", "knots", "webs", "candles", "harbour", "pugs", "roe"):
        assert atlas.find(word).network == "googlenet"


def test_three_layers_are_there_whole_for_plates(atlas: Atlas) -> None:
    assert len(atlas.neurons) >= 300
    for layer, channels in (("3a_pool_proj", 32), ("3a_5x5_reduce", 16), ("4a_5x5_reduce", 16)):
        found = [neuron.channel for neuron in atlas.neurons if neuron.layer == f"inception_{layer}"]
        assert sorted(found) == list(range(channels))


def test_pictures_that_were_trained_long_do_not_burn(atlas: Atlas) -> None:
    measured = json.loads((FOLDER / "study.json").read_text())["statistics"]
    long = [measured[one.name] for one in atlas.neurons if one.network == "googlenet" and shows_objects(one)]
    assert max(one["clipped"] for one in long) < 0.04
    assert all(39 <= one["deviation"] <= 66 for one in long)
    assert sorted(one["gradient"] for one in long)[len(long) // 2] > 8


def test_the_build_knows_where_every_picture_ends(atlas: Atlas) -> None:
    assert {extent.neuron for extent in atlas.index.extents} == {neuron.address for neuron in atlas.neurons}


def test_artists_find_the_obvious_words(atlas: Atlas) -> None:
    for word in ("pagoda", "arch", "fountain", "lighthouse", "windmill", "castle", "temple", "church", "palace"):
        assert atlas.find(word).layer == "conv10"
    for word in ("mosque", "bridge", "coast", "ocean", "volcano", "waterfall", "market", "library", "sky", "street"):
        assert atlas.find(word).layer == "conv10"
    assert atlas.find("inception-v3/mixed_6/600").name == "leopard"


def test_no_picture_is_grey_or_burnt_and_no_two_are_the_same(atlas: Atlas) -> None:
    with torch.no_grad():
        drawn = pictures(atlas, 48)
    assert {
        one.name: found for one, picture in zip(atlas.neurons, drawn, strict=True) if (found := faults(picture))
    } == {}
    assert near_duplicates(atlas.neurons, drawn) == []


def test_every_road_keeps_nine_tenths_of_its_contrast(atlas: Atlas) -> None:
    edges = {(neuron.parent, neuron.address) for neuron in atlas.neurons if neuron.parent}
    assert {(road.a, road.b) for road in atlas.roads} == edges
    assert min(road.contrast for road in atlas.roads) >= 0.9


def test_recipe_and_study_speak_of_this_atlas(atlas: Atlas) -> None:
    recipe = load_recipe(FOLDER / "recipe.yaml")
    planned = [(neuron.name, family.name) for family in recipe.families for neuron in family.neurons]
    assert planned == [(neuron.name, neuron.family) for neuron in atlas.neurons]
    assert json.loads((FOLDER / "study.json").read_text())["atlas"] == atlas.digest
