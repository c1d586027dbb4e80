"""The general and the red flash thresholds of WCAG 2.3.1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from installation.rehearsal.flash import changes, flash_rate, red_flash_rate, relative_luminance

FPS = 30
LEVELS = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60).map(lambda values: np.array(values, float))


def blinking(per_second: float, low: float = 0.0, high: float = 1.0, seconds: int = 2) -> NDArray[np.float64]:
    """A whole picture (frames, 4, 4) that switches between two luminances so many times on and off a second."""
    at = np.arange(FPS * seconds) / FPS
    on = (at * per_second) % 1.0 < 0.5
    return np.repeat(np.where(on, high, low), 16).reshape(-1, 4, 4)


def test_white_and_black_have_luminance_one_and_zero() -> None:
    assert relative_luminance(np.array([[255, 255, 255], [0, 0, 0]], np.uint8)) == pytest.approx([1.0, 0.0])
    assert relative_luminance(np.array([0, 255, 0], np.uint8)) == pytest.approx(0.7152)


@pytest.mark.parametrize(("per_second", "harmful"), [(1, False), (2, False), (3, False), (5, True), (10, True)])
def test_more_than_three_flashes_a_second_are_too_many(per_second: int, harmful: bool) -> None:
    rate = flash_rate(blinking(per_second), FPS)
    assert rate.harmful == harmful
    assert abs(rate.flashes - per_second) <= 0.5


def test_small_changes_and_bright_ones_are_no_flashes() -> None:
    assert flash_rate(blinking(10, 0.4, 0.49), FPS).flashes == 0.0
    assert flash_rate(blinking(10, 0.81, 1.0), FPS).flashes == 0.0
    assert flash_rate(blinking(10, 0.79, 1.0), FPS).harmful


def test_flashing_on_less_than_a_quarter_of_the_picture_is_allowed() -> None:
    sequence = np.zeros((2 * FPS, 4, 4))
    sequence[:, 0, :3] = blinking(10)[:, 0, :3]
    assert not flash_rate(sequence, FPS).harmful
    sequence[:, 0, 3] = blinking(10)[:, 0, 3]
    assert flash_rate(sequence, FPS).harmful


def test_the_worst_second_is_where_it_flashes() -> None:
    calm = np.full((5 * FPS, 4, 4), 0.3)
    assert flash_rate(np.concatenate([calm, blinking(8), calm]), FPS).first_frame in range(4 * FPS, 6 * FPS + 1)


def test_a_slow_fade_there_and_back_is_one_flash_at_most() -> None:
    fade = np.concatenate([np.linspace(0, 1, FPS // 2), np.linspace(1, 0, FPS // 2)])[:, None]
    assert flash_rate(fade, FPS).flashes == 1.0


@settings(max_examples=60, deadline=None)
@given(LEVELS)
def test_changes_alternate_and_each_is_large_enough(levels: NDArray[np.float64]) -> None:
    marks = changes(levels)
    turns = marks[marks != 0]
    assert (turns[1:] == -turns[:-1]).all()
    assert len(turns) * 0.1 <= np.abs(np.diff(levels)).sum() + 1e-9


@settings(max_examples=60, deadline=None)
@given(LEVELS, st.integers(2, 4))
def test_a_higher_frame_rate_finds_the_same_changes(levels: NDArray[np.float64], times: int) -> None:
    assert (changes(np.repeat(levels, times))[::times] == changes(levels)).all()


@settings(max_examples=60, deadline=None)
@given(LEVELS, LEVELS)
def test_places_do_not_disturb_each_other(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    length = min(len(one), len(other))
    together = changes(np.stack([one[:length], other[:length]], axis=1))
    assert (together[:, 0] == changes(one[:length])).all()
    assert (together[:, 1] == changes(other[:length])).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60))
def test_what_only_grows_never_flashes(values: list[float]) -> None:
    assert flash_rate(np.array(sorted(values))[:, None], FPS).flashes <= 0.5


RED, DARK_RED, ORANGE, GREEN, BLUE, BLACK = (
    (255, 0, 0),
    (25, 0, 0),
    (255, 90, 0),
    (0, 255, 0),
    (0, 0, 255),
    (0, 0, 0),
)
GREY = (127, 127, 127)
"""As bright as RED."""


def changing(one: tuple[int, int, int], other: tuple[int, int, int], per_second: int = 5) -> NDArray[np.uint8]:
    """A whole picture (frames, 4, 4, 3) that changes from one colour to another and back so many times a second."""
    on = blinking(per_second) > 0.5
    return np.where(on[..., None], np.array(one, np.uint8), np.array(other, np.uint8))


def test_red_flashes_are_found_where_the_brightness_stays() -> None:
    pictures = changing(RED, GREY)
    assert flash_rate(relative_luminance(pictures), FPS).flashes == 0.0
    assert red_flash_rate(pictures, FPS).harmful
    assert abs(red_flash_rate(pictures, FPS).flashes - 5) <= 0.5


@pytest.mark.parametrize(
    ("one", "other", "harmful"),
    [
        (RED, BLACK, True),
        (RED, BLUE, True),
        (RED, GREEN, True),
        (RED, ORANGE, False),
        (GREEN, BLUE, False),
        (DARK_RED, BLACK, False),
        (GREY, BLACK, False),
    ],
)
def test_only_a_saturated_red_makes_red_flashes(
    one: tuple[int, int, int], other: tuple[int, int, int], harmful: bool
) -> None:
    assert red_flash_rate(changing(one, other), FPS).harmful == harmful
    assert red_flash_rate(changing(other, one), FPS).harmful == harmful


def test_three_red_flashes_a_second_are_allowed_and_one_way_through_other_colours_is_none() -> None:
    assert not red_flash_rate(changing(RED, GREY, 3), FPS).harmful
    way = np.array([GREY, BLUE, GREEN, BLUE, GREY, RED], np.uint8)[:, None]
    assert red_flash_rate(way, FPS).flashes == 0.5
