"""Assigns each head its part of the wall and the soft edges to its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from installation.errors import RigError
from installation.rig.calibration.rectangles import Rectangle
from installation.rig.file import DECIMALS
from installation.rig.head import SoftEdge

WIDEST = 0.45
"""The widest edge as a share of a picture: the middle one of three pictures has two edges."""

MIN_OVERLAP = 0.002
"""The least overlap as a share of the wall: the smallest movement of a projector's mount would open a narrower seam."""


@dataclass(frozen=True, slots=True)
class Place:
    """A head's part of the wall, in fractions of it, and its soft edges, in fractions of that part."""

    part: Rectangle
    left: float
    top: float
    right: float
    bottom: float

    def soft_edge(self, gamma: float) -> SoftEdge:
        left, top, right, bottom = (round(side, DECIMALS) for side in (self.left, self.top, self.right, self.bottom))
        return SoftEdge(left, top, right, bottom, gamma)


def laid_out(reached: Mapping[str, Rectangle], where: str) -> dict[str, Place]:
    """Place heads that each reach a rectangle of the wall, in rows and columns; each fades over its whole overlap.

    Heads of one column have the same left and right, those of one row the same top and bottom, so that shares of light
    add up to one everywhere. Raises RigError if neighbours do not overlap, or if a corner of the wall stays dark.
    """
    columns, rows = _lines(reached, 0, where), _lines(reached, 1, where)
    across = _spans(reached, columns, 0, where)
    down = _spans(reached, rows, 1, where)
    if len(reached) != len(columns) * len(rows):
        raise RigError(
            f"{where}: {len(reached)} heads lie in {len(columns)} columns and {len(rows)} rows of the wall, and "
            f"{len(columns) * len(rows)} would fill it; calibrate heads that form a grid, and the others by themselves"
        )
    found = {}
    for column, heads in enumerate(columns):
        for head in heads:
            row = next(number for number, one in enumerate(rows) if head in one)
            (left, right), (top, bottom) = across[column], down[row]
            width, height = right - left, bottom - top
            found[head] = Place(
                Rectangle(left, top, right, bottom),
                _overlap(across, column - 1) / width,
                _overlap(down, row - 1) / height,
                _overlap(across, column) / width,
                _overlap(down, row) / height,
            )
    return found


def _lines(reached: Mapping[str, Rectangle], axis: int, where: str) -> list[list[str]]:
    """Heads grouped by column (axis 0) or row (axis 1): the centre of each lies within the others' extent."""
    lines: list[list[str]] = []
    for head in sorted(reached, key=lambda one: (reached[one][axis] + reached[one][axis + 2], one)):
        middle = (reached[head][axis] + reached[head][axis + 2]) / 2
        last = reached[lines[-1][-1]] if lines else None
        last_middle = (last[axis] + last[axis + 2]) / 2 if last else -1.0
        half = min(last[axis + 2] - last[axis], reached[head][axis + 2] - reached[head][axis]) / 4 if last else 0.0
        if last is not None and middle - last_middle < half:
            lines[-1].append(head)
        else:
            lines.append([head])
    if not lines:
        raise RigError(f"{where}: no head reaches the wall")
    return lines


def _spans(
    reached: Mapping[str, Rectangle], lines: Sequence[Sequence[str]], axis: int, where: str
) -> list[tuple[float, float]]:
    """The begin and end of each column or row: all of its heads reach that far."""
    sides = (("left", "right"), ("top", "bottom"))[axis]
    found = [(max(reached[one][axis] for one in line), min(reached[one][axis + 2] for one in line)) for line in lines]
    for (one, (_, end)), (other, (begin, _)) in pairwise(zip(lines, found, strict=True)):
        if end - begin < MIN_OVERLAP:
            gap = f"a gap of {begin - end:.1%} of the wall" if begin > end else f"{end - begin:.2%} of the wall"
            raise RigError(
                f"{where}: {', '.join(one)} and {', '.join(other)} overlap by {gap} between {sides[1]} and {sides[0]}; "
                "move the projectors closer, or zoom out, until both light a few hundredths of the wall"
            )
    for number in range(len(found) - 1):
        found[number], found[number + 1] = _trimmed(found[number], found[number + 1])
    for line, (begin, end) in zip(lines, found, strict=True):
        if end <= begin:
            names = " and ".join(line)
            raise RigError(f"{where}: {names} share no part of the wall; calibrate each by itself with --head")
    return found


def _trimmed(one: tuple[float, float], other: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Trim two neighbours equally until their overlap is at most WIDEST of the narrower picture."""
    overlap, width = one[1] - other[0], min(one[1] - one[0], other[1] - other[0])
    if overlap <= WIDEST * width:
        return one, other
    # The remaining overlap is again this share of the remaining width.
    left = WIDEST * (width - overlap / 2) / (1 - WIDEST / 2)
    cut = (overlap - left) / 2
    return (one[0], one[1] - cut), (other[0] + cut, other[1])


def _overlap(spans: Sequence[tuple[float, float]], first: int) -> float:
    """The overlap of a column or row with the next one; 0 at the wall's ends."""
    if not 0 <= first < len(spans) - 1:
        return 0.0
    return spans[first][1] - spans[first + 1][0]
