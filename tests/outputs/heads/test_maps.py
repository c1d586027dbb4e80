"""Which heads are given a map of their monitor's pixels, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from installation.outputs.heads.maps import SETTLE_SECONDS, HeadMaps
from installation.picture.pixel_map import PixelMap
from installation.rig.head import Head, MonitorSelector
from installation.rig.monitors import Monitor, MonitorIdentity
from installation.rig.warp import WHOLE_MONITOR, Point, straight

CORNERS = (Point(0.1, 0.0), *WHOLE_MONITOR[1:])
WARPED = Head("left", MonitorSelector("DP-1"), corners=CORNERS)
MONITOR = Monitor("DP-1", MonitorIdentity(), 0, 0, 32, 18, 60.0)


class Venue:
    """Heads and a clock that stands until somebody moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.maps = HeadMaps(lambda: self.seconds)

    def after(self, seconds: float, head: Head, monitor: Monitor = MONITOR) -> PixelMap | None:
        """The map a while later; what is being made by then is made."""
        self.seconds += seconds
        self.maps.of(head, monitor)
        self.maps._worker.submit(lambda: None).result(10)
        return self.maps.of(head, monitor)


@pytest.fixture
def venue() -> Iterator[Venue]:
    venue = Venue()
    yield venue
    venue.maps.close()
    venue.maps.close()


def test_a_head_that_stands_still_has_a_map_of_its_monitors_pixels(venue: Venue) -> None:
    assert venue.after(0.0, WARPED) is None
    assert venue.after(SETTLE_SECONDS / 2, WARPED) is None
    found = venue.after(SETTLE_SECONDS / 2, WARPED)
    assert found is not None
    assert (found.size_px, found.aspect) == ((32, 18), 32 / 18)
    assert venue.after(100.0, replace(WARPED, white=(1.0, 0.9, 0.8))) is found


def test_while_it_is_moved_it_has_none_and_then_another(venue: Venue) -> None:
    venue.after(0.0, WARPED)
    first = venue.after(SETTLE_SECONDS, WARPED)
    for step in range(5):
        nudged = replace(WARPED, corners=(Point(0.1 + 0.01 * step, 0.01), *WHOLE_MONITOR[1:]))
        assert venue.after(SETTLE_SECONDS / 2, nudged) is None
    second = venue.after(SETTLE_SECONDS, nudged)
    assert first is not None
    assert second not in (None, first)


def test_another_mode_of_its_monitor_brings_another_map(venue: Venue) -> None:
    venue.after(0.0, WARPED)
    assert venue.after(SETTLE_SECONDS, WARPED) is not None
    larger = replace(MONITOR, width=40, height=30)
    assert venue.after(0.0, WARPED, larger) is None
    found = venue.after(SETTLE_SECONDS, WARPED, larger)
    assert found is not None
    assert found.size_px == (40, 30)


def test_a_turned_head_has_the_pictures_shape_and_the_monitors_pixels(venue: Venue) -> None:
    turned = replace(WARPED, rotation=90)
    venue.after(0.0, turned)
    found = venue.after(SETTLE_SECONDS, turned)
    assert found is not None
    assert (found.size_px, found.aspect) == ((32, 18), 18 / 32)
    across, down = found.offsets[:, 0, 0]
    assert across < -0.4, "the picture's bottom left lies at the monitor's top left"
    assert down > 0.4


@pytest.mark.parametrize(
    "head",
    [
        Head("left", MonitorSelector("DP-1")),
        Head("left", MonitorSelector("DP-1"), rotation=90),
        replace(WARPED, size_px=(16, 9)),
    ],
    ids=["plain", "only turned", "with a size of its own"],
)
def test_a_head_whose_picture_has_its_monitors_pixels_or_shall_not_have_them_needs_none(
    venue: Venue, head: Head
) -> None:
    venue.after(0.0, head)
    assert venue.after(10 * SETTLE_SECONDS, head) is None


def test_two_heads_have_maps_of_their_own(venue: Venue) -> None:
    heads = WARPED, replace(WARPED, output="right", mesh=straight(2, 2))
    for head in heads:
        venue.after(0.0, head)
    left, right = (venue.after(SETTLE_SECONDS, head) for head in heads)
    assert None not in (left, right)
    assert left is not right


def test_a_mesh_that_no_map_can_be_made_of_is_told_once_and_bent_as_a_whole(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    even = straight(4, 2, "linear")
    pinched = replace(even, points=tuple((row[0], row[1], row[1], row[3]) for row in even.points))
    head = replace(WARPED, corners=WHOLE_MONITOR, mesh=pinched)
    venue.after(0.0, head)
    for _ in range(3):
        assert venue.after(SETTLE_SECONDS, head) is None
    assert [record.getMessage() for record in caplog.records] == [
        "output left is warped as a finished picture: its mesh has a cell without width or height"
    ]
