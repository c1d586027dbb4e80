"""The lines of a journal, one JSON object each: only this module writes and reads them.

The first line is a header. After it, a message is an object of its values that differ from the defaults; `anchor` is
the time of frame 0 after a new start of the machine, `succession` a change of score at a frame.
"""

from __future__ import annotations

import json
import math
import mmap
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installation.show.control import MESSAGE_KINDS, Control, Message
from installation.show.score import Score
from installation.systems import AT_ONCE

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = 1

MAX_SECONDS = 1e11
"""Three thousand years, from 1970 or from the machine's start."""

MAX_FRAME = 100 * 366 * 86_400 * 1_000
"""A hundred years at a thousand frames a second; no later stamp is valid."""

TAIL_BYTES = 8192
TAIL_LINES = 40

_DEFAULTS = {field.name: field.default for field in fields(Message)}
_TEXTS = ("target", "source", "output", "machine")
_NUMBERS = ("value", "fade_seconds", "release_seconds")

_FPS = re.compile(r"[1-9]\d{0,8}(/[1-9]\d{0,8})?", re.ASCII)
_ENDLESS = re.compile(r"[+-]?[\d._]+[eE][+-]?\d{4,}", re.ASCII)
"""A number with so large an exponent that Fraction needs days to read it."""


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """The time of frame 0 on a machine's clocks: in seconds since 1970, and in seconds of the steady clock.

    `boot` identifies one start of the machine; empty if the system does not tell. Within one start the steady clock
    counts, since nobody sets it.
    """

    show_epoch: float
    steady_epoch: float = 0.0
    boot: str = ""

    def epoch_now(self, wall_seconds: float, steady_seconds: float, boot: str) -> float:
        """The time of frame 0, in seconds since 1970 by the present wall clock, which somebody may have set."""
        if boot and boot == self.boot:
            return wall_seconds - (steady_seconds - self.steady_epoch)
        return self.show_epoch


@dataclass(frozen=True, slots=True)
class JournalHeader:
    """The first line. `score` is the score's digest; `anchor` is from the journal's beginning."""

    score: str
    title: str
    fps: Fraction
    anchor: ClockAnchor

    @staticmethod
    def of(score: Score, anchor: ClockAnchor) -> JournalHeader:
        return JournalHeader(score.digest, score.title, score.fps, anchor)


@dataclass(frozen=True, slots=True)
class Succession:
    """A score that plays from `frame` on, and its state of control, which does not follow from earlier messages.

    Either an edited score took over, or the journal began again. `score` is the score's digest.
    """

    frame: int
    score: str
    title: str
    control: Control


_SUCCESSION_START = b'{"succession":'


@cache
def succession_type() -> TypeAdapter[Succession]:
    """Reads and writes a whole state of control. Making it costs 10 ms and 9 MB; the house's process never needs it."""
    from pydantic import TypeAdapter

    return TypeAdapter(Succession)


def header_line(header: JournalHeader) -> str:
    values: dict[str, Any] = {"journal": FORMAT, "score": header.score, "title": header.title}
    return _line(values | {"fps": str(header.fps), **asdict(header.anchor)})


def anchor_line(anchor: ClockAnchor) -> str:
    return _line({"anchor": asdict(anchor)})


def succession_line(succession: Succession) -> str:
    return _line({"succession": succession_type().dump_python(succession, mode="json")})


def message_line(message: Message) -> str:
    """One message as a line, without its default values."""
    values = ((name, getattr(message, name)) for name in _DEFAULTS)
    return _line({name: value for name, value in values if value != _DEFAULTS[name]})


def read_header(line: bytes) -> JournalHeader:
    """The first line; raises ValueError for any other."""
    wrong = f"this is not a journal of format {FORMAT}"
    try:
        values = json.loads(line)
        number = values["journal"]
        if number != FORMAT:
            if isinstance(number, int) and number > FORMAT:
                wrong = f"this journal has format {number}, and this player reads format {FORMAT}: update the player"
            raise ValueError
        return JournalHeader(str(values["score"]), str(values["title"]), frame_rate(values["fps"]), _anchor(values))
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        raise ValueError(wrong) from None


