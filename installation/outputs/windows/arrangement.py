"""The windows of a wall: one over all monitors if these form a rectangle, otherwise one for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from installation.picture.rectangle import Rectangle
from installation.rig.monitors import Monitor

MAX_WINDOW_PX = 16_384
"""The largest side of a window that every graphics card of the last ten years supports."""


@dataclass(frozen=True, slots=True)
class WindowSpan:
    """One window: the outputs in it, each with the monitor, or the area of one, that it covers."""

    monitors: tuple[tuple[str, Monitor], ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(output for output, _ in self.monitors)

    @property
    def area(self) -> Rectangle:
        """The window's place on the desktop."""
        areas = [area_of(monitor.whole_monitor) for _, monitor in self.monitors]
        return Rectangle(
            min(area.left for area in areas),
            min(area.top for area in areas),
            max(area.right for area in areas),
            max(area.bottom for area in areas),
        )

    @property
    def parts(self) -> dict[str, Rectangle]:
        """Where each output's monitor lies in the window."""
        area = self.area
        return {output: area_of(monitor).moved(-area.left, -area.top) for output, monitor in self.monitors}

    @property
    def refresh(self) -> float | None:
        """The monitors' refresh rate in Hz, None if they report none."""
        return self.monitors[0][1].refresh_hz or None


def area_of(monitor: Monitor) -> Rectangle:
    """A monitor's place on the desktop."""
    return Rectangle(monitor.x, monitor.y, monitor.x + monitor.width, monitor.y + monitor.height)


def spans(found: Mapping[str, Monitor], *, can_place: bool = True) -> tuple[WindowSpan, ...]:
    """The windows for outputs on these monitors.

    One swap shows one window, so its monitors stay in step. A window over several needs monitors with the same refresh
    rate that fill a rectangle of the desktop without a gap, and a system on which windows `can_place` themselves.
    Outputs that share a monitor always share a window.
    """
    shared: dict[Monitor | str, list[tuple[str, Monitor]]] = {}
    for output, monitor in sorted(found.items()):
        shared.setdefault(monitor.whole or output, []).append((output, monitor))
    each = tuple(WindowSpan(tuple(outputs)) for outputs in shared.values())
    if len(each) < 2 or not can_place:
        return each
    wide = WindowSpan(tuple(sorted(found.items())))
    areas = [span.area for span in each]
    apart = all(one.clipped(other).empty for one, other in combinations(areas, 2))
    whole = sum(area.width * area.height for area in areas) == wide.area.width * wide.area.height
    alike = len({monitor.refresh_hz for _, monitor in wide.monitors}) == 1
    fits = max(wide.area.width, wide.area.height) <= MAX_WINDOW_PX
    return (wide,) if apart and whole and alike and fits else each
