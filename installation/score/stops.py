"""The neurons of a walk, with or without the time at which each is reached, and where a camera looks."""

from __future__ import annotations

from dataclasses import dataclass

from installation.language.kinds import Schema, wrong_shape
from installation.language.nodes import Mapping, Node, NodeError, Scalar
from installation.language.quantities import TimeInCue
from installation.language.reading import Reading
from installation.language.shapes import attempt
from installation.language.times import Moment
from installation.score.words import NeuronWord


@dataclass(frozen=True)
class Stop:
    """A neuron that a walk goes through, and when it is there if the author says so."""

    node: Node
    neuron: str
    at: Moment | None = None


@dataclass(frozen=True)
class StopWord:
    """`pagoda`, or `{pagoda: 6s}`: there at 6 s on the walk's clock.

    A neuron that is unknown stands in for itself once it is told, so that times and views are checked all the same.
    """

    words: str = "neuron, or `{neuron: time}`"

    def read(self, node: Node, reading: Reading) -> Stop:
        if isinstance(node, Mapping):
            if len(node.entries) != 1:
                raise NodeError(node, "one neuron and the time when the walk is there, such as {pagoda: 6s}")
            ((key, value),) = node.entries.values()
            at = attempt(TimeInCue(), value, reading)
            return Stop(node, attempt(NeuronWord(), key, reading) or key.text, at)
        if isinstance(node, Scalar):
            return Stop(node, attempt(NeuronWord(), node, reading) or node.text)
        raise wrong_shape(node, "a neuron, or a neuron with its time such as {pagoda: 6s}")

    def schema(self) -> Schema:
        timed = {"type": "object", "additionalProperties": TimeInCue().schema(), "minProperties": 1, "maxProperties": 1}
        return {"anyOf": [NeuronWord().schema(), timed]}


PLATE = "plate"
"""Where `into` goes when the camera is to see the whole plate again."""


@dataclass(frozen=True)
class Into:
    """The cell of a plate that the camera is in: a neuron, or the word `plate`."""

    words: str = "neuron or `plate`"

    def read(self, node: Node, reading: Reading) -> str:
        if isinstance(node, Scalar) and node.text == PLATE:
            return PLATE
        return NeuronWord().read(node, reading)

    def schema(self) -> Schema:
        return {"type": "string"}
