"""Small copies for those who look on."""

from __future__ import annotations

from collections.abc import Mapping

import moderngl
import numpy as np

from installation.outputs.live_previews import LivePreviews, PixelArea
from installation.picture.mixing.canvas import Canvas
from installation.picture.pixel_map import pixel_map
from installation.rig.warp import WHOLE_MONITOR, Point, Turn, surface
from tests.outputs.bent import bent_canvas, smooth

Copies = tuple[int, tuple[int, int], Mapping[str, PixelArea], bytes]


def filled(canvas: Canvas, top: float, bottom: float) -> None:
    width, height = canvas.size_px
    canvas.framebuffer.clear(bottom, bottom, bottom, 1.0)
    canvas.framebuffer.clear(top, top, top, 1.0, viewport=(0, 0, width, height // 2))


def test_a_copy_is_small_upright_and_a_frame_late(gl: moderngl.Context) -> None:
    offered: list[Copies] = []
    with Canvas(gl, (64, 32)) as canvas:
        filled(canvas, top=1.0, bottom=0.5)
        with LivePreviews(gl, lambda: True, lambda *copy: offered.append(copy), width_px=16) as copies:
            copies.present(7, {"left": canvas})
            assert offered == []
            filled(canvas, top=0.0, bottom=0.0)
            copies.present(8, {"left": canvas})
    [(number, size_px, places, pixels)] = offered
    assert (number, size_px, places) == (7, (16, 8), {"left": (0, 0, 16, 8)})
    picture = np.frombuffer(pixels, np.uint8).reshape(8, 16, 4)[..., :3]
    assert (picture[:4] == 255).all()
    assert (picture[4:] == 128).all()


def test_outputs_of_any_shape_stand_side_by_side_each_upright(gl: moderngl.Context) -> None:
    offered: list[Copies] = []
    with Canvas(gl, (64, 32)) as wide, Canvas(gl, (20, 40)) as high:
        filled(wide, top=1.0, bottom=0.5)
        filled(high, top=0.2, bottom=0.8)
        with LivePreviews(gl, lambda: True, lambda *copies: offered.append(copies), width_px=24) as copies:
            for number in range(2):
                copies.present(number, {"wide": wide, "high": high})
    [(_, (width, height), places, pixels)] = offered
    assert (width, height) == (32 + 20, 40)
    assert places == {"wide": (0, 0, 24, 12), "high": (32, 0, 20, 40)}
    sheet = np.frombuffer(pixels, np.uint8).reshape(height, width, 4)[..., 0]
    assert (sheet[:6, :24] == 255).all()
    assert (sheet[6:12, :24] == 128).all()
    assert (sheet[:20, 32:] == 51).all()
    assert (sheet[20:, 32:] == 204).all()
    assert not sheet[12:, :24].any()
    assert not sheet[:, 24:32].any()


def test_an_output_that_is_bent_over_its_monitor_is_copied_straight_and_in_its_own_shape(gl: moderngl.Context) -> None:
    """Also where the picture is turned and the monitor has another shape."""
    found = pixel_map(surface((Point(0.1, 0.0), Point(1, 0.2), *WHOLE_MONITOR[2:]), turn=Turn(1)), (40, 80), 2.0)
    offered: list[Copies] = []
    with bent_canvas(gl, found, (64, 32)) as (canvas, draw):
        draw(smooth(found))
        with LivePreviews(gl, lambda: True, lambda *copies: offered.append(copies), width_px=16) as copies:
            for number in range(2):
                copies.present(number, {"wall": canvas})
    [(_, (width, height), _, pixels)] = offered
    assert (width, height) == (16, 8)
    copy = np.frombuffer(pixels, np.uint8).reshape(8, 16, 4).astype(float)
    across, down = np.meshgrid((np.arange(16) + 0.5) / 16, (np.arange(8) + 0.5) / 8)
    assert np.abs(copy[..., 0] - 255 * across)[1:-1, 1:-1].max() < 3
    assert np.abs(copy[..., 1] - 255 * down)[1:-1, 1:-1].max() < 3


def test_fine_stripes_become_grey_and_not_moire(gl: moderngl.Context) -> None:
    offered: list[bytes] = []
    stripes = np.zeros((32, 64, 4), np.uint8)
    stripes[:, ::2] = 255
    with Canvas(gl, (64, 32)) as canvas:
        canvas.texture.write(stripes.tobytes())
        with LivePreviews(gl, lambda: True, lambda *copy: offered.append(copy[-1]), width_px=8) as copies:
            for number in range(2):
                copies.present(number, {"left": canvas})
    grey = np.frombuffer(offered[0], np.uint8).reshape(4, 8, 4)[..., :3]
    assert np.abs(grey.astype(int) - 128).max() <= 1


def test_all_outputs_are_copied_in_the_same_frames_and_nobody_who_looks_means_no_copies(gl: moderngl.Context) -> None:
    offered: list[list[str]] = []
    looked_at = False
    seconds = 0.0
    with Canvas(gl, (64, 32)) as left, Canvas(gl, (64, 32)) as right:
        canvases = {"left": left, "right": right}
        copies = LivePreviews(
            gl,
            lambda: looked_at,
            lambda _number, _size, places, _pixels: offered.append(list(places)),
            width_px=16,
            per_second=10,
            now=lambda: seconds,
        )
        with copies:
            for number in range(10):
                copies.present(number, canvases)
            assert offered == []
            looked_at = True
            for number in range(61):
                seconds = number / 60
                copies.present(number, canvases)
    assert offered[0] == ["left", "right"]
    assert offered.count(["left", "right"]) == len(offered) in (10, 11)


def test_whoever_did_something_sees_the_very_frame_of_all_outputs_at_once(gl: moderngl.Context) -> None:
    offered: list[int] = []
    seconds = 0.0
    with Canvas(gl, (64, 32)) as canvas:
        canvases = {"left": canvas, "right": canvas}
        copies = LivePreviews(gl, lambda: True, lambda number, *_: offered.append(number), now=lambda: seconds)
        with copies:
            copies.present(0, canvases)
            copies.present(1, canvases)
            seconds = 0.01
            copies.refresh_now()
            copies.present(2, canvases)
            assert offered == [0, 2]
            offered.clear()
            copies.refresh_now()
            copies.present(3, canvases)
            assert offered == []
            seconds = 0.052
            copies.present(4, canvases)
            assert offered == [4]


def test_an_output_of_another_size_is_copied_at_that(gl: moderngl.Context) -> None:
    offered: list[tuple[int, int]] = []
    with LivePreviews(
        gl, lambda: True, lambda _number, size_px, *_: offered.append(size_px), width_px=16, per_second=1e9
    ) as copies:
        for size_px in ((64, 32), (64, 32), (32, 64)):
            with Canvas(gl, size_px) as canvas:
                copies.present(1, {"left": canvas})
        copies.present(2, {})
    assert offered == [(16, 8), (16, 8), (16, 32)]
