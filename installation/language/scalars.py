"""Kinds of words in a score: each reads one scalar, and describes the accepted values for schema and docs."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast, get_args

from installation.language import limits
from installation.language.expressions import looks_like_expression, parse_condition, parse_expression
from installation.language.nodes import (
    NODE_NAMES,
    MappingNode,
    Node,
    NodeError,
    ScalarNode,
    SequenceNode,
    UnreadableNode,
)
from installation.language.reading import Reading, nearest
from installation.show.expressions import Between, MayDivideByZeroError, Number, bounds_of, parameters_in

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

Schema = dict[str, Any]


class ValueType(Protocol[T_co]):
    """A kind of value in a score: `words` describes it in the docs' tables, `schema` in JSON Schema."""

    @property
    def words(self) -> str: ...

    def read(self, node: Node, reading: Reading) -> T_co:
        """The value of `node`; raises NodeError. A kind of several parts reports mistakes to `reading` instead."""

    def schema(self) -> Schema: ...


YAML_NULLS = ("", "~", "null", "Null", "NULL")
"""Words that mean null in YAML."""


def quoted(text: str) -> str:
    """`text` for a message: in quotes, and shortened."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def scalar(node: Node, wanted: str) -> ScalarNode:
    """`node` as a word; raises NodeError if it is anything else."""
    if isinstance(node, ScalarNode):
        if node.plain and node.text in YAML_NULLS:
            raise wrong_node_type(node, wanted)
        return node
    raise wrong_node_type(node, wanted)


def wrong_node_type(node: Node, wanted: str) -> NodeError:
    """The error for a node of another shape than `wanted`."""
    if isinstance(node, UnreadableNode):
        return NodeError(node, "")
    if isinstance(node, ScalarNode) and node.plain and node.text in YAML_NULLS:
        return NodeError(node, f"the value is missing; it takes {wanted} (or delete the key)")
    if isinstance(node, MappingNode) and len(node.entries) == 1 and next(iter(node.entries)).startswith("{"):
        return NodeError(node, f"takes {wanted}, not braces in braces")
    return NodeError(node, f"takes {wanted}, not {NODE_NAMES[type(node)]}")


NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
OCTAL = re.compile(r"[-+]?0\d+", re.ASCII)
NOT_FINITE = re.compile(r"[-+]?\.?(?:inf|infinity|nan)", re.IGNORECASE)


def number(node: ScalarNode, wanted: str) -> float:
    """The number in `node`; raises NodeError for quoted or octal numbers, NaN and infinity."""
    text = node.text
    if not NUMBER.fullmatch(text) or len(text) > 40:
        if NOT_FINITE.fullmatch(text):
            raise NodeError(node, f"{text} is not a number that a computer can hold; it takes {wanted}")
        raise NodeError(node, f"{quoted(text)} is not a number; it takes {wanted}{_number_hint(text)}")
    if not node.plain:
        raise NodeError(node, f"{quoted(text)} is in quotes, so it is text; it takes {wanted}: delete the quotes")
    if OCTAL.fullmatch(text):
        raise NodeError(
            node, f"{text} begins with 0, which some programs read as octal; did you mean {text.lstrip('+-0') or '0'}?"
        )
    value = float(text)
    if not math.isfinite(value):
        raise NodeError(node, f"{text} is not a number that a computer can hold; it takes {wanted}")
    return value


def _number_hint(text: str) -> str:
    if match := re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*%", text, re.ASCII):
        return f"; did you mean {float(match[1]) / 100:g}?"
    if re.fullmatch(r"[-+]?\d+,\d+", text, re.ASCII):
        return f"; did you mean {text.replace(',', '.')}?"
    if match := re.fullmatch(r"([-+]?\d+(?:\.\d+)?)\s*(?:deg|degrees|°|x|px)", text):
        return f"; did you mean {match[1]}?"
    return ""


def require_range(node: Node, value: float, low: float, high: float, what: str = "") -> float:
    """`value` if it is in low..high; else raises NodeError, which names the value by `what`."""
    if not low <= value <= high:
        which = f"{what} {value:.10g}, which" if what else f"{value:.10g}"
        raise NodeError(node, f"{which} is outside {low:.10g}..{high:.10g}")
    return value


@dataclass(frozen=True)
class FloatRange:
    """A number in low..high."""

    low: float
    high: float

    @property
    def words(self) -> str:
        return f"number, {self.low:g}..{self.high:g}"

    def read(self, node: Node, _reading: Reading) -> float:
        wanted = f"a number in {self.low:g}..{self.high:g}"
        return require_range(node, number(scalar(node, wanted), wanted), self.low, self.high)

    def schema(self) -> Schema:
        return {"type": "number", "minimum": self.low, "maximum": self.high}


PARAMETER_NAME = r"[a-z][a-z0-9_-]*"


BETWEEN = "between"

EXPRESSION_SCHEMA: Schema = {"type": "string", "pattern": r"\$[a-z]|^[-+*/().0-9\s]*\s[-+*/]\s[-+*/().0-9\s]*$"}
"""An expression with a parameter, or with numbers alone."""


def checked_parameters(node: Node, value: Number, reading: Reading) -> Number:
    """`value`; raises NodeError if the score lacks one of its parameters."""
    known, used = reading.parameters, parameters_in(value)
    for name in sorted(used - known.keys()):
        have = f"the score has {', '.join(known)}" if known else "the score has none: add it under `parameters`"
        before, dash, after = name.partition("-")
        hint = f"; did you mean ${before} - {after}? put spaces around operators" if dash and before in known else ""
        raise NodeError(node, f"parameter {quoted(name)} is unknown; {have}{hint or nearest(name, known)}")
    reading.used |= used
    return value


def expression(node: ScalarNode, reading: Reading, low: float, high: float, *, seconds: bool = False) -> Number:
    """The expression in `node`; raises NodeError if it can leave low..high for any values of its parameters."""
    known = reading.expressions.get((node.text, low, high, seconds))
    if known is not None:
        return known
    by_zero = f"{quoted(node.text)} may divide by zero; keep the divisor above or below it, as in max($name, 0.1)"
    try:
        value = checked_parameters(node, parse_expression(node.text, seconds=seconds), reading)
        ends = bounds_of(value, reading.bounds)
    except MayDivideByZeroError:
        raise NodeError(node, by_zero) from None
    except (ValueError, OverflowError) as error:
        raise NodeError(node, f"{quoted(node.text)}: {error}") from None
    if not low <= ends[0] <= ends[1] <= high:
        for end in ends:
            require_range(node, end, low, high, f"{node.text} may become" if parameters_in(value) else "")
    reading.expressions[node.text, low, high, seconds] = value
    return value


@dataclass(frozen=True)
class Condition:
    """A comparison with parameters, such as `$near > 0.5 and $far < 2`; its value is 1 if it is true."""

    words: str = "condition, such as `$near > 0.5`"

    def read(self, node: Node, reading: Reading) -> Number:
        word = scalar(node, "a condition such as $near > 0.5")
        try:
            value = checked_parameters(node, parse_condition(word.text), reading)
            bounds_of(value, reading.bounds)
        except (ValueError, OverflowError) as error:
            raise NodeError(node, f"{quoted(word.text)}: {error}") from None
        return value

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"\$[a-z]"}


@dataclass(frozen=True)
class NumberOrParameter:
    """A number in low..high, an expression with `$name` for the present value of a parameter, or a random range."""

    low: float
    high: float

    @property
    def words(self) -> str:
        return f"number, {self.low:g}..{self.high:g}, or `$parameter`"

    def read(self, node: Node, reading: Reading) -> Number:
        wanted = f"a number in {self.low:g}..{self.high:g} or a $parameter"
        if isinstance(node, MappingNode):
            return self._between(node, reading)
        word = scalar(node, wanted)
        if looks_like_expression(word.text):
            return expression(word, reading, self.low, self.high)
        return require_range(node, number(word, wanted), self.low, self.high)

    def schema(self) -> Schema:
        inside: Schema = {"type": "number", "minimum": self.low, "maximum": self.high}
        between = {"type": "array", "items": inside, "minItems": 2, "maxItems": 2}
        drawn = {"properties": {BETWEEN: between}, "required": [BETWEEN], "additionalProperties": False}
        return {"anyOf": [inside, EXPRESSION_SCHEMA, {"type": "object"} | drawn]}

    def _between(self, node: MappingNode, reading: Reading) -> Number:
        """Reads `{between: [1, 3]}`: a random number, drawn whenever the cue is entered."""
        ends = node.at(BETWEEN)
        if list(node.entries) != [BETWEEN] or not isinstance(ends, SequenceNode) or len(ends.items) != 2:
            raise NodeError(node, f"takes a number, a $parameter or a range for chance, such as {{{BETWEEN}: [1, 3]}}")
        inside = FloatRange(self.low, self.high)
        low, high = (inside.read(one, reading) for one in ends.items)
        if low >= high:
            raise NodeError(ends, f"the range goes from {low:g} to {high:g}: the lowest value comes first")
        _, place = reading.draws(node)
        return Between(low, high, place)


@dataclass(frozen=True)
class IntRange:
    """A whole number in low..high."""

    low: int
    high: int

    @property
    def words(self) -> str:
        return f"whole number, {self.low}..{self.high}"

    def read(self, node: Node, _reading: Reading) -> int:
        wanted = f"a whole number in {self.low}..{self.high}"
        value = require_range(node, number(scalar(node, wanted), wanted), self.low, self.high)
        if value != int(value):
            raise NodeError(node, f"{value:g} is not a whole number")
        return int(value)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class FormatVersion:
    """The version of a file's language; `newest` is the newest that this player knows."""

    newest: int

    @property
    def words(self) -> str:
        return "`1`" if self.newest == 1 else f"`1` to `{self.newest}`"

    def read(self, node: Node, _reading: Reading) -> int:
        wanted = f"a version, which is a whole number of at most {self.newest}"
        value = number(scalar(node, wanted), wanted)
        if value != int(value) or value < 1:
            raise NodeError(node, f"{value:g} is not a version; it takes {wanted}")
        if value > self.newest:
            told = f"version {value:g} is newer than this player, which reads up to version {self.newest}"
            raise NodeError(node, f"{told}: update the player, or use the older file")
        return int(value)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": 1, "maximum": self.newest}


