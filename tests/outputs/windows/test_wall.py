"""A rig on real monitors of an X server: each picture on its own, whatever happens to the cables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import glfw
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.benchmarks.dummy_monitors import LARGE, SMALL, DummyMonitors
from installation.benchmarks.plug_test import pull_and_plug
from installation.outputs.heads import maps as head_maps
from installation.outputs.windows.windows import Windows
from installation.picture.mixing.canvas import Canvas
from installation.rig.head import WHOLE_PICTURE, Head, MonitorSelector, PicturePart
from installation.rig.monitors import Area
from installation.rig.warp import WHOLE_MONITOR, Point
from tests.outputs.bent import bent_canvas, smooth

COLOURS = {"left": (200, 40, 40), "middle": (40, 200, 40), "right": (40, 40, 200)}
HEADS = tuple(Head(output, MonitorSelector(connector=f"DUMMY{number}")) for number, output in enumerate(COLOURS))

PATIENCE_SECONDS = 20.0
"""For machines that are very busy with something else; what is measured is in the benchmarks."""


class Show:
    """Windows that show one plain colour per output."""

    def __init__(self, windows: Windows, canvases: dict[str, Canvas]) -> None:
        self.windows, self.canvases = windows, canvases
        self.frame_number = 0

    def step(self) -> None:
        self.windows.present(self.frame_number, self.canvases)
        for output_window in self.windows.output_windows[:1]:
            glfw.get_window_pos(
                output_window.window
            )  # has to wait for an answer, and so for all that X was asked before
        self.frame_number += 1

    def until(self, reached: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        self.step()
        while not reached():
            assert time.monotonic() < give_up
            self.step()


@contextmanager
def show(heads: tuple[Head, ...], pictures: dict[str, NDArray[np.uint8]]) -> Iterator[Show]:
    sizes = {output: (picture.shape[1], picture.shape[0]) for output, picture in pictures.items()}
    with Windows(sizes, lambda _: None, heads=heads) as windows, ExitStack() as cleanup:
        canvases = {}
        for output, picture in pictures.items():
            canvases[output] = cleanup.enter_context(Canvas(windows.context, sizes[output]))
            canvases[output].texture.write(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]).tobytes())
        yield Show(windows, canvases)


def plain(colour: tuple[int, int, int], size_px: tuple[int, int] = SMALL) -> NDArray[np.uint8]:
    return np.broadcast_to(np.array(colour, np.uint8), (size_px[1], size_px[0], 3))


def is_right(cables: DummyMonitors) -> bool:
    """Whether every monitor is filled with the colour of its output."""
    colours = list(COLOURS.values())
    return all(bool((picture == colours[number]).all()) for number, picture in cables.pictures().items())


def shown(playing: Show) -> set[str]:
    """The outputs that have a window now."""
    return {output for output_window in playing.windows.output_windows for output in output_window.outputs}


def is_seen(output: str, desktop: NDArray[np.uint8]) -> bool:
    return bool((desktop == COLOURS[output]).all(axis=2).any())


PLAIN = {output: plain(colour) for output, colour in COLOURS.items()}


def test_three_outputs_are_each_on_the_monitor_that_the_rig_names(cables: DummyMonitors) -> None:
    with show((HEADS[2], HEADS[0], HEADS[1]), PLAIN) as playing:
        playing.until(lambda: is_right(cables))


def test_monitors_that_are_like_one_share_a_window_and_so_one_swap(cables: DummyMonitors) -> None:
    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        (output_window,) = playing.windows.output_windows
        assert output_window.outputs == set(COLOURS)
        assert glfw.get_input_mode(output_window.window, glfw.CURSOR) == glfw.CURSOR_HIDDEN
        cables.plug(2, LARGE)
        playing.until(lambda: is_right(cables) and len(playing.windows.output_windows) == 3)
        cables.plug(2, SMALL)
        playing.until(lambda: is_right(cables) and len(playing.windows.output_windows) == 1)


def test_the_others_are_never_black_while_a_cable_is_pulled_and_plugged(cables: DummyMonitors) -> None:
    def others_are_right() -> bool:
        pictures = cables.pictures()
        return all(bool((pictures[number] == COLOURS[output]).all()) for number, output in ((0, "left"), (2, "right")))

    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        for change in (cables.unplug, cables.plug):
            change(1)
            for _ in range(6):
                playing.step()
                assert others_are_right()
        playing.until(lambda: is_right(cables))


def test_a_pulled_cable_leaves_the_others_alone_and_is_back_when_it_is_plugged_in(cables: DummyMonitors) -> None:
    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        cables.unplug(1)
        playing.until(lambda: shown(playing) == {"left", "right"})
        assert not is_seen("middle", cables.desktop())
        assert is_right(cables)
        cables.plug(1)
        playing.until(lambda: is_right(cables))


def test_a_show_outlives_all_of_its_monitors(cables: DummyMonitors) -> None:
    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        for number in (0, 1, 2):
            cables.unplug(number)
        playing.until(lambda: not playing.windows.output_windows)
        for _ in range(5):
            playing.step()
        for number in (2, 1, 0):
            cables.plug(number)
        playing.until(lambda: is_right(cables))


def test_a_show_that_begins_without_a_monitor_is_seen_when_one_is_plugged_in(cables: DummyMonitors) -> None:
    for number in (0, 1, 2):
        cables.unplug(number)
    with show(HEADS, PLAIN) as playing:
        playing.step()
        assert not playing.windows.output_windows
        cables.plug(1)
        playing.until(lambda: shown(playing) == {"middle"} and is_right(cables))


def test_a_picture_fills_its_monitor_again_after_a_change_of_mode(cables: DummyMonitors) -> None:
    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        cables.plug(1, LARGE)
        playing.until(lambda: is_right(cables))


def test_random_hands_on_the_cables_never_leave_a_picture_on_a_wrong_screen(cables: DummyMonitors) -> None:
    figures = pull_and_plug(cables, changes=10)
    assert figures.changes == 10
    assert figures.on_a_wrong_monitor == 0


def test_a_monitor_that_the_rig_does_not_name_is_left_alone(cables: DummyMonitors) -> None:
    with show(HEADS[:1], {"left": PLAIN["left"]}) as playing:
        playing.until(lambda: bool((cables.pictures()[0] == COLOURS["left"]).all()))
        assert len(playing.windows.output_windows) == 1
        assert not is_seen("left", cables.pictures()[1])


def ramp() -> NDArray[np.uint8]:
    """Brighter to the right in red, downwards in green."""
    picture = np.full((SMALL[1], SMALL[0], 3), 128, np.uint8)
    picture[..., 0] = np.linspace(0, 255, SMALL[0])
    picture[..., 1] = np.linspace(0, 255, SMALL[1])[:, None]
    return picture


def head_and_monitor(cables: DummyMonitors, head: Head, picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    with show((head,), {"left": picture}) as playing:
        for _ in range(3):
            playing.step()
        return cables.pictures()[0].astype(np.int64)


LEFT = MonitorSelector(connector="DUMMY0")


def test_a_rig_that_says_no_more_than_the_monitor_changes_no_pixel(cables: DummyMonitors) -> None:
    assert np.abs(head_and_monitor(cables, Head("left", LEFT), ramp()) - ramp()).max() <= 1


def test_a_turned_picture_is_turned_clockwise(cables: DummyMonitors) -> None:
    picture = np.ascontiguousarray(np.rot90(ramp()))
    assert np.abs(head_and_monitor(cables, Head("left", LEFT, rotation=90), picture) - np.rot90(picture, -1)).max() <= 1


def test_corners_put_the_picture_where_they_are_and_black_around_it(cables: DummyMonitors) -> None:
    corners = (Point(0.25, 0.25), Point(0.75, 0.25), Point(0.75, 0.75), Point(0.25, 0.75))
    seen = head_and_monitor(cables, Head("left", LEFT, corners=corners), plain((255, 255, 255)))
    inside = np.zeros((SMALL[1], SMALL[0]), bool)
    inside[SMALL[1] // 4 : SMALL[1] * 3 // 4, SMALL[0] // 4 : SMALL[0] * 3 // 4] = True
    assert (seen[inside] == 255).all()
    assert (seen[~inside] == 0).all()


def test_a_rig_that_is_adjusted_shows_in_the_same_windows_at_the_next_frame(cables: DummyMonitors) -> None:
    half = (Point(0, 0), Point(0.5, 0), Point(0.5, 1), Point(0, 1))
    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        windows = [output_window.window for output_window in playing.windows.output_windows]
        playing.windows.take_heads([replace(HEADS[0], corners=half), *HEADS[1:]])
        playing.until(lambda: not cables.pictures()[0][:, SMALL[0] // 2 :].any())
        assert (cables.pictures()[0][:, : SMALL[0] // 2] == COLOURS["left"]).all()
        playing.windows.take_heads(HEADS)
        playing.until(lambda: is_right(cables))
        assert [output_window.window for output_window in playing.windows.output_windows] == windows


def test_a_warped_head_shows_what_was_drawn_for_its_pixels_and_follows_a_nudge_at_once(
    cables: DummyMonitors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_maps, "SETTLE_SECONDS", 0.0)
    head = Head("left", LEFT, corners=(Point(0.25, 0), *WHOLE_MONITOR[1:]))
    with show((head,), {"left": ramp()}) as playing:
        windows = playing.windows
        playing.until(lambda: windows.pixel_map("left") is not None)
        found = windows.pixel_map("left")
        assert found is not None
        with bent_canvas(windows.context, found, SMALL) as (canvas, draw):
            noise = np.random.default_rng(5).integers(1, 256, (SMALL[1], SMALL[0], 3)).astype(np.uint8)
            draw(noise)
            playing.canvases = {"left": canvas}
            for _ in range(3):
                playing.step()
            seen = cables.pictures()[0]
            lit = seen.any(axis=2)
            assert abs(lit.mean() - (1 - 0.25 / 2)) < 0.01
            assert (seen[lit] == noise[lit]).all()
            draw(smooth(found))
            windows.take_heads([replace(head, corners=WHOLE_MONITOR)])
            playing.step()
            assert canvas.bent is None
            playing.until(lambda: bool(cables.pictures()[0][1:-1, 1:-1].any(axis=2).all()))
            assert np.abs(cables.pictures()[0].astype(int) - ramp())[2:-2, 2:-2].max() <= 6


def test_a_rig_that_names_other_monitors_moves_the_pictures_there(cables: DummyMonitors) -> None:
    with show(HEADS, PLAIN) as playing:
        playing.until(lambda: is_right(cables))
        swapped = [replace(HEADS[0], monitor=HEADS[1].monitor), replace(HEADS[1], monitor=HEADS[0].monitor), HEADS[2]]
        playing.windows.take_heads(swapped)
        order = ["middle", "left", "right"]
        playing.until(lambda: all((cables.pictures()[n] == COLOURS[output]).all() for n, output in enumerate(order)))


def test_two_outputs_share_a_monitor_and_the_rest_of_it_is_black(cables: DummyMonitors) -> None:
    """As LED processors want it: each output on its own pixels of one signal."""
    width, height = SMALL
    areas = {"left": Area(0, 0, width // 2, height), "middle": Area(width // 2, 0, width // 4, height // 2)}
    heads = tuple(Head(output, MonitorSelector(connector="DUMMY0"), area=area) for output, area in areas.items())
    pictures = {output: plain(COLOURS[output], (area.width, area.height)) for output, area in areas.items()}

    def is_shared() -> bool:
        seen = cables.pictures()[0]
        left, middle = seen[:, : width // 2], seen[: height // 2, width // 2 : width // 2 + width // 4]
        black = seen[height // 2 :, width // 2 :]
        wanted = ((left, COLOURS["left"]), (middle, COLOURS["middle"]), (black, (0, 0, 0)))
        return all(bool((part == colour).all()) for part, colour in wanted)

    with show(heads, pictures) as playing:
        playing.until(is_shared)
        assert len(playing.windows.output_windows) == 1


def test_one_output_lies_over_several_monitors_each_with_its_part(cables: DummyMonitors) -> None:
    width, height = SMALL
    wall = np.zeros((height, 2 * width, 3), np.uint8)
    wall[:, :width], wall[:, width:] = COLOURS["left"], COLOURS["right"]
    halves = {"left half": PicturePart(0, 0, 0.5, 1), "right half": PicturePart(0.5, 0, 0.5, 1)}
    heads = tuple(
        Head(name, MonitorSelector(connector=f"DUMMY{2 * number}"), shows="wall", part=part)
        for number, (name, part) in enumerate(halves.items())
    )

    def is_split() -> bool:
        seen = cables.pictures()
        inner = slice(1, -1)  # the column at the seam is mixed of both
        return bool((seen[0][:, inner] == COLOURS["left"]).all() and (seen[2][:, inner] == COLOURS["right"]).all())

    with show(heads, {"wall": wall}) as playing:
        playing.until(is_split)
        assert playing.windows.statistics()["wall"].connected
        playing.windows.take_heads([replace(head, shows="wall", part=WHOLE_PICTURE) for head in heads])
        playing.until(lambda: not is_split())  # both show all of it now
        assert bool((cables.pictures()[0] == cables.pictures()[2]).all())
