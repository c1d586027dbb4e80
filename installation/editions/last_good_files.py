"""The last good files of a show, kept beside its journal: a restart plays them if the artist's files have a mistake.

They are plain copies in a folder of their own, with an index of their original paths and sha256. Atlases are not
copied: they are large, and the player detects a damaged one when it opens it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installation.desk.journal.resume import set_aside
from installation.errors import DeviceError
from installation.files import read_regular, take_name, write_atomically
from installation.rig.venue import Venue, read_venue

log = logging.getLogger(__name__)

INDEX_NAME = "kept.json"

OWNER_ONLY = 0o600
"""A rig may hold a projector's password, and its own file may be readable by its owner alone."""

FORMAT = 1
"""The format of the index, stored as its `version`. An index without a version is of format 1."""

MAX_INDEX_BYTES = 2**20
MAX_COPY_BYTES = 2**29


@dataclass(frozen=True, slots=True)
class LastGoodCopies:
    """Undamaged copies. `changed`: the show's own files are different now; `over`: somebody ended the show.

    `digest` is the score's; `taken` is the value of Edition.taken, frame and machine.
    """

    score: Path
    digest: str
    rig: Path | None
    desk: Path | None
    changed: bool
    over: bool
    taken: tuple[int, str] = (-1, "")


class LastGoodFiles:
    """The copies of one show's files in `folder`: its score, its rig with the files beside it, and its desk file."""

    def __init__(self, folder: Path, score: Path, rig: Path | None = None, desk: Path | None = None) -> None:
        self._folder = folder
        self._score, self._rig, self._desk = (_absolute(one) if one else None for one in (score, rig, desk))

    def keep(self, texts: Mapping[Path, bytes], taken: tuple[int, str] = (-1, "")) -> None:
        """Keep these files' contents instead of the former copies, all or none. The log reports a failure."""
        files = {self._place(_absolute(file)): (_absolute(file), text) for file, text in texts.items()}
        names = {str(place): {"from": str(file), "sha256": _sha256(text)} for place, (file, text) in files.items()}
        own = self._folder / _sha256(json.dumps(names, sort_keys=True).encode())[:16]
        try:
            if not _are_whole(own, names):
                part = self._folder / ".part"
                for gone in (part, own):
                    shutil.rmtree(gone, ignore_errors=True)
                for place, (_, text) in files.items():
                    write_atomically(part / place, text, mode=OWNER_ONLY, make_folder=True)
                take_name(part, own)
            self._write_index({"version": FORMAT, "folder": own.name, "over": False, "taken": taken, "files": names})
            for other in self._folder.iterdir():
                if other.is_dir() and other != own:
                    shutil.rmtree(other, ignore_errors=True)
        except (OSError, DeviceError) as error:
            log.warning("%s: the show's files cannot be kept for a restart: %s", self._folder, error)

    def end(self) -> None:
        """Note that somebody ended the show: the next start plays its own files, unless they have a mistake."""
        index = self._index()
        if index:
            try:
                self._write_index(index | {"over": True})
            except DeviceError as error:
                log.warning("%s", error)

    def files(self) -> LastGoodCopies | None:
        """The copies of this show; None if there are none, or they are damaged."""
        index = self._index()
        try:
            folder, files = self._folder / index["folder"], index["files"]
            if not all(map(_is_below, (index["folder"], *files))) or not _are_whole(folder, files):
                return None
            copies = {Path(told["from"]): folder / place for place, told in files.items()}
            frame, machine = index.get("taken", (-1, ""))
            taken = int(frame), str(machine)
            changed = any(not _holds(Path(told["from"]), told["sha256"]) for told in files.values())
        except (KeyError, TypeError, AttributeError, ValueError):  # there is no index, or it is damaged
            return None
        score, rig, desk = (copies.get(one) if one else None for one in (self._score, self._rig, self._desk))
        if score is None or (rig is None) != (self._rig is None):
            return None
        digest = _sha256(score.read_bytes())
        return LastGoodCopies(score, digest, rig, desk, changed, bool(index.get("over")), taken)

    def _place(self, file: Path) -> Path:
        """The path of a copy in the folder. Files beside or below the rig keep their relative paths to its copy."""
        if file == self._score:
            return Path("score", file.name)
        if file == self._desk:
            return Path("desk", file.name)
        assert self._rig is not None, "further files are the rig's"
        beside = self._rig.parent
        return Path("rig", file.relative_to(beside) if file.is_relative_to(beside) else file.name)

    def _index(self) -> dict[str, Any]:
        try:
            found = json.loads(read_regular(self._folder / INDEX_NAME, MAX_INDEX_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        if found.get("version", FORMAT) != FORMAT:
            told = "%s is of version %s, and this player reads version %d; it begins with the show's own files"
            log.warning(told, self._folder / INDEX_NAME, found["version"], FORMAT)
            return {}
        return found

    def _write_index(self, index: Mapping[str, Any]) -> None:
        write_atomically(self._folder / INDEX_NAME, (json.dumps(index, indent=1) + "\n").encode())


def _is_below(place: str) -> bool:
    """Whether a path from the index stays inside the folder."""
    return not Path(place).is_absolute() and ".." not in Path(place).parts


def last_good_folder(journal: Path) -> Path:
    """The folder in which a show's files are kept."""
    return journal.with_suffix(".kept")


def set_state_aside(journal: Path, wall_seconds: float) -> None:
    """Set aside everything from which a show would resume, so that it begins anew with its own files. Only copies that
    were set aside earlier are deleted."""
    if journal.exists():
        set_aside(journal, f"journal {journal}: players failed on it repeatedly", wall_seconds)
    kept = last_good_folder(journal)
    aside = kept.with_name(f"{kept.name}-aside")
    try:
        if kept.exists():
            shutil.rmtree(aside, ignore_errors=True)
            kept.rename(aside)  # not `take_name`: nothing of that name is left that it could replace
            log.warning("%s is now %s", kept, aside.name)
    except OSError as error:
        log.error("%s cannot be set aside: %s", kept, error.strerror)


def last_good_venue(rig: Path, kept: LastGoodFiles) -> Venue:
    """The venue of a rig, or its last good state if the rig cannot be read; raises the error if no copy is kept."""
    try:
        return read_venue(rig)
    except Exception as error:  # the author's mistake, or one of ours
        copies = kept.files()
        if copies is None or copies.rig is None:
            raise
        log.error("THE LAST GOOD RIG IS USED and the show goes on; correct this:\n%s", error)
        return read_venue(copies.rig)


def _absolute(file: Path) -> Path:
    """The absolute path, without dots that could lead a copy out of its folder."""
    return Path(os.path.normpath(file.absolute()))


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _are_whole(folder: Path, files: Mapping[str, Mapping[str, str]]) -> bool:
    return all(_holds(folder / place, told["sha256"]) for place, told in files.items())


def _holds(file: Path, sha256: str) -> bool:
    try:
        return _sha256(read_regular(file, MAX_COPY_BYTES)) == sha256
    except OSError:
        return False
