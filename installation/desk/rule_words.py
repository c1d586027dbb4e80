"""The words of a rule in a desk file: what a console's message means to the player."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from installation.desk.address_map import CAPTURE, Press, Rule
from installation.language.containers import ByNodeType, ListOf, Record, RecordOf, key, read_or_refuse
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode
from installation.language.reading import Reading, nearest
from installation.language.scalars import FloatRange, OneOf, Schema, quoted, scalar, wrong_node_type
from installation.show.controls import CONTROLS

R = TypeVar("R", bound=Record)

MAX_RULES = 4_096

ENDINGS = ("", "/dmx", "/value")


@dataclass(frozen=True)
class ControlAddress:
    """One of our addresses, which may use captures; checked against the table of controls."""

    words: str = "address of ours"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "an address such as /master").text
        if not any(_fits(text, row.address + ending) for row in CONTROLS for ending in ENDINGS):
            known = [row.address for row in CONTROLS]
            raise NodeError(node, f"{quoted(text)} is not an address of this player{nearest(text, known)}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^/"}


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleSpec(Record):
    """What the player does when a console sends to this address."""

    to: str = key(ControlAddress(), "An address of the player.", "", required=True)
    range: tuple[float, ...] = key(
        ListOf(FloatRange(-1e9, 1e9), "numbers", 2, 2), "What the console sends at the two ends.", (), default="as ours"
    )
    press: Press | None = key(
        OneOf(Press, "press"), "`edge` fires when the level passes the halfway point on the way up.", None
    )
    value: float | None = key(
        FloatRange(-1e6, 1e6), "The value that is sent to that address whenever the console presses.", None
    )
    fade: float | None = key(FloatRange(0.0, 3600.0), "Fade time in seconds, if the console sends none.", None)
    synonyms: ClassVar[dict[str, str]] = {"target": "to", "address": "to", "fade_seconds": "fade"}


@dataclass(frozen=True)
class PlainRule:
    """A rule that gives our address and nothing else."""

    words: str = "our address"

    def read(self, node: Node, reading: Reading) -> RuleSpec:
        return RuleSpec(node=MappingNode(node.line, node.column), to=ControlAddress().read(node, reading))

    def schema(self) -> Schema:
        return ControlAddress().schema()


RULE: ByNodeType[RuleSpec] = ByNodeType(
    "our address, or `to` with its range", PlainRule(), None, RecordOf(RuleSpec, "a rule")
)


@dataclass(frozen=True)
class KeyedRules:
    """A mapping from the console's messages to their meaning."""

    what: str
    checked: Callable[[ScalarNode], object]

    @property
    def words(self) -> str:
        return f"{self.what}: our address"

    def read(self, node: Node, reading: Reading) -> tuple[tuple[ScalarNode, RuleSpec], ...]:
        if not isinstance(node, MappingNode):
            raise wrong_node_type(node, f"{self.what}s, one a line, each with our address")
        if len(node.entries) > MAX_RULES:
            raise NodeError(node, f"{len(node.entries)} {self.what}s; {MAX_RULES} at most")
        found = []
        for key_node, child in node.entries.values():
            try:
                self.checked(key_node)
            except NodeError as wrong:
                reading.refuse(wrong.node, wrong.message)
            words = read_or_refuse(RULE, child, reading)
            if words is not None and words.to:
                found.append((key_node, words))
        return tuple(found)

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": RULE.schema()}


def rule_of(source: ScalarNode, words: RuleSpec, reading: Reading) -> Rule:
    unknown = set(CAPTURE.findall(words.to)) - set(CAPTURE.findall(source.text))
    for name in sorted(unknown):
        reading.refuse(source, f"{{{name}}} stands in {words.to} but not in {source.text}")
    low, high = words.range if len(words.range) == 2 else (None, None)
    if low is not None and low == high:
        reading.refuse(words.node.at("range"), f"both ends are {low:g}: give two numbers that differ")
    return Rule(source.text, words.to, low, high, words.press, words.value, words.fade)


def is_button(address: str) -> bool:
    return any(row.type in ("trigger", "cue") and _fits(address, row.address) for row in CONTROLS)


def _fits(text: str, address: str) -> bool:
    """Whether a target fits an address of the table, with a name or capture for each name in braces."""
    given, row = text.casefold().split("/"), address.split("/")
    if len(given) != len(row):
        return False
    return all(one == two or (two[:1] == "{" and one) for one, two in zip(given, row, strict=True))


@dataclass(frozen=True)
class Alone(Generic[R]):
    """A single record where a list of records is allowed, too."""

    kind: RecordOf[R]

    @property
    def words(self) -> str:
        return self.kind.words

    def read(self, node: Node, reading: Reading) -> tuple[R, ...]:
        return (self.kind.read(node, reading),)

    def schema(self) -> Schema:
        return self.kind.schema()


def one_or_several(kind: RecordOf[R], what: str, high: int) -> ByNodeType[tuple[R, ...]]:
    """A record, or a list of them."""
    return ByNodeType(f"{kind.words}, or a list of them", None, ListOf(kind, what, 1, high), Alone(kind))
