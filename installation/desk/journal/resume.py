"""Reads the journal from which a show continues after a crash, a power cut or an edit."""

from __future__ import annotations

import logging
import math
import stat
import time
from collections.abc import Callable
from pathlib import Path

from installation.desk.journal.journal import Recording, check_score, read_journal
from installation.desk.journal.journal_archive import archive_path, prune
from installation.desk.journal.journal_lines import MAX_FRAME
from installation.desk.journal.soundness import sound
from installation.errors import ScoreError
from installation.files import take_name
from installation.show.clock import this_boot
from installation.show.score import Score

logger = logging.getLogger(__name__)

AHEAD_SECONDS = 60.0
"""How far a stamp may be ahead of the machine's steady clock."""


def resumable_recording(
    journal: Path,
    score: Score,
    wall_seconds: float,
    steady_seconds: Callable[[], float] = time.monotonic,
    boot: Callable[[], str] = this_boot,
) -> Recording | None:
    """The journal's recording of this score; None if there is nothing to continue from.

    A journal of another score, or an unreadable one, is set aside, and the show begins again: nobody may be there to
    read a message. Lines that are damaged or do not fit are left out.
    """
    try:
        status = journal.stat()
        if stat.S_ISREG(status.st_mode) and not status.st_size:  # an empty file from a full disk
            return None
        recording = read_journal(journal, forgiving=True)
        check_score(recording, score, journal)
        return sound(recording, score, _latest_frame(recording, steady_seconds(), boot()))
    except FileNotFoundError:
        return None
    except ScoreError as reason:
        set_aside(journal, str(reason), wall_seconds)
    except Exception as error:  # whatever is wrong with the journal, the show goes on without it
        logger.exception("journal %s", journal)
        set_aside(journal, f"journal {journal}: {type(error).__name__}: {error}", wall_seconds)
    return None


def _latest_frame(recording: Recording, steady_seconds: float, boot: str) -> int:
    """The last possible frame of a stamp: within one start of the machine, its steady clock tells."""
    anchor = recording.anchor
    if not boot or boot != anchor.boot:
        return MAX_FRAME
    return math.ceil((steady_seconds - anchor.steady_epoch + AHEAD_SECONDS) * recording.header.fps)


def set_aside(journal: Path, reason: str, wall_seconds: float) -> None:
    """Renames a journal, so that a new one can begin; logs a failure of the disk."""
    try:
        aside = archive_path(journal, wall_seconds)
        take_name(journal, aside)
        prune(journal)
    except OSError as error:
        logger.error("%s; the show begins again, and the journal cannot be set aside: %s", reason, error.strerror)
    else:
        logger.warning("%s; the show begins again, and the old journal is now %s", reason, aside.name)
