"""Bodies on which a picture can lie, as triangles: a sphere, a torus, a plane, or a body from an OBJ or glTF file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from installation.errors import MediaError

Doubles = NDArray[np.float64]
Corners = NDArray[np.int32]

SUFFIXES = (".obj", ".gltf", ".glb")
STEPS = 128
"""How many triangles lie along a meridian: a place on the sphere is off by at most 1/5000 of the picture, its outline
by less."""

TUBE = 0.42
"""The radius of a torus's tube, as a share of the radius of its ring."""

MAX_FACES = 500_000

MAX_BYTES = 256 * 2**20
"""The size limit of a file: half a million triangles need less."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Triangles `faces` (n, 3) between `points` within 1 of the middle, with their `normals`, (m, 3) each, and `places`
    (m, 2) on the picture, 0..1 to the right and down. x points right, y down, z away from the eye. `aspect` is the
    width / height of the picture; the inside of a `closed` body is never visible.
    """

    points: Doubles
    normals: Doubles
    places: Doubles
    faces: Corners
    aspect: float
    closed: bool


def body_of(name: str) -> Body:
    """The body of that name or from that file; made or read once. Raises MediaError for a file without a body."""
    return BODIES[name]() if name in BODIES else _of_file(name, Path(name).stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _sphere() -> Body:
    def at(u: Doubles, v: Doubles) -> tuple[Doubles, Doubles]:
        around, down = 2 * np.pi * (u - 0.5), np.pi * (v - 0.5)
        point = np.stack([np.cos(down) * np.sin(around), np.sin(down), -np.cos(down) * np.cos(around)], -1)
        return point, point

    return _grid(at, 2 * STEPS, STEPS, 2.0, closed=True)


@lru_cache(maxsize=1)
def _torus() -> Body:
    def at(u: Doubles, v: Doubles) -> tuple[Doubles, Doubles]:
        around, down = 2 * np.pi * (u - 0.5), 2 * np.pi * (v - 0.5)
        outward = np.stack([np.sin(around), np.zeros_like(around), -np.cos(around)], -1)
        normal = np.cos(down)[..., None] * outward
        normal[..., 1] = np.sin(down)
        ring = 1 / (1 + TUBE)
        return ring * (outward + TUBE * normal), normal

    return _grid(at, 2 * STEPS, STEPS, 2.0, closed=True)


@lru_cache(maxsize=1)
def _plane() -> Body:
    def at(u: Doubles, v: Doubles) -> tuple[Doubles, Doubles]:
        flat = np.zeros_like(u)
        point = np.stack([2 * u - 1, 2 * v - 1, flat], -1)
        return point, np.stack([flat, flat, flat - 1], -1)

    return _grid(at, 1, 1, 1.0, closed=False)


BODIES: dict[str, Callable[[], Body]] = {"sphere": _sphere, "torus": _torus, "plane": _plane}
"""The built-in bodies."""


def _grid(
    at: Callable[[Doubles, Doubles], tuple[Doubles, Doubles]], columns: int, rows: int, aspect: float, *, closed: bool
) -> Body:
    """A body over an even grid of its picture, two triangles a cell."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    points, normals = at(u, v)
    numbers = np.arange(u.size, dtype=np.int32).reshape(u.shape)
    a, b, c, d = (one.ravel() for one in (numbers[:-1, :-1], numbers[:-1, 1:], numbers[1:, :-1], numbers[1:, 1:]))
    faces = np.stack([a, b, c, d, c, b], 1).reshape(-1, 3)
    places = np.stack([u, v], -1).reshape(-1, 2)
    return Body(points.reshape(-1, 3), normals.reshape(-1, 3), places, faces, aspect, closed)


@lru_cache(maxsize=16)
def _of_file(name: str, _changed: int) -> Body:
    """Read a body with trimesh; the centre of its bounding box moves to the origin, its farthest point to distance
    1."""
    try:
        import trimesh
    except ImportError as error:
        raise MediaError(
            f"{name}: bodies from files need a library; install it with: pip install 'installation[bodies]'"
        ) from error
    if (size := Path(name).stat().st_size) > MAX_BYTES:
        raise MediaError(f"{name}: {size} bytes; there may be {MAX_BYTES}")
    try:
        return _of_mesh(trimesh.load(name, force="mesh"), name)
    except MediaError:
        raise
    except Exception as error:  # trimesh and its libraries raise many classes
        raise MediaError(f"{name}: cannot be read as a body ({error})") from error


def _of_mesh(mesh: Any, name: str) -> Body:
    """Check a mesh from trimesh and turn it into a body."""
    faces = np.asarray(mesh.faces)
    if not 0 < len(faces) <= MAX_FACES:
        raise MediaError(f"{name}: {len(faces)} triangles; there must be 1 to {MAX_FACES}")
    places = getattr(mesh.visual, "uv", None)
    if places is None or np.shape(places) != (len(mesh.vertices), 2):
        raise MediaError(
            f"{name}: this body has no UV, so nothing says where the picture lies on it; "
            "unwrap it in the program that it is from, and save it again"
        )
    if faces.min() < 0 or faces.max() >= len(mesh.vertices):
        raise MediaError(f"{name}: a triangle has a corner that does not exist; save the body again")
    points = np.asarray(mesh.vertices, np.float64) * (1, -1, -1)  # from y up and z towards the eye to y down and z away
    points = points - (points.min(0) + points.max(0)) / 2
    reach = float(np.linalg.norm(points, axis=1).max())
    if not np.isfinite(points).all() or not np.isfinite(places).all() or not 0 < reach < np.inf:
        raise MediaError(f"{name}: this body has no size, or points that are not numbers")
    normals = np.nan_to_num(np.asarray(mesh.vertex_normals, np.float64)) * (1, -1, -1)
    flipped = np.asarray(places, np.float64) * (1, -1) + (0, 1)
    return Body(points / reach, normals, flipped, faces.astype(np.int32), 1.0, closed=False)
