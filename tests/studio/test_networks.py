"""The wiring of the two networks, with random weights of the right shapes."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from installation.errors import AtlasError, ScoreError
from installation.studio.networks import (
    INCEPTION_LAYERS,
    REGISTRY,
    Network,
    inception_v3,
    labels_of,
    load_network,
    networks_folder,
    squeezenet,
)

FIRE = {2: (64, 16, 64), 3: (128, 16, 64), 4: (128, 32, 128), 5: (256, 32, 128)}
FIRE |= {6: (256, 48, 192), 7: (384, 48, 192), 8: (384, 64, 256), 9: (512, 64, 256)}


def convolution(name: str, fan_in: int, fan_out: int, high: int, wide: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(fan_in * fan_out + high)
    scale = math.sqrt(2 / (fan_in * high * wide))
    return {
        f"{name}.weight": torch.randn(fan_out, fan_in, high, wide, generator=generator) * scale,
        f"{name}.bias": torch.zeros(fan_out),
    }


def squeezenet_weights() -> dict[str, torch.Tensor]:
    weights = convolution("conv1", 3, 64, 3, 3) | convolution("conv10", 512, 365, 1, 1)
    for number, (fan_in, squeezed, expanded) in FIRE.items():
        weights |= convolution(f"fire{number}.squeeze", fan_in, squeezed, 1, 1)
        weights |= convolution(f"fire{number}.expand1x1", squeezed, expanded, 1, 1)
        weights |= convolution(f"fire{number}.expand3x3", squeezed, expanded, 3, 3)
    return weights


def tower(prefix: str, fan_in: int, steps: list[tuple[int, int, int]]) -> dict[str, torch.Tensor]:
    weights = {}
    for number, (fan_out, high, wide) in enumerate(steps):
        weights |= convolution(f"{prefix}_{number}" if number else prefix, fan_in, fan_out, high, wide)
        fan_in = fan_out
    return weights


def inception_weights() -> dict[str, torch.Tensor]:
    weights = tower("conv", 3, [(32, 3, 3), (32, 3, 3), (64, 3, 3), (80, 1, 1), (192, 3, 3)])
    for name, fan_in, pooled in (("mixed", 192, 32), ("mixed_1", 256, 64), ("mixed_2", 288, 64)):
        weights |= convolution(f"{name}_conv", fan_in, 64, 1, 1) | convolution(
            f"{name}_tower_2_conv", fan_in, pooled, 1, 1
        )
        weights |= tower(f"{name}_tower_conv", fan_in, [(48, 1, 1), (64, 5, 5)])
        weights |= tower(f"{name}_tower_1_conv", fan_in, [(64, 1, 1), (96, 3, 3), (96, 3, 3)])
    weights |= convolution("mixed_3_conv", 288, 384, 3, 3)
    weights |= tower("mixed_3_tower_conv", 288, [(64, 1, 1), (96, 3, 3), (96, 3, 3)])
    for number, mid in ((4, 128), (5, 160), (6, 160), (7, 192)):
        name = f"mixed_{number}"
        weights |= convolution(f"{name}_conv", 768, 192, 1, 1) | convolution(f"{name}_tower_2_conv", 768, 192, 1, 1)
        weights |= tower(f"{name}_tower_conv", 768, [(mid, 1, 1), (mid, 1, 7), (192, 7, 1)])
        steps = [(mid, 1, 1), (mid, 7, 1), (mid, 1, 7), (mid, 7, 1), (192, 1, 7)]
        weights |= tower(f"{name}_tower_1_conv", 768, steps)
    weights |= tower("mixed_8_tower_conv", 768, [(192, 1, 1), (320, 3, 3)])
    weights |= tower("mixed_8_tower_1_conv", 768, [(192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3)])
    return weights


def test_squeezenet_has_its_layers_at_its_sizes() -> None:
    weights = squeezenet_weights()
    with torch.no_grad():
        picture = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
        shapes = {layer: tuple(squeezenet(picture, weights, layer).shape[1:]) for layer in REGISTRY["places365"].layers}
    assert shapes["conv1"] == (64, 112, 112)
    assert (shapes["fire2"], shapes["fire3"]) == ((128, 55, 55), (128, 55, 55))
    assert (shapes["fire4"], shapes["fire5"]) == ((256, 27, 27), (256, 27, 27))
    assert (shapes["fire6"], shapes["fire9"], shapes["conv10"]) == ((384, 13, 13), (512, 13, 13), (365, 13, 13))


def test_squeezenet_sees_blue_first_and_subtracts_the_mean() -> None:
    weights = {key: torch.zeros_like(value) for key, value in squeezenet_weights().items()}
    weights["conv1.weight"][0, 0, 1, 1] = 1.0
    picture = torch.zeros(1, 3, 32, 32)
    picture[:, 2] = 1.0
    seen = squeezenet(picture, weights, "conv1")[0, 0, 3, 3].item()
    assert seen == pytest.approx(1 - 104 / 255)
    assert squeezenet(torch.zeros(1, 3, 32, 32), weights, "conv1")[0, 0, 3, 3].item() == pytest.approx(
        -104 / 255 * 0.2291667
    )


def test_inception_has_its_layers_at_its_sizes() -> None:
    weights = inception_weights()
    with torch.no_grad():
        picture = torch.rand(1, 3, 299, 299, generator=torch.Generator().manual_seed(0))
        shapes = {
            layer: tuple(inception_v3(picture, weights, layer).shape[1:]) for layer in ("conv_2", "mixed", "mixed_2")
        }
        picture = picture[..., :107, :107]
        shapes |= {layer: tuple(inception_v3(picture, weights, layer).shape[1:]) for layer in INCEPTION_LAYERS[5:]}
    assert shapes["conv_2"] == (64, 147, 147)
    assert (shapes["mixed"], shapes["mixed_2"]) == ((256, 35, 35), (288, 35, 35))
    assert {shapes[f"mixed_{number}"] for number in (3, 4, 5, 6, 7)} == {(768, 5, 5)}
    assert shapes["mixed_8"] == (1280, 2, 2)


def test_a_leak_wakes_a_silent_neuron() -> None:
    weights = inception_weights()
    picture = torch.full((1, 3, 75, 75), 0.5, requires_grad=True)
    weights["conv.bias"] -= 10
    inception_v3(picture, weights, "conv_2").sum().backward()
    assert picture.grad is not None
    assert not picture.grad.any()
    inception_v3(picture, weights, "conv_2", 0.2).sum().backward()
    assert picture.grad.any()


def test_a_folder_without_the_network_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match=r"places365-squeezenet.safetensors: the file of network 'places365'"):
        load_network("places365", tmp_path)
    with pytest.raises(ScoreError, match=r"network 'vgg' is not known; known networks: places365, inception-v3"):
        load_network("vgg", tmp_path)


def test_another_file_under_the_networks_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "places365-squeezenet.safetensors").write_bytes(b"something else")
    with pytest.raises(AtlasError, match=r"sha256 is .* needs dd3ea8c4"):
        load_network("places365", tmp_path)


def test_the_networks_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEURAL_IMAGE_NETWORKS", str(tmp_path))
    assert networks_folder(None) == tmp_path
    monkeypatch.delenv("NEURAL_IMAGE_NETWORKS")
    with pytest.raises(ScoreError, match="--networks DIR or the environment variable NEURAL_IMAGE_NETWORKS"):
        networks_folder(None)


def test_class_names_keep_their_slashes(tmp_path: Path) -> None:
    names = tmp_path / "categories.txt"
    names.write_text("/c/church/outdoor 1\n/p/pagoda 0\n")
    assert labels_of(names) == ("pagoda", "church/outdoor")
    names.write_text("pagoda\n")
    with pytest.raises(AtlasError, match="not a list of class names"):
        labels_of(names)


def test_a_layer_that_is_not_there_is_named() -> None:
    network = Network("places365", "0" * 64, REGISTRY["places365"].layers, squeezenet_weights(), squeezenet)
    with pytest.raises(ScoreError, match=r"no layer 'fire1'; it has conv1, fire2"):
        network.look(torch.zeros(1, 3, 64, 64), "fire1")
    assert network.channels("fire4") == 256
