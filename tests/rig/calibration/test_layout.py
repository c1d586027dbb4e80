"""Heads side by side and one above the other: parts of the wall, and soft edges that add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.errors import RigError
from installation.rig.calibration.layout import laid_out
from installation.rig.calibration.rectangles import Rectangle, filled_cells, largest_within


def faded(into: float) -> float:
    t = min(max(into, 0.0), 1.0)
    return t * t * (3 - 2 * t)


@st.composite
def walls(draw: st.DrawFn) -> dict[str, Rectangle]:
    """A grid of heads whose neighbours overlap, each reaching a little farther than its neighbours in the line."""
    columns, rows, more = draw(st.integers(1, 3)), draw(st.integers(1, 3)), st.floats(0.01, 0.04)
    return {
        f"{row} {column}": Rectangle(
            max(0.0, column / columns - 0.03 - draw(more)),
            max(0.0, row / rows - 0.03 - draw(more)),
            min(1.0, (column + 1) / columns + 0.03 + draw(more)),
            min(1.0, (row + 1) / rows + 0.03 + draw(more)),
        )
        for row in range(rows)
        for column in range(columns)
    }


@given(walls())
@settings(max_examples=60, deadline=None)
def test_shares_of_light_add_up_to_one_everywhere(reached: dict[str, Rectangle]) -> None:
    places = laid_out(reached, "wall")
    for x in np.linspace(0.001, 0.999, 23):
        for y in np.linspace(0.001, 0.999, 23):
            total = 0.0
            for place in places.values():
                u, v = (x - place.part.left) / place.part.width, (y - place.part.top) / place.part.height
                if 0 <= u <= 1 and 0 <= v <= 1:
                    sides = ((u, place.left), (v, place.top), (1 - u, place.right), (1 - v, place.bottom))
                    total += float(np.prod([faded(into / width) for into, width in sides if width]))
            assert total == pytest.approx(1, abs=1e-9)


def test_neighbours_that_share_most_of_the_wall_give_some_of_it_up() -> None:
    places = laid_out({"left": Rectangle(0, 0, 0.75, 1), "right": Rectangle(0.25, 0, 1, 1)}, "wall")
    assert 0.4 < places["left"].right < 0.5
    assert places["left"].right * places["left"].part.width == pytest.approx(
        places["right"].left * places["right"].part.width
    )


@pytest.mark.parametrize(
    ("reached", "told"),
    [
        (
            {"a": Rectangle(0, 0, 0.4, 1), "b": Rectangle(0.6, 0, 1, 1)},
            r"a and b overlap by a gap of 20.0% of the wall",
        ),
        ({"a": Rectangle(0, 0, 0.5, 1), "b": Rectangle(0.5, 0, 1, 1)}, r"overlap by 0.00% of the wall"),
        (
            {"a": Rectangle(0, 0, 0.6, 0.6), "b": Rectangle(0.4, 0, 1, 0.6), "c": Rectangle(0, 0.4, 0.6, 1)},
            "3 heads lie in 2 columns and 2 rows of the wall, and 4 would fill it",
        ),
        ({}, "no head reaches the wall"),
    ],
)
def test_a_wall_that_cannot_be_filled_is_told(reached: dict[str, Rectangle], told: str) -> None:
    with pytest.raises(RigError, match=told):
        laid_out(reached, "wall")


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_no_rectangle_in_a_shape_is_larger(rows: list[list[bool]]) -> None:
    shape = np.array(rows)
    found = largest_within(shape)
    assert shape[int(found.top) : int(found.bottom), int(found.left) : int(found.right)].all()
    height, width = shape.shape
    areas = [
        (bottom - top) * (right - left)
        for top in range(height)
        for bottom in range(top + 1, height + 1)
        for left in range(width)
        for right in range(left + 1, width + 1)
        if shape[top:bottom, left:right].all()
    ]
    assert found.area == max(areas, default=0)


def test_a_hole_of_one_cell_between_two_that_are_filled_is_no_hole() -> None:
    places = np.array([(0.1, 0.5), (0.5, 0.1), (0.9, 0.5), (0.5, 0.9)])
    assert filled_cells(places, (3, 3))[1].all()
