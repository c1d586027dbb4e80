"""Patterns on a wall: what photographs of them say, and what they say when they are not those of the series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from installation.errors import RigError
from installation.rig.calibration.structured_light import Light, decoded, drawn, pictures, series
from tests.rig.calibration.rooms import PROJECTOR_PX, photographs, room_of, seen_in


def light_of_signal(signal: np.ndarray, gamma: float = 2.2) -> Light:
    return ((signal / 255.0) ** gamma).astype(np.float32)


@given(st.integers(4, 70), st.integers(4, 70))
@settings(max_examples=20, deadline=None)
def test_a_camera_that_sees_every_pixel_by_itself_knows_each(width: int, height: int) -> None:
    seen = decoded([light_of_signal(one) for _, one in pictures((width, height))], (width, height), "x")
    across, down = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    assert seen.places[..., 0] == pytest.approx(across, abs=0.1)
    assert seen.places[..., 1] == pytest.approx(down, abs=0.1)


def test_places_on_a_wall_are_told_to_a_few_hundredths_of_a_pixel() -> None:
    for head, seen in seen_in("curved").items():
        off = np.hypot(*np.moveaxis(seen.places - room_of("curved").pixels_seen(head), -1, 0))
        assert np.nanmean(off) < 0.1
        assert np.nanquantile(off, 0.999) < 1.0


def test_a_projector_of_another_gamma_than_the_rig_says_is_told_all_the_same() -> None:
    size = (64, 48)
    seen = decoded([light_of_signal(one, 1.8) for _, one in pictures(size, 2.4)], size, "x")
    assert np.abs(seen.places[..., 0] - np.arange(64) - 0.5).max() < 0.5


def test_a_series_for_a_projector_of_1920_by_1080_has_42_photographs() -> None:
    assert len(series((1920, 1080))) == 42
    assert [one.name for one in series((1920, 1080))][:4] == ["white", "black", "bit 1 across", "bit 1 across, inverse"]
    assert drawn(series((1920, 1080))[0], (1920, 1080)).shape == (1080, 1920)


def test_a_photograph_that_is_missing_is_told() -> None:
    good = photographs("flat", "left")
    with pytest.raises(RigError, match=r"left: 33 photographs, and the series has 34: 1 are missing"):
        decoded(good[:-1], PROJECTOR_PX, "left")
    with pytest.raises(RigError, match=r"1 are too many"):
        decoded([*good, good[0]], PROJECTOR_PX, "left")


def test_a_camera_that_sees_nothing_is_told_what_may_be_the_reason() -> None:
    dark = [np.full_like(one, 0.02) for one in photographs("flat", "left")]
    with pytest.raises(RigError, match=r"the camera sees nothing of this projector: 0.0% .* open the shutter"):
        decoded(dark, PROJECTOR_PX, "left")


def test_photographs_in_the_wrong_order_are_told() -> None:
    good = list(photographs("flat", "left"))
    with pytest.raises(RigError, match="the second photograph is brighter than the first"):
        decoded([good[1], good[0], *good[2:]], PROJECTOR_PX, "left")
    with pytest.raises(RigError, match="wrong order, one was taken twice, or the camera changed its exposure"):
        decoded([*good[:5], good[4], *good[6:]], PROJECTOR_PX, "left")
    with pytest.raises(RigError, match="wrong order"):
        decoded([*good[:2], *good[4:6], *good[2:4], *good[6:]], PROJECTOR_PX, "left")


@given(st.lists(st.integers(2, 33), min_size=2, max_size=2, unique=True))
@settings(max_examples=30, deadline=None)
def test_two_photographs_that_changed_places_are_told(pair: list[int]) -> None:
    one, other = pair
    changed = list(photographs("flat", "left"))
    changed[one], changed[other] = changed[other], changed[one]
    with pytest.raises(RigError, match="order"):
        decoded(changed, PROJECTOR_PX, "left")


def test_a_picture_out_of_focus_is_told() -> None:
    """Stripes and waves are gone, light and dark are not."""
    good = list(photographs("flat", "left"))
    grey = [(good[0] + good[1]) / np.float32(2)] * (len(good) - 2)
    with pytest.raises(RigError, match="the camera sees light but no pattern"):
        decoded([*good[:2], *grey], PROJECTOR_PX, "left")


def test_photographs_of_two_sizes_are_told() -> None:
    good = list(photographs("flat", "left"))
    good[7] = good[7][::2]
    with pytest.raises(RigError, match="photograph 8 has 640x200 pixels and the first has 640x400"):
        decoded(good, PROJECTOR_PX, "left")
