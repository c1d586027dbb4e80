"""The camera over time: keyed views, which may also go into one cell of a plate."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import NamedTuple

from installation.show.expressions import Number, Parameters, number, parameters_in
from installation.show.frame import Address, Plate, View
from installation.show.score import Drift, Take, ViewKeyframe
from installation.show.track import eased

MIN_ZOOM = 1e-6
"""A lower limit: a parameter may set the zoom to zero, and the camera divides by it."""

ZOOM_TOLERANCE = 1e-9
"""Below this difference of logarithms two zooms count as equal, and the centre travels linearly."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The place of a key's own coordinates in the picture: their centre, and the magnification into them."""

    x: float = 0.0
    y: float = 0.0
    magnification: float = 1.0


class CameraSpeed(NamedTuple):
    """How a view changes: x and y as visible (1 = half the short side of the place), zoom as a logarithm."""

    x: float = 0.0
    y: float = 0.0
    zooming: float = 0.0
    degrees: float = 0.0

    def times(self, factor: float) -> CameraSpeed:
        return CameraSpeed(self.x * factor, self.y * factor, self.zooming * factor, self.degrees * factor)


def _between_speeds(arriving: float, leaving: float) -> float:
    """The harmonic mean, after Fritsch and Butland; 0 if the way turns back, so that nothing overshoots."""
    return 2.0 * arriving * leaving / (arriving + leaving) if arriving * leaving > 0.0 else 0.0


class CameraMove:
    """The way between two views: zoom geometric, centre linear in the visible width (1/zoom), degrees linear."""

    __slots__ = ("_dx", "_dy", "_homing", "_turn", "_x", "_y", "_zoom", "_zooming", "end", "start")

    def __init__(self, start: View, end: View) -> None:
        self.start, self.end = start, end
        self._x, self._y, self._zoom = start.x, start.y, start.zoom
        self._dx, self._dy, self._turn = end.x - start.x, end.y - start.y, end.degrees - start.degrees
        self._zooming = math.log(end.zoom / start.zoom)
        # The centre's share is (1/start - 1/zoom) / (1/start - 1/end) with zoom = start * exp(share * zooming).
        self._homing = 1.0 / math.expm1(-self._zooming) if abs(self._zooming) > ZOOM_TOLERANCE else 0.0

    @property
    def start_speed(self) -> CameraSpeed:
        """The speed of the view at the start of the way, per share of the way."""
        homing = -self._zooming * self._homing if self._homing else 1.0
        return CameraSpeed(self._dx * self._zoom * homing, self._dy * self._zoom * homing, self._zooming, self._turn)

    @property
    def end_speed(self) -> CameraSpeed:
        """The speed of the view at the end of the way, per share of the way."""
        zoom = self.end.zoom
        homing = -self._zooming * math.exp(-self._zooming) * self._homing if self._homing else 1.0
        return CameraSpeed(self._dx * zoom * homing, self._dy * zoom * homing, self._zooming, self._turn)

    def flowing_at(self, share: float, start: CameraSpeed, end: CameraSpeed) -> View:
        """The view at a share of a way that begins and ends with these speeds, per share of the way.

        A Hermite curve adds the differences to the plain way's speeds at its ends, in visible units.
        """
        view = self.at(share)
        if share <= 0.0 or share >= 1.0:
            return view
        rising, falling = share * (1.0 - share) ** 2, share * share * (share - 1.0)
        x, y, zooming, turn = (
            (leaves - plain_start) * rising + (arrives - plain_end) * falling
            for leaves, plain_start, arrives, plain_end in zip(
                start, self.start_speed, end, self.end_speed, strict=True
            )
        )
        zoom = view.zoom * math.exp(zooming)
        return View(view.x + x / view.zoom, view.y + y / view.zoom, zoom, view.degrees + turn)

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
    """The keys of one take's view, resolved for the place that shows it. Equal cameras move alike."""

    __slots__ = ("_cells", "_keys", "_times", "_travels", "_views")

    def __init__(self, keys: tuple[ViewKeyframe, ...], cells: tuple[Cell, ...]) -> None:
        self._keys, self._cells = keys, cells
        self._times = tuple(key.at for key in keys)
        # None if the key depends on a parameter.
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
        share = (seconds - begin) / (times[after] - begin)
        ease = self._keys[after].ease
        travel = self._travels[last] or CameraMove(self._view(last, parameters), self._view(after, parameters))
        if ease != "flow":
            return travel.at(eased(ease, share))
        span = times[after] - begin
        start, end = self._speed_at(last, parameters), self._speed_at(after, parameters)
        return travel.flowing_at(share, start.times(span), end.times(span))

    def _speed_at(self, index: int, parameters: Parameters) -> CameraSpeed:
        """The camera's speed at a key: 0 unless it flows on both sides of the key."""
        keys, times = self._keys, self._times
        if not 0 < index < len(keys) - 1 or keys[index].ease != "flow" or keys[index + 1].ease != "flow":
            return CameraSpeed()
        before, here, after = (self._views[at] or self._view(at, parameters) for at in (index - 1, index, index + 1))
        arriving = CameraMove(before, here).end_speed.times(1.0 / (times[index] - times[index - 1]))
        leaving = CameraMove(here, after).start_speed.times(1.0 / (times[index + 1] - times[index]))
        return CameraSpeed(*map(_between_speeds, arriving, leaving))

    def _view(self, index: int, parameters: Parameters) -> View:
        """The view of a key with these parameters."""
        key, cell = self._keys[index], self._cells[index]
        return View(
            cell.x + number(key.x, parameters) / cell.magnification,
            cell.y + number(key.y, parameters) / cell.magnification,
            max(number(key.zoom, parameters), MIN_ZOOM) * cell.magnification,
            number(key.degrees, parameters),
        )


