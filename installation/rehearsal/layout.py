"""The layout of the rehearsal window, in pixels: the outputs as mounted in the room, the timeline below."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from installation.outputs.windows.placement import WindowPlacement
from installation.picture.rectangle import Rectangle
from installation.rig.head import Mounting

MARGIN_PX = 16
GAP_PX = 12
TOP_PX = 68
TIMELINE_PX = 112
THUMBNAIL_PX = 48
"""Height of the pictures on the timeline."""

MIN_OUTPUT_PX = 16

Sizes = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """A window of `size_px` (width, height) with a place for each output shown and for the timeline."""

    size_px: tuple[int, int]
    outputs: dict[str, WindowPlacement]
    timeline: Rectangle

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """The size of each output shown, in pixels."""
        return {output: (placement.place.width, placement.place.height) for output, placement in self.outputs.items()}

    def output_at(self, x: float, y: float) -> str | None:
        """The visible output at a point; if outputs overlap, the one in front."""
        return next((output for output, placement in reversed(self.outputs.items()) if placement.holds(x, y)), None)

    def share_at(self, x: float) -> float:
        """The position of a point along the timeline, 0..1."""
        return min(max((x - self.timeline.left) / self.timeline.width, 0.0), 1.0)

    def on_timeline(self, x: float, y: float) -> bool:
        return WindowPlacement(self.timeline).holds(x, y)


def window_layout_of(
    size_px: tuple[int, int], outputs: Sizes, mountings: Mapping[str, Mounting] | None = None, solo: str | None = None
) -> WindowLayout:
    """The outputs as large as the window allows, as mounted or else in a row; `solo` shows one alone, upright."""
    width, height = size_px
    left, right, bottom = MARGIN_PX, max(width - MARGIN_PX, MARGIN_PX + 1), height - TIMELINE_PX - MARGIN_PX
    area = Rectangle(left, TOP_PX, right, max(bottom - MARGIN_PX, TOP_PX + MIN_OUTPUT_PX))
    if solo is not None and solo in outputs:
        places = _in_a_row(area, {solo: outputs[solo]})
    elif mountings and outputs.keys() <= mountings.keys():
        places = _as_mounted(area, outputs, mountings)
    else:
        places = _in_a_row(area, outputs)
    return WindowLayout(size_px, places, Rectangle(left, bottom, right, bottom + TIMELINE_PX))


def _in_a_row(area: Rectangle, outputs: Sizes) -> dict[str, WindowPlacement]:
    """The outputs side by side, equally high."""
    across = max(area.width - GAP_PX * (len(outputs) - 1), MIN_OUTPUT_PX * len(outputs))
    aspects = {output: width / height for output, (width, height) in outputs.items()}
    row = min(area.height, int(across / sum(aspects.values())))
    widths = {output: max(int(row * aspect), MIN_OUTPUT_PX) for output, aspect in aspects.items()}
    left = (area.left + area.right - sum(widths.values()) - GAP_PX * (len(outputs) - 1)) // 2
    top = area.top + (area.height - row) // 2
    places = {}
    for output, wide in widths.items():
        places[output] = WindowPlacement(Rectangle(left, top, left + wide, top + max(row, MIN_OUTPUT_PX)))
        left += wide + GAP_PX
    return places


def _as_mounted(area: Rectangle, outputs: Sizes, mountings: Mapping[str, Mounting]) -> dict[str, WindowPlacement]:
    """The whole room inside the area, at one scale."""
    heights = {output: mountings[output].width * height / width for output, (width, height) in outputs.items()}
    corners = [corner for output, height in heights.items() for corner in _corners(mountings[output], height)]
    first_x, first_y = (min(corner[axis] for corner in corners) for axis in (0, 1))
    wide, high = (max(corner[axis] for corner in corners) - first for axis, first in ((0, first_x), (1, first_y)))
    scale = min(area.width / wide, area.height / high)
    left = (area.left + area.right - scale * wide) / 2 - scale * first_x
    top = (area.top + area.bottom - scale * high) / 2 - scale * first_y
    places = {}
    for output, height in heights.items():
        one = mountings[output]
        x, y = round(left + scale * one.x), round(top + scale * one.y)
        size = (max(round(scale * metres), MIN_OUTPUT_PX) for metres in (one.width, height))
        across, down = size
        places[output] = WindowPlacement(Rectangle(x, y, x + across, y + down), one.degrees)
    return places


def _corners(one: Mounting, height: float) -> list[tuple[float, float]]:
    """The corners of a picture in the room, in metres."""
    middle = one.x + one.width / 2, one.y + height / 2
    cosine, sine = math.cos(math.radians(one.degrees)), math.sin(math.radians(one.degrees))
    offsets = [(x * one.width / 2, y * height / 2) for x in (-1, 1) for y in (-1, 1)]
    return [(middle[0] + cosine * x - sine * y, middle[1] + sine * x + cosine * y) for x, y in offsets]
