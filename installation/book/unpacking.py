"""Opening an archive without trusting it: checksums are checked, the stills are drawn anew and compared."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from installation.book.archive import FORMAT, MANIFEST, STILLS, still
from installation.editions.production import Production
from installation.errors import DeviceError, InstallationError, ScoreError
from installation.files import is_special, take_name

MAX_BYTES = 32 * 2**30
"""Of all that an archive unpacks to; wheels and films are the most of it."""

PIECE_BYTES = 2**20

MAX_MANIFEST_BYTES = 64 * 2**20

SAME_STEPS = 2
"""Of 255: another processor or another version rounds differently, and nobody sees it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What unpacking found: the score's new place, and of each still the largest difference in steps of 255.

    It is None where a still could not be drawn, with the reason in `failures`; `versions` are those of that time.
    """

    score: Path
    differences: Mapping[str, int | None]
    failures: tuple[str, ...]
    versions: Mapping[str, str]

    @property
    def is_same(self) -> bool:
        """Whether the show looks as it did."""
        return all(one is not None and one <= SAME_STEPS for one in self.differences.values())


def unpack(file: Path, out: Path) -> Verdict:
    """Unpack a show into the new folder `out`, check every file, draw its stills anew and compare.

    Raises ScoreError for what is not an archive of a show, or damaged; nothing lies under `out` then.
    """
    if out.exists():
        raise DeviceError(f"{out}: is there already; name a new folder")
    beside = out.with_name(f".{out.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        manifest = _extract(file, beside)
        take_name(beside, out)
    except OSError as error:
        raise DeviceError(f"{out}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _compare(out, manifest)


def _extract(file: Path, folder: Path) -> dict[str, Any]:
    if is_special(file):
        raise ScoreError(f"{file}: this is not an ordinary file")
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(one.file_size for one in archive.infolist()) > MAX_BYTES:
                raise ScoreError(f"{file}: unpacks to more than {MAX_BYTES >> 30} GiB; do not trust this file")
            if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST_BYTES:
                raise ScoreError(f"{file}: is not an archive of a show")
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
            _check_manifest(manifest, file)
            if manifest["neural_image_archive"] > FORMAT:
                raise ScoreError(f"{file}: was packed by a newer version; update the program")
            for name, checksum in manifest["sha256"].items():
                _must_lie_inside(name, file)
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if _copied(archive, name, target) != checksum:
                    raise ScoreError(f"{file}: {name} is damaged; take another copy of the archive")
            (folder / MANIFEST).write_bytes(archive.read(MANIFEST))
    except FileNotFoundError as error:
        raise ScoreError(f"{file}: there is no such file") from error
    except (ScoreError, OSError):
        raise
    except Exception as error:  # the bytes of a file that somebody else made may lead its reader anywhere
        raise ScoreError(f"{file}: is not an archive of a show, or is damaged ({error}); take another copy") from error
    return manifest


def _check_manifest(manifest: Any, file: Path) -> None:
    """Raises ScoreError for what says something else than a manifest does."""
    if not isinstance(manifest, dict) or not isinstance(manifest.get("neural_image_archive"), int):
        raise ScoreError(f"{file}: is not an archive of a show")
    _must_lie_inside(str(manifest["score"]), file)
    for name, asked in manifest["stills"].items():
        _must_lie_inside(f"{STILLS}/{name}.png", file)
        if not isinstance(asked["frame"], int) or not isinstance(asked["output"], str):
            raise ScoreError(f"{file}: the still {name!r} is of no frame or no output")


def _must_lie_inside(name: str, file: Path) -> None:
    place = PurePosixPath(name)
    if place.is_absolute() or ".." in place.parts or "\\" in name:
        raise ScoreError(f"{file}: {name!r} would lie outside the folder; do not trust this file")


def _copied(archive: zipfile.ZipFile, name: str, target: Path) -> str:
    """Write a file out piece by piece; gives its digest."""
    digest = hashlib.sha256()
    with archive.open(name) as packed, target.open("wb") as out:
        while piece := packed.read(PIECE_BYTES):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def _compare(folder: Path, manifest: Mapping[str, Any]) -> Verdict:
    score = folder / str(manifest["score"])
    differences: dict[str, int | None] = {}
    failures: list[str] = []
    try:
        production: Production | None = Production.open(score, in_tiles=True)
    except InstallationError as error:
        production = None
        failures.append(str(error))
    for name, asked in manifest["stills"].items():
        differences[name] = None
        if production is None:
            continue
        try:
            drawn = still(production, int(asked["frame"]), str(asked["output"]))
            with Image.open(folder / STILLS / f"{name}.png", formats=["PNG"]) as picture:
                before = np.asarray(picture.convert("RGB"))
            differences[name] = (
                int(np.abs(drawn[..., :3].astype(int) - before).max()) if drawn.shape == before.shape else 255
            )
        except Exception as error:  # whatever the archive says of a still, or holds in its place
            failures.append(f"{name}: {error}")
    return Verdict(score, differences, tuple(failures), dict(manifest.get("versions", {})))