@dataclass(frozen=True, slots=True)
class HeldCamera:
    """A take's camera inside the picture of a shared camera, perhaps with the drift of a hand-held one."""

    own: Camera
    base: Camera | None = None
    drift: Drift | None = None

    def at(self, seconds: float, parameters: Parameters) -> View:
        view = self.own.at(seconds, parameters)
        if self.base is not None:
            view = within(self.base.at(seconds, parameters), view)
        return view if self.drift is None else within(view, unrest_at(self.drift, seconds))


def within(outer: View, inner: View) -> View:
    """The view `inner` inside the picture that `outer` shows."""
    outer_x, outer_y, outer_zoom, outer_degrees, _ = outer
    x, y, zoom, degrees, _ = inner
    turn = math.radians(outer_degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    x, y = x / outer_zoom, y / outer_zoom
    return View(outer_x + x * cos - y * sin, outer_y + x * sin + y * cos, outer_zoom * zoom, outer_degrees + degrees)


def unrest_at(drift: Drift, seconds: float) -> View:
    """The offset of a hand-held camera from its intended view.

    Each direction sums three sines whose periods are far from simple ratios, so that nothing repeats.
    """
    tau, sin = math.tau, math.sin
    slow = tau * seconds / drift.period
    middle, quick = slow / 0.618, slow / 0.382
    x1, x2, x3, y1, y2, y3, turn1, turn2, turn3 = drift.phases
    x = 0.6 * sin(slow + tau * x1) + 0.3 * sin(middle + tau * x2) + 0.1 * sin(quick + tau * x3)
    y = 0.6 * sin(slow + tau * y1) + 0.3 * sin(middle + tau * y2) + 0.1 * sin(quick + tau * y3)
    turn = 0.6 * sin(slow + tau * turn1) + 0.3 * sin(middle + tau * turn2) + 0.1 * sin(quick + tau * turn3)
    return View(x * drift.amount, y * drift.amount, 1.0, turn * drift.degrees)


def held_camera(take: Take, aspect: float) -> Camera | HeldCamera:
    """The camera of a take in a place with this aspect ratio (width / height)."""
    own = camera_of(take.view, take.subject, aspect)
    if not take.base and take.drift is None:
        return own
    return HeldCamera(own, camera_of(take.base, take.subject, aspect) if take.base else None, take.drift)


def camera_of(keys: tuple[ViewKeyframe, ...], subject: object, aspect: float) -> Camera:
    """The camera on a subject in a place with this aspect ratio. A key that goes into a cell needs a plate."""
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


def cell_at(plate: Plate, view: View) -> Address | None:
    """The neuron of a plate in the middle of a view; None if there is none."""
    count = max(plate.columns, plate.rows)
    width, height = 2 * max(plate.aspect, 1.0) / count, 2 * max(1.0 / plate.aspect, 1.0) / count
    column = math.floor(view.x / width + plate.columns / 2)
    row = math.floor(view.y / height + plate.rows / 2)
    cell = row * plate.columns + column
    return plate.neurons[cell] if 0 <= column < plate.columns and row >= 0 and cell < len(plate.neurons) else None


def _refers(key: ViewKeyframe) -> bool:
    numbers: tuple[Number, ...] = (key.x, key.y, key.zoom, key.degrees)
    return any(parameters_in(value) for value in numbers)
