"""The image recognition networks whose neurons become pictures: a registry, and their wiring up to a wanted layer.

Weights are no part of the project. They are looked for in a folder that the user names, checked by sha256, and read
from safetensors only.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor
from torch.nn import functional

from installation.errors import AtlasError, ScoreError

FOLDER_VARIABLE = "NEURAL_IMAGE_NETWORKS"

PROBE_PX = 96
"""Side of an empty picture that is large enough for every layer, to count channels."""

Weights = Mapping[str, Tensor]
Wiring = Callable[[Tensor, Weights, str, float], Tensor]
"""(RGB picture 0..1 (B, 3, H, W), weights, layer name, leak) -> that layer's activations (B, C, h, w)."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What is known about a network before its file is opened."""

    name: str
    file: str
    sha256: str
    architecture: str
    attribution: str
    layers: tuple[str, ...]
    wiring: Wiring
    labels_file: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """A network ready to look at pictures."""

    name: str
    sha256: str
    layers: tuple[str, ...]
    weights: Weights
    wiring: Wiring
    labels: tuple[str, ...] = ()
    _channels: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def look(self, picture: Tensor, layer: str, leak: float = 0.0) -> Tensor:
        """Activations (B, C, h, w) of `layer` on RGB pictures 0..1 (B, 3, H, W); nothing beyond it is computed.

        `leak` makes plain ReLUs leaky, so that a neuron which a grey picture leaves silent still has a gradient.
        """
        if layer not in self.layers:
            raise ScoreError(f"network {self.name!r} has no layer {layer!r}; it has {', '.join(self.layers)}")
        return self.wiring(picture, self.weights, layer, leak)

    def channels(self, layer: str) -> int:
        """How many channels a layer has, found by showing it an empty picture."""
        if layer not in self._channels:
            with torch.no_grad():
                self._channels[layer] = self.look(torch.zeros(1, 3, PROBE_PX, PROBE_PX), layer).shape[1]
        return self._channels[layer]

    def channel(self, layer: str, word: str) -> int:
        """The number of a channel given by number or, in the last layer, by class name."""
        if word in self.labels and layer == self.layers[-1]:
            return self.labels.index(word)
        count = self.channels(layer)
        if word.isdecimal() and int(word) < count:
            return int(word)
        near = difflib.get_close_matches(word, self.labels, n=1) if layer == self.layers[-1] else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ScoreError(f"{self.name}/{layer} has no channel {word!r}; it has 0 to {count - 1}{hint}")


SQUEEZENET_SLOPE = 0.2291667
"""Negative slope of the LeakyReLU after every convolution of the Places365 SqueezeNet, the last one included."""

SQUEEZENET_MEAN_BGR = (104 / 255, 113 / 255, 117 / 255)


