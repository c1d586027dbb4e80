"""The stops of walks and descents, with or without times and places, and the plate cell that a camera looks into."""

from __future__ import annotations

from dataclasses import dataclass

from installation.language.containers import ListOf, read_or_refuse
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode
from installation.language.quantities import TimeInCue
from installation.language.reading import Reading
from installation.language.scalars import FloatRange, Schema, wrong_node_type
from installation.language.times import CueOffset
from installation.score import limits
from installation.score.score_scalars import NeuronScalar


@dataclass(frozen=True)
class Stop:
    """A neuron of a walk, and the time at which the walk reaches it, if the author gives one."""

    node: Node
    neuron: str
    at: CueOffset | None = None


@dataclass(frozen=True)
class StopItem:
    """`pagoda`, or `{pagoda: 6s}`: the walk is there at 6 s on its own clock.

    After a reported mistake, the stop keeps the unknown name, so that the reader still checks times and views.
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


@dataclass(frozen=True)
class DescentItemSpec:
    """A neuron of a descent, and the place of the next neuron in its picture, if the author gives one."""

    node: Node
    neuron: str
    place: tuple[float, ...] | None = None


@dataclass(frozen=True)
class DescentItem:
    """`garden`, or `{garden: [x, y, radius]}`, in picture coordinates: the short side runs from -1 to 1."""

    words: str = "neuron, or `{neuron: [x, y, radius]}`"

    def read(self, node: Node, reading: Reading) -> DescentItemSpec:
        if isinstance(node, MappingNode):
            if len(node.entries) != 1:
                raise NodeError(node, "one neuron and where the next one lies, such as {garden: [0.1, -0.2, 0.12]}")
            ((key, value),) = node.entries.values()
            place = read_or_refuse(ListOf(FloatRange(-1, 1), "numbers", 3, 3), value, reading)
            if place is not None and not limits.WORLD_RADIUS[0] <= place[2] <= limits.WORLD_RADIUS[1]:
                low, high = limits.WORLD_RADIUS
                raise NodeError(value, f"a radius of {place[2]:g} is outside {low:g}..{high:g}")
            return DescentItemSpec(node, read_or_refuse(NeuronScalar(), key, reading) or key.text, place)
        if isinstance(node, ScalarNode):
            return DescentItemSpec(node, read_or_refuse(NeuronScalar(), node, reading) or node.text)
        raise wrong_node_type(node, "a neuron, or a neuron with a place such as {garden: [0.1, -0.2, 0.12]}")

    def schema(self) -> Schema:
        place = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
        placed = {"type": "object", "additionalProperties": place, "minProperties": 1, "maxProperties": 1}
        return {"anyOf": [NeuronScalar().schema(), placed]}


PLATE = "plate"
"""The value of `into` for the whole plate."""


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
