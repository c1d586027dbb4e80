"""The journal that a show goes on with after a crash, a power cut or an edit."""

from __future__ import annotations

import logging
from pathlib import Path

from installation.desk.journal.journal import Recording, check_score, read_journal
from installation.desk.journal.journal_archive import archive_path, prune
from installation.errors import ScoreError
from installation.show.score import Score

logger = logging.getLogger(__name__)


def resumable_recording(journal: Path, score: Score, wall_seconds: float) -> Recording | None:
    """What the journal says about this score; None where there is nothing to go on with.

    A journal of another score, or one that cannot be read, is set aside, and the show begins anew: nobody may be there
    to read a message. Raises ScoreError where even that cannot be done.
    """
    try:
        if not journal.stat().st_size:  # made by a disk that had no room for more
            return None
        recording = read_journal(journal, forgiving=True)
        check_score(recording, score, journal)
    except FileNotFoundError:
        return None
    except ScoreError as reason:
        set_aside(journal, reason, wall_seconds)
        return None
    return recording


def set_aside(journal: Path, reason: ScoreError, wall_seconds: float) -> None:
    """Rename a journal, so that another can begin; raises `reason` where the disk does not allow it."""
    aside = archive_path(journal, wall_seconds)
    try:
        journal.rename(aside)
        prune(journal)
    except OSError:
        raise reason from None
    logger.warning("%s; the show begins anew, and the old journal is now %s", reason, aside.name)
