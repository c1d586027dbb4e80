"""The older files of a journal: the contents of long journals before they began again, and journals set aside.

Each is a journal of its own, beside the present one. Its name is the journal's with a number and the time of archiving.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from installation.files import next_path, oldest_first

logger = logging.getLogger(__name__)

MAX_ARCHIVED = 24
"""The number of archived journals to keep, the newest."""


def archive_path(journal: Path, wall_seconds: float) -> Path:
    """The name for archiving a journal at a time, in seconds since 1970."""
    return next_path(journal.parent, journal.stem, journal.suffix, wall_seconds)


def archived_journals(journal: Path) -> list[Path]:
    """The archived files of a journal, the oldest first."""
    return oldest_first(journal.parent.glob(f"{journal.stem}-*????????T??????.*Z{journal.suffix}"))


def archive(journal: Path, wall_seconds: float) -> None:
    """Links a journal's file under another name, and deletes the oldest archives; logs a failure of the disk."""
    older = archive_path(journal, wall_seconds)
    try:
        os.link(journal, older)
        prune(journal)
    except OSError as error:
        logger.warning("%s: %s; the older part of the journal may be lost when it begins again", older, error.strerror)


def prune(journal: Path) -> None:
    """Deletes the oldest archives if there are too many; raises OSError."""
    for oldest in archived_journals(journal)[:-MAX_ARCHIVED]:
        oldest.unlink()
