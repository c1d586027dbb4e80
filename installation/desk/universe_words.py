"""The words of a desk file about DMX: universes of sACN and Art-Net."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from installation.desk.network.dmx_merge import Loss, Merge, Patch, Universe
from installation.desk.rule_words import KeyedRules, RuleSpec, is_button
from installation.language.containers import Record, key
from installation.language.nodes import NodeError, ScalarNode
from installation.language.reading import Reading
from installation.language.scalars import FloatRange, IntRange, OneOf, quoted

CHANNEL = re.compile(r"(\d{1,3})(?:-(\d{1,3}))?", re.ASCII)


def _channels(node: ScalarNode) -> tuple[int, bool]:
    """The first channel, and whether the next one belongs to it."""
    match = CHANNEL.fullmatch(node.text)
    first, second = (int(match[1]), int(match[2] or 0)) if match else (0, 0)
    if not 1 <= first <= 512 or second not in (0, first + 1) or second > 512:
        raise NodeError(node, f"{quoted(node.text)} is not a channel: 1 to 512, or a pair such as 5-6 for 16 bits")
    return first, second > 0


@dataclass(frozen=True, kw_only=True, eq=False)
class UniverseSpec(Record):
    """A DMX universe whose levels control the show."""

    universe: int = key(IntRange(0, 63_999), "The universe that the player follows.", 1, required=True)
    start: int = key(IntRange(1, 512), "The DMX address at which channel 1 lies.", 1)
    merge: Merge = key(
        OneOf(Merge, "merge"),
        "Of consoles with equal priority: the `first` that came, the highest level, or the one that moved last.",
        "first",
    )
    loss: Loss = key(OneOf(Loss, "loss"), "What levels do once the last console is lost.", "hold")
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


def universes(several: tuple[UniverseSpec, ...], reading: Reading) -> tuple[Universe, ...]:
    found: dict[int, Universe] = {}
    for words in several:
        if words.universe in found:
            reading.refuse(words.node, f"universe {words.universe} appears twice; put its channels together")
        found[words.universe] = _universe(words, reading)
    return tuple(found.values())


def _universe(words: UniverseSpec, reading: Reading) -> Universe:
    patches = []
    for node, rule in words.channels:
        try:
            channel, fine = _channels(node)
        except NodeError:  # reported already
            continue
        channel += words.start - 1
        if channel + fine > 512:
            reading.refuse(node, f"channel {node.text} from start {words.start} lies beyond DMX address 512")
        patches.append(Patch(channel, rule.to, fine, rule.press == "edge" or is_button(rule.to)))
    return Universe(words.universe, tuple(patches), words.loss, words.release, words.merge)
