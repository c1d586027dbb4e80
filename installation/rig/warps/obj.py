"""Meshes of other tools as Wavefront OBJ: vertices lie on the monitor, texture coordinates in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from installation.errors import RigError
from installation.rig.warp import Floats
from installation.rig.warps.samples import ForeignWarp, samples_of

MAX_CORNERS = 2_000_000
"""Corners of all faces together: tools write meshes with some thousands."""

EDGE_POINTS = 4
"""Samples along the side of a face: a tool draws it flat between its corners."""

MAX_FACES_SAMPLED = 4_000

ROUND = 0.02
"""Vertices up to this far beyond an edge count as on the edge."""

WAY_OUT = "export the mesh as OBJ with texture coordinates, one for each projector"


def parse_obj(data: bytes, where: str, size_px: tuple[int, int]) -> ForeignWarp:
    """The warp of a mesh over a monitor of `size_px`. Raises RigError that names the line.

    Their range decides whether vertices are fractions of the monitor (0 to 1), distances from its centre (-1 to 1, or
    up to the aspect ratio in x), or pixels. Y points up, as in OBJ, except for pixels.
    """
    mesh = parse_mesh(data, where)
    vertices, textures, corners = mesh.vertices[:, :2], mesh.textures, mesh.triangles
    if not len(corners):
        raise RigError(f"{where}: no face of this mesh has texture coordinates; {WAY_OUT}")
    places, told = _on_monitor(vertices[corners[..., 0]], where, size_px)
    pictures = textures[corners[..., 1]] * (1, -1) + (0, 1)
    shares = _shares_within() if len(corners) <= MAX_FACES_SAMPLED else np.eye(3)
    monitor, picture = (np.einsum("sc,fcx->fsx", shares, one).reshape(-1, 2) for one in (places, pictures))
    _, kept = np.unique(np.hstack([monitor, picture]).round(9), axis=0, return_index=True)
    return ForeignWarp(samples_of(monitor[kept], picture[kept], size_px, where), told=(told,))


@dataclass(frozen=True, slots=True, eq=False)
class ObjMesh:
    """Vertices (count, 3), texture coordinates (count, 2), and triangles (triangles, 3, 2), whose corners hold the
    index of a vertex and of a texture coordinate."""

    vertices: Floats
    textures: Floats
    triangles: NDArray[np.intp]


def parse_mesh(data: bytes, where: str) -> ObjMesh:
    """All faces of an OBJ with texture coordinates, as triangles. Raises RigError that names the line."""
    vertices: list[tuple[float, float, float]] = []
    textures: list[tuple[float, float]] = []
    faces: list[tuple[tuple[int, int], ...]] = []
    count = 0
    for number, line in enumerate(data.decode("utf-8", errors="replace").splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        try:
            if words[:1] == ["v"]:
                vertices.append((float(words[1]), float(words[2]), float(words[3]) if words[3:] else 0.0))
            elif words[:1] == ["vt"]:
                textures.append((float(words[1]), float(words[2])))
            elif words[:1] == ["f"]:
                corners = [_corner(word, len(vertices), len(textures)) for word in words[1:]]
                count += len(corners)
                if len(corners) < 3:
                    raise ValueError("a face has three corners or more")
                faces += [(corners[0], *pair) for pair in pairwise(corners[1:])]
        except (ValueError, IndexError) as error:
            told = str(error) if isinstance(error, ValueError) else "a number is missing"
            raise RigError(f"{where}:{number}: {line.strip()[:60]!r}: {told}; {WAY_OUT}") from None
        if max(count, len(vertices), len(textures)) > MAX_CORNERS:
            raise RigError(f"{where}:{number}: more than {MAX_CORNERS:,} vertices or corners; {WAY_OUT}")
    return ObjMesh(
        np.array(vertices, float).reshape(-1, 3),
        np.array(textures, float).reshape(-1, 2),
        np.array(faces, np.intp).reshape(-1, 3, 2),
    )


def _corner(word: str, vertices: int, textures: int) -> tuple[int, int]:
    """The indices, from 0, of a corner such as `3/7` or `-1/-1/2`; the other arguments count those read so far."""
    said = word.split("/")
    if len(said) < 2 or not said[1]:
        raise ValueError("a corner has no texture coordinate")
    found = []
    for text, count in zip(said, (vertices, textures), strict=False):
        index = int(text) + (count if int(text) < 0 else -1)
        if not 0 <= index < count:
            raise ValueError(f"{text} is not among the {count} before this line")
        found.append(index)
    return found[0], found[1]


def _on_monitor(places: Floats, where: str, size_px: tuple[int, int]) -> tuple[Floats, str]:
    """Vertices as fractions of the monitor from its top left, and a sentence about the unit that was assumed."""
    low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
    if not np.isfinite(places).all():
        raise RigError(f"{where}: a vertex is not a number; {WAY_OUT}")
    width, height = size_px
    if low.min() >= -ROUND and high.max() <= 1 + ROUND:
        return places * (1, -1) + (0, 1), "vertices were read as fractions of the monitor, from its lower left"
    if low.min() >= -1 - ROUND and high.max() <= 1 + ROUND:
        return places * (0.5, -0.5) + 0.5, "vertices were read as -1 to 1 over the monitor"
    if max(-low[1], high[1]) <= 1 + ROUND and max(-low[0], high[0]) <= width / height * (1 + ROUND):
        halves = (0.5 * height / width, -0.5)
        return places * halves + 0.5, f"vertices were read as -1 to 1 in height, -{width / height:.3f} to it in width"
    if low.min() >= -ROUND * height and (high <= np.array(size_px) * (1 + ROUND)).all():
        return places / size_px, f"vertices were read as pixels of {width}x{height}, from its upper left"
    raise RigError(
        f"{where}: vertices lie from {low[0]:g} to {high[0]:g} across and {low[1]:g} to {high[1]:g} up, which is "
        f"neither 0 to 1, nor -1 to 1, nor the pixels of {width}x{height}; say the monitor's size with --size"
    )


def _shares_within() -> Floats:
    """The barycentric coordinates of points all over a triangle (points, 3)."""
    steps = range(EDGE_POINTS + 1)
    return np.array([(a, b, EDGE_POINTS - a - b) for a in steps for b in steps if a + b <= EDGE_POINTS]) / EDGE_POINTS
