"""A model of the room as OBJ: its texture coordinates map each point of its surface to the wall's picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from installation.errors import RigError
from installation.files import read_regular
from installation.rig.calibration.projector_pose import ProjectorPose
from installation.rig.warp import Floats
from installation.rig.warps.obj import ObjMesh, parse_mesh
from installation.rig.warps.samples import WarpSamples, samples_of

MAX_BYTES = 256 * 2**20

MAX_TRIANGLES = 100_000

RAYS = 120, 68
"""Rays across and down a projector: 7 or 8 for each point of a mesh of 33 x 33."""

AT_A_TIME = 2_000_000
"""The pairs of a ray and a triangle that are tested together: some 300 MB."""

RIM = 1e-9


def read_room(file: Path) -> ObjMesh:
    """Read the model of a room; raises RigError if it has no texture coordinates, or too many faces."""
    try:
        mesh = parse_mesh(read_regular(file, MAX_BYTES), str(file))
    except OSError as error:
        raise RigError(f"{file}: {error.strerror}") from None
    if not len(mesh.triangles):
        raise RigError(f"{file}: no face has texture coordinates, which say what of the picture it shows")
    if len(mesh.triangles) > MAX_TRIANGLES:
        raise RigError(f"{file}: {len(mesh.triangles):,} triangles; {MAX_TRIANGLES:,} are read: leave furniture out")
    return mesh


def samples_in_room(room: ObjMesh, pose: ProjectorPose, size_px: tuple[int, int], where: str) -> WarpSamples:
    """The points of the wall's picture that a projector's pixels light. Raises RigError if too few pixels light any."""
    columns, rows = RAYS
    across, down = (np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows
    monitor = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    pixels = np.hstack([monitor * size_px, np.ones((len(monitor), 1))])
    picture = _hit(room, pose.at, pixels @ pose.direction_of.T)
    return samples_of(monitor, picture, size_px, where)


def _hit(room: ObjMesh, origin: Floats, directions: Floats) -> Floats:
    """The texture coordinates (rays, 2), with y down, of the nearest triangle that each ray hits; NaN for none.

    Möller and Trumbore, Fast, Minimum Storage Ray/Triangle Intersection, 1997.
    """
    corners = room.vertices[room.triangles[..., 0]]  # (triangles, 3, 3)
    pictures = room.textures[room.triangles[..., 1]] * (1, -1) + (0, 1)  # (triangles, 3, 2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    from_corner = origin - corners[:, 0]
    across = np.cross(from_corner, first)
    found = np.full((len(directions), 2), np.nan)
    step = max(1, AT_A_TIME // len(corners))
    for begin in range(0, len(directions), step):
        rays = directions[begin : begin + step]
        normal = np.cross(rays[:, None], second[None])  # (rays, triangles, 3)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1 / np.einsum("rtx,tx->rt", normal, first)
            u = np.einsum("rtx,tx->rt", normal, from_corner) * scale
            v = (rays @ across.T) * scale
            distance = np.einsum("tx,tx->t", second, across) * scale
            met = (u >= -RIM) & (v >= -RIM) & (u + v <= 1 + RIM) & (distance > RIM) & np.isfinite(scale)
        nearest = np.where(met, distance, np.inf).argmin(axis=1)
        row = np.arange(len(rays))
        hits = met[row, nearest]
        shares = np.stack([1 - u - v, u, v], axis=-1)[row, nearest]
        found[begin : begin + step][hits] = np.einsum("rc,rcx->rx", shares, pictures[nearest])[hits]
    return found
