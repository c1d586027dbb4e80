"""Files that are put away one after another, in the order of a number in their names: clocks are set, and stop."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

_PLACE = re.compile(r"-(\d{6})-\d{8}T\d{6}\.\d{6}Z\.")


def next_path(folder: Path, stem: str, suffix: str, wall_seconds: float) -> Path:
    """A name behind all others of its kind, with the time since 1970 for people to read."""
    number = max(map(_place, folder.glob(f"{stem}-*Z{suffix}")), default=0) + 1
    try:
        when = datetime.fromtimestamp(wall_seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a clock that stands nowhere
        when = datetime.fromtimestamp(0, UTC)
    return folder / f"{stem}-{number:06}-{when:%Y%m%dT%H%M%S.%f}Z{suffix}"


def oldest_first(files: Iterable[Path]) -> list[Path]:
    """In the order in which they were put away; those without a number are from before there were numbers."""
    return sorted(files, key=lambda file: (_place(file), file.name))


def _place(file: Path) -> int:
    found = _PLACE.search(file.name)
    return int(found[1]) if found else 0
