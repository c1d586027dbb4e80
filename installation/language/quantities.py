"""Kinds of words for quantities: lengths of time, and pairs of whole numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from installation.language import limits, times
from installation.language.nodes import Node, NodeError, ScalarNode
from installation.language.reading import Reading
from installation.language.scalars import Schema, expression, quoted, scalar
from installation.language.times import CueOffset
from installation.show.expressions import Number, bounds_of

TIME_PATTERN = rf"{times.SECONDS.pattern}|{times.CLOCK.pattern}|{times.FRAMES.pattern}"


@dataclass(frozen=True)
class Duration:
    """A length of time in seconds, at least one frame."""

    words: str = "time"

    def read(self, node: Node, reading: Reading) -> float:
        seconds = _moment(node, reading, percent=False).amount
        if seconds * reading.fps < 1:
            frame = f"{float(1 / reading.fps):.3g}s"
            raise NodeError(node, f"{_written(node)} is shorter than one frame ({frame}): nobody would see it")
        return seconds

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{TIME_PATTERN})$"}


class SampledDuration(NamedTuple):
    """A length of time in seconds, at most `longest`; a `number`, if any, gives it when it begins."""

    longest: float
    number: Number | None = None


@dataclass(frozen=True)
class DurationOrParameter:
    """A length of time, or an expression in seconds with parameters: `$slow`, `$slow * 4s`."""

    words: str = "time, or `$parameter` in seconds"

    def read(self, node: Node, reading: Reading) -> SampledDuration:
        if not isinstance(node, ScalarNode) or "$" not in node.text:
            return SampledDuration(Duration().read(node, reading))
        value = expression(node, reading, 0.0, limits.SECONDS, seconds=True)
        return SampledDuration(bounds_of(value, reading.bounds)[1], value)

    def schema(self) -> Schema:
        return {"anyOf": [Duration().schema(), {"type": "string", "pattern": r"\$[a-z]"}]}


@dataclass(frozen=True)
class TimeInCue:
    """A time since the cue's start."""

    words: str = "time or `%`"

    def read(self, node: Node, reading: Reading) -> CueOffset:
        return _moment(node, reading, percent=True)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{TIME_PATTERN}|{times.PERCENT.pattern})$"}


def _moment(node: Node, reading: Reading, *, percent: bool) -> CueOffset:
    text = scalar(node, f"a time {times.FORMS_IN_CUE if percent else times.FORMS}").text
    try:
        return times.parse_time(text, reading.fps, percent)
    except ValueError as error:
        raise NodeError(node, str(error)) from None


def _written(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


@dataclass(frozen=True)
class Dimensions:
    """Two whole numbers with an x between them: pixels of an output, cells of a grid."""

    what: str
    example: str
    low: int
    high: int

    @property
    def words(self) -> str:
        return f"{self.what}, such as `{self.example}`"

    def read(self, node: Node, _reading: Reading) -> tuple[int, int]:
        wanted = f"{self.what} such as {self.example}"
        text = scalar(node, wanted).text
        match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", text, re.ASCII)
        if not match:
            loose = re.fullmatch(r"\s*([1-9]\d{0,5})\s*[xX\u00d7*,: ]\s*([1-9]\d{0,5})\s*", text)
            hint = f"; did you mean {loose[1]}x{loose[2]}?" if loose else ""
            raise NodeError(node, f"{quoted(text)} is not {wanted}{hint}")
        pair = int(match[1]), int(match[2])
        for side in pair:
            if not self.low <= side <= self.high:
                raise NodeError(node, f"{side} in {text} is outside {self.low}..{self.high}")
        return pair

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[1-9]\d{0,5}x[1-9]\d{0,5}$"}
