"""The files of a show, each with its place in an archive: score, rig, desk, atlases, pictures, films, sounds, fonts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from installation.atlas import INDEX_NAME, MAP_NAME
from installation.atlas.atlas import Atlas
from installation.atlas.joined import JoinedAtlas
from installation.book import collections_file, picture_classes, picture_index
from installation.desk.desk_file import read_desk_file
from installation.editions.production import Production
from installation.errors import ScoreError
from installation.files import is_special
from installation.media.font_file import FONTS_BESIDE, SHIPPED, SHIPPED_LICENCE, installed_families
from installation.rig.venue import read_venue

SHOW = "show"
"""The archive's folder with the show."""

NAMES_ATLAS = re.compile(rb"^['\"]?atlas['\"]?\s*:", re.MULTILINE)
"""Matches in a score that names its atlas."""

NAMES_MAIN = re.compile(rb"\bmain['\"]?\s*:")

Contents = dict[str, Path | bytes]
"""What lies where in an archive: a file on the disk, or bytes."""


@dataclass(frozen=True, slots=True)
class ShowContents:
    """Everything that a show is made of, and where its score, rig and desk file lie in the archive."""

    score: str
    rig: str | None
    desk: str | None
    files: Contents


def contents_of(production: Production, rig: Path | None, desk: Path | None) -> ShowContents:
    """What an archive of a show holds.

    Raises ScoreError and RigError for a show that cannot be played, and ScoreError for one that cannot be moved.
    """
    score, atlas = production.path, production.interpolator.atlas
    text = score.read_bytes()
    main, *further = atlas.parts if isinstance(atlas, JoinedAtlas) else (atlas,)
    names_atlas = NAMES_ATLAS.search(text) is not None
    if further and not NAMES_MAIN.search(text):
        raise ScoreError(
            f"{score}: `pack` must know where neurons without a prefix are from; name their atlas, too: "
            "atlas: {main: FOLDER, ...}"
        )
    files = [score, *([rig] if rig else []), *([desk] if desk else [])]
    if rig is not None:
        files += read_venue(rig, production.score).files
    if desk is not None:
        read_desk_file(desk)
    fonts, media = _fonts_and_media(production)
    _must_be_named_from_the_score(media, text, score)
    named = [part.folder for part in ((main, *further) if names_atlas else further)]
    home = _common_folder([*(file.parent for file in (*files, *media)), *(folder.parent for folder in named)])
    where = _place(score, home)
    contents: Contents = {_place(file, home): file for file in (*files, *media)}
    contents |= {f"{where.rpartition('/')[0]}/{FONTS_BESIDE}/{font.name}": font for font in fonts}
    for part in (main, *further):
        contents |= _files_of(part, _place(part.folder, home) if part.folder in named else f"{where}.atlas")
    if not names_atlas:
        contents[where] = _with_atlas(text, f"{score.name}.atlas")
    return ShowContents(where, _place(rig, home) if rig else None, _place(desk, home) if desk else None, contents)


def _fonts_and_media(production: Production) -> tuple[list[Path], list[Path]]:
    """The fonts of the program and of this machine that the score uses, and the files that lie with the score."""
    atlases = [folder.resolve() for folder in production.interpolator.atlas.folders]
    named = [file for file in production.files if not any(file.resolve().is_relative_to(one) for one in atlases)]
    foreign = {SHIPPED, *(file for files in installed_families().values() for file in files)}
    fonts = [file for file in named if file in foreign]
    fonts += [SHIPPED_LICENCE] if SHIPPED in fonts else []
    media = [every for file in named if file not in foreign for every in _every_file(file)]
    return fonts, list(dict.fromkeys(media))


def _every_file(path: Path) -> Iterator[Path]:
    """A file with those that it names itself, or all files of a folder of pictures."""
    if path.is_dir():
        yield from sorted(one for one in path.iterdir() if not one.is_dir() and not is_special(one))
    else:
        yield path
    if path.suffix.lower() == ".gltf":
        told = json.loads(path.read_bytes())
        for part in (*told.get("buffers", ()), *told.get("images", ())):
            if (named := path.parent / str(part.get("uri", ""))).is_file():
                yield named


def _must_be_named_from_the_score(media: Iterable[Path], text: bytes, score: Path) -> None:
    for file in media:
        if file.is_absolute() and str(file).encode() in text:
            raise ScoreError(
                f"{score}: {file} is named by its full path, which no other machine has; put it beside the score, and "
                "name it from there"
            )


def _files_of(atlas: Atlas, where: str) -> Mapping[str, Path]:
    names = (INDEX_NAME, MAP_NAME, collections_file.NAME, picture_index.NAME, picture_classes.NAME)
    files = [*names, *(one.file for one in atlas.families.values())]
    return {f"{where}/{name}": atlas.folder / name for name in files if (atlas.folder / name).is_file()}


def _common_folder(named: Iterable[Path]) -> Path:
    folders = [folder.resolve() for folder in named]
    home = folders[0]
    while not all(folder.is_relative_to(home) for folder in folders):
        home = home.parent
    return home


def _place(path: Path, home: Path) -> str:
    """The place of a file of the show: its path from `home`. A link keeps its own name."""
    return f"{SHOW}/{(path.parent.resolve() / path.name).relative_to(home).as_posix()}"


def _with_atlas(score: bytes, folder: str) -> bytes:
    """A score of the shipped atlas, changed to play the atlas packed beside it."""
    return score.rstrip(b"\n") + f"\natlas: {folder}  # the atlas that was shipped when this show was packed\n".encode()
