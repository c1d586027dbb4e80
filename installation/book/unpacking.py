"""Opens an archive without trusting it: checks its checksums, draws its stills again and compares them."""

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
"""The most bytes that an archive may unpack to; wheels and films are the largest part."""

PIECE_BYTES = 2**20

MAX_MANIFEST_BYTES = 64 * 2**20

SAME_STEPS = 2
"""The largest difference, of 255, that counts as equal: other processors and versions round differently."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of unpacking: the score's new path, and each still's largest difference in steps of 255.

    The difference is None for a still that could not be drawn, with the reason in `failures`. `versions` are those at
    packing.
    """

    score: Path
    differences: Mapping[str, int | None]
    failures: tuple[str, ...]
    versions: Mapping[str, str]

    @property
    def is_same(self) -> bool:
        """Whether the show looks as it did when packed."""
        return all(one is not None and one <= SAME_STEPS for one in self.differences.values())


def unpack(file: Path, out: Path) -> Verdict:
    """Unpack a show into the new folder `out`, check every file, draw its stills again and compare them.

    Raises ScoreError for a file that is not an intact archive of a show, DeviceError if `out` exists or writing fails;
    `unpack` then leaves nothing new under `out`.
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
    except Exception as error:  # a foreign file may make its reader raise anything
        raise ScoreError(f"{file}: is not an archive of a show, or is damaged ({error}); take another copy") from error
    return manifest


def _check_manifest(manifest: Any, file: Path) -> None:
    """Raises ScoreError for an invalid manifest."""
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
    """Extract a file piece by piece; returns its sha256."""
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
        except Exception as error:  # a foreign still may raise anything
            failures.append(f"{name}: {error}")
    return Verdict(score, differences, tuple(failures), dict(manifest.get("versions", {})))
