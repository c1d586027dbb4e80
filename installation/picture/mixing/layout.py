"""An OutputFrame in pixels: where each sheet lies, what it hides, and how each cue is revealed."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from types import MappingProxyType
from typing import NamedTuple

from installation.picture.mixing.regions import Sheet
from installation.picture.rectangle import Rectangle, rectangle_of
from installation.picture.source import WHOLE, LayerPicture
from installation.picture.view import picture_coordinates
from installation.show.frame import CueFrame, LayerFrame, OutputFrame, Reveal


class RevealMask(NamedTuple):
    """How much of a cue each pixel shows: the factors of shaders/reveal.glsl. The defaults show all of it."""

    share: float = 1.0
    edge: float = 1.0
    radius: float = 0.0
    light: float = 0.0
    line: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


NO_MASK = RevealMask()
NONE: Mapping[tuple[int, int], LayerPicture] = MappingProxyType({})


class PlacedSheet(NamedTuple):
    """One layer of a cue, or without a layer the cue's black ground. `place` is its whole place; the sheet is the
    visible part."""

    sheet: Sheet
    place: Rectangle
    cue: int
    layer: int | None = None

    def of(self, output: OutputFrame) -> LayerFrame | None:
        return None if self.layer is None else output.cues[self.cue].layers[self.layer]


class OutputLayout(NamedTuple):
    """All sheets on an output, back to front, and the mask of every cue by its number."""

    placed: tuple[PlacedSheet, ...]
    masks: dict[int, RevealMask]


def layout_of(
    output: OutputFrame,
    size_px: tuple[int, int],
    drawable: Container[tuple[int, int]],
    transparent: Container[tuple[int, int]] = (),
    sources: Mapping[tuple[int, int], LayerPicture] = NONE,
) -> OutputLayout:
    """The layout of a canvas of `size_px`; layers not in `drawable` (cue, layer) are left out.

    `transparent` layers hide nothing; with a picture in `sources`, such a layer covers only the picture's visible part.

    Cues below a fully revealed cue are left out. A push moves the incoming and the outgoing cue by whole pixels, so
    that exact pictures stay exact.
    """
    canvas = Rectangle(0, 0, *size_px)
    moved: list[tuple[int, Rectangle, Rectangle]] = []  # cue, its ground, the visible part of the ground
    ground = seen = canvas
    for number in range(len(output.cues) - 1, -1, -1):
        reveal = output.cues[number].reveal
        if reveal.progress <= 0:
            continue
        if reveal.is_complete:
            moved.append((number, ground, seen))
            break
        if reveal.kind == "push":
            brought, ground = _pushed(reveal, ground)
            moved.append((number, brought, seen.clipped(brought)))
            seen = seen.clipped(ground)
        else:
            moved.append((number, ground, seen))
    placed: list[PlacedSheet] = []
    masks = {}
    for number, ground, seen in reversed(moved):
        cue = output.cues[number]
        masks[number] = _mask(cue.reveal, ground)
        hides_from = 0 if masks[number] == NO_MASK else len(placed)
        if placed:
            placed.append(PlacedSheet(Sheet(seen, hides_from), ground, number))
        placed += _layers(cue, number, ground, seen, hides_from, drawable, transparent, sources)
    return OutputLayout(tuple(placed), masks)


def _layers(
    cue: CueFrame,
    number: int,
    ground: Rectangle,
    seen: Rectangle,
    hides_from: int,
    drawable: Container[tuple[int, int]],
    transparent: Container[tuple[int, int]],
    sources: Mapping[tuple[int, int], LayerPicture],
) -> list[PlacedSheet]:
    placed = []
    for position, layer in enumerate(cue.layers):
        place = rectangle_of(layer.place, (ground.width, ground.height)).moved(ground.left, ground.top)
        if layer.opacity > 0 and not layer.is_matte and not place.empty and (number, position) in drawable:
            is_glass = (number, position) in transparent
            opaque = layer.opacity >= 1 and layer.blend == "normal" and not is_glass
            own, source = place.clipped(seen), sources.get((number, position)) if is_glass else None
            if source is not None:
                own = own.clipped(seen_part(source, place))
            placed.append(PlacedSheet(Sheet(own, hides_from if opaque else None), place, number, position))
    return placed


def seen_part(source: LayerPicture, place: Rectangle) -> Rectangle:
    """The rectangle of a place outside which a transparent picture shows nothing."""
    corners: list[tuple[float, float]] = []
    for decoded, _ in source.parts:
        if decoded.box == WHOLE or decoded.pixel_map is not None:
            return place
        view = picture_coordinates(source.view, place.aspect)
        to_place = view.inverse().after(picture_coordinates(decoded.view, decoded.aspect))
        left, top, right, bottom = decoded.box
        corners += [to_place.at(u, v) for u in (left, right) for v in (top, bottom)]
    # One more pixel on every side, because filters interpolate between two.
    across, down = [u * place.width for u, _ in corners], [v * place.height for _, v in corners]
    return Rectangle(
        place.left + math.floor(min(across)) - 1,
        place.top + math.floor(min(down)) - 1,
        place.left + math.ceil(max(across)) + 1,
        place.top + math.ceil(max(down)) + 1,
    )


def _pushed(reveal: Reveal, ground: Rectangle) -> tuple[Rectangle, Rectangle]:
    """The places of the incoming and the outgoing cue of a push: side by side at any progress.

    It moves along the nearest side: on a slant, two rectangles would leave black corners.
    """
    x, y = ((1, 0), (0, 1), (-1, 0), (0, -1))[round(reveal.degrees / 90) % 4]
    way = ground.width if x else ground.height
    gone = round(reveal.progress * way)
    return ground.moved(x * (gone - way), y * (gone - way)), ground.moved(x * gone, y * gone)


def _mask(reveal: Reveal, ground: Rectangle) -> RevealMask:
    if reveal.is_complete or reveal.kind == "push":
        return NO_MASK
    if reveal.kind == "dissolve":
        return RevealMask(share=reveal.progress)
    middle_x, middle_y = (ground.left + ground.right) / 2, (ground.top + ground.bottom) / 2
    cosine, sine = math.cos(math.radians(reveal.degrees)), math.sin(math.radians(reveal.degrees))
    across_px = abs(ground.width * cosine) + abs(ground.height * sine)
    radius_px = math.hypot(ground.width, ground.height) / 2
    # A hard edge is one pixel soft, so that it has no jagged steps.
    softness = max(reveal.softness, 1 / (across_px if reveal.kind == "wipe" else radius_px))
    edge = reveal.progress * (1 + softness) / softness
    if reveal.kind == "wipe":
        a, b = cosine / across_px / softness, sine / across_px / softness
        return RevealMask(edge=edge - 0.5 / softness + a * middle_x + b * middle_y, line=(a, b, 0.0, 0.0))
    if reveal.kind == "iris":
        return RevealMask(edge=edge, radius=1 / radius_px / softness, line=(0.0, 0.0, middle_x, middle_y))
    return RevealMask(edge=edge - 1 / softness, light=1 / softness)  # luma: bright parts first
