"""Cuts an output into rectangles, each with the same visible layers, so that every pixel is drawn once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from installation.picture.rectangle import Rectangle


class Sheet(NamedTuple):
    """A rectangle that lies on an output; sheets are ordered back to front.

    An opaque sheet hides the sheets from number `hides_from` up to itself; with None it hides nothing.
    """

    rectangle: Rectangle
    hides_from: int | None = None


class Region(NamedTuple):
    """A rectangle and the numbers of its visible sheets, back to front; none = black."""

    rectangle: Rectangle
    sheets: tuple[int, ...]


@lru_cache(maxsize=64)
def regions_of(canvas: Rectangle, sheets: tuple[Sheet, ...]) -> tuple[Region, ...]:
    """The regions of the canvas that have a sheet; no two regions share a pixel.

    Cached, because places seldom move: without a push the regions are the same frame after frame.
    """
    clipped = [sheet.rectangle.clipped(canvas) for sheet in sheets]
    across = sorted({canvas.left, canvas.right, *(x for c in clipped if not c.empty for x in (c.left, c.right))})
    down = sorted({canvas.top, canvas.bottom, *(y for c in clipped if not c.empty for y in (c.top, c.bottom))})
    rows: list[list[Region]] = []
    for top, bottom in pairwise(down):
        cells = []
        for left, right in pairwise(across):
            cell = Rectangle(left, top, right, bottom)
            cells.append(Region(cell, _seen(sheets, [n for n, c in enumerate(clipped) if c.holds(cell)])))
        rows.append(_joined_across(cells))
    return tuple(region for region in _joined_down(rows) if region.sheets)


def _seen(sheets: Sequence[Sheet], covering: Sequence[int]) -> tuple[int, ...]:
    """The sheets that cover a cell and that no opaque sheet hides."""
    seen: list[int] = []
    for number in covering:
        hides_from = sheets[number].hides_from
        if hides_from is not None:
            seen = [below for below in seen if below < hides_from]
        seen.append(number)
    return tuple(seen)


def _joined_across(cells: Sequence[Region]) -> list[Region]:
    joined: list[Region] = []
    for cell in cells:
        if joined and joined[-1].sheets == cell.sheets:
            joined[-1] = Region(joined[-1].rectangle._replace(right=cell.rectangle.right), cell.sheets)
        else:
            joined.append(cell)
    return joined


def _joined_down(rows: Sequence[Sequence[Region]]) -> list[Region]:
    """Join rows with equal cuts and equal contents."""
    joined: list[Region] = []
    previous: Sequence[Region] = ()
    for row in rows:
        if [_columns(r) for r in row] == [_columns(r) for r in previous]:
            merged = [
                Region(above.rectangle._replace(bottom=region.rectangle.bottom), region.sheets)
                for above, region in zip(previous, row, strict=True)
            ]
            joined[-len(previous) :] = merged
            previous = merged
        else:
            joined.extend(row)
            previous = row
    return joined


def _columns(region: Region) -> tuple[int, int, tuple[int, ...]]:
    return region.rectangle.left, region.rectangle.right, region.sheets
