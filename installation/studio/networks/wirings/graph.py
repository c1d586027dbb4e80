"""A network as a graph of named steps; it computes only the steps that lead to a wanted layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from installation.studio.networks.wirings.steps import (
    Classifier,
    Concatenation,
    Convolution,
    MaxPool,
    MeanPool,
    Padding,
    Rectifier,
    ResponseNorm,
    SlidingWindow,
    Step,
    Sum,
    Weights,
)

PICTURE = "picture"
"""The name of the network's input (B, 3, H, W), in the form that the network was trained on."""

MAX_PX = 1024
"""Upper limit when searching for the smallest picture side of a layer."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A step, its sources, and its number of channels."""

    step: Step
    sources: tuple[str, ...]
    channels: int


class Graph:
    """A wiring: a builder adds it step by step, each step after its sources.

    A convolution's name stands for its values *before* the ReLU, which have a gradient everywhere. `layers` are the
    names that an address may use; `branches` are those of them that do not merely repeat others.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, GraphNode] = {}
        self._layers: list[str] = []
        self._branches: list[str] = []
        self._labelled: list[str] = []
        self.shapes: dict[str, tuple[int, ...]] = {}

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that an address may name, in the order of computation."""
        return tuple(self._layers)

    @property
    def branches(self) -> tuple[str, ...]:
        """The layers in which every neuron of the network occurs once."""
        return tuple(self._branches)

    @property
    def labelled(self) -> tuple[str, ...]:
        """The layers whose channels are classes."""
        return tuple(self._labelled)

    def channels(self, layer: str) -> int:
        """The number of channels of a layer."""
        return 3 if layer == PICTURE else self._nodes[layer].channels

    def add(self, name: str, step: Step, sources: Sequence[str], channels: int, *, layer: bool = False) -> str:
        """Add a step and return its name; set `layer` if an address may name it."""
        self._nodes[name] = GraphNode(step, tuple(sources), channels)
        if layer:
            self._layers.append(name)
        return name

    def convolve(
        self,
        name: str,
        source: str,
        width: int,
        kernel: int | tuple[int, int],
        stride: int = 1,
        padding: Padding = "half",
        *,
        weight: str | None = None,
        groups: int = 1,
    ) -> str:
        """A convolution to `width` channels, its weights under `weight` or its own name."""
        high, wide = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        stored = weight or name
        self.shapes[f"{stored}.weight"] = (width, self.channels(source) // groups, high, wide)
        self.shapes[f"{stored}.bias"] = (width,)
        self._branches.append(name)
        step = Convolution(stored, SlidingWindow((high, wide), stride, padding), groups)
        return self.add(name, step, [source], width, layer=True)

    def rectify(self, source: str, slope: float = 0.0, ceiling: float | None = None, *, name: str | None = None) -> str:
        """The source after its ReLU; an address may name it if it has a `name`."""
        step = Rectifier(slope, ceiling)
        return self.add(name or f"{source}:relu", step, [source], self.channels(source), layer=name is not None)

    def pool(self, name: str, source: str, kernel: int, stride: int, padding: Padding) -> str:
        """Max pooling."""
        step = MaxPool(SlidingWindow((kernel, kernel), stride, padding))
        return self.add(name, step, [source], self.channels(source))

    def mean_pool(self, name: str, source: str, kernel: int) -> str:
        """Mean pooling that keeps the size."""
        return self.add(name, MeanPool(SlidingWindow((kernel, kernel))), [source], self.channels(source))

    def normalise(self, name: str, source: str, size: int, alpha: float, beta: float, k: float) -> str:
        """Local response normalisation."""
        return self.add(name, ResponseNorm(size, alpha, beta, k), [source], self.channels(source))

    def join(self, name: str, sources: Sequence[str], *, layer: bool = True) -> str:
        """The channels of all sources, concatenated."""
        return self.add(name, Concatenation(), sources, sum(map(self.channels, sources)), layer=layer)

    def sum(self, name: str, first: str, second: str) -> str:
        """The sum of two sources."""
        return self.add(name, Sum(), [first, second], self.channels(first), layer=True)

    def classify(self, name: str, source: str, classes: int, *, weight: str | None = None) -> str:
        """The classes' scores before the softmax, their weights under `weight` or the same name."""
        stored = weight or name
        self.shapes[f"{stored}.weight"] = (classes, self.channels(source))
        self.shapes[f"{stored}.bias"] = (classes,)
        self._branches.append(name)
        self._labelled.append(name)
        return self.add(name, Classifier(stored), [source], classes, layer=True)

    def label(self, *layers: str) -> None:
        """Say that the channels of `layers` are classes."""
        self._labelled += layers

    def after_relu(self, layer: str) -> str:
        """The step that gives a convolution's values after its ReLU, as other programs report them."""
        return next((name for name in (f"{layer}:relu", layer) if name in self._nodes), layer)

    def layer_activations(
        self, picture: Tensor, weights: Weights, wanted: Sequence[str], leak: float
    ) -> dict[str, Tensor]:
        """Signals of the wanted steps; computes only the steps that lead to them."""
        signals = {PICTURE: picture}
        order = self._leading_to(wanted)
        last_use = {source: name for name in order for source in self._nodes[name].sources}
        for name in order:
            node = self._nodes[name]
            signals[name] = node.step([signals[source] for source in node.sources], weights, leak)
            for source in node.sources:
                if last_use[source] == name and source not in wanted:
                    signals.pop(source, None)
        return {name: signals[name] for name in wanted}

    def _leading_to(self, wanted: Iterable[str]) -> list[str]:
        needed = set(wanted)
        for name in reversed(self._nodes):  # sources always come before the steps that use them
            if name in needed:
                needed.update(self._nodes[name].sources)
        return [name for name in self._nodes if name in needed]

    def smallest_px(self, layer: str) -> int:
        """Side of the smallest square picture that leaves the layer at least one value."""
        order = self._leading_to([layer])
        return next((side for side in range(1, MAX_PX) if self._fits(side, order)), MAX_PX)

    def _fits(self, side: int, order: list[str]) -> bool:
        sides = {PICTURE: (side, side)}
        for name in order:
            node = self._nodes[name]
            sides[name] = node.step.sides(sides[node.sources[0]])
            if min(sides[name]) < 1:
                return False
        return True

    def random_weights(self, generator: torch.Generator) -> dict[str, Tensor]:
        """Random weights that preserve the size of signals, for trying the studio without any file."""
        return {name: _random(shape, generator) for name, shape in self.shapes.items()}


def _random(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    spread = math.sqrt(2 / math.prod(shape[1:])) if len(shape) > 1 else 0.1
    return torch.randn(shape, generator=generator) * spread
