"""The older files of a journal: what a long one held before it began anew, and those of shows that are over.

Each lies beside the journal under its name and the time at which it was put away, and is a journal by itself.
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from pathlib import Path

logger = logging.getLogger(__name__)

MOST_OLDER = 24
"""Kept, the newest."""


def older_name(journal: Path, wall_seconds: float) -> Path:
    """Under which name a journal is put away at a time since 1970; names sort by time."""
    when = f"{datetime.fromtimestamp(wall_seconds, UTC):%Y%m%dT%H%M%S.%f}"
    return journal.with_name(f"{journal.stem}-{when}Z{journal.suffix}")


def older_of(journal: Path) -> list[Path]:
    """Those that are there, the oldest first."""
    return sorted(journal.parent.glob(f"{journal.stem}-????????T??????.*Z{journal.suffix}"))


def keep(journal: Path, wall_seconds: float) -> None:
    """Keep what a journal holds under another name as well, and let the oldest go; told where the disk cannot."""
    older = older_name(journal, wall_seconds)
    try:
        os.link(journal, older)
        let_go(journal)
    except OSError as error:
        logger.warning("%s: %s; what the journal holds so far may be lost when it begins anew", older, error.strerror)


def let_go(journal: Path) -> None:
    """Delete the oldest where there are too many; raises OSError."""
    for oldest in older_of(journal)[:-MOST_OLDER]:
        oldest.unlink()
