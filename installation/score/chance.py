"""Neurons by their family or layer, and random choices of neurons and takes: `choose` and `shuffle`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from installation.errors import ScoreError
from installation.language.containers import ByNodeType, ListOf, Record, RecordOf, key
from installation.language.nodes import MappingNode, Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import IntRange, Schema, String, ValueType, unambiguous_text
from installation.score import limits
from installation.score.score_scalars import LayerScalar, NeuronScalar
from installation.score.stops import Stop, StopItem
from installation.show.score import Choice

T = TypeVar("T")


@dataclass(frozen=True)
class FamilyScalar:
    """A family of the atlas; reads as the addresses of its neurons."""

    words: str = "name of a family"

    def read(self, node: Node, reading: Reading) -> tuple[str, ...]:
        text = unambiguous_text(node, "a family")
        try:
            return reading.family(text)
        except ScoreError as error:
            raise NodeError(node, str(error)) from None

    def schema(self) -> Schema:
        return String().schema()


@dataclass(frozen=True, kw_only=True, eq=False)
class PoolSpec(Record):
    """A choice of neurons by what they have in common. Give one of the two."""

    family: tuple[str, ...] | None = key(FamilyScalar(), "All neurons of a family, its root first.", None)
    layer: tuple[str, ...] | None = key(LayerScalar(), "All neurons that the atlas has of one layer.", None)
    schema_constraints: ClassVar[Schema] = {"oneOf": [{"required": ["family"]}, {"required": ["layer"]}]}


POOL_RECORD = RecordOf(PoolSpec, "a pool")


@dataclass(frozen=True)
class Pool:
    """`{family: reef}` or `{layer: places365/conv10}` as the addresses of its neurons."""

    words: str = "`{family: NAME}` or `{layer: network/layer}`"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = (POOL_RECORD,)

    def read(self, node: Node, reading: Reading) -> tuple[str, ...]:
        spec = POOL_RECORD.read(node, reading)
        found = [one for one in (spec.family, spec.layer) if one is not None]
        if len(found) != 1:
            raise NodeError(node, "a family and a layer at once: keep one" if found else "")
        return found[0]

    def schema(self) -> Schema:
        return POOL_RECORD.schema()


@dataclass(frozen=True)
class NeuronsItem:
    """One item of a list of neurons: a neuron, or several neurons, which `several` reads."""

    several: ValueType[tuple[str, ...]]

    @property
    def words(self) -> str:
        return f"neuron, {self.several.words}"

    @property
    def made_of(self) -> tuple[ValueType[Any], ...]:
        return (self.several,)

    def read(self, node: Node, reading: Reading) -> tuple[str, ...]:
        return self.several.read(node, reading) if is_open_form(node) else (NeuronScalar().read(node, reading),)

    def schema(self) -> Schema:
        return {"anyOf": [NeuronScalar().schema(), self.several.schema()]}


class NeuronList:
    """A list of neurons."""

    words = "list of neurons"

    def __init__(self, several: ValueType[tuple[str, ...]]) -> None:
        self._items = ListOf(NeuronsItem(several), "neurons", 1, limits.STOPS)
        self.made_of: tuple[ValueType[Any], ...] = (self._items,)

    def read(self, node: Node, reading: Reading) -> tuple[str, ...]:
        return tuple(neuron for some in self._items.read(node, reading) for neuron in some)

    def schema(self) -> Schema:
        return self._items.schema()


def is_open_form(node: Node) -> bool:
    """Whether a mapping names neurons by family, layer or choice."""
    words = {"family", "layer", "choose", "from", "shuffle"}
    return isinstance(node, MappingNode) and bool(words & node.entries.keys())


POOL: ByNodeType[tuple[str, ...]] = ByNodeType(
    "list of neurons, `{family: NAME}` or `{layer: ...}`", None, NeuronList(Pool()), Pool()
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ChoiceSpec(Record):
    """What chance picks each time the cue starts: some of them, or all in a random order."""

    choose: int | None = key(IntRange(1, limits.STOPS), "How many to draw, none twice.", None)
    from_: tuple[str, ...] | None = key(POOL, "What they are drawn from.", None)
    shuffle: tuple[str, ...] | None = key(POOL, "All of these, in an order drawn by chance.", None)
    schema_constraints: ClassVar[Schema] = {"oneOf": [{"required": ["choose", "from"]}, {"required": ["shuffle"]}]}
    synonyms: ClassVar[dict[str, str]] = {"pick": "choose", "of": "from", "random": "shuffle"}


CHOICE_RECORD = RecordOf(ChoiceSpec, "a choice")


def picked(
    node: MappingNode, count: int | None, pool: tuple[T, ...] | None, shuffled: tuple[T, ...] | None, what: str
) -> tuple[tuple[T, ...], int]:
    """The pool, and how many to draw from it; raises NodeError for a wrong combination of `choose` and `shuffle`."""
    if shuffled is not None and count is None and pool is None:
        return shuffled, len(shuffled)
    said = {word for word in ("choose", "from", "shuffle") if word in node}
    if said not in ({"choose", "from"}, {"shuffle"}):
        raise NodeError(node, "write {choose: 3, from: ...} or {shuffle: ...}")
    if count is None or pool is None:
        raise NodeError(node, "")
    if count > len(pool):
        raise NodeError(node.at("choose"), f"choose {count} from {len(pool)} {what}: there are not that many")
    return pool, count


@dataclass(frozen=True)
class OpenNeurons:
    """Neurons by family or layer, or by a random choice, which reads as open addresses."""

    words: str = "`{family: NAME}`, `{choose: 3, from: ...}` or `{shuffle: ...}`"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = (Pool(), CHOICE_RECORD)

    def read(self, node: Node, reading: Reading) -> tuple[str, ...]:
        if not isinstance(node, MappingNode) or not {"choose", "from", "shuffle"} & node.entries.keys():
            return Pool().read(node, reading)
        spec = CHOICE_RECORD.read(node, reading)
        pool, count = picked(node, spec.choose, spec.from_, spec.shuffle, "neurons")
        choices, place = reading.draws(node)
        choice = Choice(place, pool, count)
        choices.append(choice)
        reading.pools |= dict.fromkeys(choice.addresses, pool)
        return choice.addresses

    def schema(self) -> Schema:
        return {"anyOf": [Pool().schema(), CHOICE_RECORD.schema()]}


NEURONS_OR_OPEN: ByNodeType[tuple[str, ...]] = ByNodeType(
    "list of neurons, a family, a layer, or a choice", None, NeuronList(OpenNeurons()), OpenNeurons()
)


@dataclass(frozen=True)
class OpenStops:
    """Neurons by family, layer or choice as the stops of a walk, without times."""

    words: str = OpenNeurons().words
    made_of: ClassVar[tuple[ValueType[Any], ...]] = OpenNeurons.made_of

    def read(self, node: Node, reading: Reading) -> tuple[Stop, ...]:
        return tuple(Stop(node, neuron) for neuron in OpenNeurons().read(node, reading))

    def schema(self) -> Schema:
        return OpenNeurons().schema()


@dataclass(frozen=True)
class StopsItem:
    """One item of a walk's list: a neuron, a neuron with its time, or several by family, layer or choice."""

    words: str = f"{StopItem().words}, {OpenNeurons().words}"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = OpenNeurons.made_of

    def read(self, node: Node, reading: Reading) -> tuple[Stop, ...]:
        return OpenStops().read(node, reading) if is_open_form(node) else (StopItem().read(node, reading),)

    def schema(self) -> Schema:
        return {"anyOf": [StopItem().schema(), OpenStops().schema()]}


