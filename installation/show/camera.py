"""The camera over time: keyed views, also into one cell of a plate."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from installation.show.frame import Plate, View
from installation.show.score import Ease, Number, Ref, ViewKey
from installation.show.track import Parameters, eased, number

SMALLEST_ZOOM = 1e-6
"""A parameter at zero must not divide by it."""

SAME_ZOOM = 1e-9
"""Below this difference of logarithms two zooms are one, and the centre travels linearly."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a key's own coordinates lie in the picture: its centre, and how much larger the picture is."""

    x: float = 0.0
    y: float = 0.0
    magnification: float = 1.0


class Travel:
    """The way between two views: zoom geometric, centre linear in what is visible (1/zoom), degrees linear."""

    __slots__ = ("end", "homing", "start", "turn", "zooming")

    def __init__(self, start: View, end: View) -> None:
        self.start, self.end = start, end
        self.zooming = math.log(end.zoom / start.zoom)
        # The centre's share is (1/start - 1/zoom) / (1/start - 1/end) with zoom = start * exp(share * zooming).
        self.homing = 1.0 / math.expm1(-self.zooming) if abs(self.zooming) > SAME_ZOOM else None
        self.turn = end.degrees - start.degrees

    def at(self, share: float) -> View:
        """The view at a share of the way; both ends are exact."""
        start, end = self.start, self.end
        if share <= 0.0:
            return start
        if share >= 1.0:
            return end
        centre = share if self.homing is None else math.expm1(-share * self.zooming) * self.homing
        return View(
            start.x + (end.x - start.x) * centre,
            start.y + (end.y - start.y) * centre,
            start.zoom * math.exp(share * self.zooming),
            start.degrees + self.turn * share,
        )


class Camera:
    """The keys of one take's view, resolved for the place where it is seen. Equal cameras move alike."""

    __slots__ = ("_cells", "_eases", "_keys", "_times", "_travels", "_views")

    def __init__(self, keys: tuple[ViewKey, ...], cells: tuple[Cell, ...]) -> None:
        self._keys, self._cells = keys, cells
        self._times = tuple(key.at for key in keys)
        self._eases: tuple[Ease, ...] = tuple(key.ease for key in keys)
        self._views = tuple(None if _refers(key) else self._view(index, {}) for index, key in enumerate(keys))
        self._travels = tuple(
            None if start is None or end is None else Travel(start, end)
            for start, end in zip(self._views, self._views[1:], strict=False)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Camera) and (self._keys, self._cells) == (other._keys, other._cells)

    def __hash__(self) -> int:
        return hash((self._keys, self._cells))

    def at(self, seconds: float, parameters: Parameters) -> View:
        after = bisect_right(self._times, seconds)
        if after == 0:
            return self._views[0] or self._view(0, parameters)
        last = after - 1
        if after == len(self._times):
            return self._views[last] or self._view(last, parameters)
        begin = self._times[last]
        share = eased(self._eases[after], (seconds - begin) / (self._times[after] - begin))
        travel = self._travels[last] or Travel(self._view(last, parameters), self._view(after, parameters))
        return travel.at(share)

    def _view(self, index: int, parameters: Parameters) -> View:
        """A key in numbers."""
        key, cell = self._keys[index], self._cells[index]
        return View(
            cell.x + number(key.x, parameters) / cell.magnification,
            cell.y + number(key.y, parameters) / cell.magnification,
            max(number(key.zoom, parameters), SMALLEST_ZOOM) * cell.magnification,
            number(key.degrees, parameters),
        )


def camera_of(keys: tuple[ViewKey, ...], subject: object) -> Camera:
    """The camera on a subject, which is a plate with the aspect of its place where a key goes into a cell."""
    cells = (
        Cell() if key.into is None or not isinstance(subject, Plate) else cell_of(subject, key.into) for key in keys
    )
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


def _refers(key: ViewKey) -> bool:
    numbers: tuple[Number, ...] = (key.x, key.y, key.zoom, key.degrees)
    return any(isinstance(value, Ref) for value in numbers)
