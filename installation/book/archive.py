"""The archive: a show as one file, with all its parts and with stills of its appearance.

It is a zip file with a README that explains it. Files in compressed formats are stored without compression.
unpacking.py opens it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from installation import __version__
from installation.book.archive_contents import Contents, contents_of
from installation.editions.production import Production
from installation.files import replacing
from installation.outputs.png import png_bytes
from installation.player.provenance import versions
from installation.player.tiles import TilePainter
from installation.show.compiled_score import compiled
from installation.show.playing.performance import Performance

FORMAT = 1
MANIFEST, READ_ME, STILLS = "manifest.json", "README.txt", "stills"
README_WORDS = Path(__file__).with_name("pages") / "README.txt"
STILL_PX = 480
"""The longer side of a reference still."""

MAX_STILLS = 40
PIECE_BYTES = 2**20

STORED = (".safetensors", ".png", ".jpg", ".jpeg", ".webp", ".whl", ".mp4", ".mov", ".mkv", ".webm", ".flac", ".ogg")
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
    show = contents_of(production, rig, desk)
    contents = dict(show.files)
    contents |= {f"wheels/{wheel.name}": wheel for wheel in wheels}
    stills = _stills(production)
    contents |= {f"{STILLS}/{name}.png": png_bytes(picture) for name, (_, _, picture) in stills.items()}
    manifest: dict[str, Any] = {
        "neural_image_archive": FORMAT,
        "title": production.score.title,
        "score": show.score,
        "rig": show.rig,
        "desk": show.desk,
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


def _write(file: IO[bytes], contents: Contents, manifest: dict[str, Any]) -> None:
    checksums = {}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in sorted(contents.items()):
            checksums[name] = _add(archive, name, content)
        text = json.dumps(manifest | {"sha256": checksums}, indent=1, ensure_ascii=False, sort_keys=True)
        _add(archive, MANIFEST, text.encode())


def _add(archive: zipfile.ZipFile, name: str, content: Path | bytes) -> str:
    """Write one file piece by piece; returns its sha256."""
    entry = zipfile.ZipInfo(name, WHEN)
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_STORED if name.lower().endswith(STORED) else zipfile.ZIP_DEFLATED
    digest = hashlib.sha256()
    source: IO[bytes] = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
    with source, archive.open(entry, "w", force_zip64=True) as out:
        while piece := source.read(PIECE_BYTES):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


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
