"""A network ready to look at pictures."""

from __future__ import annotations

import difflib
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

import torch
from torch import Tensor

from installation.errors import ScoreError
from installation.studio.networks.card import Card
from installation.studio.networks.labels import channels_called, spoken
from installation.studio.networks.wirings.steps import Weights

TOLD = 12
"""The most layers that a message names."""


class Wiring(Hashable, Protocol):
    """The computation of a network from its weights."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that an address may name, in the order of computation."""

    @property
    def branches(self) -> tuple[str, ...]:
        """The layers in which every neuron of the network occurs once."""

    @property
    def labelled(self) -> tuple[str, ...]:
        """The layers whose channels are classes."""

    def channels(self, layer: str) -> int:
        """The number of channels of a layer."""

    def smallest_px(self, layer: str) -> int | None:
        """Side of the smallest square picture that leaves the layer at least one value; None if that is not known."""

    def layer_activations(
        self, picture: Tensor, weights: Weights, wanted: Sequence[str], leak: float
    ) -> dict[str, Tensor]:
        """Values (B, C, h, w) of the wanted layers, without later layers; `picture` is the network's input."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A network: its card, the digest of its file, wiring, weights and class names."""

    card: Card
    sha256: str
    wiring: Wiring
    weights: Weights
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first part of its neurons' addresses."""
        return self.card.name

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that an address may name, in the order of computation."""
        return self.wiring.layers

    def activations(self, picture: Tensor, layer: str, leak: float = 0.0) -> Tensor:
        """Values (B, C, h, w) of `layer` on RGB pictures 0..1 (B, 3, H, W); nothing beyond it is computed.

        `leak` makes plain ReLUs leaky, so that a neuron that is silent on a grey picture still has a gradient.
        ScoreError for a layer that is none and for a picture too small for it.
        """
        return self.layer_activations(picture, [layer], leak)[layer]

    def layer_activations(self, picture: Tensor, layers: Sequence[str], leak: float = 0.0) -> dict[str, Tensor]:
        """Values of several layers from one pass."""
        for layer in layers:
            self.must_see(layer, min(picture.shape[-2:]))
        return self.wiring.layer_activations(self.card.input.see(picture), self.weights, layers, leak)

    def on(self, device: torch.device | str, dtype: torch.dtype = torch.float32) -> Network:
        """The same network with its weights on another device, or of another dtype."""
        moved = {
            name: value.to(device, dtype if value.is_floating_point() else None) for name, value in self.weights.items()
        }
        return replace(self, weights=moved)

    def must_have(self, layer: str) -> None:
        """ScoreError, with the nearest names, unless the network has `layer`."""
        if layer in self.layers:
            return
        near = difflib.get_close_matches(layer, self.layers, n=3, cutoff=0.5)
        words = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        told = ", ".join(self.layers[:TOLD])
        if len(self.layers) > TOLD:
            told += f" and others; `installation network show {self.name}` lists them all"
        raise ScoreError(f"network {self.name!r} has no layer {layer!r}; {words}it has {told}")

    def must_see(self, layer: str, size_px: int) -> None:
        """ScoreError unless `layer` exists and a picture whose shorter side is `size_px` is large enough for it."""
        self.must_have(layer)
        smallest = _smallest_px(self.wiring, layer)
        if smallest is not None and size_px < smallest:
            raise ScoreError(
                f"a picture of {size_px} pixels is too small for {self.name}/{layer}, which sees nothing below "
                f"{smallest}; raise `size_px` and `first_size_px`"
            )

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The layers whose names match `pattern` (* and ?), among the branches, or else among all; may be empty."""
        for names in (self.wiring.branches, self.layers):
            if found := tuple(name for name in names if fnmatchcase(name, pattern)):
                return found
        return ()

    def channels(self, layer: str) -> int:
        """The number of channels of a layer."""
        self.must_have(layer)
        return self.wiring.channels(layer)

    def channel(self, layer: str, word: str) -> int:
        """The number of a channel given by number or, in a layer of classes, by class name."""
        count = self.channels(layer)
        if re.fullmatch("[0-9]{1,9}", word) and int(word) < count:
            return int(word)
        labels = self.labels if layer in self.wiring.labelled else ()
        found = channels_called(word, labels)
        if len(found) == 1:
            return found[0]
        if found:
            which = ", ".join(f"{number} ({labels[number]})" for number in found)
            raise ScoreError(f"{self.name}/{layer}: {word!r} is the name of several classes; say which: {which}")
        names = {name.casefold(): name for label in labels for name in spoken(label)}
        near = difflib.get_close_matches(word.casefold(), names, n=1)
        hint = f"; did you mean {names[near[0]]!r}?" if near else ""
        raise ScoreError(f"{self.name}/{layer} has no channel {word!r}; it has 0 to {count - 1}{hint}")

    def label(self, layer: str, channel: int) -> str:
        """The class name of a channel; empty if the layer's channels are not classes."""
        return self.labels[channel] if self.labels and layer in self.wiring.labelled else ""


@lru_cache(maxsize=4096)
def _smallest_px(wiring: Wiring, layer: str) -> int | None:
    return wiring.smallest_px(layer)
