"""What a show begins with that may go on: its files as they are, or as they were when they were last good."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from installation.desk.desk_file import read_desk_file
from installation.desk.journal.journal_lines import journal_tail
from installation.editions.edition import Edition, ShowFiles
from installation.editions.last_good_files import LastGoodFiles, last_good_folder
from installation.errors import InstallationError, ScoreError

log = logging.getLogger(__name__)

RESUMED_NOTICE = (
    "the show continues with the files that it last played; files saved since then take over as soon as possible"
)


class Resumption:
    """Reads the files of a show: `edition`, `desk_file`, which may be a copy, and what a person should know: `told`
    until another edition plays, `standing` until the show begins anew.

    After an end nobody wanted the same plays again, and what was saved since takes over as any edit does, if the files
    are `watched`. Where they have a mistake, their last good state plays. A show without a `journal` does not go on:
    nothing of it is kept. Raises what is wrong with the files where nothing good is kept.
    """

    def __init__(self, show_files: ShowFiles, journal: Path | None, desk_file: Path | None, *, watched: bool) -> None:
        self.told: tuple[str, ...] = ()
        self.standing: tuple[str, ...] = ()
        self._kept: LastGoodFiles | None = None
        if journal is not None:
            self._kept = LastGoodFiles(last_good_folder(journal), show_files.score, show_files.rig, desk_file)
        self._copies = self._kept.files() if self._kept else None
        played, _ = journal_tail(journal)
        self.edition = self._read(show_files, played, watched=watched)
        self.desk_file = None if desk_file is None else self._usable_desk_file(desk_file)
        self._desk = {desk_file: self.desk_file.read_bytes()} if desk_file and self.desk_file else {}

    def keep(self, edition: Edition) -> None:
        """An edition plays: keep its files, whatever becomes of them. Takes some milliseconds, on any thread."""
        if self._kept is not None and edition.texts:
            self._kept.keep({**edition.texts, **self._desk})

    def end(self) -> None:
        """The show was ended by somebody."""
        if self._kept is not None:
            self._kept.end()

    def _read(self, show_files: ShowFiles, played: str | None, *, watched: bool) -> Edition:
        """`played` is what the journal says that played last, a score's digest."""
        copies = self._copies
        if copies and copies.digest == played and copies.changed and not copies.over and watched:
            with suppress(InstallationError):
                edition = show_files.read(kept=copies)
                log.warning("%s", RESUMED_NOTICE)
                self.told = (RESUMED_NOTICE,)
                return edition
        try:
            return show_files.read()
        except InstallationError as error:
            if copies is None:
                raise
            try:
                edition = show_files.read(kept=copies)
            except InstallationError:
                raise error from None
            self.told = (_notice("files play", error),)
            return edition

    def _usable_desk_file(self, desk_file: Path) -> Path:
        try:
            read_desk_file(desk_file)
        except ScoreError as error:
            if self._copies is None or self._copies.desk is None:
                raise
            self.standing = (_notice("desk file is used", error),)
            return self._copies.desk
        return desk_file


def _notice(what: str, error: InstallationError) -> str:
    loud = what.upper()
    log.error("THE LAST GOOD %s, nothing is lost and the show goes on; this must be mended:\n%s", loud, error)
    return f"the last good {what}; this must be mended: {error}"
