"""Compares what simulated machines showed and recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from installation.benchmarks.machines.figures import FleetFigures
from installation.benchmarks.machines.house import FPS, NAMES, House, Said
from installation.desk.journal.journal import read_journal
from installation.desk.journal.journal_archive import archived_journals
from installation.show.control import Message

TOLD = 5
"""The most missing messages that a report names per machine."""

Interval = tuple[float, float]


def compare_frames(
    figures: FleetFigures, said: Mapping[str, Sequence[Said]], epoch: float, parted: Sequence[Interval]
) -> None:
    """Compare the digests of frames that several machines report, except those due in `parted` (by the wall clock).

    Each machine's last report of a frame counts.
    """
    shown: dict[str, dict[str, str]] = {}
    for name, messages in said.items():
        for one in messages:
            for number, digest in one.status.get("compared", {}).items():
                shown.setdefault(number, {})[name] = digest
    for number, digests in shown.items():
        due = epoch + int(number) / FPS
        if len(digests) > 1 and not any(begin < due < end for begin, end in parted):
            figures.compared_frames += 1
            if len(set(digests.values())) > 1:
                figures.frames_differing.append(f"{number}: {digests}")


def compare_journals(figures: FleetFigures, house: House) -> None:
    """Count messages that machines lack, once the players have ended."""
    recorded = {name: _recorded(house.journal(name)) for name in NAMES}
    everything = set[Message]().union(*recorded.values())
    figures.messages = len(everything)
    for name in NAMES:
        lost = sorted(everything - recorded[name], key=lambda message: message.order)
        figures.lost_messages += [f"{name} lacks {one}" for one in lost[:TOLD]]
        if len(lost) > TOLD:
            figures.lost_messages.append(f"{name} lacks {len(lost)} of {len(everything)} messages")


def are_near(known: Sequence[Mapping[str, int]], messages: int) -> bool:
    """Whether machines with these counts of known messages lack at most so many of each origin."""
    counts = ([one.get(origin, 0) for one in known] for origin in set[str]().union(*known))
    return all(max(count) - min(count) <= messages for count in counts)


def _recorded(journal: Path) -> set[Message]:
    """All messages of a journal and its archived parts, including those before its last restart."""
    recordings = [read_journal(one, forgiving=True) for one in (*archived_journals(journal), journal)]
    return {message for one in recordings for message in (*one.earlier, *one.messages)}
