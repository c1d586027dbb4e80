"""The sync code: what a screenshot or a photo of the wall says which frame was seen, or nothing."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from installation.rig import sync_code

numbers = st.integers(0, 2**32 - 1)


@given(numbers, st.integers(14, 900), st.integers(14, 600))
@settings(max_examples=60, deadline=None)
def test_a_screenshot_of_any_size_says_its_frame(number: int, width: int, height: int) -> None:
    assert sync_code.read(sync_code.draw(number, (width, height))) == number


def tilted(picture: Image.Image, corners: list[tuple[float, float]]) -> NDArray[np.uint8]:
    """The picture in perspective, its corners (clockwise from the top left) at these places of 500x400 pixels."""
    width, height = picture.size
    rows, values = [], []
    for (u, v), (x, y) in zip([(0, 0), (width, 0), (width, height), (0, height)], corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    back = np.linalg.solve(np.array(rows, float), np.array(values, float))
    return np.asarray(picture.transform((500, 400), Image.Transform.PERSPECTIVE, tuple(back)))


@given(numbers, st.lists(st.floats(0, 90), min_size=8, max_size=8), st.sampled_from([0, 1, 2, 3]))
@settings(max_examples=40, deadline=None)
def test_a_picture_that_corners_and_rotation_have_warped_is_read(number: int, moved: list[float], turns: int) -> None:
    picture = Image.fromarray(np.rot90(sync_code.draw(number, (320, 180)), turns))
    a, b, c, d, e, f, g, h = moved
    seen = tilted(picture, [(a, b), (500 - c, d), (500 - e, 400 - f), (g, 400 - h)])
    assert sync_code.read(seen) == number


@given(numbers, st.floats(-15, 15), st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_a_dim_noisy_crooked_photo_is_read(number: int, degrees: float, seed: int) -> None:
    chance = np.random.default_rng(seed)
    code = np.pad(sync_code.draw(number, (640, 360)), 40)  # all of it stays in the photo, however crooked that is
    photo = np.asarray(Image.fromarray(code).rotate(degrees, Image.Resampling.BICUBIC))
    light = 30 + photo * 0.35 + chance.normal(0, 4, photo.shape)
    assert sync_code.read(np.clip(light, 0, 255).astype(np.uint8)) == number


@given(numbers, st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=30))
@settings(max_examples=60, deadline=None)
def test_damaged_cells_are_noticed(number: int, damaged: set[tuple[int, int]]) -> None:
    picture = sync_code.draw(number, (168, 168))
    for row, column in damaged:
        picture[12 * row + 12 : 12 * row + 24, 12 * column + 12 : 12 * column + 24] ^= 255
    assert sync_code.read(picture) is None


def test_no_eight_wrong_cells_make_another_right_code() -> None:
    """Two sets of up to four flipped cells never change the check alike, so no eight together leave it unchanged."""
    zero = sync_code.cells(0)[2:-2, 2:-2].ravel()
    data = [sync_code.cells(1 << bit)[2:-2, 2:-2].ravel() ^ zero for bit in range(32)]
    checks = [int("".join(str(int(cell)) for cell in one[32:]), 2) for one in data] + [1 << bit for bit in range(32)]
    table = np.array(checks, np.uint32)
    changes = [np.zeros(1, np.uint32)]
    for count in range(1, 5):
        chosen = np.array(list(combinations(range(64), count)))
        changes.append(np.bitwise_xor.reduce(table[chosen], axis=1))
    every = np.concatenate(changes)
    assert np.unique(every).size == every.size


@given(numbers, numbers, st.integers(30, 150))
@settings(max_examples=40, deadline=None)
def test_a_picture_torn_between_two_frames_is_refused_or_one_of_them(one: int, other: int, row: int) -> None:
    torn = sync_code.draw(one, (320, 180))
    torn[row:] = sync_code.draw(other, (320, 180))[row:]
    assert sync_code.read(torn) in (None, one, other)


@given(numbers, numbers, st.floats(0.36, 0.64))  # whole greys of 255 are within the limits of 0.35 and 0.65
@settings(max_examples=30, deadline=None)
def test_two_frames_through_each_other_are_refused(one: int, other: int, share: float) -> None:
    both = share * sync_code.draw(one, (320, 180)) + (1 - share) * sync_code.draw(other, (320, 180))
    assert sync_code.read(both.astype(np.uint8)) == (one if one == other else None)


@given(st.integers(0, 2**32), st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=30, deadline=None)
def test_other_pictures_say_nothing(seed: int, width: int, height: int) -> None:
    chance = np.random.default_rng(seed)
    assert sync_code.find(chance.integers(0, 256, (height, width, 3), np.uint8)) == []
    assert sync_code.find(np.full((height, width), 255, np.uint8)) == []


def test_all_screens_of_a_desktop_are_found_from_the_left() -> None:
    desktop: NDArray[np.uint8] = np.zeros((480, 1920, 3), np.uint8)
    for place, number in enumerate((7, 8, 4_294_967_295)):
        desktop[:360, 640 * place : 640 * place + 640] = sync_code.draw(number, (640, 360))[..., None]
    assert [seen.frame_number for seen in sync_code.find(desktop)] == [7, 8, 4_294_967_295]
    assert [round(seen.x) for seen in sync_code.find(desktop)] == [320, 960, 1600]
    assert sync_code.read(desktop) is None


def test_a_bright_and_a_dim_screen_are_read_from_one_photo() -> None:
    photo = np.full((200, 500), 20, np.uint8)
    photo[10:190, 10:240] += (sync_code.draw(7, (230, 180)) * 0.9).astype(np.uint8)
    photo[10:190, 260:490] += (sync_code.draw(8, (230, 180)) * 0.35).astype(np.uint8)
    assert [seen.frame_number for seen in sync_code.find(photo)] == [7, 8]


def test_numbers_begin_again_where_32_bits_end() -> None:
    assert sync_code.read(sync_code.draw(2**32 + 5, (64, 64))) == 5


def test_a_picture_too_small_for_a_code_says_how_large_it_must_be() -> None:
    with pytest.raises(ValueError, match="13x500 pixels: a sync code needs 14 on each side"):
        sync_code.draw(1, (13, 500))
