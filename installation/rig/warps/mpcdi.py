"""MPCDI: a zip with an mpcdi.xml, which names regions, and for each region a warp (PFM) and blends (PNG).

VESA's Multiple Projector Common Data Interchange, profile 2D: a warp maps every point of the projector to a point of
the region's picture; its first row is the top one.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from installation.errors import RigError
from installation.rig.mask import LightShares, parse_picture
from installation.rig.warps.pfm import parse_pfm
from installation.rig.warps.samples import ForeignWarp, doubles, samples_of_map

MAX_MEMBERS = 1000
MAX_MEMBER_BYTES = 2**30
MAX_XML_BYTES = 2**24

COARSE = 4
"""If a row has fewer points than the projector by this factor or more, the warp is a grid from edge to edge."""

UNPACKING = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, OSError, EOFError, ValueError),
)
"""The errors of a damaged, encrypted or oddly packed member."""

WAY_OUT = "export MPCDI again, with the profile 2d"


@dataclass(frozen=True, slots=True)
class _Region:
    """A projector: its size in pixels, the names of its files, and the gamma of its blend."""

    size_px: tuple[int, int]
    warp: str = ""
    alpha: str = ""
    gamma: float = 1.0


def parse_mpcdi(data: bytes, where: str, region: str = "") -> ForeignWarp:
    """The warp of a region, which must be named if the file has several. Raises RigError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except UNPACKING as error:
        raise RigError(f"{where}: no MPCDI file, which is a zip ({error}); {WAY_OUT}") from None
    with archive:
        return _read(archive, where, region)


def _read(archive: zipfile.ZipFile, where: str, region: str) -> ForeignWarp:
    if len(archive.namelist()) > MAX_MEMBERS:
        raise RigError(f"{where}: {len(archive.namelist())} files; {MAX_MEMBERS} are read at most; {WAY_OUT}")
    regions = _regions(_xml(archive, where), where)
    if region not in regions and (region or len(regions) != 1):
        names = ", ".join(regions) or "none"
        asked = f"none is called {region!r}" if region else "name one with --region"
        raise RigError(f"{where}: the regions in this file are {names}; {asked}")
    name, found = (region, regions[region]) if region else next(iter(regions.items()))
    place = f"{where}, region {name}"
    if not found.warp:
        raise RigError(f"{place}: no geometryWarpFile is named for it; {WAY_OUT}")
    places = parse_pfm(_member(archive, found.warp, place), f"{place}, {found.warp}")
    if places.shape[2] != 3:
        raise RigError(f"{place}, {found.warp}: one number a point, and a warp has three; {WAY_OUT}")
    is_grid = places.shape[1] * COARSE <= found.size_px[0]
    samples = samples_of_map(doubles(places[..., :2]), place, found.size_px, on_corners=is_grid)
    told = ("the player does not lift black by betaMap: set black_lift of the head",) if _has_beta(archive) else ()
    return ForeignWarp(samples, _blend(archive, found, place) if found.alpha else None, told)


def _blend(archive: zipfile.ZipFile, region: _Region, place: str) -> LightShares:
    mask = parse_picture(_member(archive, region.alpha, place), f"{place}, {region.alpha}")
    found: LightShares = mask.shares((mask.width, mask.height)) ** np.float32(region.gamma)
    return found


def _xml(archive: zipfile.ZipFile, where: str) -> ElementTree.Element:
    name = next((one for one in archive.namelist() if one.lower().rpartition("/")[2] == "mpcdi.xml"), None)
    if name is None:
        raise RigError(f"{where}: no mpcdi.xml is in this zip; {WAY_OUT}")
    text = _member(archive, name, where, MAX_XML_BYTES)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # no tool writes one, and entities can expand without limit
        raise RigError(f"{where}, {name}: a document type is declared in it, which is not read; {WAY_OUT}")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise RigError(f"{where}, {name}: not XML: {error}; {WAY_OUT}") from None
    profile = root.get("profile", "").lower()
    if profile != "2d":
        raise RigError(
            f"{where}, {name}: the profile is {profile or 'not said'!r}, and a picture needs 2d: the others place "
            f"viewers or shapes in space; {WAY_OUT}"
        )
    return root


def _regions(root: ElementTree.Element, where: str) -> dict[str, _Region]:
    """Regions by name. Element and attribute names are compared in lower case, since tools differ."""
    sizes: dict[str, tuple[int, int]] = {}
    for buffer in _all(root, "buffer"):
        for one in _all(buffer, "region"):
            attributes = _attributes(buffer) | _attributes(one)
            sizes[attributes.get("id", "")] = (
                _pixels(attributes.get("xresolution"), where),
                _pixels(attributes.get("yresolution"), where),
            )
    found = {name: _Region(size_px) for name, size_px in sizes.items()}
    for files in _all(root, "fileset"):
        name = _attributes(files).get("region", "")
        if name in found:
            gamma = _number(_text(files, "alphamap", "gammaembedded") or "1", where)
            warp, alpha = _text(files, "geometrywarpfile", "path"), _text(files, "alphamap", "path")
            found[name] = _Region(sizes[name], warp, alpha, gamma)
    return found


def _has_beta(archive: zipfile.ZipFile) -> bool:
    return any("beta" in name.lower() for name in archive.namelist())


def _member(archive: zipfile.ZipFile, name: str, where: str, max_bytes: int = MAX_MEMBER_BYTES) -> bytes:
    """A file of the archive, found by its name with or without the folder."""
    known = {one.filename: one for one in archive.infolist()}
    info = known.get(name) or next((one for path, one in known.items() if path.rpartition("/")[2] == name), None)
    if info is None:
        raise RigError(f"{where}: {name!r} is named and not in the zip; {WAY_OUT}")
    if info.file_size > max_bytes:
        raise RigError(f"{where}, {name}: {info.file_size:,} bytes; {max_bytes:,} are read at most")
    try:
        with archive.open(info) as file:
            return file.read(max_bytes)
    except UNPACKING as error:
        raise RigError(f"{where}, {name}: cannot be unpacked: {error}; {WAY_OUT}") from None


def _all(element: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [one for one in element.iter() if one.tag.rpartition("}")[2].lower() == name]


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {name.lower(): value for name, value in element.attrib.items()}


def _text(element: ElementTree.Element, *names: str) -> str:
    """The text of the first element at this path of names; empty if there is none."""
    for name in names:
        inner = _all(element, name)
        if not inner:
            return ""
        element = inner[0]
    return (element.text or "").strip()


def _pixels(said: str | None, where: str) -> int:
    number = _number(said or "", where)
    if not 0 < number <= 65_536 or number != int(number):
        raise RigError(f"{where}: a region has a resolution of {said!r} pixels; {WAY_OUT}")
    return int(number)


def _number(said: str, where: str) -> float:
    try:
        number = float(said)
    except ValueError:
        number = float("nan")
    if not 0 < number < 1e6:
        raise RigError(f"{where}: {said!r} stands where a number above 0 belongs; {WAY_OUT}")
    return number
