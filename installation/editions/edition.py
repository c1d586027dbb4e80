"""An edition: one state of everything that people can edit while the show runs, read and compiled in the background."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple, Protocol

from installation.atlas import INDEX_NAME
from installation.atlas.interpolate import Interpolator
from installation.desk.addresses import AddressSpace
from installation.editions.last_good_files import LastGoodCopies
from installation.editions.production import Production
from installation.editions.shader_trials import refuse_slow
from installation.rig.venue import Venue, read_venue
from installation.score import reader
from installation.score.reader import CheckResult
from installation.show.compiled_score import compiled
from installation.show.score import Score


class EditionStamp(NamedTuple):
    """The frame at which an edition took over, and the machine on which it was saved."""

    frame: int
    machine: str


NEVER_TAKEN: Final = EditionStamp(-1, "")
"""The stamp of an edition with which a show began."""


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """A score with its atlas, its addresses for the desk, and the rig.

    `texts` has the contents of the score's and the rig's files as they were read; empty if they have changed since.
    `is_kept` means that copies of earlier files were read instead, see last_good_files.py. `taken` says when it took
    over; if two machines play different editions, the later one holds for the house.
    """

    production: Production
    space: AddressSpace
    venue: Venue
    texts: Mapping[Path, bytes] = field(default_factory=dict)
    is_kept: bool = False
    taken: EditionStamp = NEVER_TAKEN

    @property
    def score(self) -> Score:
        return self.production.score


class ShowFiles:
    """The files of a show: score, atlas and rig. Any thread may `read`; only one does at a time.

    `fps` and `size` replace the score's own. `machine` selects the heads of one machine; None reads all. An unchanged
    atlas is not read again.
    """

    def __init__(
        self,
        score: Path,
        rig: Path | None = None,
        *,
        fps: str | None = None,
        size: tuple[int, int] | None = None,
        machine: str | None = None,
    ) -> None:
        self.score = score
        self.rig = rig
        self.fps = fps
        self.size = size
        self.machine = machine
        self.held_fps: Fraction | None = None
        """The frame rate that the show keeps until its next start, even if the score changes."""
        self._reading = Lock()
        self._interpolator: Interpolator | None = None
        self._files: tuple[Path, ...] = tuple(file for file in (score, rig) if file)

    @property
    def atlas(self) -> str:
        """The digest of the atlas that was read last; empty before the first reading."""
        return self._interpolator.atlas.digest if self._interpolator else ""

    @property
    def atlas_folders(self) -> tuple[Path, ...]:
        """The folders of the atlas that was read last."""
        return self._interpolator.atlas.folders if self._interpolator else ()

    def files(self) -> tuple[Path, ...]:
        """The files to watch for changes. An atlas is represented by its index, which is written last."""
        return self._files

    def read(self, check: Check | None = None, kept: LastGoodCopies | None = None) -> Edition:
        """Read everything, and compute whatever takes longer than a frame. Raises InstallationError for mistakes.

        `check` replaces score.reader.check; `kept` are copies to read instead of the files.
        """
        with self._reading:
            return self._read(check, kept)

    def _read(self, check: Check | None, kept: LastGoodCopies | None) -> Edition:
        rig = kept.rig if kept else self.rig
        if kept is not None:
            check = partial(_checked_copy, check or reader.check, kept.score)
        production = Production.open(self.score, fps=self.fps, size=self.size, known=self._interpolator, check=check)
        self._interpolator = production.interpolator
        refuse_slow(production.shader_seconds, production.score.fps)
        if self.held_fps not in (None, production.score.fps):
            production = _held(production, self.held_fps)
        compiled(production.score)
        indices = [folder / INDEX_NAME for folder in production.interpolator.atlas.folders]
        files = [self.score, *indices]
        venue = Venue()
        if self.rig is not None and rig is not None:
            files.append(self.rig)
            self._files = tuple(files)
            venue = read_venue(rig, production.score)
            if self.machine is not None:
                venue = venue.seen_from(self.machine)
            production = replace(production, warnings=(*production.warnings, *map(str, venue.warnings)))
            files += [
                self.rig.parent / file.relative_to(rig.parent) if file.is_relative_to(rig.parent) else file
                for file in venue.files
            ]
        self._files = (*files, *production.files)
        read_from = {self.score: kept.score if kept else self.score}
        if self.rig is not None and rig is not None:
            read_from |= dict(zip(files[1 + len(indices) :], (rig, *venue.files), strict=True))
        texts = _texts(read_from, production.score.digest)
        return Edition(production, AddressSpace(production.score), venue, texts, is_kept=kept is not None)


class Check(Protocol):
    """A function like score.reader.check."""

    def __call__(self, path: Path, *, home: Path | None = None) -> CheckResult: ...


def _checked_copy(check: Check, copy: Path, score: Path) -> CheckResult:
    return check(copy, home=score.parent)


def _texts(read_from: Mapping[Path, Path], digest: str) -> Mapping[Path, bytes]:
    """The contents of a show's files; empty if the first no longer has this digest, because somebody has just saved
    it."""
    try:
        texts = {file: read.read_bytes() for file, read in read_from.items()}
    except OSError:
        return {}
    return texts if hashlib.sha256(next(iter(texts.values()))).hexdigest() == digest else {}


def _held(production: Production, fps: Fraction) -> Production:
    score = production.score
    sentence = f"fps: {score.fps} takes effect at the next start; until then the show runs at {fps}"
    return replace(production, score=replace(score, fps=fps), warnings=(sentence, *production.warnings))
