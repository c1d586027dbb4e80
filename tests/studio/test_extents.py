"""Where a neuron's picture ends."""

from __future__ import annotations

import numpy as np
import pytest

from installation.studio.extents import FARTHEST, SHORT_PX, reach

HALVES = SHORT_PX // 2


@pytest.mark.parametrize("end", [1.0, 1.25, 2.5, 3.75])
def test_a_picture_goes_on_to_where_its_slope_falls_to_less_than_half(end: float) -> None:
    distance = np.abs(np.arange(FARTHEST * SHORT_PX) - FARTHEST * HALVES + 0.5) / HALVES
    assert reach(np.where(distance < end, 10.0, 4.0)) == end


def test_a_picture_that_never_ends_goes_on_to_the_farthest_place_measured() -> None:
    assert reach(np.full(FARTHEST * SHORT_PX, 3.0)) == FARTHEST


def test_a_flat_picture_has_nothing_that_could_end() -> None:
    assert reach(np.zeros(FARTHEST * SHORT_PX)) == FARTHEST


def test_one_full_side_makes_up_for_an_emptier_one() -> None:
    steep = np.full(FARTHEST * SHORT_PX, 10.0)
    steep[: (FARTHEST - 1) * HALVES] = 2.0
    assert reach(steep) == FARTHEST
