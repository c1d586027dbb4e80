"""Real windows on a virtual screen, judged by what the screen shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from typing import Any

import glfw
import numpy as np
import pytest
from numpy.typing import NDArray

from installation.errors import DeviceError
from installation.outputs.sink import Sink
from installation.outputs.windows import output_window as windows_pane
from installation.outputs.windows.output_window import swap_interval
from installation.outputs.windows.windows import Windows
from installation.picture.mixing.canvas import Canvas
from installation.picture.programs import Program
from tests.outputs.screen import SCREEN_PX, Screen

SIZE = (160, 90)
PATIENCE_SECONDS = 60.0


def nothing(_: str) -> None:
    pass


def picture(seed: int) -> NDArray[np.uint8]:
    picture = np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 4), np.uint8)
    picture[..., 3] = 255
    return picture


@contextmanager
def canvases(windows: Windows, *outputs: str) -> Iterator[dict[str, Canvas]]:
    with ExitStack() as cleanup:
        shown = {}
        for seed, output in enumerate(outputs):
            shown[output] = cleanup.enter_context(Canvas(windows.context, SIZE))
            shown[output].texture.write(picture(seed))
        yield shown


def seen(screen: Screen, windows: Windows, left: int, size_px: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """What the screen shows from `left` on at its top, after the X server has done all that it was asked."""
    glfw.get_window_pos(windows.output_windows[0].window)  # has to wait for an answer
    return screen.picture()[: size_px[1], left : left + size_px[0]]


def test_every_output_is_in_its_window_pixel_for_pixel(screen: Screen) -> None:
    outputs = {"left": SIZE, "middle": SIZE, "right": SIZE}
    with Windows(outputs, nothing) as windows, canvases(windows, *outputs) as shown:
        for number in range(3):
            windows.present(number, shown)
        for number in range(3):
            assert (seen(screen, windows, 160 * number) == picture(number)[..., :3]).all()
        assert (seen(screen, windows, 480) == 255).all()
        for output_window in windows.output_windows:
            assert output_window.error == "GL_NO_ERROR"
        assert windows.context.error == "GL_NO_ERROR"


def test_a_picture_of_its_windows_size_is_copied_and_needs_no_program(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = {"left": SIZE, "right": SIZE}
    with Windows(outputs, nothing, wide=True) as windows, canvases(windows, *outputs) as shown:
        monkeypatch.setattr(Program, "draw", lambda _: pytest.fail("it was drawn"))
        windows.present(0, shown)
        assert (seen(screen, windows, 0) == picture(0)[..., :3]).all()
        assert (seen(screen, windows, 160) == picture(1)[..., :3]).all()
        assert windows.output_windows[0].error == "GL_NO_ERROR"


def test_one_wide_window_shows_all_outputs_side_by_side(screen: Screen) -> None:
    outputs = {"left": SIZE, "right": SIZE}
    with Windows(outputs, nothing, wide=True) as windows, canvases(windows, *outputs) as shown:
        windows.present(0, shown)
        assert len(windows.output_windows) == 1
        assert (seen(screen, windows, 0) == picture(0)[..., :3]).all()
        assert (seen(screen, windows, 160) == picture(1)[..., :3]).all()


def test_a_window_is_black_until_its_first_frame_and_gone_when_closed(screen: Screen) -> None:
    windows = Windows({"left": SIZE}, nothing)
    assert (seen(screen, windows, 0) == 0).all()
    windows.close()
    windows.close()
    assert screen.becomes_white()


def test_an_output_without_a_picture_stays_black_beside_the_others(screen: Screen) -> None:
    with Windows({"left": SIZE, "right": SIZE}, nothing) as windows, canvases(windows, "left") as shown:
        windows.present(0, shown)
        assert (seen(screen, windows, 0) == picture(0)[..., :3]).all()
        assert (seen(screen, windows, 160) == 0).all()


def test_a_resized_window_keeps_the_shape_of_the_picture_between_black_bars(screen: Screen) -> None:
    with Windows({"left": SIZE}, nothing) as windows, canvases(windows, "left") as shown:
        shown["left"].texture.write(np.full((90, 160, 4), 255, np.uint8))
        glfw.set_window_size(windows.output_windows[0].window, 480, 180)
        windows.present(0, shown)  # takes the event
        windows.present(1, shown)
        whole = seen(screen, windows, 0, (480, 180))
        assert (whole[:, 80:400] == 255).all()
        assert (whole[:, :80] == 0).all()
        assert (whole[:, 400:] == 0).all()


def test_full_screen_covers_the_monitor(screen: Screen) -> None:
    with Windows({"left": SIZE}, nothing, full_screen=True) as windows, canvases(windows, "left") as shown:
        shown["left"].texture.write(np.full((90, 160, 4), 80, np.uint8))
        windows.present(0, shown)
        assert (seen(screen, windows, 0, SCREEN_PX) == 80).all()
        assert glfw.get_input_mode(windows.output_windows[0].window, glfw.CURSOR) == glfw.CURSOR_HIDDEN


def test_full_screen_with_too_few_monitors_says_how_many_are_missing(screen: Screen) -> None:  # noqa: ARG001
    with pytest.raises(DeviceError, match="full screen needs 2 monitors, 1 are connected"):
        Windows({"left": SIZE, "right": SIZE}, nothing, full_screen=True)


def test_keys_arrive_by_name_once_per_press(screen: Screen) -> None:  # noqa: ARG001
    keys: list[str] = []
    with Windows({"left": SIZE}, keys.append) as windows:
        window = windows.output_windows[0].window
        pressed = glfw.set_key_callback(window, lambda *_: None)
        assert pressed is not None

        def press(key: int, code: int, action: int, modifiers: int) -> None:
            pressed(window, key, code, action, modifiers)

        press(glfw.KEY_SPACE, 0, glfw.PRESS, 0)
        press(glfw.KEY_SPACE, 0, glfw.REPEAT, 0)
        press(glfw.KEY_SPACE, 0, glfw.RELEASE, 0)
        press(glfw.KEY_B, glfw.get_key_scancode(glfw.KEY_B), glfw.PRESS, glfw.MOD_SHIFT | glfw.MOD_CONTROL)
        press(glfw.KEY_LEFT_SHIFT, glfw.get_key_scancode(glfw.KEY_LEFT_SHIFT), glfw.PRESS, 0)
        press(glfw.KEY_F5, 0, glfw.PRESS, 0)
        press(glfw.KEY_PAGE_DOWN, 0, glfw.PRESS, 0)
        assert keys == ["space", "ctrl+shift+b", "f5", "page-down"]
        assert not windows.closing
        press(glfw.KEY_ESCAPE, 0, glfw.PRESS, 0)
        assert windows.closing


def test_the_close_button_asks_the_player_and_leaves_the_window(screen: Screen) -> None:  # noqa: ARG001
    with Windows({"left": SIZE}, nothing) as windows, canvases(windows, "left") as shown:
        window = windows.output_windows[0].window
        asked = glfw.set_window_close_callback(window, lambda _: None)
        assert asked is not None
        asked(window)
        windows.present(0, shown)
        assert windows.closing
        assert not glfw.window_should_close(windows.output_windows[0].window)


def test_what_was_shown_is_counted_per_output(screen: Screen) -> None:  # noqa: ARG001
    with Windows({"left": SIZE, "right": SIZE}, nothing) as windows, canvases(windows, "left", "right") as shown:
        sink: Sink = windows
        assert sink.statistics() == {}
        for number in range(5):
            sink.present(number, shown)
        left, right = sink.statistics()["left"], sink.statistics()["right"]
        assert (left.shown, right.shown) == (5, 5)
        assert left.skew_ms is not None
        assert right.skew_ms is not None
        assert min(left.skew_ms, right.skew_ms) == 0
        assert (left.dropped, right.dropped) == (0, 0)


def test_pictures_are_shown_when_they_are_due_as_soon_as_the_show_has_a_beginning(
    screen: Screen,  # noqa: ARG001 a display must be there
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    due: list[float | None] = []

    def present(output_windows: object, due_at: float | None = None) -> dict[object, float]:  # noqa: ARG001 as Barrier.present is called
        due.append(due_at)
        return {}

    with Windows({"left": SIZE}, nothing, fps=Fraction(30)) as windows, canvases(windows, "left") as shown:
        monkeypatch.setattr(windows._barrier, "present", present)
        windows.present(0, shown)
        windows.keep_time(1000.0)
        windows.present(15, shown)
    assert due == [None, 1000.5]


def test_a_window_that_hangs_leaves_the_others_running_and_comes_back_by_itself(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Windows({"left": SIZE, "right": SIZE}, nothing) as windows, canvases(windows, "left", "right") as shown:
        windows.present(0, shown)
        answers, hangs, swap = threading.Event(), windows.output_windows[1].window, glfw.swap_buffers

        def swap_or_hang(window: Any) -> None:
            if window is hangs:
                answers.wait()
            swap(window)

        monkeypatch.setattr(glfw, "swap_buffers", swap_or_hang)
        shown["left"].texture.write(picture(2))
        for number in range(1, 6):
            windows.present(number, shown)
        assert (seen(screen, windows, 0) == picture(2)[..., :3]).all()
        assert windows.statistics()["left"].dropped == 0
        assert windows.statistics()["right"].dropped == 5
        assert caplog.text.count("output right does not respond") == 1
        answers.set()
        shown["right"].texture.write(picture(3))
        number, give_up = 5, time.monotonic() + PATIENCE_SECONDS
        while windows.statistics()["right"].shown == 1:
            assert time.monotonic() < give_up
            windows.present(number := number + 1, shown)
        assert (seen(screen, windows, 160) == picture(3)[..., :3]).all()


def test_windows_close_also_while_one_hangs(
    screen: Screen,  # noqa: ARG001 a display must be there
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(windows_pane, "CLOSE_SECONDS", 0.05)
    with Windows({"left": SIZE}, nothing) as windows, canvases(windows, "left") as shown:
        windows._barrier._timeout_seconds = 0.05
        monkeypatch.setattr(glfw, "swap_buffers", lambda _: answers.wait())
        windows.present(0, shown)
        output_window = windows.output_windows[0]
        output_window.close()
        assert not output_window.is_closed
        assert "it is hidden until it does" in caplog.text
        answers.set()
        while not output_window.is_closed:
            output_window.close()


def test_a_graphics_card_that_was_reset_ends_the_show_with_a_clear_word(
    screen: Screen,  # noqa: ARG001 a display must be there
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Windows({"left": SIZE}, nothing) as windows, canvases(windows, "left") as shown:
        windows.present(0, shown)
        monkeypatch.setattr(windows._card, "_reset_status", lambda: 0x8253)
        with pytest.raises(DeviceError, match="the graphics card was reset by this show"):
            windows.present(1, shown)


@pytest.mark.parametrize(
    ("refresh", "fps", "interval"),
    [(None, 30, 0), (60, 30, 2), (60, 60, 1), (59, Fraction(60000, 1001), 1), (60, 25, 1), (50, 25, 2), (30, 60, 1)],
)
def test_a_display_paces_where_its_rate_fits_the_show(refresh: float | None, fps: Fraction, interval: int) -> None:
    assert swap_interval(refresh, Fraction(fps)) == interval


def test_without_a_display_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(DeviceError, match=r"no display to open windows on .*set DISPLAY"):
        Windows({"left": SIZE}, nothing)
