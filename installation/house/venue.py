"""The rig file of a venue: everything that the house must know of its building, checked before the show starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from installation.errors import Mistake, RigError
from installation.house.display_words import DISPLAYS, DisplayWords, display
from installation.house.hours import Hours
from installation.house.hours_words import HOURS, HoursWords, hours
from installation.house.power import Display
from installation.score import limits
from installation.score.nodes import compose
from installation.score.reading import Atlas, Reading
from installation.score.shapes import Record, RecordOf, attempt, key


@dataclass(frozen=True, slots=True)
class Venue:
    """What a rig says; None for what it does not mention: always open, and monitors that nobody switches."""

    hours: Hours | None = None
    displays: tuple[tuple[str, Display], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class VenueWords(Record):
    """The whole file."""

    hours: HoursWords | None = key(HOURS, "When the house is open.", None, default="always")
    displays: dict[str, DisplayWords | None] | None = key(
        DISPLAYS, "Displays that are switched off while the house is closed.", None, default="none"
    )


VENUE = RecordOf(VenueWords, "a rig")


def read_venue(file: Path) -> Venue:
    """Read a rig; raises RigError that lists every mistake with file and line."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise RigError(f"{file}: {error.strerror}; `installation rig detect --out RIG.yaml` writes one") from None
    if len(raw) > limits.FILE_BYTES:
        raise RigError(f"{file}: {len(raw)} bytes are too many for a rig: {limits.FILE_BYTES} at most")
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RigError(f"{file}:{line}: this is not UTF-8; save the file as UTF-8 text") from None
    reading = Reading(file, _no_atlas, Path())
    node = compose(text, reading.refuse)
    words = attempt(VENUE, node, reading) if node else None
    venue = venue_of(words, reading) if words else Venue()
    if reading.mistakes:
        refuse(reading.mistakes)
    if words is None:
        raise RigError(f"{file}: this rig is empty; `installation rig detect --out {file}` writes one")
    return venue


def venue_of(words: VenueWords, reading: Reading) -> Venue:
    """The checked venue; mistakes are told to `reading`."""
    displays = ((name, display(one, reading)) for name, one in (words.displays or {}).items() if one)
    return Venue(
        hours(words.hours, reading) if words.hours else None,
        tuple((name, one) for name, one in displays if one),
    )


def refuse(mistakes: tuple[Mistake, ...]) -> NoReturn:
    """Raise RigError with every mistake on a line of its own."""
    raise RigError("\n".join(map(str, mistakes)))


def _no_atlas(_folder: Path) -> Atlas:
    raise AssertionError("a rig names no neurons")
