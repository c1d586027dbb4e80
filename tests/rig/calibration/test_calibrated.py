"""A wall that was measured with a camera lies as it truly should: in rooms that are known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import RigError
from installation.rig.calibration.calibrated import CalibratedHead, calibrated, require_heads, whites_of
from installation.rig.calibration.lens import lens_of
from installation.rig.calibration.report import as_text
from installation.rig.calibration.structured_light import SeenLight, decoded
from installation.rig.calibration.wall import samples_on_wall, wall_by_corners, wall_in_view
from installation.rig.head import Head
from installation.rig.mask import Polygon
from installation.rig.warp import Point
from tests.rig.calibration.rooms import (
    PROJECTOR_PX,
    corners_of,
    heads_of,
    off_px,
    photographs,
    room_of,
    seen_in,
    unevenness,
)

Floats = NDArray[np.float64]


def measured(
    name: str, to_wall: Floats, heads: tuple[Head, ...] = (), seen: Mapping[str, SeenLight] | None = None
) -> tuple[CalibratedHead, ...]:
    known = seen or seen_in(name)
    samples = {head: samples_on_wall(one, to_wall, f"head {head}") for head, one in known.items()}
    return calibrated(heads or heads_of(name), samples, name, whites_of(known))


@pytest.mark.parametrize("name", ["flat", "grid"])
def test_a_flat_wall_is_met_to_half_a_pixel_and_evenly_lit_to_two_hundredths(name: str) -> None:
    room = room_of(name)
    found = measured(name, wall_by_corners(corners_of(room)))
    for one in found:
        off = off_px(room, one)
        assert off.mean() < 0.5
        assert off.max() < 1.0
    assert unevenness(room, found) < 0.02


def test_a_lens_that_bends_lines_is_found_from_a_flat_wall() -> None:
    room, seen = room_of("webcam"), seen_in("webcam")
    lens = lens_of(seen)
    assert sum(lens.bend) == pytest.approx(0.05, abs=0.02)
    assert lens.off_px < 0.2
    assert lens_of(seen_in("flat")).bend == pytest.approx((0, 0), abs=0.005)
    a, b, c, d = (Point(*map(float, lens.straight(np.array(corner)))) for corner in corners_of(room))
    to_wall = wall_by_corners((a, b, c, d))
    samples = {head: samples_on_wall(one, to_wall, head, lens) for head, one in seen.items()}
    found = calibrated(heads_of("webcam"), samples, "webcam", whites_of(seen))
    for one in found:
        assert off_px(room, one).mean() < 0.5
    assert unevenness(room, found) < 0.02
    unbent = measured("webcam", wall_by_corners(corners_of(room)))
    assert max(off_px(room, one).mean() for one in unbent) > 1  # without it they would be off


def test_a_wall_that_is_not_flat_is_not_taken_for_a_lens() -> None:
    assert lens_of(seen_in("curved")).off_px > 1


def test_a_curved_wall_is_straight_as_the_camera_sees_it() -> None:
    room, to_wall = room_of("curved"), wall_in_view(seen_in("curved"))
    found = measured("curved", to_wall)
    for one in found:
        assert off_px(room, one, np.linalg.inv(to_wall).astype(np.float64)).mean() < 0.5
    assert [one.head.rotation for one in found] == [0, 180, 0]
    middle = found[1].place
    assert middle.left > 0.1
    assert middle.right > 0.1


def test_a_projector_on_the_ceiling_behind_the_screen_is_understood() -> None:
    """Upside down for the ceiling, then left and right changed for the screen: its upper rows light the wall below."""
    below = {
        head: replace(one, places=one.places * (1, -1) + (0, one.size_px[1])) for head, one in seen_in("flat").items()
    }
    room = room_of("flat")
    for one in measured("flat", wall_by_corners(corners_of(room)), seen=below):
        assert (one.head.rotation, one.head.mirrored) == (180, True)
        as_if_before = replace(one, head=replace(one.head, rotation=0, mirrored=False))
        assert off_px(room, as_if_before).mean() < 0.5


def test_the_brighter_of_two_projectors_gives_light_away() -> None:
    left, right = measured("flat", wall_by_corners(corners_of(room_of("flat"))))
    assert left.head.white == pytest.approx((0.8, 0.8, 0.8), abs=0.02)
    assert right.head.white == (1, 1, 1)


def test_what_a_camera_does_not_measure_stays_as_it_was() -> None:
    mask = Polygon((Point(0, 0), Point(0.1, 0), Point(0, 0.1)), hides=True)
    heads = tuple(replace(head, masks=(mask,), latency_ms=20.0, curve=(1.1, 1.1, 1.1)) for head in heads_of("flat"))
    for one in measured("flat", wall_by_corners(corners_of(room_of("flat"))), heads):
        assert (one.head.masks, one.head.latency_ms, one.head.curve) == ((mask,), 20.0, (1.1, 1.1, 1.1))
        assert one.head.soft_edge.gamma == 2.2


def test_places_that_were_told_wrong_here_and_there_do_not_bend_the_picture() -> None:
    """A lamp's reflection, somebody who walked by: one place in twenty is anywhere."""
    chance = np.random.default_rng(5)
    broken = {}
    for head in seen_in("flat"):
        good = photographs("flat", head)
        wrong = chance.random(good[0].shape) < 0.05
        bad = [np.where(wrong, chance.random(one.shape), one).astype(np.float32) for one in good[2:]]
        broken[head] = decoded([*good[:2], *bad], PROJECTOR_PX, head)
    room = room_of("flat")
    for one in measured("flat", wall_by_corners(corners_of(room)), seen=broken):
        assert off_px(room, one).mean() < 0.5


def test_the_report_says_how_well_it_is_met_and_what_each_output_must_show() -> None:
    text = as_text(measured("curved", wall_in_view(seen_in("curved"))))
    assert "middle: a mesh of 5x5, turned by 180 degrees, 0." in text
    assert "left shows 0.0000 to 0.4" in text


def test_a_camera_that_looks_beside_the_wall_is_told() -> None:
    beside = wall_by_corners((Point(0, 0), Point(9, 0), Point(9, 9), Point(0, 9)))
    with pytest.raises(RigError, match=r"head left: the camera recognises this head in \d+ places of the wall"):
        measured("flat", beside)


def test_heads_are_asked_for_by_their_names() -> None:
    heads = heads_of("curved")
    assert require_heads(heads, ["right", "left"], "rig.yaml") == (heads[2], heads[0])
    assert require_heads(heads, [], "rig.yaml") == heads
    with pytest.raises(RigError, match=r"rig.yaml: no head is called 'rear'; it has left, middle, right"):
        require_heads(heads, ["rear"], "rig.yaml")
    with pytest.raises(RigError, match="this rig has no heads"):
        require_heads([], [], "rig.yaml")


def test_heads_that_show_one_output_are_given_their_parts_of_it() -> None:
    heads = tuple(replace(head, shows="wall") for head in heads_of("grid"))
    found = measured("grid", wall_by_corners(corners_of(room_of("grid"))), heads)
    for one in found:
        part = one.place.part
        assert one.head.part == pytest.approx((part.left, part.top, part.width, part.height), abs=1e-6)
    assert "upper left shows its part of wall, as the rig says now" in as_text(found)
