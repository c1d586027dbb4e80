"""Displays of different latency show the same frame: the quicker one is given its pictures later."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction

import moderngl
import numpy as np

from installation.outputs.heads.delay import Delay, delays
from installation.picture.mixing.canvas import Canvas
from installation.picture.pixel_map import pixel_map
from installation.rig.head import Head, MonitorSelector
from installation.rig.warp import WHOLE_MONITOR, Point, surface
from tests.outputs.bent import bent_canvas


def head(output: str, latency_ms: float) -> Head:
    return Head(output, MonitorSelector(connector=output), latency_ms=latency_ms)


def test_every_display_waits_for_the_slowest_in_whole_frames() -> None:
    heads = [head("projector", 66.7), head("panel", 16.7), head("led wall", 62.0)]
    assert delays(heads, Fraction(60)) == {"panel": 3}
    assert delays(heads, Fraction(30)) == {"panel": 2}
    assert delays([head("a", 40.0), head("b", 40.0)], Fraction(60)) == {}
    assert delays([], Fraction(60)) == {}


def shown(delay: Delay, canvases: dict[str, Canvas], number: int) -> dict[str, int]:
    """The red that each output shows after one of `number` was mixed."""
    for canvas in canvases.values():
        canvas.framebuffer.clear(number / 255, 0.0, 0.0, 1.0)
    return {output: int(canvas.pixels()[0, 0, 0]) for output, canvas in delay.delayed(canvases).items()}


def test_a_delayed_output_shows_what_was_mixed_so_many_frames_ago_and_black_before(gl: moderngl.Context) -> None:
    with Delay(gl, {"right": 2}) as delay, ExitStack() as cleanup:
        canvases = {output: cleanup.enter_context(Canvas(gl, (4, 2))) for output in ("left", "right")}
        seen = [shown(delay, canvases, number) for number in range(101, 106)]
        assert [one["left"] for one in seen] == [101, 102, 103, 104, 105]
        assert [one["right"] for one in seen] == [0, 0, 101, 102, 103]


def test_a_delay_is_changed_and_taken_away_while_the_show_plays(gl: moderngl.Context) -> None:
    with Delay(gl, {"right": 1}) as delay, ExitStack() as cleanup:
        canvases = {"right": cleanup.enter_context(Canvas(gl, (4, 2)))}
        shown(delay, canvases, 101)
        assert shown(delay, canvases, 102) == {"right": 101}
        delay.set({"right": 1})
        assert shown(delay, canvases, 103) == {"right": 102}
        delay.set({})
        assert delay.delayed(canvases) is canvases


def test_an_output_that_changes_its_size_is_delayed_at_that(gl: moderngl.Context) -> None:
    with Delay(gl, {"right": 1}) as delay, Canvas(gl, (4, 2)) as small, Canvas(gl, (8, 4)) as large:
        for canvas in (small, small, large, large):
            assert delay.delayed({"right": canvas})["right"].size_px == canvas.size_px
        assert np.array_equal(delay.delayed({"right": large})["right"].pixels(), large.pixels())


def test_what_was_drawn_for_a_monitors_pixels_is_delayed_as_that_and_never_black_where_it_changes(
    gl: moderngl.Context,
) -> None:
    found = pixel_map(surface((Point(0.2, 0), *WHOLE_MONITOR[1:])), (6, 5), 2.0)
    with Delay(gl, {"right": 1}) as delay, bent_canvas(gl, found, (4, 2)) as (canvas, draw):
        seen = []
        for number in range(1, 7):
            if number in (3, 4):
                canvas.begin().framebuffer.clear(number / 255, 0.0, 0.0, 1.0)
            else:
                draw(np.full((5, 6, 3), number, np.uint8))
            shown = delay.delayed({"right": canvas})["right"]
            seen.append((int(shown.pixels()[0, 0, 0]), shown.bent is not None))
    assert seen[1:] == [(1, True), (2, True), (3, False), (4, False), (5, True)]
