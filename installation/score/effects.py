"""Effects in the words of a score: an entry of a table, with numbers, parameters or keys for its quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from installation.language.containers import ListOf, Record, RecordOf, key, read_or_refuse
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode, SequenceNode
from installation.language.quantities import TimeInCue
from installation.language.reading import Reading, nearest
from installation.language.scalars import Name, NumberOrParameter, Schema, quoted, wrong_node_type
from installation.language.tables import table
from installation.language.times import CueOffset
from installation.media.isf_file import IsfShader
from installation.score import limits
from installation.score.montage_and_transition import EASE
from installation.score.shaders import quantities_of, shader_words
from installation.score.shaders import schema as shader_schema
from installation.show.effects import EFFECTS, EffectKind, Quantity
from installation.show.expressions import Number
from installation.show.frame import Shader
from installation.show.score import Ease, EffectTracks, Keyframe, Track, steady

if TYPE_CHECKING:
    from installation.score.cue_time import CueTime

SYNONYMS = {
    "colour": "grade",
    "color": "grade",
    "noise": "grain",
    "unsharp": "sharpen",
    "mosaic": "tile",
    "repeat": "tile",
    "mirror": "kaleidoscope",
    "outline": "edges",
}


@dataclass(frozen=True)
class Anything:
    """A value whose quantity is not known yet: it reads as its node, to be read later."""

    words: str = "number or `$parameter`"

    def read(self, node: Node, _reading: Reading) -> Node:
        return node

    def schema(self) -> Schema:
        return NumberOrParameter(-36_000.0, 36_000.0).schema()


@dataclass(frozen=True, kw_only=True, eq=False)
class EffectKeySpec(Record):
    """A value of an effect, and the time at which it is reached."""

    at: CueOffset | None = key(TimeInCue(), "When it is reached, counted from the cue's start.", None, required=True)
    value: Node | None = key(Anything(), "Its value then, within its range.", None, required=True)
    ease: Ease = key(EASE, "How it gets here from the key before.", "linear")
    synonyms: ClassVar[dict[str, str]] = {"time": "at", "amount": "value"}


ISF = "isf"
"""The effect that is an artist's own shader."""

BY = Name("the name of a layer")
BY_ABOUT = "Another layer of the cue, which is not shown itself."

KEYS = ListOf(RecordOf(EffectKeySpec, "an effect key"), "keys", 1, limits.KEYS)


@dataclass(frozen=True)
class EffectKey:
    """A key after reading: a number within its quantity's range."""

    node: Node
    at: CueOffset | None
    value: Number
    ease: Ease


@dataclass(frozen=True)
class EffectWords:
    """An effect as written: its kind, the values of the quantities that are given, and `by`, the layers that guide
    it."""

    kind: str
    values: Mapping[str, Number | tuple[EffectKey, ...]]
    by: tuple[tuple[Node, str], ...] = ()
    shader: IsfShader | None = None


@dataclass(frozen=True)
class EffectItem:
    """`posterize`, `{blur: 0.02}`, `{grade: {gain: 1.2, saturation: $colour}}`."""

    words: str = "effect"

    def read(self, node: Node, reading: Reading) -> EffectWords:
        if isinstance(node, ScalarNode) and node.text == ISF:
            raise wrong_node_type(node, "{isf: FILE}, with the file of a shader")
        if isinstance(node, ScalarNode):
            return _guided(EffectWords(_kind(node, node.text), {}), node)
        if not isinstance(node, MappingNode) or len(node.entries) != 1:
            raise wrong_node_type(node, "an effect with its quantities, such as {blur: 0.02}")
        ((word, (word_node, value_node)),) = node.entries.items()
        kind = _kind(word_node, word)
        if kind == ISF:
            return SHADER.read(value_node, reading)
        quantities = {one.name: one for one in EFFECTS[kind].quantities}
        if not isinstance(value_node, MappingNode):
            first = next(iter(quantities.values()))
            value = _value(value_node, first, reading)
            return _guided(EffectWords(kind, {} if value is None else {first.name: value}), value_node)
        values: dict[str, Number | tuple[EffectKey, ...]] = {}
        by: tuple[tuple[Node, str], ...] = ()
        for name, (name_node, quantity_node) in value_node.entries.items():
            if name == "by" and EFFECTS[kind].guided:
                layer = read_or_refuse(BY, quantity_node, reading)
                by = () if layer is None else ((quantity_node, layer),)
            elif name not in quantities:
                hint = nearest(name, quantities) or f"; there is {', '.join(quantities)}"
                reading.refuse(name_node, f"{quoted(name)} is not a quantity of {kind}{hint}")
            elif (value := _value(quantity_node, quantities[name], reading)) is not None:
                values[name] = value
        return _guided(EffectWords(kind, values, by), value_node)

    def schema(self) -> Schema:
        """A reference: effects appear in several places, but have one definition."""
        return {"$ref": "#/definitions/Effect"}

    def definition(self) -> Schema:
        """Every effect with its quantities."""
        kinds: list[Schema] = [{"enum": [word for word, kind in EFFECTS.items() if not kind.guided and word != ISF]}]
        for word, kind in EFFECTS.items():
            if word == ISF:
                continue
            properties = {one.name: {"description": one.about, **_schema(one)} for one in kind.quantities}
            named: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
            if kind.guided:
                properties["by"] = {"description": BY_ABOUT, **BY.schema()}
                named["required"] = ["by"]
            ways = [named] if kind.guided else [_schema(kind.quantities[0]), named]
            either = {"description": kind.about, "anyOf": ways}
            kinds.append(
                {"type": "object", "properties": {word: either}, "required": [word], "additionalProperties": False}
            )
        isf = {"description": EFFECTS[ISF].about, **SHADER.schema()}
        kinds.append({"type": "object", "properties": {ISF: isf}, "required": [ISF], "additionalProperties": False})
        return {"description": "What is done to a picture; a word alone takes what the manual says.", "anyOf": kinds}


