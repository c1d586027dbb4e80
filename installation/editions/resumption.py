"""The files with which a resumed show begins: the present ones, or their last good state."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from installation.desk.desk_file import read_desk_file
from installation.desk.journal.journal_lines import journal_tail
from installation.editions.edition import Edition, EditionStamp, ShowFiles
from installation.editions.file_watcher import as_device_error
from installation.editions.last_good_files import LastGoodFiles, last_good_folder
from installation.errors import InstallationError
from installation.notices import Notices

log = logging.getLogger(__name__)

RESUMED_NOTICE = (
    "the show continues with the files that it last played; files saved since then take over as soon as possible"
)


class Resumption:
    """Reads the files of a show: `edition`, and `desk_file`, which may be a copy. `notices` say so if copies are used.

    After a crash the show resumes with the files that it played. If the files are `watched`, later changes take over
    like any edit. If the files have a mistake, or a bug keeps them from being read, their last good state plays. A show
    without a `journal` does not resume and keeps nothing. Without a good copy, it raises the error in the files;
    `told_of` turns any exception into such an error.
    """

    def __init__(
        self,
        show_files: ShowFiles,
        journal: Path | None,
        desk_file: Path | None,
        notices: Notices,
        *,
        watched: bool,
        told_of: Callable[[Exception], InstallationError] = as_device_error,
    ) -> None:
        self._notices, self._told_of = notices, told_of
        self._kept: LastGoodFiles | None = None
        if journal is not None:
            self._kept = LastGoodFiles(last_good_folder(journal), show_files.score, show_files.rig, desk_file)
        self._copies = self._kept.files() if self._kept else None
        played, _ = journal_tail(journal)
        edition = self._read(show_files, played, watched=watched)
        if self._copies and self._copies.digest == played == edition.score.digest:
            edition = replace(edition, taken=EditionStamp(*self._copies.taken))
        self.edition = edition
        self.desk_file = None if desk_file is None else self._usable_desk_file(desk_file)
        self._desk = {desk_file: self.desk_file.read_bytes()} if desk_file and self.desk_file else {}

    def keep(self, edition: Edition) -> None:
        """Keep copies of the playing edition's files. This takes some milliseconds; any thread may call it."""
        if self._kept is not None and edition.texts:
            self._kept.keep({**edition.texts, **self._desk}, edition.taken)

    def end(self) -> None:
        """Note that somebody ended the show."""
        if self._kept is not None:
            self._kept.end()

    def _read(self, show_files: ShowFiles, played: str | None, *, watched: bool) -> Edition:
        """`played` is the digest of the last played score according to the journal."""
        copies = self._copies
        if copies and copies.digest == played and copies.changed and not copies.over and watched:
            with suppress(Exception):  # the show's own files follow below
                edition = show_files.read(kept=copies)
                self._notices.put("files", RESUMED_NOTICE)
                return edition
        try:
            return show_files.read()
        except Exception as raised:  # the author's mistake, or one of ours
            error = self._told_of(raised)
            if copies is None:
                raise error from raised
            try:
                edition = show_files.read(kept=copies)
            except Exception:  # the copies are no better: report the error in the files themselves
                raise error from raised
            self._notices.put("files", _last_good("files play", error), grave=True)
            return edition

    def _usable_desk_file(self, desk_file: Path) -> Path:
        try:
            read_desk_file(desk_file)
        except Exception as raised:  # the author's mistake, or one of ours
            error = self._told_of(raised)
            if self._copies is None or self._copies.desk is None:
                raise error from raised
            self._notices.put("desk file", _last_good("desk file is used", error), grave=True)
            return self._copies.desk
        return desk_file


def _last_good(what: str, error: InstallationError) -> str:
    return f"the last good {what}, and nothing is lost; correct this: {error}"
