"""The neurons of a walk, with or without the time at which each is reached, and where a camera looks."""

from __future__ import annotations

from dataclasses import dataclass

from installation.language.containers import read_or_refuse
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode
from installation.language.quantities import TimeInCue
from installation.language.reading import Reading
from installation.language.scalars import Schema, wrong_node_type
from installation.language.times import CueOffset
from installation.score.score_scalars import NeuronScalar


@dataclass(frozen=True)
class Stop:
    """A neuron that a walk goes through, and when it is there if the author says so."""

    node: Node
    neuron: str
    at: CueOffset | None = None


@dataclass(frozen=True)
class StopItem:
    """`pagoda`, or `{pagoda: 6s}`: there at 6 s on the walk's clock.

    A neuron that is unknown stands in for itself once it is told, so that times and views are checked all the same.
    """

    words: str = "neuron, or `{neuron: time}`"

    def read(self, node: Node, reading: Reading) -> Stop:
        if isinstance(node, MappingNode):
            if len(node.entries) != 1:
                raise NodeError(node, "one neuron and the time when the walk is there, such as {pagoda: 6s}")
            ((key, value),) = node.entries.values()
            at = read_or_refuse(TimeInCue(), value, reading)
            return Stop(node, read_or_refuse(NeuronScalar(), key, reading) or key.text, at)
        if isinstance(node, ScalarNode):
            return Stop(node, read_or_refuse(NeuronScalar(), node, reading) or node.text)
        raise wrong_node_type(node, "a neuron, or a neuron with its time such as {pagoda: 6s}")

    def schema(self) -> Schema:
        timed = {"type": "object", "additionalProperties": TimeInCue().schema(), "minProperties": 1, "maxProperties": 1}
        return {"anyOf": [NeuronScalar().schema(), timed]}


PLATE = "plate"
"""Where `into` goes when the camera is to see the whole plate again."""


@dataclass(frozen=True)
class IntoScalar:
    """The cell of a plate that the camera is in: a neuron, or the word `plate`."""

    words: str = "neuron or `plate`"

    def read(self, node: Node, reading: Reading) -> str:
        if isinstance(node, ScalarNode) and node.text == PLATE:
            return PLATE
        return NeuronScalar().read(node, reading)

    def schema(self) -> Schema:
        return {"type": "string"}
