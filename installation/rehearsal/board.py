"""What lies where in the rehearsal window, in pixels: the outputs side by side, the timeline below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from installation.picture.rectangle import Rectangle

MARGIN_PX = 16
GAP_PX = 12
TOP_PX = 44
TIMELINE_PX = 112
THUMBNAIL_PX = 48
"""Height of the pictures on the timeline."""

LEAST_OUTPUT_PX = 16


@dataclass(frozen=True, slots=True)
class Board:
    """A window of `size_px` (width, height) with a place for each output shown and for the timeline."""

    size_px: tuple[int, int]
    outputs: Mapping[str, Rectangle]
    timeline: Rectangle

    @property
    def sizes(self) -> dict[str, tuple[int, int]]:
        """The size of each output shown, in pixels."""
        return {output: (place.width, place.height) for output, place in self.outputs.items()}

    def output_at(self, x: float, y: float) -> str | None:
        return next((output for output, place in self.outputs.items() if _holds(place, x, y)), None)

    def share_at(self, x: float) -> float:
        """How far along the timeline a point is, 0..1."""
        return min(max((x - self.timeline.left) / self.timeline.width, 0.0), 1.0)

    def on_timeline(self, x: float, y: float) -> bool:
        return _holds(self.timeline, x, y)


def board_of(size_px: tuple[int, int], outputs: Mapping[str, tuple[int, int]], solo: str | None = None) -> Board:
    """Outputs in a row, equally high and as large as the window allows; `solo` shows one alone."""
    width, height = size_px
    shown = {solo: outputs[solo]} if solo is not None and solo in outputs else dict(outputs)
    across = max(width - 2 * MARGIN_PX - GAP_PX * (len(shown) - 1), LEAST_OUTPUT_PX * len(shown))
    down = max(height - TOP_PX - TIMELINE_PX - 2 * MARGIN_PX, LEAST_OUTPUT_PX)
    aspects = {output: size[0] / size[1] for output, size in shown.items()}
    row = min(down, int(across / sum(aspects.values())))
    widths = {output: max(int(row * aspect), LEAST_OUTPUT_PX) for output, aspect in aspects.items()}
    left = (width - sum(widths.values()) - GAP_PX * (len(shown) - 1)) // 2
    top = TOP_PX + (down - row) // 2
    places = {}
    for output, wide in widths.items():
        places[output] = Rectangle(left, top, left + wide, top + max(row, LEAST_OUTPUT_PX))
        left += wide + GAP_PX
    below = height - TIMELINE_PX - MARGIN_PX
    return Board(
        size_px, places, Rectangle(MARGIN_PX, below, max(width - MARGIN_PX, MARGIN_PX + 1), below + TIMELINE_PX)
    )


def _holds(place: Rectangle, x: float, y: float) -> bool:
    return place.left <= x < place.right and place.top <= y < place.bottom
