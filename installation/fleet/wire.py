"""The machines' protocol as lines of JSON: messages in the journal's format, and the machines' states."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from installation import __version__
from installation.desk.journal.journal_lines import (
    MAX_SECONDS,
    Succession,
    frame_rate,
    message_line,
    read_line,
    succession_line,
)
from installation.fleet.edition_files import EditionPlaying
from installation.fleet.replica import Known, ReplicaEntry
from installation.show.control import Message

MAX_BYTES = 2**26
"""The size limit of one answer: half a million messages."""

PROTOCOL = 1
"""Players with different protocols do not play together."""


@dataclass(frozen=True, slots=True)
class HouseState:
    """Everything that a machine needs to join.

    `epoch` is the time of frame 0, in seconds since 1970 by the house's clock. `base` is the state before the entries.
    `known` is the number of messages of each origin in base and entries together. `edition` and `version` are those of
    the machine that sends the state.
    """

    epoch: float
    fps: Fraction
    base: Succession
    entries: tuple[ReplicaEntry, ...]
    known: Known
    edition: EditionPlaying | None = None
    version: str = __version__


def entry_line(entry: ReplicaEntry) -> bytes:
    return f"{entry.origin} {entry.number} {message_line(entry.message)}".encode()


def read_entry(line: bytes) -> ReplicaEntry:
    """Read an entry; raises ValueError if it is not one."""
    origin, number, said = line.split(b" ", 2)
    message = read_line(said)
    if not isinstance(message, Message):
        raise ValueError("this is not a message")  # noqa: TRY004 the content is wrong, not the type
    return ReplicaEntry(origin.decode(), _count(int(number)), message)


def entry_lines(entries: Iterable[ReplicaEntry]) -> bytes:
    return b"".join(map(entry_line, entries))


def read_entries(data: bytes) -> tuple[ReplicaEntry, ...]:
    """Read a list of entries; raises ValueError if it is not one."""
    return tuple(map(read_entry, data.splitlines()))


def state_lines(state: HouseState) -> bytes:
    head: dict[str, Any] = {
        "protocol": PROTOCOL,
        "version": state.version,
        "epoch": state.epoch,
        "fps": str(state.fps),
        "known": dict(state.known),
    }
    head["edition"] = state.edition._asdict() if state.edition else None
    return json.dumps(head).encode() + b"\n" + succession_line(state.base).encode() + entry_lines(state.entries)


def read_state(data: bytes) -> HouseState:
    """Read a state; raises ValueError if it is not one."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"a state of {len(data)} bytes; at most {MAX_BYTES}")
    first, second, *rest = data.splitlines()
    head = _object(first)
    if head.get("protocol") != PROTOCOL:
        raise ValueError(f"protocol {head.get('protocol')!r}; this player speaks {PROTOCOL}")
    base = read_line(second)
    if not isinstance(base, Succession):
        raise ValueError("the state lacks its beginning")  # noqa: TRY004 the content is wrong, not the type
    try:
        known = {str(origin): _count(count) for origin, count in head["known"].items()}
        edition = EditionPlaying.read(head.get("edition"))
        entries = read_entries(b"\n".join(rest))
        return HouseState(
            _seconds(head["epoch"]), frame_rate(head["fps"]), base, entries, known, edition, str(head.get("version"))
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"the state is damaged: {error}") from None


def known_line(known: Known) -> bytes:
    return json.dumps(dict(known)).encode()


def read_known(data: bytes) -> dict[str, int]:
    """Read the numbers of known messages; raises ValueError for anything else."""
    return {str(origin): _count(count) for origin, count in _object(data).items()}


def read_status(data: bytes) -> dict[str, Any]:
    """Read a machine's state; raises ValueError if it is not a JSON object."""
    return _object(data)


def _object(data: bytes) -> dict[str, Any]:
    try:
        values = json.loads(data)
    except RecursionError:
        raise ValueError("this is nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("this is not a JSON object")  # noqa: TRY004 the content is wrong, not the type
    return values


def _seconds(value: Any) -> float:
    """Seconds since 1970; raises ValueError outside the range of any clock."""
    seconds = float(value)
    if not abs(seconds) <= MAX_SECONDS:  # NaN is not
        raise ValueError(f"{value!r} is not a time")
    return seconds


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is not a count")
    return value


def names(sequence: Sequence[str]) -> str:
    """`attic`, `attic and cellar`, `attic, cellar and hall`."""
    *most, last = sequence
    return f"{', '.join(most)} and {last}" if most else last
