"""The archive: a show as one file, with all its parts and with stills of its appearance.

It is a zip file with a README that explains it. Files in compressed formats are stored without compression.
unpacking.py opens it.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from installation import __version__
from installation.atlas import INDEX_NAME
from installation.atlas.atlas import Atlas
from installation.atlas.joined import JoinedAtlas
from installation.book import collections_file, picture_index
from installation.desk.desk_file import read_desk_file
from installation.editions.production import Production
from installation.files import replacing
from installation.outputs.png import png_bytes
from installation.player.provenance import versions
from installation.player.tiles import TilePainter
from installation.rig.venue import read_venue
from installation.show.compiled_score import compiled
from installation.show.playing.performance import Performance

FORMAT = 1
MANIFEST, READ_ME, STILLS, SHOW = "manifest.json", "README.txt", "stills", "show"
README_WORDS = Path(__file__).with_name("pages") / "README.txt"
STILL_PX = 480
"""The longer side of a reference still."""

MAX_STILLS = 40
NAMES_ATLAS = re.compile(rb"^['\"]?atlas['\"]?\s*:", re.MULTILINE)
"""Matches in a score that names its atlas."""

STORED = (".safetensors", ".png", ".jpg", ".whl", ".mp4", ".mov")
WHEN = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip allows, for every file, so that the same show gives the same bytes."""


def pack(
    score: Path, out: Path, rig: Path | None = None, desk: Path | None = None, wheels: Iterable[Path] = ()
) -> list[str]:
    """Write a show into the zip file `out`, completely or not at all; returns the names of its files.

    Raises ScoreError and RigError for a show that cannot be played, DeviceError if writing fails.
    """
    production = Production.open(score, in_tiles=True)
    atlas = production.interpolator.atlas
    files = [score, *([rig] if rig else []), *([desk] if desk else [])]
    if rig is not None:
        files += read_venue(rig, production.score).files
    if desk is not None:
        read_desk_file(desk)
    main, *further = atlas.parts if isinstance(atlas, JoinedAtlas) else (atlas,)
    names_atlas = NAMES_ATLAS.search(score.read_bytes()) is not None
    named = [part.folder for part in ((main, *further) if names_atlas else further)]
    home = _common_folder([*(file.parent for file in files), *(folder.parent for folder in named)])
    contents: dict[str, Path | bytes] = {f"{SHOW}/{_inside(file, home)}": file for file in files}
    packed_score = f"{SHOW}/{_inside(score, home)}"
    for part in (main, *further):
        where = f"{SHOW}/{_inside(part.folder, home)}" if part.folder in named else f"{packed_score}.atlas"
        contents |= _files_of(part, where)
    if not names_atlas:
        contents[packed_score] = _with_atlas(score.read_bytes(), f"{score.name}.atlas")
    contents |= {f"wheels/{wheel.name}": wheel for wheel in wheels}
    stills = _stills(production)
    contents |= {f"{STILLS}/{name}.png": png_bytes(picture) for name, (_, _, picture) in stills.items()}
    manifest: dict[str, Any] = {
        "neural_image_archive": FORMAT,
        "title": production.score.title,
        "score": packed_score,
        "rig": f"{SHOW}/{_inside(rig, home)}" if rig else None,
        "desk": f"{SHOW}/{_inside(desk, home)}" if desk else None,
        "atlas": atlas.digest,
        "score_sha256_before_packing": production.score.digest,
        "stills": {name: {"frame": frame, "output": output} for name, (frame, output, _) in stills.items()},
        "versions": versions(),
        "packages": sorted(f"{one.name}=={one.version}" for one in distributions()),
        "networks": {
            name: {"architecture": one.architecture, "attribution": one.attribution, "sha256": one.sha256}
            for name, one in sorted(atlas.index.networks.items())
        },
    }
    contents[READ_ME] = _read_me(manifest).encode()
    with replacing(out, way_out="make room or choose another folder") as file:
        _write(file, contents, manifest)
    return [MANIFEST, *sorted(contents)]


def _files_of(atlas: Atlas, where: str) -> dict[str, Path | bytes]:
    """The files of an atlas, by their names in the archive."""
    names = [INDEX_NAME, collections_file.NAME, picture_index.NAME, *(one.file for one in atlas.families.values())]
    return {f"{where}/{name}": atlas.folder / name for name in names if (atlas.folder / name).is_file()}


def _common_folder(named: Iterable[Path]) -> Path:
    folders = [folder.resolve() for folder in named]
    home = folders[0]
    while not all(folder.is_relative_to(home) for folder in folders):
        home = home.parent
    return home


def _inside(path: Path, home: Path) -> str:
    return path.resolve().relative_to(home).as_posix()


def _with_atlas(score: bytes, folder: str) -> bytes:
    """A score of the shipped atlas, changed to play the atlas packed beside it."""
    return score.rstrip(b"\n") + f"\natlas: {folder}  # the atlas that was shipped when this show was packed\n".encode()


def _stills(production: Production) -> dict[str, tuple[int, str, NDArray[np.uint8]]]:
    """Small stills from the middle of each cue on each output: frame number, output and picture."""
    timeline = compiled(production.score).timeline
    found: dict[str, tuple[int, str, NDArray[np.uint8]]] = {}
    for index, cue in enumerate(production.score.cues):
        number = timeline.starts[index] + timeline.durations[index] // 2
        for output in production.sizes:
            if len(found) < MAX_STILLS:
                name = f"{index + 1:03}-{''.join(one if one.isalnum() else '-' for one in f'{cue.id}-{output}')}"
                found[name] = (number, output, still(production, number, output))
    return found


def still(production: Production, number: int, output: str) -> NDArray[np.uint8]:
    """A frame of an output at the size of a reference still, (height, width, 3)."""
    width, height = production.sizes[output]
    scale = min(1.0, STILL_PX / max(width, height))
    size_px = max(1, round(width * scale)), max(1, round(height * scale))
    frame = Performance(production.score, production.sizes).nominal_at(number)
    with TilePainter(production.interpolator, output, size_px) as painter:
        return np.concatenate([np.asarray(band, np.uint8) for band in painter.bands(frame)])


def _write(file: IO[bytes], contents: Mapping[str, Path | bytes], manifest: dict[str, Any]) -> None:
    checksums = {}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in sorted(contents.items()):
            data = content if isinstance(content, bytes) else content.read_bytes()
            checksums[name] = hashlib.sha256(data).hexdigest()
            _add(archive, name, data)
        text = json.dumps(manifest | {"sha256": checksums}, indent=1, ensure_ascii=False, sort_keys=True)
        _add(archive, MANIFEST, text.encode())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, WHEN)
    entry.external_attr = 0o644 << 16
    stored = name.endswith(STORED)
    archive.writestr(entry, data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)


def _read_me(manifest: Mapping[str, Any]) -> str:
    title = str(manifest["title"])
    return README_WORDS.read_text(encoding="utf-8").format(
        title=title,
        line="=" * len(title),
        version=__version__,
        score=manifest["score"],
        networks="\n".join(f"  {name}: {one['attribution']}" for name, one in manifest["networks"].items()),
        packages="\n".join(f"  {one}" for one in manifest["packages"]),
    )
