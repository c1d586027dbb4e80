"""The `hours` of a rig as a venue writes them: time zone, days, exceptions by date, warm-up and goodnight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from installation.language.containers import Record, RecordOf, key, read_or_refuse
from installation.language.nodes import MappingNode, Node, NodeError, SequenceNode
from installation.language.quantities import Duration
from installation.language.reading import Reading, nearest
from installation.language.scalars import Name, Schema, quoted, scalar, wrong_node_type
from installation.rig.hours import DAY_MINUTES, Hours, Opening, OpeningPhase

T = TypeVar("T")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

OPENING = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
DATES = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*to\s*(\d{4}-\d\d-\d\d))?", re.ASCII)

YEARS = (1970, 2999)
"""The years of an exception: the days before and after it must be valid dates, too."""

MAX_DATES = 366
"""The most days of one exception: for longer times, change the week itself."""


@dataclass(frozen=True)
class ZoneScalar:
    """A time zone by its usual name."""

    words: str = "time zone, such as `Europe/Berlin`"

    def read(self, node: Node, _reading: Reading) -> str:
        text = scalar(node, "a time zone such as Europe/Berlin").text
        known = available_timezones()
        if text not in known:
            raise NodeError(
                node, f"time zone {quoted(text)} is unknown; it is written like Europe/Berlin{nearest(text, known)}"
            )
        ZoneInfo(text)
        return text

    def schema(self) -> Schema:
        return {"type": "string"}


@dataclass(frozen=True)
class OpeningScalar:
    """One opening, `10:00-18:00`; one that ends at or before its beginning ends on the next day."""

    words: str = "`10:00-18:00`"

    def read(self, node: Node, _reading: Reading) -> Opening:
        wanted = "opening hours such as 10:00-18:00, or closed"
        text = scalar(node, wanted).text
        match = OPENING.fullmatch(text)
        if not match:
            raise NodeError(node, f"{quoted(text)} is not {wanted}")
        opens, closes = (60 * int(hour) + int(minute) for hour, minute in (match.groups()[:2], match.groups()[2:]))
        if opens >= DAY_MINUTES or closes > DAY_MINUTES:
            raise NodeError(node, f"{text}: a day begins at 00:00 and ends at 24:00")
        return Opening(opens, closes if closes > opens else closes + DAY_MINUTES)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{OPENING.pattern}$|^closed$"}


@dataclass(frozen=True)
class DayOpenings:
    """The openings of one day: an opening, a list of openings, or `closed`."""

    words: str = "`10:00-18:00`, a list of such, or `closed`"

    def read(self, node: Node, reading: Reading) -> tuple[Opening, ...]:
        if not isinstance(node, SequenceNode):
            return () if scalar(node, self.words).text == "closed" else (OpeningScalar().read(node, reading),)
        found: list[Opening] = []
        for item in node.items:
            opening = read_or_refuse(OpeningScalar(), item, reading)
            if opening and found and opening.opens < found[-1].closes:
                reading.refuse(
                    item, "overlaps the opening before it; write the openings of a day in order, without overlap"
                )
            elif opening:
                found.append(opening)
        return tuple(found)

    def schema(self) -> Schema:
        one = OpeningScalar().schema()
        return {"anyOf": [one, {"type": "array", "items": one}]}


@dataclass(frozen=True)
class DayTable(Generic[T]):
    """A mapping from days, which `expand` reads, to their openings; each day may occur once."""

    expand: Callable[[str], Iterator[T]]
    wanted: str

    @property
    def words(self) -> str:
        return f"{self.wanted}: {DayOpenings().words}"

    def read(self, node: Node, reading: Reading) -> tuple[tuple[T, Node, tuple[Opening, ...]], ...]:
        if not isinstance(node, MappingNode):
            raise wrong_node_type(node, f"one line per day ({self.words.replace('`', '')})")
        found: dict[T, tuple[Node, tuple[Opening, ...]]] = {}
        for day_node, value in node.entries.values():
            openings = read_or_refuse(DayOpenings(), value, reading)
            try:
                days = list(self.expand(day_node.text))
            except ValueError as error:
                reading.refuse(day_node, f"{quoted(day_node.text)} is not a day: {error or self.wanted}")
                continue
            twice = [day for day in days if day in found]
            if twice:
                line = found[twice[0]][0].line
                reading.refuse(day_node, f"{day_node.text} repeats line {line}; keep one")
            found |= {day: (day_node, openings or ()) for day in days if day not in found}
        return tuple((day, *said) for day, said in found.items())

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": DayOpenings().schema()}


def weekdays(text: str) -> Iterator[int]:
    """`mon`, `mon-fri`, `sat, sun` and `daily` as days from Monday = 0; raises ValueError."""
    for part in re.split(r"\s*,\s*", text.lower()):
        first, dash, last = ("mon", "-", "sun") if part == "daily" else part.partition("-")
        for word in (first, last) if dash else (first,):
            if word not in DAYS:
                raise ValueError(f"write {', '.join(DAYS)}, mon-fri, `sat, sun` or daily{nearest(word, DAYS)}")
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        yield from ((begin + step) % 7 for step in range((end - begin) % 7 + 1))


def dates(text: str) -> Iterator[date]:
    """`2026-12-24`, or all from `2026-07-01 to 2026-07-31`; raises ValueError."""
    match = DATES.fullmatch(text)
    if not match:
        raise ValueError("write 2026-12-24, or 2026-07-01 to 2026-07-31")
    first, last = date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])
    if not all(YEARS[0] <= day.year <= YEARS[1] for day in (first, last)):
        raise ValueError(f"a date must be in the years {YEARS[0]} to {YEARS[1]}")
    count = (last - first).days + 1
    if not 1 <= count <= MAX_DATES:
        raise ValueError(f"from the first to the last are {count} days; there must be 1 to {MAX_DATES}")
    yield from (first + timedelta(days) for days in range(count))


CUE = Name("the id of a cue")


@dataclass(frozen=True, kw_only=True, eq=False)
class HoursSpec(Record):
    """Opening hours, and what the screens show outside them."""

    zone: str = key(ZoneScalar(), "The venue's time zone.", "", required=True)
    days: tuple[tuple[int, Node, tuple[Opening, ...]], ...] = key(
        DayTable(weekdays, "mon-fri"), "The week; a day that is missing is closed.", (), required=True
    )
    exceptions: tuple[tuple[date, Node, tuple[Opening, ...]], ...] = key(
        DayTable(dates, "2026-12-24"), "Days that differ from the week.", (), default="none"
    )
    warm_up: float = key(Duration(), "How long before opening the house wakes.", 0.0, default="not at all")
    goodnight: float = key(Duration(), "How long after closing the goodnight lasts.", 0.0, default="not at all")
    warm_up_cue: str | None = key(CUE, "The cue of the warm-up.", None, default="the show as it is")
    open_cue: str | None = key(CUE, "The cue at opening.", None, default="the show as it is")
    goodnight_cue: str | None = key(CUE, "The cue of the goodnight.", None, default="the show as it is")
    closed_cue: str | None = key(
        CUE, "The standby picture for the night, for projectors that sleep on black.", None, default="darkness"
    )
    synonyms: ClassVar[dict[str, str]] = {"timezone": "zone", "except": "exceptions", "week": "days", "open": "days"}


HOURS = RecordOf(HoursSpec, "hours")


def hours(words: HoursSpec, reading: Reading) -> Hours:
    """The checked hours; reports openings that overlap those of the next day."""
    by_weekday = {weekday: openings for weekday, _, openings in words.days}
    week = tuple(by_weekday.get(weekday, ()) for weekday in range(7))
    for weekday, node, openings in words.days:
        following = (weekday + 1) % 7
        _meet(node, openings, week[following], DAYS[following], reading)
    exceptions = {day: openings for day, _, openings in words.exceptions}

    def on(day: date) -> tuple[Opening, ...]:
        return exceptions.get(day, week[day.weekday()])

    for day, node, openings in words.exceptions:
        before, after = day - timedelta(1), day + timedelta(1)
        _meet(node, openings, on(after), str(after), reading)
        if before not in exceptions:
            _meet(node, on(before), openings, f"{day}, the night before runs too long", reading)
    if not any((*week, *exceptions.values())):
        reading.warn(words.node.at("days"), "the house is never open: no day has an opening")
    cues: Lookup[OpeningPhase, str | None] = {
        "warm-up": words.warm_up_cue,
        "open": words.open_cue,
        "goodnight": words.goodnight_cue,
        "closed": words.closed_cue,
    }
    return Hours(
        words.zone,
        week,
        tuple(sorted(exceptions.items())),
        words.warm_up,
        words.goodnight,
        tuple((state, cue) for state, cue in cues.items() if cue),
    )


def _meet(
    node: Node, openings: tuple[Opening, ...], following: tuple[Opening, ...], name: str, reading: Reading
) -> None:
    if openings and following and openings[-1].closes > following[0].opens + DAY_MINUTES:
        closes, opens = (
            f"{minutes // 60 % 24:02}:{minutes % 60:02}" for minutes in (openings[-1].closes, following[0].opens)
        )
        reading.refuse(node, f"overlaps: still open until {closes} when {name} opens at {opens}")
