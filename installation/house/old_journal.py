"""A journal belongs to one score: when the score was edited, the show begins anew and the old journal is kept aside."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

logger = logging.getLogger(__name__)


def set_aside(journal: Path, score: Path, wall_seconds: float) -> Path | None:
    """Rename a journal that another version of the score wrote, or that cannot be read; None where nothing is renamed.

    Without this a player that resumes would refuse to start, and the house could only wait for somebody to come.
    """
    try:
        digest = hashlib.sha256(score.read_bytes()).hexdigest()
        with journal.open("rb") as file:
            header = file.readline()
    except OSError:  # the player says what is wrong with the score; without a journal there is nothing to resume
        return None
    try:
        written_for = json.loads(header)["score"]
    except (ValueError, KeyError, TypeError):
        written_for = None
    if written_for == digest:
        return None
    aside = journal.with_name(
        f"{journal.stem}-{datetime.fromtimestamp(wall_seconds, UTC):%Y%m%dT%H%M%S}{journal.suffix}"
    )
    try:
        journal.rename(aside)
    except OSError as error:
        logger.error("%s: %s; the show cannot resume", journal, error.strerror)
        return None
    logger.warning("the score was edited: the show begins anew, and the old journal is now %s", aside.name)
    return aside
