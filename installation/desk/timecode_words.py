"""The words of a desk file about timecode: its source, and how the show follows it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from installation.desk.timecode.chase import ChaseRules, Dropout, Jump
from installation.desk.timecode.code import RATES, RateName, TimecodeRate, parse_timecode
from installation.language.containers import ListOf, Record, key
from installation.language.nodes import Node, NodeError
from installation.language.reading import Reading
from installation.language.scalars import FloatRange, IntRange, OneOf, Schema, String, quoted, scalar

TimecodeSource = Literal["ltc", "mtc", "artnet", "osc"]

WITH_INPUT: frozenset[TimecodeSource] = frozenset({"ltc", "mtc"})


@dataclass(frozen=True, slots=True)
class TimecodeInput:
    """The source of timecode, and how the show follows it. `name` is a part of a sound input's or MIDI port's name."""

    source: TimecodeSource
    rules: ChaseRules
    rate: TimecodeRate
    name: str = ""
    channel: int = 1


@dataclass(frozen=True)
class CodeText:
    """A timecode as text; what it means depends on the rate beside it."""

    words: str = "HH:MM:SS:FF"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "a timecode such as 01:00:00:00").text
        try:
            parse_timecode(text, RATES["30"])
        except ValueError as error:
            raise NodeError(node, f"{quoted(text)}: {error}") from None
        return text

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True, kw_only=True, eq=False)
class TimecodeSpec(Record):
    """The timecode that the show follows."""

    source: TimecodeSource = key(
        OneOf(TimecodeSource, "source"), "Sound, MIDI, Art-Net, or `/timecode` by OSC.", "ltc", required=True
    )
    input: str = key(String(), "For `ltc` and `mtc`: a part of the name of the sound input or MIDI port.", "")
    channel: int = key(IntRange(1, 64), "The channel of the sound input.", 1)
    rate: RateName = key(
        OneOf(RateName, "rate"), "Frames a second of the offset, and of text by OSC; 29.97 is drop-frame.", "25"
    )
    offset: str = key(CodeText(), "The timecode at which the score begins.", "00:00:00:00")
    freewheel: float = key(FloatRange(0.0, 3600.0), "Seconds without timecode in which the show runs on.", 2.0)
    dropout: Dropout = key(OneOf(Dropout, "dropout"), "What it does after that.", "run")
    jump: Jump = key(OneOf(Jump, "jump"), "What it does when the timecode jumps.", "follow")
    cues: tuple[str, ...] = key(ListOf(String(), "cues", 1, 4096), "The cues that follow it.", (), default="all")
    synonyms: ClassVar[dict[str, str]] = {"from": "source", "port": "input", "device": "input", "fps": "rate"}


def timecode_input(words: TimecodeSpec, reading: Reading) -> TimecodeInput:
    rate = RATES[words.rate]
    if words.source in WITH_INPUT and not words.input:
        what = "a sound input" if words.source == "ltc" else "a MIDI port"
        reading.refuse(words.node, f"'input' is missing: a part of the name of {what}")
    offset = Fraction(0)
    try:
        offset = parse_timecode(words.offset, rate).since_midnight
    except ValueError as error:
        reading.refuse(words.node.at("offset"), f"{quoted(words.offset)}: {error}")
    rules = ChaseRules(offset, words.freewheel, words.dropout, words.jump, frozenset(words.cues))
    return TimecodeInput(words.source, rules, rate, words.input, words.channel)
