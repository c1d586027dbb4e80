"""A desk file: what a console sends and means, as YAML. Every mistake at once, with its line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from installation.desk.address_map import CAPTURE, Press, Rule
from installation.desk.network.dmx_merge import Loss, Merge, Patch, Universe
from installation.desk.network.peers import parse_peers
from installation.errors import Mistake, ScoreError
from installation.language import limits
from installation.language.containers import ByNodeType, ListOf, Record, RecordOf, key, read_or_refuse
from installation.language.document import root_of
from installation.language.nodes import MappingNode, Node, NodeError, ScalarNode
from installation.language.reading import Reading, nearest
from installation.language.scalars import (
    Choice,
    FloatRange,
    FormatVersion,
    IntRange,
    Schema,
    Text,
    quoted,
    scalar,
    wrong_node_type,
)
from installation.show.controls import CONTROLS

MAX_RULES = 4_096

CHANNEL = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?", re.ASCII)

ENDINGS = ("", "/dmx", "/value")


@dataclass(frozen=True, slots=True)
class DeskFile:
    """A desk file as the desk uses it; an empty one maps nothing. `warnings` are allowed, but look unintended."""

    name: str = ""
    rules: tuple[Rule, ...] = ()
    feedback: tuple[str, ...] = ()
    sacn: tuple[Universe, ...] = ()
    artnet: tuple[Universe, ...] = ()
    warnings: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class ControlAddress:
    """One of our addresses, which may take up captures; checked against the table of controls."""

    words: str = "address of ours"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "an address such as /master").text
        if not any(_fits(text, row.address + ending) for row in CONTROLS for ending in ENDINGS):
            known = [row.address for row in CONTROLS]
            raise NodeError(node, f"{quoted(text)} is no address of this player{nearest(text, known)}")
        return text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^/"}


@dataclass(frozen=True)
class HostAndPort:
    """HOST:PORT."""

    words: str = "HOST:PORT"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "HOST:PORT").text
        try:
            parse_peers([text])
        except ScoreError as error:
            raise NodeError(node, str(error).removeprefix("--feedback ")) from None
        return text

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleSpec(Record):
    """What one address of a console means."""

    to: str = key(ControlAddress(), "An address of the player.", "", required=True)
    range: tuple[float, ...] = key(
        ListOf(FloatRange(-1e9, 1e9), "numbers", 2, 2), "What the console sends at the two ends.", (), default="as ours"
    )
    press: Press | None = key(Choice(Press, "press"), "`edge` fires when half of the way up is passed.", None)
    value: float | None = key(FloatRange(-1e6, 1e6), "Sent to that address whenever the console presses.", None)
    fade: float | None = key(FloatRange(0.0, 3600.0), "Fade time in seconds, where the console sends none.", None)
    synonyms: ClassVar[dict[str, str]] = {"target": "to", "address": "to", "fade_seconds": "fade"}


@dataclass(frozen=True)
class PlainRule:
    """A rule that is only our address."""

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
    """A mapping from what the console sends to what it means."""

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


def _check_osc_address(node: ScalarNode) -> None:
    if not node.text.startswith("/") or len(node.text) > limits.TEXT:
        raise NodeError(node, f"{quoted(node.text)} is no OSC address: it begins with /")
    names = CAPTURE.findall(node.text)
    if len(names) != len(set(names)) or "{" in CAPTURE.sub("", node.text):
        raise NodeError(node, f"{quoted(node.text)}: captures are {{small letters}}, each once")


def _channels(node: ScalarNode) -> tuple[int, bool]:
    """The first channel, and whether the next one belongs to it."""
    match = CHANNEL.fullmatch(node.text)
    first, second = (int(match[1]), int(match[2] or 0)) if match else (0, 0)
    if not 1 <= first <= 512 or second not in (0, first + 1) or second > 512:
        raise NodeError(node, f"{quoted(node.text)} is no channel: 1 to 512, or a pair such as 5-6 for 16 bits")
    return first, second > 0


@dataclass(frozen=True, kw_only=True, eq=False)
class UniverseSpec(Record):
    """Levels that come as a universe of DMX."""

    universe: int = key(IntRange(0, 63_999), "The universe that the player follows.", 1, required=True)
    start: int = key(IntRange(1, 512), "The DMX address at which channel 1 lies.", 1)
    merge: Merge = key(
        Choice(Merge, "merge"),
        "Of consoles with equal priority: the `first` that came, the highest level, or the one that moved last.",
        "first",
    )
    loss: Loss = key(Choice(Loss, "loss"), "What levels do when the last console has been lost.", "hold")
    release: float = key(FloatRange(0.0, 3600.0), "Seconds in which levels return to the score after a loss.", 2.0)
    channels: tuple[tuple[ScalarNode, RuleSpec], ...] = key(
        KeyedRules("channel", _channels), "What each channel moves; `5-6` is one 16-bit level.", (), required=True
    )
    synonyms: ClassVar[dict[str, str]] = {"address": "start"}


@dataclass(frozen=True, kw_only=True, eq=False)
class SacnSpec(UniverseSpec):
    """A universe of sACN."""

    universe: int = key(IntRange(1, 63_999), "The universe that the player follows.", 1, required=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class ArtNetSpec(UniverseSpec):
    """A universe of Art-Net."""

    universe: int = key(
        IntRange(0, 32_767),
        "The port address that the player follows: net x 256 + sub-net x 16 + universe.",
        0,
        required=True,
    )


@dataclass(frozen=True)
class Alone:
    """One universe where there may be several."""

    kind: RecordOf[Any]

    @property
    def words(self) -> str:
        return self.kind.words

    def read(self, node: Node, reading: Reading) -> tuple[UniverseSpec, ...]:
        return (self.kind.read(node, reading),)

    def schema(self) -> Schema:
        return self.kind.schema()


def _universes_of(record: RecordOf[Any]) -> ByNodeType[tuple[UniverseSpec, ...]]:
    return ByNodeType(f"{record.words}, or a list of them", None, ListOf(record, "universes", 1, 64), Alone(record))


@dataclass(frozen=True, kw_only=True, eq=False)
class DeskSpec(Record):
    """A desk file."""

    version: int = key(
        FormatVersion(1), "The version of this language; a player refuses a file that is newer than it knows.", 1
    )
    name: str = key(Text(), "What console this is for.", "", required=True)
    about: str = key(Text(), "What to set on the console.", "")
    feedback: tuple[str, ...] = key(ListOf(HostAndPort(), "HOST:PORT", 0, 32), "Consoles that hear about the show.", ())
    addresses: tuple[tuple[ScalarNode, RuleSpec], ...] = key(
        KeyedRules("OSC address", _check_osc_address), "What each address of the console means.", ()
    )
    sacn: tuple[UniverseSpec, ...] = key(
        _universes_of(RecordOf(SacnSpec, "a universe")), "Levels that come by sACN.", (), default="none"
    )
    artnet: tuple[UniverseSpec, ...] = key(
        _universes_of(RecordOf(ArtNetSpec, "a universe")), "Levels that come by Art-Net.", (), default="none"
    )
    synonyms: ClassVar[dict[str, str]] = {"osc": "addresses", "map": "addresses"}


DESK = RecordOf(DeskSpec, "a desk file")


def read_desk_file(path: Path) -> DeskFile:
    """Reads a desk file; raises ScoreError with every mistake in it."""
    reading = Reading(path, _no_atlas, path)
    root, _ = root_of(reading)
    words = read_or_refuse(DESK, root, reading) if root is not None else None
    file = _file(words, reading) if words is not None else None
    if file is None or reading.mistakes:
        raise ScoreError("\n".join(map(str, reading.mistakes)), reading.mistakes)
    return replace(file, warnings=reading.warnings)


def _file(words: DeskSpec, reading: Reading) -> DeskFile:
    rules = tuple(_rule(source, one, reading) for source, one in words.addresses)
    sacn, artnet = (_universes(which, reading) for which in (words.sacn, words.artnet))
    return DeskFile(words.name, rules, words.feedback, sacn, artnet)


def _rule(source: ScalarNode, words: RuleSpec, reading: Reading) -> Rule:
    unknown = set(CAPTURE.findall(words.to)) - set(CAPTURE.findall(source.text))
    for name in sorted(unknown):
        reading.refuse(source, f"{{{name}}} stands in {words.to} but not in {source.text}")
    low, high = words.range if len(words.range) == 2 else (None, None)
    if low is not None and low == high:
        reading.refuse(words.node.at("range"), f"both ends are {low:g}: give two numbers that differ")
    return Rule(source.text, words.to, low, high, words.press, words.value, words.fade)


def _universes(several: tuple[UniverseSpec, ...], reading: Reading) -> tuple[Universe, ...]:
    found: dict[int, Universe] = {}
    for words in several:
        if words.universe in found:
            reading.refuse(words.node, f"universe {words.universe} stands here twice; put its channels together")
        found[words.universe] = _universe(words, reading)
    return tuple(found.values())


def _universe(words: UniverseSpec, reading: Reading) -> Universe:
    patches = []
    for node, rule in words.channels:
        try:
            channel, fine = _channels(node)
        except NodeError:  # told already
            continue
        channel += words.start - 1
        if channel + fine > 512:
            reading.refuse(node, f"channel {node.text} from start {words.start} lies beyond DMX address 512")
        patches.append(Patch(channel, rule.to, fine, rule.press == "edge" or _is_button(rule.to)))
    return Universe(words.universe, tuple(patches), words.loss, words.release, words.merge)


def _is_button(address: str) -> bool:
    return any(row.type in ("trigger", "cue") and _fits(address, row.address) for row in CONTROLS)


def _fits(text: str, address: str) -> bool:
    """Whether a target may be one of these addresses, with names or captures where the table has braces."""
    given, row = text.casefold().split("/"), address.split("/")
    if len(given) != len(row):
        return False
    return all(one == two or (two[:1] == "{" and one) for one, two in zip(given, row, strict=True))


def _no_atlas(_: Path) -> NoReturn:
    raise AssertionError("a desk file names no neurons")
