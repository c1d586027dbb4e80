"""The camera over time: keyed views, also into one cell of a plate."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from installation.show.frame import Plate, View
from installation.show.score import Number, Ref, Take, ViewKey
from installation.show.track import Parameters, eased, number

SMALLEST_ZOOM = 1e-6
"""A parameter at zero must not divide by it."""

SAME_ZOOM = 1e-9
"""Below this difference of logarithms two zooms are one, and the centre travels linearly."""


class Setting(NamedTuple):
    """A camera key in numbers."""

    x: float
    y: float
    zoom: float
    degrees: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a key's own coordinates lie in the picture: its centre, and how much larger the picture is."""

    x: float = 0.0
    y: float = 0.0
    magnification: float = 1.0


@dataclass(frozen=True)
class Camera:
    """The keys of one take's view, resolved for the place where it is seen."""

    keys: tuple[ViewKey, ...]
    cells: tuple[Cell, ...]

    @cached_property
    def settings(self) -> tuple[Setting | None, ...]:
        """Each key in numbers; None where a parameter decides."""
        return tuple(
            None if any(isinstance(value, Ref) for value in _numbers(key)) else _setting(key, cell, {})
            for key, cell in zip(self.keys, self.cells, strict=True)
        )

    @cached_property
    def times(self) -> tuple[float, ...]:
        return tuple(key.at for key in self.keys)

    @cached_property
    def still(self) -> View | None:
        """The view, where neither time nor a parameter moves it."""
        first, *others = self.settings
        return None if first is None or any(other != first for other in others) else View(*first)

    def at(self, seconds: float, parameters: Parameters) -> Setting:
        after = bisect_right(self.times, seconds)
        if after == 0:
            return self._key(0, parameters)
        if after == len(self.times):
            return self._key(after - 1, parameters)
        start, end = self.times[after - 1], self.times[after]
        share = eased(self.keys[after].ease, (seconds - start) / (end - start))
        return between(self._key(after - 1, parameters), self._key(after, parameters), share)

    def _key(self, index: int, parameters: Parameters) -> Setting:
        return self.settings[index] or _setting(self.keys[index], self.cells[index], parameters)


def camera_of(take: Take, plate: Plate | None) -> Camera:
    """A take's camera; `plate` is its subject with the aspect of the place, or None for a walk."""
    cells = tuple(Cell() if key.into is None or plate is None else cell_of(plate, key.into) for key in take.view)
    return Camera(take.view, cells)


def cell_of(plate: Plate, neuron: str) -> Cell:
    """The cell of a neuron in a plate: see frame.Plate for the layout."""
    row, column = divmod(plate.neurons.index(neuron), plate.columns)
    count = max(plate.columns, plate.rows)
    return Cell(
        x=(2 * column + 1 - plate.columns) * max(plate.aspect, 1.0) / count,
        y=(2 * row + 1 - plate.rows) * max(1.0 / plate.aspect, 1.0) / count,
        magnification=count / (1.0 - plate.gap),
    )


def between(start: Setting, end: Setting, share: float) -> Setting:
    """A camera between two settings: zoom geometric, centre linear in what is visible (1/zoom), degrees linear."""
    if share <= 0.0 or start == end:
        return start
    if share >= 1.0:
        return end
    travel = math.log(end.zoom / start.zoom)
    # (1 / start - 1 / zoom) / (1 / start - 1 / end) with zoom = start * exp(share * travel), stable for small travel.
    centre = math.expm1(-share * travel) / math.expm1(-travel) if abs(travel) > SAME_ZOOM else share
    return Setting(
        start.x + (end.x - start.x) * centre,
        start.y + (end.y - start.y) * centre,
        start.zoom * math.exp(share * travel),
        start.degrees + (end.degrees - start.degrees) * share,
    )


def _numbers(key: ViewKey) -> tuple[Number, Number, Number, Number]:
    return key.x, key.y, key.zoom, key.degrees


def _setting(key: ViewKey, cell: Cell, parameters: Parameters) -> Setting:
    x, y, zoom, degrees = (number(value, parameters) for value in _numbers(key))
    return Setting(
        cell.x + x / cell.magnification,
        cell.y + y / cell.magnification,
        max(zoom, SMALLEST_ZOOM) * cell.magnification,
        degrees,
    )