@dataclass(frozen=True)
class Boolean:
    """true or false."""

    words: str = "`true` or `false`"

    def read(self, node: Node, _reading: Reading) -> bool:
        word = scalar(node, "true or false")
        if word.plain and word.text in ("true", "false"):
            return word.text == "true"
        meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(word.text.lower(), word.text.lower())
        hint = f"; did you mean {meant}?" if meant in ("true", "false") else ""
        raise NodeError(node, f"{quoted(word.text)} is neither true nor false{hint}")

    def schema(self) -> Schema:
        return {"type": "boolean"}


def _words_of(literal: object) -> Iterator[str]:
    """The words of a Literal, or of several Literals joined by `|`."""
    for one in get_args(literal):
        yield from [one] if isinstance(one, str) else _words_of(one)


class OneOf(Generic[T]):
    """One of the words of a Literal type."""

    def __init__(self, literal: object, what: str) -> None:
        self.choices: tuple[str, ...] = tuple(_words_of(literal))
        self._one = OneOfNames(self.choices, what)

    @property
    def words(self) -> str:
        return self._one.words

    def read(self, node: Node, reading: Reading) -> T:
        return cast(T, self._one.read(node, reading))

    def schema(self) -> Schema:
        return self._one.schema()


class OneOfNames:
    """One of some names, to which other modules may have added theirs."""

    def __init__(self, names: Collection[str], what: str) -> None:
        self._names = names
        self._what = what

    @property
    def words(self) -> str:
        return ", ".join(f"`{name}`" for name in self._names)

    def read(self, node: Node, _reading: Reading) -> str:
        word = scalar(node, f"one of {', '.join(self._names)}").text
        if word not in self._names:
            told = f"{self._what} {quoted(word)} is unknown; there is {', '.join(self._names)}"
            raise NodeError(node, told + nearest(word, self._names))
        return word

    def schema(self) -> Schema:
        return {"enum": list(self._names)}


