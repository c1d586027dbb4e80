"""Which windows a wall gets: one over monitors that are like one, else one for each."""

from __future__ import annotations

import pytest

from installation.outputs.windows.arrangement import spans
from installation.picture.rectangle import Rectangle
from installation.rig.monitors import Area, Monitor, MonitorIdentity


def monitor(x: int, y: int = 0, size: tuple[int, int] = (1920, 1080), hertz: float = 60.0) -> Monitor:
    return Monitor(f"DP-{x}-{y}", MonitorIdentity(), x, y, *size, hertz)


def test_monitors_side_by_side_share_one_window_and_so_one_swap() -> None:
    (span,) = spans({"right": monitor(3840), "left": monitor(0), "middle": monitor(1920)})
    assert span.area == Rectangle(0, 0, 5760, 1080)
    assert span.parts["middle"] == Rectangle(1920, 0, 3840, 1080)
    assert span.refresh == 60


def test_a_wall_of_four_in_a_square_that_does_not_begin_at_the_corner_shares_one_window() -> None:
    found = {f"{x}{y}": monitor(100 + 1920 * x, 50 + 1080 * y) for x in (0, 1) for y in (0, 1)}
    (span,) = spans(found)
    assert span.area == Rectangle(100, 50, 3940, 2210)
    assert span.parts["11"] == Rectangle(1920, 1080, 3840, 2160)


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (monitor(1920, hertz=50.0), "another refresh rate would tear or halve"),
        (monitor(2000), "the desktop would be seen between them"),
        (monitor(1920, size=(1280, 1024)), "a window would reach beyond it"),
        (monitor(1920, y=100), "not in line"),
        (monitor(0), "they mirror each other"),
        (monitor(1920, size=(16_000, 1080)), "wider than a card can draw"),
    ],
)
def test_monitors_that_are_not_like_one_get_a_window_each(other: Monitor, why: str) -> None:
    windows = spans({"left": monitor(0), "right": other})
    assert [span.outputs for span in windows] == [("left",), ("right",)], why


def test_one_monitor_and_none() -> None:
    assert [span.outputs for span in spans({"left": monitor(0, hertz=0.0)})] == [("left",)]
    assert spans({"left": monitor(0, hertz=0.0)})[0].refresh is None
    assert spans({}) == ()


def test_outputs_that_share_a_monitor_are_in_one_window_over_all_of_it() -> None:
    whole = monitor(0)
    found = {
        "lower": whole.cut(Area(0, 540, 960, 500)),
        "upper": whole.cut(Area(0, 0, 960, 540)),
        "right": monitor(2000),
    }
    right, shared = sorted(spans(found), key=lambda span: -span.area.left)
    assert right.outputs == ("right",)
    assert shared.area == Rectangle(0, 0, 1920, 1080)
    assert shared.parts == {"lower": Rectangle(0, 540, 960, 1040), "upper": Rectangle(0, 0, 960, 540)}


def test_a_wall_with_a_shared_monitor_still_shares_one_swap() -> None:
    whole = monitor(0)
    found = {"a": whole.cut(Area(0, 0, 960, 540)), "b": whole.cut(Area(960, 0, 960, 540)), "c": monitor(1920)}
    (span,) = spans(found)
    assert span.area == Rectangle(0, 0, 3840, 1080)