def frame_rate(written: object) -> Fraction:
    """The frame rate in a line; raises ValueError for any other text, and for a number that takes days to read."""
    if not _FPS.fullmatch(str(written)):
        raise ValueError("this is not a frame rate")
    return Fraction(str(written))


def read_line(line: bytes) -> Message | ClockAnchor | Succession:
    """Reads any line but the first; raises ValueError, which says what is wrong."""
    try:
        values = json.loads(line)
        if "anchor" in values:
            return _anchor(values["anchor"])
        if "succession" in values:
            return _succession(values["succession"])
        return _message(values)
    except (KeyError, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError(str(error)) from error


def journal_tail(journal: Path | None) -> tuple[str | None, tuple[str, ...]]:
    """The digest of the score that played last, and the journal's last lines; None and none if it cannot be read.

    It reads only the parts that it needs, however long the journal is.
    """
    if journal is None:
        return None, ()
    try:
        with (
            open(journal, "rb", opener=_opened_at_once) as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines,
        ):
            header_bytes = lines.find(b"\n") + 1
            tail = lines[max(header_bytes, len(lines) - TAIL_BYTES) :].decode(errors="replace")
            whole_bytes = lines.rfind(b"\n") + 1  # ignore an unfinished last line
            begun = lines.rfind(_SUCCESSION_START, 0, whole_bytes)
            digest = read_header(lines[:header_bytes]).score
            if begun >= 0:
                digest = str(json.loads(lines[begun : lines.find(b"\n", begun)])["succession"]["score"])
        return digest, tuple(tail.splitlines()[-TAIL_LINES:])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None, ()


def _opened_at_once(path: str, flags: int) -> int:
    """Opens a file without waiting, even if it is a pipe."""
    return os.open(path, flags | AT_ONCE)


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, allow_nan=False) + "\n"


def _anchor(values: dict[str, Any]) -> ClockAnchor:
    seconds = float(values["show_epoch"]), float(values.get("steady_epoch", 0.0))
    if not all(math.isfinite(one) and abs(one) <= MAX_SECONDS for one in seconds):
        raise ValueError("a time is not finite, or far out of bounds")
    return ClockAnchor(*seconds, str(values.get("boot", "")))


def _succession(values: Any) -> Succession:
    if any(isinstance(one, str) and _ENDLESS.fullmatch(one) for one in _leaves(values)):
        raise ValueError("a number is far out of bounds")
    succession = succession_type().validate_python(values)
    numbers = [one for one in _leaves(asdict(succession)) if isinstance(one, int | float | Fraction)]
    if not all(-MAX_FRAME <= one <= MAX_FRAME for one in numbers):  # NaN is not
        raise ValueError("a number is far out of bounds")
    return succession


def _leaves(value: Any) -> Iterator[Any]:
    """Every key and every plain value in nested objects and lists."""
    if isinstance(value, dict):
        yield from value.keys()
        value = value.values()
    elif not isinstance(value, list | tuple | frozenset):
        yield value
        return
    for one in value:
        yield from _leaves(one)


def _message(values: dict[str, Any]) -> Message:
    message = Message(**values)
    if message.kind not in MESSAGE_KINDS:
        raise ValueError(f"kind {message.kind!r} is not known")
    if not all(isinstance(getattr(message, name), str) for name in _TEXTS):
        raise ValueError(f"one of {', '.join(_TEXTS)} is not text")
    if not all(isinstance(number, int) for number in (message.frame, message.sequence)):
        raise ValueError("frame and sequence are whole numbers")
    if not 0 <= message.frame <= MAX_FRAME or abs(message.sequence) > MAX_FRAME:
        raise ValueError("frame or sequence is far out of bounds")
    numbers = [getattr(message, name) for name in _NUMBERS]
    numbers += [] if message.hold_seconds is None else [message.hold_seconds]
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise ValueError("a number is missing or not finite")
    return message
