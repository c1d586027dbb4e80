"""An explanation of a picture for a lecture: its neurons, their layer and channel, and the tree that they grew in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from installation.atlas.atlas import Atlas, Neuron
from installation.atlas.layer_order import in_layer_order
from installation.show.frame import OutputFrame
from installation.show.words import seen_shares


class TreeNode(NamedTuple):
    """A neuron in its family's tree: `across` is 0..1 from the left, `depth` counts from the root, `parent` is a node's
    index."""

    neuron: Neuron
    across: float
    depth: int
    parent: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The neurons behind an output's picture with their shares, the largest first.

    `layers` are those that the atlas has of the first neuron's network, in the network's order; `tree` is its family.
    """

    shares: tuple[tuple[Neuron, float], ...]
    layers: tuple[str, ...]
    tree: tuple[TreeNode, ...]

    @property
    def neuron(self) -> Neuron:
        """The neuron with the largest share."""
        return self.shares[0][0]


def explanation_of(frame: OutputFrame, atlas: Atlas) -> Explanation | None:
    """The explanation of the topmost layer of neurons of an output; None if it shows no neuron of this atlas."""
    shown = next((shares for cue in reversed(frame.cues) if (shares := seen_shares(cue.layers))), ())
    known = {neuron.address: neuron for neuron in atlas.neurons}
    neurons = sorted(((known[one], share) for one, share in shown if one in known), key=lambda one: -one[1])
    if not neurons:
        return None
    first = neurons[0][0]
    own = [one for one in atlas.neurons if one.network == first.network]
    layers = tuple(dict.fromkeys(own[number].layer for number in in_layer_order(own)))
    return Explanation(tuple(neurons), layers, _tree(atlas.of_family(first.family)))


def _tree(neurons: Sequence[Neuron]) -> tuple[TreeNode, ...]:
    """A family as a tree: its leaves are spread evenly, and every parent stands above the middle of its children."""
    indices = {neuron.address: number for number, neuron in enumerate(neurons)}
    parents = [indices[neuron.parent] if neuron.parent else None for neuron in neurons]
    depths: list[int] = []
    for parent in parents:  # an atlas has parents before their children
        depths.append(0 if parent is None else depths[parent] + 1)
    places = _places(parents)
    return tuple(map(TreeNode, neurons, places, depths, parents))


def _places(parents: Sequence[int | None]) -> list[float]:
    """Each node's place from left to right, 0..1; parents come before their children."""
    children: dict[int | None, list[int]] = {number: [] for number in (None, *range(len(parents)))}
    for number, parent in enumerate(parents):
        children[parent].append(number)
    places = [0.5] * len(parents)
    leaves = [number for number in _in_depth(children) if not children[number]]
    for place, leaf in enumerate(leaves):
        places[leaf] = (place + 0.5) / len(leaves)
    for number in reversed(range(len(parents))):
        if below := children[number]:
            places[number] = (places[below[0]] + places[below[-1]]) / 2
    return places


def _in_depth(children: Mapping[int | None, Sequence[int]]) -> list[int]:
    """All nodes, each before what is below it, branch after branch."""
    found, waiting = [], list(reversed(children[None]))
    while waiting:
        found.append(waiting.pop())
        waiting += reversed(children[found[-1]])
    return found
