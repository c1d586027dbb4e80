"""A projector is found by six points of a room, and its warp by a model of that room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import RigError
from installation.rig.calibration.calibrated import calibrated
from installation.rig.calibration.projector_pose import PointPair, projector_pose, read_points
from installation.rig.calibration.room_model import read_room, samples_in_room
from tests.rig.calibration.rooms import PROJECTOR_PX, heads_of, off_px, room_of, unevenness
from tests.rig.calibration.simulated_room import Room

WALL_POINTS = [(0.02, 0.05), (0.3, 0.95), (0.5, 0.1), (0.7, 0.9), (0.98, 0.5), (0.4, 0.5), (0.15, 0.6), (0.85, 0.1)]


def model_of(room: Room, columns: int = 60) -> bytes:
    """The wall as OBJ, with what of the picture each place shows."""
    across = np.linspace(0, 1, columns)
    lines = []
    for v in (0.0, 1.0):
        for u in across:
            x, y, z = room.wall.places(np.array([u, v]))
            lines += [f"v {x:.6f} {y:.6f} {z:.6f}", f"vt {u:.6f} {1 - v:.6f}"]
    for one in range(1, columns):
        below = columns + one
        lines.append(f"f {one}/{one} {one + 1}/{one + 1} {below + 1}/{below + 1} {below}/{below}")
    return "\n".join(lines).encode()


def points_of(room: Room, head: str, noise_px: float = 0.3) -> list[PointPair]:
    """Points of the curved wall that this projector lights, and their pixels as somebody reads them off."""
    chance = np.random.default_rng(3)
    found = []
    for number in range(200):
        wall = chance.random(2) if number >= len(WALL_POINTS) else np.array(WALL_POINTS[number])
        place = room.wall.places(wall)
        pixel = room.projectors[head].pixels_of(place) + noise_px * chance.standard_normal(2)
        if (pixel > 5).all() and (pixel < np.array(PROJECTOR_PX) - 5).all():
            x, y, z = map(float, place)
            found.append(PointPair((x, y, z), (float(pixel[0]), float(pixel[1])), number + 1))
    return found[:12]


def test_a_projector_is_found_where_it_stands() -> None:
    room = room_of("curved")
    for head, lens in room.projectors.items():
        pose = projector_pose(points_of(room, head, 0.0)[:6], PROJECTOR_PX, head)
        assert max(pose.off_px) < 0.1
        assert pose.at == pytest.approx(np.array(lens.at), abs=0.05)
        assert pose.throw == pytest.approx(lens.throw, rel=0.02)


def test_a_wall_known_from_a_model_is_met_to_half_a_pixel(tmp_path: Path) -> None:
    room = room_of("curved")
    (tmp_path / "room.obj").write_bytes(model_of(room))
    model = read_room(tmp_path / "room.obj")
    samples = {
        head: samples_in_room(
            model, projector_pose(points_of(room, head, 0.05), PROJECTOR_PX, head), PROJECTOR_PX, head
        )
        for head in room.projectors
    }
    found = calibrated(heads_of("curved"), samples, "room")
    for one in found:
        assert off_px(room, one).mean() < 0.5
    assert unevenness(room, found) < 0.02


def test_what_stands_before_the_wall_is_what_is_lit(tmp_path: Path) -> None:
    """A column in front of a flat wall: rays end on it."""
    (tmp_path / "room.obj").write_text("""\
v -1 -1 2
v 1 -1 2
v 1 1 2
v -1 1 2
v -0.2 -1 1
v 0.2 -1 1
v 0.2 1 1
v -0.2 1 1
vt 0 1
vt 0.4 1
vt 0.4 0
vt 0 0
vt 0.6 1
vt 1 1
vt 1 0
vt 0.6 0
f 1/1 2/2 3/3 4/4
f 5/5 6/6 7/7 8/8
""")
    model = read_room(tmp_path / "room.obj")
    corners: NDArray[np.float64] = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.4, 0.4) for z in (1.0, 2.0)])
    points = [PointPair((x, y, z), (200 * x / z + 100, 200 * y / z + 80)) for x, y, z in corners.tolist()]
    samples = samples_in_room(model, projector_pose(points, (200, 160), "x"), (200, 160), "x")
    on_column = np.abs(samples.monitor[:, 0] - 0.5) < 0.2 - 0.01
    assert (samples.picture[on_column, 0] > 0.5).all()
    assert (samples.picture[~(np.abs(samples.monitor[:, 0] - 0.5) < 0.2 + 0.01), 0] < 0.5).all()


GOOD = "head,x,y,z,px,py\n" + "".join(f"left, {n}, {n * n}, {n % 3}, {10 * n}, {7 * n}\n" for n in range(7))


def test_points_are_a_table_that_any_spreadsheet_writes(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("\ufeff" + GOOD + "right,1,2,3,4,5 # by the door\n\n")
    points = read_points(tmp_path / "points.csv")
    assert len(points["left"]) == 7
    assert points["right"] == [PointPair((1, 2, 3), (4, 5), 9)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("left,1,2,3,4\n", r"points.csv:1: 'left,1,2,3,4': head, x, y, z, pixel x, pixel y belong here"),
        ("left,1,2,3,4,x\n", "belong here, with commas"),
        ("left,1,2,3,4,nan\n", "a number is infinite or none"),
        ("head,x,y,z,px,py\n", "there are no points in it"),
    ],
)
def test_a_table_without_points_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "points.csv").write_text(text)
    with pytest.raises(RigError, match=told):
        read_points(tmp_path / "points.csv")
    with pytest.raises(RigError, match="there is no such file"):
        read_points(tmp_path / "none.csv")


def test_points_that_do_not_say_where_a_projector_is_are_told() -> None:
    good = points_of(room_of("curved"), "left")
    with pytest.raises(RigError, match="5 points, and a projector's place needs 6"):
        projector_pose(good[:5], PROJECTOR_PX, "left")
    flat = [PointPair((x, y, 0.0), (100 * x + 3 * y, 100 * y)) for x in (0.0, 1.0, 2.0) for y in (0.0, 1.0, 2.0)]
    with pytest.raises(RigError, match="all points lie in one plane"):
        projector_pose(flat, PROJECTOR_PX, "left")
    wrong = [*good[:3], PointPair(good[3].room, (good[3].pixel[0] + 60, good[3].pixel[1]), 77), *good[4:]]
    with pytest.raises(RigError, match=r"the point in line 77 lies \d+\.\d pixels from where the projector has it"):
        projector_pose(wrong, PROJECTOR_PX, "left")


def test_a_model_without_a_picture_on_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "room.obj").write_text("v 0 0 0\n")
    with pytest.raises(RigError, match="no face has texture coordinates"):
        read_room(tmp_path / "room.obj")
    with pytest.raises(RigError, match="there is no such file"):
        read_room(tmp_path / "none.obj")