def squeezenet(picture: Tensor, weights: Weights, layer: str, leak: float = 0.0) -> Tensor:
    """SqueezeNet 1.1 with folded batch norms, which was trained on blue-green-red pictures minus their mean."""
    slope = max(leak, SQUEEZENET_SLOPE)

    def convolve(signal: Tensor, name: str, stride: int = 1) -> Tensor:
        kernel = weights[f"{name}.weight"]
        out = functional.conv2d(signal, kernel, weights[f"{name}.bias"], stride, kernel.shape[-1] // 2)
        return functional.leaky_relu(out, slope)

    mean = torch.tensor(SQUEEZENET_MEAN_BGR, dtype=picture.dtype).view(1, 3, 1, 1)
    signal = convolve(picture.flip(1) - mean, "conv1", stride=2)
    if layer == "conv1":
        return signal
    for number in range(2, 10):
        fire = f"fire{number}"
        if number in (2, 4, 6):
            signal = functional.max_pool2d(signal, 3, 2)
        squeezed = convolve(signal, f"{fire}.squeeze")
        signal = torch.cat([convolve(squeezed, f"{fire}.expand1x1"), convolve(squeezed, f"{fire}.expand3x3")], 1)
        if layer == fire:
            return signal
    return convolve(signal, "conv10")


INCEPTION_LAYERS = ("conv_2", "conv_4", "mixed", *(f"mixed_{number}" for number in range(1, 9)))


@dataclass(frozen=True, slots=True)
class _Inception:
    """The parts that Inception v3 is made of; TensorFlow's names."""

    weights: Weights
    leak: float

    def convolve(self, signal: Tensor, name: str, stride: int = 1, same: bool = True) -> Tensor:
        kernel = self.weights[f"{name}.weight"]
        padding = (kernel.shape[-2] // 2, kernel.shape[-1] // 2) if same else (0, 0)
        out = functional.conv2d(signal, kernel, self.weights[f"{name}.bias"], stride, padding)
        return functional.leaky_relu(out, self.leak) if self.leak else functional.relu(out)

    def chain(self, signal: Tensor, prefix: str, count: int, halve: bool = False) -> Tensor:
        """`count` convolutions one after the other, the last one halving the size if `halve`."""
        for number in range(count):
            last = halve and number == count - 1
            name = f"{prefix}_{number}" if number else prefix
            signal = self.convolve(signal, name, stride=2 if last else 1, same=not last)
        return signal

    def block(self, signal: Tensor, name: str) -> Tensor:
        counts = (2, 3) if name in ("mixed", "mixed_1", "mixed_2") else (3, 5)
        if name == "mixed_3":
            branches = [
                self.convolve(signal, f"{name}_conv", 2, same=False),
                self.chain(signal, f"{name}_tower_conv", 3, halve=True),
                functional.max_pool2d(signal, 3, 2),
            ]
        elif name == "mixed_8":
            branches = [
                self.chain(signal, f"{name}_tower_conv", 2, halve=True),
                self.chain(signal, f"{name}_tower_1_conv", 4, halve=True),
                functional.max_pool2d(signal, 3, 2),
            ]
        else:
            pooled = functional.avg_pool2d(signal, 3, 1, 1, count_include_pad=False)
            branches = [
                self.convolve(signal, f"{name}_conv"),
                self.chain(signal, f"{name}_tower_conv", counts[0]),
                self.chain(signal, f"{name}_tower_1_conv", counts[1]),
                self.convolve(pooled, f"{name}_tower_2_conv"),
            ]
        return torch.cat(branches, 1)


def inception_v3(picture: Tensor, weights: Weights, layer: str, leak: float = 0.0) -> Tensor:
    """Inception v3 of December 2015 with folded batch norms, up to mixed_8."""
    parts = _Inception(weights, leak)
    signal = parts.convolve(2 * picture - 1, "conv", 2, same=False)
    signal = parts.convolve(signal, "conv_1", same=False)
    signal = parts.convolve(signal, "conv_2")
    if layer == "conv_2":
        return signal
    signal = parts.convolve(functional.max_pool2d(signal, 3, 2), "conv_3")
    signal = parts.convolve(signal, "conv_4", same=False)
    if layer == "conv_4":
        return signal
    signal = functional.max_pool2d(signal, 3, 2)
    for name in INCEPTION_LAYERS[2:]:
        signal = parts.block(signal, name)
        if layer == name:
            break
    return signal


REGISTRY = {
    known.name: known
    for known in (
        Registered(
            name="places365",
            file="places365-squeezenet.safetensors",
            sha256="dd3ea8c47ca70800cd61a1727a1e74b033fd33784c135f03c8375665566be86a",
            architecture="SqueezeNet 1.1, batch norms folded, LeakyReLU 0.2291667 after every convolution",
            attribution="trained on MIT Places365; converted from urbste/squeezenet_places365, no licence stated",
            layers=("conv1", *(f"fire{number}" for number in range(2, 10)), "conv10"),
            wiring=squeezenet,
            labels_file="places365-categories.txt",
        ),
        Registered(
            name="inception-v3",
            file="imagenet-inception-v3.safetensors",
            sha256="ee36287d759917492d47652273ac9b6bc5d80a1b46665c404ed24dfaad00bc3e",
            architecture="Inception v3 (TensorFlow, December 2015), batch norms folded, up to mixed_8",
            attribution="Google's Inception v3, Apache-2.0; from the per-layer files of shu223/iOS-10-Sampler",
            layers=INCEPTION_LAYERS,
            wiring=inception_v3,
        ),
    )
}


def networks_folder(given: Path | None) -> Path:
    """The folder with the network files: `given`, else the environment variable NEURAL_IMAGE_NETWORKS."""
    named = given or (Path(os.environ[FOLDER_VARIABLE]) if os.environ.get(FOLDER_VARIABLE) else None)
    if named is None:
        raise ScoreError(
            f"no folder with network files: name it with --networks DIR or the environment variable {FOLDER_VARIABLE}"
        )
    if not named.is_dir():
        raise ScoreError(f"{named}: not a folder; --networks takes the folder that holds the network files")
    return named


def labels_of(path: Path) -> tuple[str, ...]:
    """Class names by channel, from lines such as `/p/pagoda 251`."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        named = {int(number): name for name, number in (line.split() for line in lines if line.strip())}
        return tuple(named[number].split("/", 2)[2] for number in range(len(named)))
    except OSError as error:
        raise AtlasError(f"{path}: the class names cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, IndexError) as error:
        raise AtlasError(f"{path}: not a list of class names such as '/p/pagoda 251', one channel a line") from error


def load_network(name: str, folder: Path) -> Network:
    """Read a registered network from `folder`; its file must be the very one that the registry names."""
    known = REGISTRY.get(name)
    if known is None:
        raise ScoreError(f"network {name!r} is not known; known networks: {', '.join(REGISTRY)}")
    path = folder / known.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AtlasError(f"{path}: the file of network {name!r} cannot be read ({error.strerror})") from error
    found = hashlib.sha256(data).hexdigest()
    if found != known.sha256:
        raise AtlasError(f"{path}: sha256 is {found}, network {name!r} needs {known.sha256}; fetch the file again")
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise AtlasError(f"{path}: not a safetensors file ({error})") from error
    labels = labels_of(folder / known.labels_file) if known.labels_file else ()
    weights = {
        # Channels last: 1.3 times as fast on the CPU.
        key: value.float().to(memory_format=torch.channels_last) if value.ndim == 4 else value.float()
        for key, value in tensors.items()
    }
    return Network(name, found, known.layers, weights, known.wiring, labels)