AMBIGUOUS_IN_YAML = re.compile(
    r"y|n|yes|no|on|off|true|false|null|~|<<|="
    r"|[-+]?(\d[\d_]*(\.[\d_]*)?|\.\d+)(e[-+]?\d+)?|[-+]?0[xob][0-9a-f_]+|[-+]?\d+(:[0-5]?\d)+(\.\d*)?"
    r"|[-+]?\.inf|\.nan|\d{4}-\d\d?-\d\d?.*",
    re.IGNORECASE | re.ASCII,
)
"""Unquoted words that some version of YAML reads as a boolean, number, time or null."""

PLAIN_NUMBER = re.compile(r"(0|[1-9]\d{0,14})(\.\d{0,14}[1-9])?", re.ASCII)
"""A number in the form in which every program writes it again."""


def unambiguous_text(node: Node, wanted: str) -> str:
    """The text of a name; raises NodeError for an unquoted word that YAML may read as another type."""
    word = scalar(node, wanted)
    text = word.text
    if word.plain and AMBIGUOUS_IN_YAML.fullmatch(text) and not PLAIN_NUMBER.fullmatch(text):
        raise NodeError(node, f'{text} means something else to YAML; as {wanted} it needs quotes: "{text}"')
    return text


@dataclass(frozen=True)
class String:
    """Free text of one line or more."""

    words: str = "text"

    def read(self, node: Node, _reading: Reading) -> str:
        text = unambiguous_text(node, "text")
        if len(text) > limits.TEXT:
            raise NodeError(node, f"{len(text)} characters are too many: {limits.TEXT} at most")
        if not text.replace("\n", "").isprintable():
            raise NodeError(node, f"{quoted(text)} has invisible characters: delete them")
        return text.strip()

    def schema(self) -> Schema:
        return {"type": ["string", "number"], "maxLength": limits.TEXT}


NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
NAME_RULE = "letters a to z, digits, -, _ and ., a letter or digit first"
PARAMETER_RULE = "small letters a to z, digits, - and _, a letter first"


@dataclass(frozen=True)
class Name:
    """A name for use by the desk, files and other machines: ASCII that fits `pattern`, which `rule` says in words."""

    what: str
    pattern: str = NAME
    rule: str = NAME_RULE
    max_length: int = limits.WORD
    addressed_by: str = "the desk"
    words: str = "name"

    def read(self, node: Node, _reading: Reading) -> str:
        text = unambiguous_text(node, self.what)
        if len(text) > self.max_length:
            raise NodeError(node, f"{quoted(text)} is too long for {self.what}: {self.max_length} characters at most")
        if not re.fullmatch(self.pattern, text, re.ASCII):
            small = text.lower()
            hint = f"; did you mean {small!r}?" if re.fullmatch(self.pattern, small, re.ASCII) else ""
            told = f"{quoted(text)} cannot be {self.what}, which {self.addressed_by} addresses: {self.rule}{hint}"
            raise NodeError(node, told)
        return text

    def schema(self) -> Schema:
        return {"type": ["string", "number"], "pattern": f"^{self.pattern}$", "maxLength": self.max_length}