@dataclass(frozen=True)
class ListOfStops:
    """The neurons of a walk, in order."""

    words: str = "list of neurons"
    made_of: ClassVar[tuple[ValueType[Any], ...]] = OpenNeurons.made_of
    _items: ClassVar[ListOf[tuple[Stop, ...]]] = ListOf(StopsItem(), "neurons", 1, limits.STOPS)

    def read(self, node: Node, reading: Reading) -> tuple[Stop, ...]:
        return tuple(stop for stops in self._items.read(node, reading) for stop in stops)

    def schema(self) -> Schema:
        return self._items.schema()


STOPS: ByNodeType[tuple[Stop, ...]] = ByNodeType(
    "list of neurons, a family, a layer, or a choice", None, ListOfStops(), OpenStops()
)


class StopsOr(Generic[T]):
    """A mapping that names neurons by family, layer or choice, or a value of another kind."""

    def __init__(self, other: ValueType[T]) -> None:
        self._other = other
        self.words = other.words
        self.made_of = (other, *OpenNeurons.made_of)

    def read(self, node: Node, reading: Reading) -> T | tuple[Stop, ...]:
        return OpenStops().read(node, reading) if is_open_form(node) else self._other.read(node, reading)

    def schema(self) -> Schema:
        return {"anyOf": [self._other.schema(), OpenStops().schema()]}
