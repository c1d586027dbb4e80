"""When a running show decodes an output for the pixels of the monitor on which it is bent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from installation.picture.pixel_map import PixelMap, pixel_map
from installation.picture.source import LayerPicture
from installation.picture.supply.governor import LADDER, Rung
from installation.picture.supply.live_supply import LiveSupply
from installation.rig.warp import Point as Corner
from installation.rig.warp import surface
from installation.show.frame import CueFrame, Frame, OutputFrame, Place, Plate, Reveal, Shot, View
from tests.picture.show_of_one import SIZES, CountingDecoder, frame_of, standing, walking
from tests.picture.supply.test_supply import WALL, settle

CORNERS = (Corner(0.1, 0.0), Corner(1.0, 0.1), Corner(0.9, 1.0), Corner(0.0, 0.9))
MAP, OTHER = (pixel_map(surface(CORNERS), (80, 45), 16 / 9) for _ in range(2))
EVERY_FRAME = Rung(1.0, 0.0)


def moving(number: int) -> Frame:
    return frame_of(number, walking(number, View(x=0.001 * number)))


class Head:
    """The map of the wall's monitor as it is now."""

    def __init__(self) -> None:
        self.map: PixelMap | None = MAP

    def of(self, output: str) -> PixelMap | None:
        return self.map if output == "wall" else None


@contextmanager
def bent(frame_at: Callable[[int], Frame], head: Head | None = None, rung: Rung = EVERY_FRAME) -> Iterator[LiveSupply]:
    of = (head or Head()).of
    with LiveSupply(CountingDecoder(), frame_at, 30.0, lambda: 0.0, fixed=rung, pixel_map_of=of) as supply:
        yield supply


def shown(supply: LiveSupply, frame: Frame) -> LayerPicture:
    found = supply.sources(frame, SIZES)[WALL]
    settle(supply)
    return found


def map_of(source: LayerPicture) -> PixelMap | None:
    (found,) = {picture.pixel_map for picture, _ in source.parts}
    return found


def maps(frame_at: Callable[[int], Frame], numbers: range, rung: Rung = EVERY_FRAME) -> list[PixelMap | None]:
    with bent(frame_at, rung=rung) as supply:
        return [map_of(shown(supply, frame_at(number))) for number in numbers]


def test_where_every_frame_is_decoded_it_is_for_the_monitors_own_pixels() -> None:
    with bent(moving) as supply:
        for number in range(5):
            ((picture, share),) = shown(supply, moving(number)).parts
            assert (picture.pixel_map, share, picture.view) == (MAP, 1.0, View(x=0.001 * number))
            assert picture.pixels.shape == (45, 80, 3)


@pytest.mark.parametrize(
    "reveal", [Reveal(kind, 0.4) for kind in ("dissolve", "luma", "wipe", "iris")] + [Reveal("push", 1.0)]
)
def test_cues_that_come_in_over_the_whole_output_are_too(reveal: Reveal) -> None:
    def frame_at(number: int) -> Frame:
        cues = CueFrame("one", (walking(number),)), CueFrame("two", (standing(View(y=0.1)),), reveal)
        return Frame(number, number / 30, (OutputFrame("wall", cues),))

    assert maps(frame_at, range(4)) == [MAP] * 4


def test_a_camera_within_one_cell_of_a_plate_is_too() -> None:
    assert maps(one_cell, range(4)) == [MAP] * 4


def inlay(number: int) -> Frame:
    return frame_of(number, walking(number), standing(View(y=0.1))._replace(place=Place(0.5, 0.5, 0.5, 0.5)))


def pushed(number: int) -> Frame:
    cues = CueFrame("one", (walking(number),)), CueFrame("two", (standing(View(y=0.1)),), Reveal("push", 0.5))
    return Frame(number, number / 30, (OutputFrame("wall", cues),))


def plate(number: int, view: View = View()) -> Frame:  # noqa: B008 a View is frozen
    plate = Plate(("test/near/0", "test/near/1"), 2, aspect=16 / 9)
    return frame_of(number, walking(number)._replace(shot=Shot(plate, view._replace(x=view.x + 0.001 * number))))


def one_cell(number: int) -> Frame:
    """What the camera comes to that goes into the second of the two."""
    return plate(number, View(x=0.9, zoom=4.0))


def shared(number: int) -> Frame:
    """What two outputs show alike is decoded once."""
    return frame_of(number, walking(number), outputs=("wall", "side"))


@pytest.mark.parametrize("frame_at", [inlay, pushed, plate])
def test_what_lies_in_a_part_of_the_output_is_decoded_for_the_outputs_own_pixels(
    frame_at: Callable[[int], Frame],
) -> None:
    assert maps(frame_at, range(4)) == [None] * 4


@pytest.mark.parametrize(
    ("rung", "why"), [(LADDER[0], "averaged"), (LADDER[2], "coarser"), (LADDER[4], "key pictures")]
)
def test_so_is_what_is_averaged_or_coarser_or_decoded_less_often(rung: Rung, why: str) -> None:
    assert maps(moving, range(4), rung) == [None] * 4, why


def test_outputs_that_show_the_same_share_one_picture() -> None:
    sizes = {"wall": SIZES["wall"], "side": SIZES["wall"]}
    with bent(shared) as supply:
        for number in range(4):
            found = supply.sources(shared(number), sizes)
            settle(supply)
            assert found["wall", 0, 0] == found["side", 0, 0]
            assert map_of(found["wall", 0, 0]) is None
        assert supply.statistics().decoded < 9


def test_a_head_that_is_moved_is_soon_decoded_without_its_map_and_later_with_another() -> None:
    head, seen = Head(), []
    with bent(moving, head) as supply:
        for number in range(24):
            head.map = MAP if number < 6 else None if number < 14 else OTHER
            seen.append(map_of(shown(supply, moving(number))))
    assert (seen[5], seen[10], seen[13], seen[18]) == (MAP, None, None, OTHER)


def test_after_a_push_that_nobody_foresaw_its_pictures_are_decoded_for_the_output() -> None:
    turned = False

    def frame_at(number: int) -> Frame:
        return pushed(number) if turned else moving(number)

    with bent(frame_at) as supply:
        before = [map_of(shown(supply, frame_at(number))) for number in range(5)]
        turned = True
        after = [map_of(shown(supply, frame_at(number))) for number in range(5, 15)]
    assert before == [MAP] * 5
    assert after[-5:] == [None] * 5


def test_pictures_for_a_monitor_are_never_taken_for_key_pictures() -> None:
    with bent(moving) as supply:
        for number in range(6):
            shown(supply, moving(number))
        supply._governor._fixed = LADDER[5]
        seen = [shown(supply, moving(number)) for number in range(6, 60)]
    assert map_of(seen[-1]) is None
