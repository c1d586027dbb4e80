"""Finds a projector's position from points of the room on known pixels; needs OpenCV, the extra `calibrate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from installation.errors import DeviceError, RigError
from installation.files import read_regular
from installation.rig.warp import Floats

MIN_POINTS = 6
"""A projector's place, direction, zoom and lens shift are nine numbers, and each point gives two."""

MAX_BYTES = 2**20

FLAT = 0.01
"""Points below this ratio of thickness to width count as flat: they cannot separate zoom from distance."""

GOOD_PX = 3.0
"""A point with a larger error was measured wrong."""

THROWS = (0.5, 0.8, 1.2, 1.8, 2.8, 4.5)
"""The throw ratios from which the search starts: the nearest one leads to the right position."""

NEEDS_CALIBRATE = "a room's model needs the extra `calibrate`: pip install 'installation[calibrate]'"


@dataclass(frozen=True, slots=True)
class PointPair:
    """A point of the room, in the model's unit, and the projector's pixel on it, from the top left."""

    room: tuple[float, float, float]
    pixel: tuple[float, float]
    line: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class ProjectorPose:
    """A projector in the room: its position, the matrix (3, 3) from its pixel (x, y, 1) to a direction in the room, and
    the error of each point in pixels."""

    at: Floats
    direction_of: Floats
    off_px: tuple[float, ...]
    throw: float


def read_points(file: Path) -> dict[str, list[PointPair]]:
    """Points by head from a CSV table: head, x, y, z, pixel x, pixel y. Raises RigError with the line."""
    try:
        text = read_regular(file, MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise RigError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise RigError(f"{file}: byte {error.start} is not UTF-8; save the table as CSV in UTF-8") from None
    found: dict[str, list[PointPair]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = [word.strip() for word in line.split("#", 1)[0].split(",")]
        if words == [""] or words[0].lower() == "head":
            continue
        try:
            x, y, z, across, down = map(float, words[1:])
        except ValueError:
            raise RigError(
                f"{file}:{number}: {line.strip()[:60]!r}: head, x, y, z, pixel x, pixel y belong here, with commas"
            ) from None
        if not np.isfinite([x, y, z, across, down]).all():
            raise RigError(f"{file}:{number}: {line.strip()[:60]!r}: a number is infinite or none")
        found.setdefault(words[0], []).append(PointPair((x, y, z), (across, down), number))
    if not found:
        raise RigError(f"{file}: there are no points in it; write a line for each: head, x, y, z, pixel x, pixel y")
    return found


def projector_pose(points: Sequence[PointPair], size_px: tuple[int, int], where: str) -> ProjectorPose:
    """Find a projector from points that do not lie in one plane. Raises RigError if they do not determine its pose."""
    if len(points) < MIN_POINTS:
        raise RigError(f"{where}: {len(points)} points, and a projector's place needs {MIN_POINTS} or more")
    room = np.array([one.room for one in points])
    thickness = np.linalg.svd(room - room.mean(axis=0), compute_uv=False)
    if thickness[2] < FLAT * thickness[0]:
        raise RigError(
            f"{where}: all points lie in one plane, and a near projector looks there like a far one that zooms; take "
            "some on things that stand out, such as a ledge, a column or the floor"
        )
    pixels = np.array([one.pixel for one in points])
    pose = min((_pose(room, pixels, size_px, throw) for throw in THROWS), key=lambda one: sum(np.square(one.off_px)))
    worst = int(np.argmax(pose.off_px))
    if pose.off_px[worst] > GOOD_PX:
        raise RigError(
            f"{where}: the point in line {points[worst].line} lies {pose.off_px[worst]:.1f} pixels from where the "
            f"projector has it, and {GOOD_PX:g} are allowed; measure it and its pixel again, or take it out"
        )
    return pose


def _pose(room: Floats, pixels: Floats, size_px: tuple[int, int], throw: float) -> ProjectorPose:
    try:
        import cv2
    except ModuleNotFoundError:
        raise DeviceError(NEEDS_CALIBRATE) from None
    width, height = size_px
    begin = np.array([[throw * width, 0, width / 2], [0, throw * width, height / 2], [0, 0, 1.0]])
    middle, scale = room.mean(axis=0), float(np.abs(room - room.mean(axis=0)).max())
    near = ((room - middle) / scale).astype(np.float32)
    fixed = cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_K1 | cv2.CALIB_FIX_K2 | cv2.CALIB_FIX_K3
    flags = cv2.CALIB_USE_INTRINSIC_GUESS | cv2.CALIB_FIX_ASPECT_RATIO | fixed
    _, matrix, _, turns, moves = cv2.calibrateCamera(
        [near], [pixels.astype(np.float32)], size_px, begin, np.zeros(5), flags=flags
    )
    turn = np.asarray(cv2.Rodrigues(turns[0])[0], np.float64)
    move = np.asarray(moves[0], np.float64).ravel()
    seen = ((near @ turn.T) + move) @ matrix.T
    off = np.hypot(*(seen[:, :2] / seen[:, 2:] - pixels).T)
    at = scale * (-turn.T @ move) + middle
    return ProjectorPose(at, turn.T @ np.linalg.inv(matrix), tuple(map(float, off)), float(matrix[0, 0] / width))
