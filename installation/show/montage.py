"""How takes lie on outputs: a layer's montage as placements, computed once per score."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate

from installation.show.camera import Camera, HeldCamera, held_camera
from installation.show.descent import DescentRoute
from installation.show.expressions import Parameters
from installation.show.frame import Place, Shot, View
from installation.show.score import Canon, Layer, Mirror, Output, Single, Span, Split, Surface, Take
from installation.show.subjects import TimedSubject, timed
from installation.show.surface import worn


@dataclass(frozen=True, slots=True)
class SpanWindow:
    """The part of a spanned picture that one output shows.

    `offset` is the distance of its centre to the right of the picture's, in the picture's coordinates at zoom 1;
    `magnification` is its zoom if the whole picture's is 1.
    """

    offset: float
    magnification: float


@dataclass(frozen=True, slots=True)
class Playback:
    """A take in one place: its subject has the place's aspect ratio, and it may be delayed by whole frames."""

    subject: TimedSubject
    camera: Camera | HeldCamera
    delay_frames: int = 0
    surface: Surface | None = None

    def at(self, seconds: float, parameters: Parameters) -> Shot:
        subject, view = self.subject, self.camera.at(seconds, parameters)
        if isinstance(subject, DescentRoute):
            view = subject.through(view, seconds, parameters)
        shown = subject.at(seconds, parameters)
        return Shot(shown, view) if self.surface is None else worn(shown, view, self.surface, seconds, parameters)


@dataclass(frozen=True, slots=True)
class CutPlayback:
    """Takes that one place plays in turn. `rhythm` has the seconds from each cut to the next, and repeats."""

    playbacks: tuple[Playback, ...]
    rhythm: tuple[float, ...]
    delay_frames: int = 0

    def at(self, seconds: float, parameters: Parameters) -> Shot:
        return self.playbacks[beats_at(self.rhythm, seconds) % len(self.playbacks)].at(seconds, parameters)


BEAT_TOLERANCE = 1e-6
"""Seconds: a beat falls on its nearest frame in spite of rounded times."""


def beats_at(rhythm: tuple[float, ...], seconds: float) -> int:
    """The number of finished beats of a rhythm."""
    ends = list(accumulate(rhythm))
    rounds, left = divmod(max(seconds, 0.0) + BEAT_TOLERANCE, ends[-1])
    return int(rounds) * len(rhythm) + bisect_right(ends, left)


@dataclass(frozen=True, slots=True)
class Placement:
    """A playback in one place of an output. Equal placements show the same picture at the same time."""

    playback: Playback | CutPlayback
    place: Place
    mirrored: bool = False
    window: SpanWindow | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it shows the playback's shot as it is."""
        return self.window is None and not self.mirrored

    def seen(self, shot: Shot) -> Shot:
        """The playback's shot as this placement shows it."""
        if self.is_plain:
            return shot
        x, y, zoom, degrees, mirrored = shot.view
        if self.mirrored:
            return Shot(shot.subject, View(x, y, zoom, degrees, mirrored=True))
        assert self.window is not None
        offset, turn = self.window.offset / zoom, math.radians(degrees)
        x, y, zoom = x + offset * math.cos(turn), y + offset * math.sin(turn), zoom * self.window.magnification
        return Shot(shot.subject, View(x, y, zoom, degrees, mirrored))


def placements_of(layer: Layer, outputs: Mapping[str, Output], fps: Fraction) -> Iterator[tuple[str, Placement]]:
    """The placements of a layer, each with its output's name, in the order of the layer's outputs."""
    return _cut(layer, outputs, fps) if layer.cuts else _uncut(layer, outputs, fps)


def _cut(layer: Layer, outputs: Mapping[str, Output], fps: Fraction) -> Iterator[tuple[str, Placement]]:
    """The placements of a layer with cuts: at each cut, a place moves on by as many takes as there are places."""
    takes = layer.takes
    turns = [list(_uncut(replace(layer, takes=takes[at:] + takes[:at]), outputs, fps)) for at in range(len(takes))]
    places = len(turns[0]) if isinstance(layer.montage, Single | Split) else 1
    beats = len(takes) // math.gcd(len(takes), places)
    for place, (name, placement) in enumerate(turns[0]):
        seen = [turns[beat * places % len(takes)][place][1].playback for beat in range(beats)]
        playbacks = tuple(one for one in seen if isinstance(one, Playback))
        yield name, replace(placement, playback=CutPlayback(playbacks, layer.cuts, playbacks[0].delay_frames))


def _uncut(layer: Layer, outputs: Mapping[str, Output], fps: Fraction) -> Iterator[tuple[str, Placement]]:
    match layer.montage:
        case Single():
            for index, name in enumerate(layer.outputs):
                take = layer.takes[index % len(layer.takes)]
                yield name, _placement(take, layer.place, _aspect(outputs[name], layer.place))
        case Split():
            cells = (
                (name, cell) for name in layer.outputs for cell in _cells(layer.montage, layer.place, outputs[name])
            )
            for index, (name, cell) in enumerate(cells):
                yield name, _placement(layer.takes[index % len(layer.takes)], cell, _aspect(outputs[name], cell))
        case Span():
            yield from _spanned(layer, layer.montage, outputs)
        case Canon():
            for index, name in enumerate(layer.outputs):
                placement = _placement(layer.takes[0], layer.place, _aspect(outputs[name], layer.place))
                delay = round(Fraction(layer.montage.delay) * fps) * index
                yield name, replace(placement, playback=replace(placement.playback, delay_frames=delay))
        case Mirror():
            for index, name in enumerate(layer.outputs):
                placement = _placement(layer.takes[0], layer.place, _aspect(outputs[name], layer.place))
                yield name, replace(placement, mirrored=index % 2 == 1)


def _placement(take: Take, place: Place, aspect: float, window: SpanWindow | None = None) -> Placement:
    playback = Playback(timed(take.subject, aspect), held_camera(take, aspect), surface=take.surface)
    return Placement(playback, place, window=window)


def _aspect(output: Output, place: Place) -> float:
    return (output.width * place.width) / (output.height * place.height)


def _cells(split: Split, place: Place, output: Output) -> Iterator[Place]:
    """The cells of the grid row by row, with gaps between them but not around them."""
    short_side = min(output.width, output.height)
    gap_x, gap_y = split.gap * short_side / output.width, split.gap * short_side / output.height
    width = (place.width - gap_x * (split.columns - 1)) / split.columns
    height = (place.height - gap_y * (split.rows - 1)) / split.rows
    for row in range(split.rows):
        for column in range(split.columns):
            yield Place(place.x + column * (width + gap_x), place.y + row * (height + gap_y), width, height)


def _spanned(layer: Layer, span: Span, outputs: Mapping[str, Output]) -> Iterator[tuple[str, Placement]]:
    """The placements of a span. Lengths are in heights of an output, which all outputs share."""
    widths = [_aspect(outputs[name], layer.place) for name in layer.outputs]
    whole = sum(widths) + span.gap * (len(widths) - 1)
    short_side = min(whole, 1.0)
    left = 0.0
    for name, width in zip(layer.outputs, widths, strict=True):
        offset = (left + width / 2 - whole / 2) * 2 / short_side
        window = SpanWindow(offset, short_side / min(width, 1.0))
        yield name, _placement(layer.takes[0], layer.place, whole, window)
        left += width + span.gap
