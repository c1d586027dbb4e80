"""The proof that outputs show the same frame, in short; `installation rig prove` has the long one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from installation.outputs.windows.proof import as_text, judge, prove
from installation.outputs.windows.window_drawing import WindowDrawing
from installation.picture.mixing.canvas import Canvas
from installation.rig import sync_code

SIZES = {"left": (240, 135), "middle": (240, 135), "right": (240, 135)}


pytestmark = pytest.mark.usefixtures("screen")


def test_after_the_barrier_all_outputs_show_the_same_frame() -> None:
    proof = prove(SIZES, 30, 0.0)
    assert as_text(proof).endswith("proven: all outputs show the same frame")
    assert (proof.windows, proof.after_barrier) == (3, {"same": 30, "different": 0, "unread": 0})
    assert all(one.shown == 30 and one.dropped == 0 for one in proof.statistics.values())


def test_screenshots_at_any_time_are_taken_while_the_show_plays() -> None:
    proof = prove({"left": (240, 135)}, 1, 0.3)
    assert proof.at_any_time["same"] > 0
    assert proof.at_any_time["different"] == 0


def test_an_output_that_shows_another_frame_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    draw, calls = WindowDrawing.draw, iter(range(1000))

    def draw_but_not_always(self: WindowDrawing, canvases: Mapping[str, Canvas], size_px: tuple[int, int]) -> None:
        if "right" not in self.outputs or next(calls) % 5 != 4:
            draw(self, canvases, size_px)

    monkeypatch.setattr(WindowDrawing, "draw", draw_but_not_always)
    proof = prove(SIZES, 10, 0.0)
    assert as_text(proof).endswith("NOT proven")
    assert proof.after_barrier == {"same": 8, "different": 2, "unread": 0}


def test_what_a_screenshot_says() -> None:
    def seen(*numbers: int) -> list[sync_code.DetectedCode]:
        return [sync_code.DetectedCode(number, float(place), 0.0) for place, number in enumerate(numbers)]

    assert judge(seen(4, 4, 4), 3) == "same"
    assert judge(seen(4, 5, 4), 3) == "different"
    assert judge(seen(4, 5), 3) == "different"
    assert judge(seen(4, 4), 3) == "unread"
    assert judge(seen(4, 4, 4, 4), 3) == "unread"
    assert judge([], 3) == "unread"
