"""The wirings of the networks with random weights, and what is said of a file or a word that does not fit."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from installation.errors import AtlasError, ScoreError
from installation.studio.building import plan
from installation.studio.networks import registry
from installation.studio.networks.card import Card, NetworkInput
from installation.studio.networks.labels import read_labels
from installation.studio.networks.loaders import wiring_of
from installation.studio.networks.network import Network
from installation.studio.networks.registry import card_of, cards, load_network, networks_folder
from installation.studio.networks.wirings.graph import Graph
from installation.studio.networks.wirings.squeezenet import squeezenet
from installation.studio.networks.wirings.steps import ResponseNorm, SlidingWindow
from tests.studio.tiny import recipe_of


def network_of(name: str, labels: tuple[str, ...] = ()) -> Network:
    card = card_of(name)
    graph = wiring_of(card, Path())
    assert isinstance(graph, Graph)
    return Network(card, "0" * 64, graph, graph.random_weights(torch.Generator().manual_seed(1)), labels)


def shapes_of(network: Network, size_px: int, *layers: str) -> list[tuple[int, ...]]:
    picture = torch.rand(1, 3, size_px, size_px, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return [tuple(values.shape[1:]) for values in network.layer_activations(picture, layers).values()]


def test_squeezenet_has_its_layers_at_its_sizes() -> None:
    network = network_of("places365")
    assert shapes_of(network, 224, "conv1", "fire2", "fire3", "fire4", "fire6", "fire6.expand3x3", "conv10") == [
        (64, 112, 112),
        (128, 55, 55),
        (128, 55, 55),
        (256, 27, 27),
        (384, 13, 13),
        (192, 13, 13),
        (365, 13, 13),
    ]


def test_squeezenet_sees_blue_first_and_subtracts_the_mean() -> None:
    network = network_of("places365")
    network.weights["conv1.weight"].zero_()[0, 0, 1, 1] = 1.0
    network.weights["conv1.bias"].zero_()
    blue = torch.zeros(1, 3, 32, 32)
    blue[:, 2] = 1.0
    assert network.activations(blue, "conv1")[0, 0, 3, 3].item() == pytest.approx(1 - 104 / 255)
    black = torch.zeros(1, 3, 32, 32)
    assert network.activations(black, "conv1")[0, 0, 3, 3].item() == pytest.approx(-104 / 255 * 0.2291667)
    assert network.activations(black, "conv1_pre_relu")[0, 0, 3, 3].item() == pytest.approx(-104 / 255)


def test_inception_v3_has_its_layers_at_its_sizes() -> None:
    network = network_of("inception-v3")
    assert shapes_of(network, 299, "conv_2", "mixed", "mixed_2") == [(64, 147, 147), (256, 35, 35), (288, 35, 35)]
    assert shapes_of(network, 107, "mixed_3", "mixed_6_tower_1_conv_3", "mixed_7", "mixed_8") == [
        (768, 5, 5),
        (160, 5, 5),
        (768, 5, 5),
        (1280, 2, 2),
    ]


def test_googlenet_rounds_up_where_it_halves() -> None:
    network = network_of("googlenet")
    sizes = shapes_of(network, 224, "conv1_7x7_s2", "inception_3a", "inception_4c_3x3_reduce", "inception_5b")
    assert sizes == [(64, 112, 112), (256, 28, 28), (128, 14, 14), (1024, 7, 7)]
    # Rounding down would give 27, 13 and 6.
    assert shapes_of(network, 64, "loss3_classifier") == [(1000, 1, 1)]


@pytest.mark.parametrize(("size", "alpha", "beta"), [(5, 1e-4, 0.75), (11, 1e-3, 0.5), (3, 0.1, 0.6)])
def test_response_norm_and_its_gradient_are_torchs(size: int, alpha: float, beta: float) -> None:
    signal = 50 * torch.randn(2, 13, 4, 5, generator=torch.Generator().manual_seed(6))
    ours, theirs = signal.clone().requires_grad_(), signal.clone().requires_grad_()
    found = ResponseNorm(size, alpha, beta, 2.0)([ours], {}, 0.0)
    known = torch.nn.functional.local_response_norm(theirs, size, alpha * size, beta, 2.0)
    torch.testing.assert_close(found, known)
    gradients = [torch.autograd.grad(out.sin().sum(), of)[0] for out, of in ((found, ours), (known, theirs))]
    torch.testing.assert_close(*gradients)


def test_a_mobilenet_is_padded_as_tensorflow_pads() -> None:
    assert [SlidingWindow((3, 3), 2, "same").margins((side, side))[0] for side in (112, 113)] == [(0, 1), (1, 1)]
    network = network_of("birds")
    sizes = shapes_of(network, 224, "conv", "block0", "block8.expand", "block13.depthwise", "block16", "conv_1")
    assert sizes == [(32, 112, 112), (16, 112, 112), (384, 14, 14), (576, 7, 7), (320, 7, 7), (1280, 7, 7)]
    assert shapes_of(network, 97, "conv", "block1", "logits") == [(32, 49, 49), (24, 25, 25), (965, 1, 1)]


@pytest.mark.parametrize("name", sorted(cards()))
def test_every_layer_can_be_looked_at_alone_and_has_the_channels_it_says(name: str) -> None:
    network = network_of(name)
    picture = torch.rand(1, 3, 80, 80, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        together = network.layer_activations(picture, network.layers)
        for layer in network.layers[::20]:
            torch.testing.assert_close(network.activations(picture, layer), together[layer])
    assert {layer: values.shape[1] for layer, values in together.items()} == {
        layer: network.channels(layer) for layer in network.layers
    }


@pytest.mark.parametrize("name", sorted(cards()))
def test_a_block_is_its_branches_behind_one_another_and_they_are_not_yet_cut_at_zero(name: str) -> None:
    caffes_blocks = ("inception_4c", *(f"inception_4c_{kind}" for kind in ("1x1", "3x3", "5x5", "pool_proj")))
    blocks: dict[str, tuple[str, ...]] = {"places365": ("fire4_pre_relu", "fire4.expand1x1", "fire4.expand3x3")}
    blocks |= {"googlenet": caffes_blocks, "places-googlenet": caffes_blocks}
    kinds = "1x1", "3x3", "5x5", "pool_reduce"
    blocks["inception-v1"] = ("mixed4c_pre_relu", *(f"mixed4c_{kind}_pre_relu" for kind in kinds))
    towers = "mixed_4_conv", "mixed_4_tower_conv_2", "mixed_4_tower_1_conv_4", "mixed_4_tower_2_conv"
    blocks["inception-v3"] = ("mixed_4_pre_relu", *towers)
    whole, *branches = blocks.get(name, ("block3", "block3.project"))
    picture = torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        seen = network_of(name).layer_activations(picture, [whole, *branches])
    torch.testing.assert_close(seen[whole], torch.cat([seen[branch] for branch in branches], 1))
    assert all((seen[branch] < 0).any() for branch in branches)


def test_nothing_beyond_the_wanted_layer_is_computed() -> None:
    network = network_of("googlenet")
    beyond = ("inception_4b_1x1", "inception_4c", "loss3")
    kept = {name: value for name, value in network.weights.items() if not name.startswith(beyond)}
    replace(network, weights=kept).activations(torch.rand(1, 3, 64, 64), "inception_4b_3x3")


def test_a_leak_wakes_a_silent_neuron() -> None:
    network = network_of("inception-v3")
    network.weights["conv.bias"].sub_(10)
    picture = torch.full((1, 3, 75, 75), 0.5, requires_grad=True)
    torch.autograd.backward(network.activations(picture, "conv_2").sum())
    assert picture.grad is not None
    assert not picture.grad.any()
    torch.autograd.backward(network.activations(picture, "conv_2", leak=0.2).sum())
    assert picture.grad.any()


def test_a_leak_wakes_a_neuron_that_is_at_the_ceiling() -> None:
    network = network_of("insects")
    network.weights["conv.bias"].add_(100)
    picture = torch.full((1, 3, 32, 32), 0.5, requires_grad=True)
    torch.autograd.backward(network.activations(picture, "block0.depthwise").sum())
    assert picture.grad is not None
    assert not picture.grad.any()
    torch.autograd.backward(network.activations(picture, "block0.depthwise", leak=0.2).sum())
    assert picture.grad.any()


@pytest.mark.parametrize("layer", ["conv10", "fire4", "fire2.squeeze"])
def test_a_picture_too_small_for_a_layer_says_how_large_it_must_be(layer: str) -> None:
    network = network_of("places365")
    smallest = network.wiring.smallest_px(layer)
    assert smallest is not None
    assert shapes_of(network, smallest, layer)[0][1:] == (1, 1)
    with pytest.raises(ScoreError, match=rf"too small for places365/{layer}, which sees nothing below {smallest}"):
        shapes_of(network, smallest - 1, layer)


def test_a_recipe_with_pictures_too_small_for_a_layer_is_refused_before_anything_is_grown() -> None:
    neurons = [{"neuron": "places365/conv10/3", "name": "alcove"}]
    recipe = {"settings": {"first_size_px": 28}, "families": [{"name": "rooms", "neurons": neurons}]}
    with pytest.raises(ScoreError, match=r"a picture of 28 pixels is too small for places365/conv10, .* below 29"):
        plan(recipe_of(recipe), network_of)


def test_a_layer_that_is_not_there_is_named_with_the_nearest() -> None:
    network = network_of("googlenet")
    with pytest.raises(ScoreError, match=r"no layer 'inception_4c_3x33'; did you mean 'inception_4c_3x3' or"):
        network.activations(torch.zeros(1, 3, 64, 64), "inception_4c_3x33")
    with pytest.raises(ScoreError, match=r"no layer 'fire1'; .*it has conv1_pre_relu, conv1, fire2"):
        network_of("places365").channel("fire1", "3")


def test_a_pattern_names_layers_without_naming_a_neuron_twice() -> None:
    network = network_of("googlenet")
    kinds = "1x1", "3x3_reduce", "3x3", "5x5_reduce", "5x5", "pool_proj"
    assert network.matching("inception_4a*") == tuple(f"inception_4a_{kind}" for kind in kinds)
    assert network.matching("inception_4a") == ("inception_4a",)
    assert network.matching("conv9*") == ()


def test_a_class_is_called_by_any_of_its_names() -> None:
    lines = ["tench, Tinca tinca", "crane", "Cyanocitta cristata (Blue Jay)", "crane", *map(str, range(2000, 2996))]
    network = network_of("googlenet", tuple(lines))
    assert network.channel("loss3_classifier", "Tinca tinca") == 0
    assert network.channel("loss3_classifier", "blue jay") == 2
    assert network.channel("loss3_classifier", "2001") == 5
    assert network.label("loss3_classifier", 2) == "Cyanocitta cristata (Blue Jay)"
    assert network.label("inception_4c", 2) == ""
    with pytest.raises(
        ScoreError, match=r"'crane' is the name of several classes; say which: 1 \(crane\), 3 \(crane\)"
    ):
        network.channel("loss3_classifier", "crane")
    with pytest.raises(ScoreError, match=r"no channel 'blue jey'; it has 0 to 999; did you mean 'Blue Jay'\?"):
        network.channel("loss3_classifier", "blue jey")
    with pytest.raises(ScoreError, match=r"inception_4c_3x3 has no channel 'tench'; it has 0 to 255$"):
        network.channel("inception_4c_3x3", "tench")


def test_a_folder_without_the_network_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match=r"squeezenet.safetensors: the file of network 'places365' is not there"):
        load_network("places365", tmp_path)
    with pytest.raises(ScoreError, match=r"network 'googelnet' is not known; did you mean 'googlenet'\? known"):
        load_network("googelnet", tmp_path)


def test_another_file_under_the_networks_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "places365-squeezenet.safetensors"
    path.write_bytes(b"something else")
    with pytest.raises(AtlasError, match=r"not a safetensors file"):
        load_network("places365", tmp_path)
    save_file({"conv1.weight": torch.zeros(2)}, path)
    with pytest.raises(AtlasError, match=r"sha256 is .* needs dd3ea8c4"):
        load_network("places365", tmp_path)


def own_network(folder: Path, monkeypatch: pytest.MonkeyPatch, **changed: torch.Tensor | None) -> None:
    """A network 'own' in `folder` whose digest nobody knows, with some of its tensors changed or left out."""
    weights = {**squeezenet(5).random_weights(torch.Generator().manual_seed(1)), **changed}
    save_file({name: value for name, value in weights.items() if value is not None}, folder / "own.safetensors")
    (folder / "own.txt").write_text("a\nb\nc\nd\ne\n", encoding="utf-8")
    card = Card(
        name="own",
        architecture="SqueezeNet",
        wiring="squeezenet",
        classes=5,
        file="own.safetensors",
        input=NetworkInput(),
        labels_file="own.txt",
        attribution="",
        licence="",
        published="",
    )
    monkeypatch.setattr(registry, "cards", lambda _folder=None: {"own": card})


def test_a_network_is_read_with_its_class_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_network(tmp_path, monkeypatch)
    network = load_network("own", tmp_path)
    assert network.channel("conv10", "d") == 3
    assert network.sha256 == hashlib.sha256((tmp_path / "own.safetensors").read_bytes()).hexdigest()
    (tmp_path / "own.txt").write_text("a\nb\n", encoding="utf-8")
    with pytest.raises(AtlasError, match=r"own.txt: 2 class names, network 'own' has 5 classes"):
        load_network("own", tmp_path)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_network(tmp_path, monkeypatch, **{"fire3.squeeze.bias": torch.full((16,), torch.nan)})
    with pytest.raises(AtlasError, match=r"'fire3.squeeze.bias' holds values that are not finite"):
        load_network("own", tmp_path)


def test_weights_of_another_network_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_network(tmp_path, monkeypatch, **{"conv10.weight": torch.zeros(7, 512, 1, 1)})
    with pytest.raises(AtlasError, match=r"'conv10.weight' is 7x512x1x1, network 'own' needs 5x512x1x1; .* another"):
        load_network("own", tmp_path)
    own_network(tmp_path, monkeypatch, **{"conv10.weight": None})
    with pytest.raises(AtlasError, match=r"has no tensor 'conv10.weight'; this is not a file of network 'own'"):
        load_network("own", tmp_path)


def test_the_networks_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEURAL_IMAGE_NETWORKS", str(tmp_path))
    assert networks_folder(None) == tmp_path
    monkeypatch.delenv("NEURAL_IMAGE_NETWORKS")
    with pytest.raises(ScoreError, match="--networks DIR or the environment variable NEURAL_IMAGE_NETWORKS"):
        networks_folder(None)


def test_class_names_are_read_from_the_lists_that_come_with_networks(tmp_path: Path) -> None:
    names = tmp_path / "categories.txt"
    names.write_text("/c/church/outdoor 1\n/p/pagoda 0\n", encoding="utf-8")
    assert read_labels(names) == ("pagoda", "church/outdoor")
    names.write_text("n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n", encoding="utf-8")
    assert read_labels(names) == ("tench, Tinca tinca", "goldfish, Carassius auratus")
    names.write_text("/c/church/outdoor 1\n/p/pagoda 7\n", encoding="utf-8")
    with pytest.raises(AtlasError, match="its 2 class names do not have the numbers 0 to 1"):
        read_labels(names)
