"""The files of an edition that several machines share: their names, contents and local paths.

Files that were saved on another machine arrive in a folder beside the score. Once their edition plays, they replace
this machine's own files, so that people who open a file see the playing edition; the old files move to `replaced/`.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from installation.editions.edition import Check, Edition, EditionStamp, ShowFiles
from installation.editions.last_good_files import LastGoodCopies
from installation.errors import DeviceError
from installation.files import Stamp, digest_of, next_path, oldest_first, read_regular, stamp_of, write_atomically

SCORE: Final = "score"
RIG: Final = "rig"
BESIDE: Final = "beside "
"""Prefix of `score/` or `rig/`: a file that the score or the rig names, and that lies beside or below it."""

REPLACED = "replaced"
MAX_REPLACED = 24
"""Replaced versions to keep of each file."""

MAX_TEXT_BYTES = 2**26


class SharedFiles:
    """Maps the files of one show, `show_files`, to the names that all machines use, and stores files that arrive."""

    def __init__(self, show_files: ShowFiles) -> None:
        self._show_files = show_files
        self._arriving = show_files.score.parent / f".{show_files.score.stem}.{show_files.machine}.arriving"
        self._digests: dict[Path, tuple[Stamp | None, str]] = {}

    @property
    def atlas(self) -> str:
        """The digest of the atlas that was read last."""
        return self._show_files.atlas

    @property
    def atlas_folders(self) -> tuple[Path, ...]:
        """The folders of that atlas: more than one if a score has several."""
        return self._show_files.atlas_folders

    def texts_of(self, edition: Edition) -> dict[str, bytes]:
        """The contents that the edition holds: score, rig and the files beside the rig, by place."""
        return {place: text for file, text in edition.texts.items() if (place := self._place(file, RIG))}

    def media_of(self, edition: Edition) -> dict[str, Path]:
        """The pictures, films and fonts beside or below the score, by place.

        Other files, and films that are folders of pictures, belong to the machine.
        """
        files = (file for file in edition.production.files if not file.is_dir())
        return {place: file for file in files if (place := self._place(file, SCORE))}

    def digest_of(self, file: Path) -> str:
        """The digest of a file, see files.digest_of; computed again only if it has changed. Raises DeviceError."""
        stamp = stamp_of(file)
        if self._digests.get(file, (None, ""))[0] != stamp or stamp is None:
            try:
                self._digests[file] = stamp, digest_of(file)
            except OSError as error:
                raise DeviceError(f"{file}: {error.strerror}") from None
        return self._digests[file][1]

    def lacking(self, media: Mapping[str, str]) -> list[str]:
        """The places of `media` (place to sha256) without a file on this machine.

        Raises DeviceError if another file has the name: it may be playing, so it is not replaced.
        """
        missing = []
        for place, sha256 in media.items():
            file = self._file(place)
            if not file.exists():
                missing.append(place)
            elif self.digest_of(file) != sha256:
                raise DeviceError(
                    f"{file}: this machine has another file of this name; give the new one a name of its own"
                )
        return missing

    def read(
        self, texts: Mapping[str, bytes], media: Mapping[str, bytes], taken: EditionStamp, check: Check | None
    ) -> Edition:
        """Read an edition that arrived, and store its media. Raises its mistakes, or DeviceError for this disk."""
        try:
            for place, content in media.items():
                write_atomically(self._file(place), content, make_folder=True)
            copies = self._copies(texts)
            edition = self._show_files.read(check, copies)
            return replace(edition, texts=self._own(texts), is_kept=False, taken=taken)
        finally:
            with suppress(OSError):  # the next edition replaces files that cannot be removed
                shutil.rmtree(self._arriving)

    def take(self, edition: Edition, wall_seconds: float) -> None:
        """Write an edition's texts to this machine's files, and keep the replaced versions. Raises DeviceError."""
        for file, text in edition.texts.items():
            try:
                before = read_regular(file, MAX_TEXT_BYTES)
            except FileNotFoundError:
                before = text
            except OSError as error:
                raise DeviceError(f"{file}: {error.strerror}") from None
            if before != text:
                mode = file.stat().st_mode & 0o777
                folder = file.parent / REPLACED
                away = next_path(folder, file.stem, file.suffix, wall_seconds)
                write_atomically(away, before, mode=mode, make_folder=True)
                for old in oldest_first(folder.glob(f"{file.stem}-*Z{file.suffix}"))[:-MAX_REPLACED]:
                    old.unlink(missing_ok=True)
                write_atomically(file, text, mode=mode)
            elif not file.exists():
                write_atomically(file, text, make_folder=True)

    def _own(self, texts: Mapping[str, bytes]) -> dict[Path, bytes]:
        return {self._file(place): text for place, text in texts.items()}

    def _copies(self, texts: Mapping[str, bytes]) -> LastGoodCopies:
        if SCORE not in texts or (RIG in texts) != (self._show_files.rig is not None):
            raise DeviceError("an edition arrived that lacks its score or its rig; save it again")
        placed = {}
        for place, text in texts.items():
            folder, _, rest = place.removeprefix(BESIDE).partition("/")
            placed[place] = self._arriving / folder / (rest or self._file(place).name)
            write_atomically(placed[place], text, mode=0o600, make_folder=True)
        digest = hashlib.sha256(texts[SCORE]).hexdigest()
        return LastGoodCopies(placed[SCORE], digest, placed.get(RIG), None, changed=True, over=False)

    def _place(self, file: Path, beside: str) -> str:
        """The machines' common name of a file; empty for a file that lies elsewhere."""
        score, rig = self._show_files.score, self._show_files.rig
        if file in (score, rig):
            return SCORE if file == score else RIG
        named_by = score if beside == SCORE else rig
        if named_by is None or not file.is_relative_to(named_by.parent):
            return ""
        relative = file.relative_to(named_by.parent)
        return "" if ".." in relative.parts else f"{BESIDE}{beside}/{relative.as_posix()}"

    def _file(self, place: str) -> Path:
        """The path of a place on this machine. Raises DeviceError for anything that is not a place."""
        folders = {SCORE: self._show_files.score, RIG: self._show_files.rig}
        if (file := folders.get(place)) is not None:
            return file
        named_by, _, rest = place.removeprefix(BESIDE).partition("/")
        parts = PurePosixPath(rest).parts
        if (file := folders.get(named_by)) is None or not parts or ".." in parts or parts[0] == "/":
            raise DeviceError(f"{place!r} is not a place of a file of this show")
        return file.parent.joinpath(*parts)
