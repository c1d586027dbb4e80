"""Shapes and gradients: where they lie, how soft they are, the same at every size and under every camera."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.picture.order import Order
from installation.picture.sources.figures import Figures
from installation.show.frame import Gradient, Shape, Shot, View

BLUE = (0.0, 0.0, 1.0, 1.0)


def drawn(subject: Shape | Gradient, view: View = View(), size: tuple[int, int] = (160, 90)) -> NDArray[np.float64]:  # noqa: B008 frozen
    """The pixels (height, width, 3 or 4)."""
    return Figures().draw(subject, Order(Shot(subject, view), *size)).pixels.astype(np.float64)  # type: ignore[union-attr]  # the host's


def test_an_ellipse_covers_its_area_around_the_middle() -> None:
    alpha = drawn(Shape("ellipse", 0.8, 0.4, colour=BLUE, aspect=16 / 9))[..., 3]
    assert alpha.sum() == pytest.approx(np.pi / 4 * 72 * 36, rel=0.01)
    assert np.allclose(alpha, alpha[::-1])
    assert np.allclose(alpha, alpha[:, ::-1])
    assert set(alpha[45, 60:100]) == {1.0}


def test_a_rectangle_has_round_corners_and_a_soft_edge_as_wide_as_said() -> None:
    plain = drawn(Shape("rectangle", 1.0, 0.5, aspect=16 / 9))[..., 3]
    assert plain.sum() == pytest.approx(90 * 45, rel=0.02)
    rounded = drawn(Shape("rectangle", 1.0, 0.5, corners=0.25, aspect=16 / 9))[..., 3]
    assert plain.sum() - rounded.sum() == pytest.approx((4 - np.pi) * 22.5**2, rel=0.05)
    soft = drawn(Shape("rectangle", 1.0, 0.5, softness=0.2, aspect=16 / 9))[45, :, 3]
    edge = soft[80:]
    assert ((edge > 0.001) & (edge < 0.999)).sum() == pytest.approx(18, abs=2)


def test_a_shape_moves_and_grows_with_the_view() -> None:
    shape = Shape("ellipse", 0.2, 0.2, aspect=16 / 9)
    alpha = drawn(shape, View(x=-0.5, zoom=2.0))[..., 3]
    rows, columns = np.nonzero(alpha > 0.5)
    assert (columns.mean() + 0.5, rows.mean() + 0.5) == pytest.approx((80 + 45, 45), abs=0.5)
    assert np.ptp(columns) + 1 == pytest.approx(36, abs=1)


def test_a_gradient_goes_from_edge_to_edge_or_from_the_middle_to_the_corners() -> None:
    right = drawn(Gradient("linear", aspect=16 / 9))
    assert right.shape[2] == 3  # nothing behind it is seen
    assert np.allclose(right[:, :, 0], (np.arange(160) + 0.5) / 160, atol=1e-3)
    down = drawn(Gradient("linear", degrees=90.0, end=(1.0, 1.0, 1.0, 0.0), aspect=16 / 9))
    assert np.allclose(down[:, 7, 3], 1 - (np.arange(90) + 0.5) / 90, atol=1e-3)
    radial = drawn(Gradient("radial", aspect=16 / 9))[..., 0]
    assert radial[45, 80] < 0.01
    assert radial[0, 0] > 0.98