@dataclass(frozen=True)
class ShaderItem:
    """An artist's own shader, with the values of its inputs."""

    words: str = "shader file, or a shader with its inputs"

    def read(self, node: Node, reading: Reading) -> EffectWords:
        found = shader_words(node, reading, _value, _as_it_is)
        by = tuple(found.layers[name] for name in found.shader.further_images if name in found.layers)
        return EffectWords(ISF, found.values, by, found.shader)

    def schema(self) -> Schema:
        return shader_schema()


SHADER = ShaderItem()


def _as_it_is(value: float) -> Number | tuple[EffectKey, ...]:
    return value


def _guided(words: EffectWords, node: Node) -> EffectWords:
    """The same words; raises NodeError if the effect needs a layer that guides it and they name none."""
    if EFFECTS[words.kind].guided and not words.by:
        raise NodeError(
            node, f"{words.kind} needs `by`, the name of a layer of the cue: {{{words.kind}: {{by: NAME}}}}"
        )
    return words


def _kind(node: Node, word: str) -> str:
    if word not in EFFECTS:
        meant = SYNONYMS.get(word.lower())
        hint = f"; did you mean {meant!r}?" if meant else nearest(word, EFFECTS) or f"; there is {', '.join(EFFECTS)}"
        raise NodeError(node, f"effect {quoted(word)} is unknown{hint}")
    return word


def _schema(quantity: Quantity) -> Schema:
    keys = {"type": "array", "items": {"$ref": "#/definitions/EffectKey"}, "minItems": 1}
    return {"anyOf": [NumberOrParameter(quantity.low, quantity.high).schema(), keys]}


def _value(node: Node, quantity: Quantity, reading: Reading) -> Number | tuple[EffectKey, ...] | None:
    """A number or keys; None after a mistake, which it reports."""
    number = NumberOrParameter(quantity.low, quantity.high)
    if not isinstance(node, SequenceNode):
        return read_or_refuse(number, node, reading)
    found = []
    for one in read_or_refuse(KEYS, node, reading) or ():
        value = None if one.value is None else read_or_refuse(number, one.value, reading)
        if value is not None:
            found.append(EffectKey(one.node.at("at"), one.at, value, one.ease))
    return tuple(found) or None


EFFECT = EffectItem()
EFFECT_LIST = ListOf(EFFECT, "effects", 0, limits.EFFECTS)


def effects_of(words: tuple[EffectWords, ...], time: CueTime) -> tuple[EffectTracks, ...]:
    """The effects that `words` describe, in order; their keys are in seconds."""
    return tuple(
        EffectTracks(
            one.kind,
            tuple(_track(one.values.get(q.name, q.fallback), time) for q in _quantities(one)),
            tuple(name for _, name in one.by),
            None if one.shader is None else Shader(str(one.shader.file), one.shader.digest),
        )
        for one in words
    )


def _quantities(words: EffectWords) -> Sequence[Quantity]:
    if words.shader is None:
        return EFFECTS[words.kind].quantities
    return [quantity for one in words.shader.numbers for quantity in quantities_of(one)]


def refuse_guided(words: tuple[EffectWords, ...], reading: Reading) -> None:
    """Refuses effects of a cue or the show that need a layer to guide them."""
    for one in words:
        for node, _ in one.by:
            reading.refuse(node, f"{one.kind} is guided by a layer beside it: put it among the effects of a layer")


def _track(value: Number | tuple[EffectKey, ...], time: CueTime) -> Track:
    if not isinstance(value, tuple):
        return steady(value)
    times = time.rising([(one.at, one.node) for one in value])
    return Track(tuple(Keyframe(at, one.value, one.ease) for at, one in zip(times, value, strict=True)))


def effect_table() -> str:
    """Every effect with its quantities, for the manual."""
    rows = [row for word, kind in EFFECTS.items() for row in _table_rows(word, kind)]
    return table(("effect", "quantity", "takes", "if missing", "meaning"), rows)


def _table_rows(word: str, kind: EffectKind) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [(f"`{word}`", "", "", "", kind.about)]
    if kind.guided:
        rows.append(("", "`by`", "name", "**required**", BY_ABOUT))
    for one in kind.quantities:
        rows.append(("", f"`{one.name}`", f"number, {one.low:g}..{one.high:g}", f"`{one.fallback:g}`", one.about))
    return rows
