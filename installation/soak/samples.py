"""Samples a process's use of its machine, and measures its growth."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from installation.house.cards import held_bytes
from installation.soak.gauges import Gauges

MIB = 2**20

COMPARABLE_BYTES = 2 * MIB
"""Samples are comparable if their variable bytes differ by at most this."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of the player. Memory is in bytes; `proportional_bytes` divides pages among the processes that share
    them.

    `card_bytes` is its graphics card memory, None if unknown. `picture_bytes` are its cached pictures: their number has
    a bound, and varies below it with the quality.
    """

    seconds: float
    process: int
    frame_number: int
    resident_bytes: int
    own_bytes: int
    proportional_bytes: int
    picture_bytes: int
    threads: int
    open_files: int
    gl_objects: int
    card_bytes: int | None
    journal_bytes: int
    log_bytes: int

    @property
    def variable_bytes(self) -> int:
        """The bytes of the pictures; 0 if `card_bytes` is known, since they are then on the card."""
        return self.picture_bytes if self.card_bytes is None else 0


@dataclass(frozen=True, slots=True)
class Growth:
    """The growth of one figure over `seconds`: its median, and its fitted growth, in all and per hour."""

    median: float
    grown: float
    seconds: float

    @property
    def per_hour(self) -> float:
        return self.grown * 3600 / self.seconds if self.seconds else 0.0

    @property
    def share_per_hour(self) -> float:
        """The growth per hour as a share of the median; 0.01 is one per cent an hour."""
        return self.per_hour / self.median if self.median else 0.0


def take_sample(
    seconds: float, process: int, frame_number: int, gauges: Gauges, journal: Path, logs: Path
) -> Sample | None:
    """A sample of a running process; None if it has just ended."""
    proc = Path(f"/proc/{process}")
    try:
        status = _table(proc / "status")
        rollup = _table(proc / "smaps_rollup")
        open_files = sum(1 for _ in (proc / "fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return None
    if "VmRSS" not in status:
        return None
    return Sample(
        seconds=seconds,
        process=process,
        frame_number=frame_number,
        resident_bytes=_kib(status["VmRSS"]),
        own_bytes=_kib(status["RssAnon"]),
        proportional_bytes=_kib(rollup["Pss"]),
        picture_bytes=gauges.picture_bytes,
        threads=int(status["Threads"]),
        open_files=open_files,
        gl_objects=sum(gauges.gl_objects().values()),
        card_bytes=held_bytes(process),
        journal_bytes=_size(journal),
        log_bytes=sum(map(_size, logs.glob("*"))) if logs.is_dir() else 0,
    )


def growth(samples: Sequence[Sample], value: Callable[[Sample], float | None]) -> Growth | None:
    """The growth of one figure, by the median of all slopes (Theil-Sen), which is robust against single peaks.

    Only samples with about as many picture bytes are compared. The number of pictures varies with the quality, and a
    picture's bytes do not tell its total memory, with its texture and the holes beside it.
    """
    points = [(one.seconds, found, one.variable_bytes) for one in samples if (found := value(one)) is not None]
    points = points[:: max(len(points) // 500, 1)]
    slopes = [
        (later - earlier) / (end - begin)
        for index, (begin, earlier, held) in enumerate(points)
        for end, later, then_held in points[index + 1 :]
        if end > begin and abs(then_held - held) <= COMPARABLE_BYTES
    ]
    if len(points) < 3 or not slopes:
        return None
    seconds = points[-1][0] - points[0][0]
    return Growth(statistics.median(found for _, found, _ in points), statistics.median(slopes) * seconds, seconds)


def longest_run(samples: Sequence[Sample], warm_up_seconds: float) -> list[Sample]:
    """The samples of the process that ran longest, without its first `warm_up_seconds`."""
    runs: dict[int, list[Sample]] = {}
    for sample in samples:
        runs.setdefault(sample.process, []).append(sample)
    if not runs:
        return []
    longest = max(runs.values(), key=lambda run: run[-1].seconds - run[0].seconds)
    return [sample for sample in longest if sample.seconds - longest[0].seconds >= warm_up_seconds]


def _table(path: Path) -> dict[str, str]:
    rows = (line.partition(":") for line in path.read_text().splitlines())
    return {name: value.strip() for name, _, value in rows}


def _kib(text: str) -> int:
    return int(text.split()[0]) * 1024


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
