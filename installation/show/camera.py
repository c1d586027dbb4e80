"""The camera over time: keyed views, also into one cell of a plate."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace

from installation.show.expressions import Number, Parameters, number, parameters_in
from installation.show.frame import Plate, View
from installation.show.score import ViewKeyframe
from installation.show.track import eased

MIN_ZOOM = 1e-6
"""A parameter at zero must not divide by it."""

ZOOM_TOLERANCE = 1e-9
"""Below this difference of logarithms two zooms are one, and the centre travels linearly."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a key's own coordinates lie in the picture: its centre, and how much larger the picture is."""

    x: float = 0.0
    y: float = 0.0
    magnification: float = 1.0


class CameraMove:
    """The way between two views: zoom geometric, centre linear in what is visible (1/zoom), degrees linear."""

    __slots__ = ("_dx", "_dy", "_homing", "_turn", "_x", "_y", "_zoom", "_zooming", "end", "start")

    def __init__(self, start: View, end: View) -> None:
        self.start, self.end = start, end
        self._x, self._y, self._zoom = start.x, start.y, start.zoom
        self._dx, self._dy, self._turn = end.x - start.x, end.y - start.y, end.degrees - start.degrees
        self._zooming = math.log(end.zoom / start.zoom)
        # The centre's share is (1/start - 1/zoom) / (1/start - 1/end) with zoom = start * exp(share * zooming).
        self._homing = 1.0 / math.expm1(-self._zooming) if abs(self._zooming) > ZOOM_TOLERANCE else 0.0

    def at(self, share: float) -> View:
        """The view at a share of the way; both ends are exact."""
        if share <= 0.0:
            return self.start
        if share >= 1.0:
            return self.end
        zoomed = share * self._zooming
        centre = math.expm1(-zoomed) * self._homing if self._homing else share
        return View(
            self._x + self._dx * centre,
            self._y + self._dy * centre,
            self._zoom * math.exp(zoomed),
            self.start.degrees + self._turn * share,
        )


class Camera:
    """The keys of one take's view, resolved for the place where it is seen. Equal cameras move alike."""

    __slots__ = ("_cells", "_keys", "_times", "_travels", "_views")

    def __init__(self, keys: tuple[ViewKeyframe, ...], cells: tuple[Cell, ...]) -> None:
        self._keys, self._cells = keys, cells
        self._times = tuple(key.at for key in keys)
        # None where a parameter decides.
        self._views = tuple(None if _refers(key) else self._view(index, {}) for index, key in enumerate(keys))
        self._travels = tuple(
            None if start is None or end is None else CameraMove(start, end)
            for start, end in zip(self._views, self._views[1:], strict=False)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Camera) and (self._keys, self._cells) == (other._keys, other._cells)

    def __hash__(self) -> int:
        return hash((self._keys, self._cells))

    def at(self, seconds: float, parameters: Parameters) -> View:
        times = self._times
        after = bisect_right(times, seconds)
        last = max(after - 1, 0)
        if after == 0 or after == len(times):
            return self._views[last] or self._view(last, parameters)
        begin = times[last]
        share = eased(self._keys[after].ease, (seconds - begin) / (times[after] - begin))
        travel = self._travels[last] or CameraMove(self._view(last, parameters), self._view(after, parameters))
        return travel.at(share)

    def _view(self, index: int, parameters: Parameters) -> View:
        """A key in numbers."""
        key, cell = self._keys[index], self._cells[index]
        return View(
            cell.x + number(key.x, parameters) / cell.magnification,
            cell.y + number(key.y, parameters) / cell.magnification,
            max(number(key.zoom, parameters), MIN_ZOOM) * cell.magnification,
            number(key.degrees, parameters),
        )


def camera_of(keys: tuple[ViewKeyframe, ...], subject: object, aspect: float) -> Camera:
    """The camera on a subject in a place of this width / height; where a key goes into a cell, that is a plate."""
    plate = replace(subject, aspect=aspect) if isinstance(subject, Plate) else None
    cells = (Cell() if key.into is None or plate is None else cell_of(plate, key.into) for key in keys)
    return Camera(keys, tuple(cells))


def cell_of(plate: Plate, neuron: str) -> Cell:
    """The cell of a neuron in a plate: see frame.Plate for the layout."""
    row, column = divmod(plate.neurons.index(neuron), plate.columns)
    count = max(plate.columns, plate.rows)
    return Cell(
        x=(2 * column + 1 - plate.columns) * max(plate.aspect, 1.0) / count,
        y=(2 * row + 1 - plate.rows) * max(1.0 / plate.aspect, 1.0) / count,
        magnification=count / (1.0 - plate.gap),
    )


def _refers(key: ViewKeyframe) -> bool:
    numbers: tuple[Number, ...] = (key.x, key.y, key.zoom, key.degrees)
    return any(parameters_in(value) for value in numbers)
