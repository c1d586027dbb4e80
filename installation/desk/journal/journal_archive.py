"""The older files of a journal: what a long one held before it began anew, and those of shows that are over.

Each lies beside the journal under its name, a number and the time at which it was put away, and is a journal by itself.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from installation.files import next_path, oldest_first

logger = logging.getLogger(__name__)

MAX_ARCHIVED = 24
"""Kept, the newest."""


def archive_path(journal: Path, wall_seconds: float) -> Path:
    """Under which name a journal is put away at a time since 1970."""
    return next_path(journal.parent, journal.stem, journal.suffix, wall_seconds)


def archived_journals(journal: Path) -> list[Path]:
    """Those that are there, the oldest first."""
    return oldest_first(journal.parent.glob(f"{journal.stem}-*????????T??????.*Z{journal.suffix}"))


def archive(journal: Path, wall_seconds: float) -> None:
    """Keep what a journal holds under another name as well, and let the oldest go; reports if the disk cannot."""
    older = archive_path(journal, wall_seconds)
    try:
        os.link(journal, older)
        prune(journal)
    except OSError as error:
        logger.warning("%s: %s; the older part of the journal may be lost when it begins again", older, error.strerror)


def prune(journal: Path) -> None:
    """Delete the oldest where there are too many; raises OSError."""
    for oldest in archived_journals(journal)[:-MAX_ARCHIVED]:
        oldest.unlink()
