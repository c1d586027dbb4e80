"""What stays dark: polygons with soft outlines, and painted masks."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installation.errors import RigError
from installation.rig.mask import Polygon, read_picture, shares_of
from installation.rig.warp import Point

SIZE = (80, 40)
HALF = (Point(0.5, 0), Point(1, 0), Point(1, 1), Point(0.5, 1))


def test_light_falls_inside_a_polygon_or_outside_one_that_hides() -> None:
    kept, hidden = (Polygon(HALF, hides).shares(SIZE) for hides in (False, True))
    assert (kept[1:-1, 41:-1] == 1).all()
    assert (kept[:, :39] == 0).all()
    assert kept + hidden == pytest.approx(1)


def test_a_hard_outline_is_smooth_to_the_pixel() -> None:
    tilted = Polygon((Point(0.1, 0.1), Point(0.9, 0.2), Point(0.5, 0.9))).shares(SIZE)
    area = tilted.sum() / (SIZE[0] * SIZE[1])
    assert area == pytest.approx(0.5 * (0.8 * 0.8 - 0.4 * 0.1), abs=0.003)
    assert ((tilted > 0.1) & (tilted < 0.9)).any()


def test_a_feather_goes_from_light_to_dark_around_the_outline() -> None:
    row = Polygon(HALF, feather=0.5).shares(SIZE)[20]  # 0.5 of 40 pixels: 20, around pixel 40
    assert row[30] < 0.01
    assert row[49] > 0.99
    assert row[39] + row[40] == pytest.approx(1, abs=1e-5)
    assert (np.diff(row[30:50]) > 0).all()


def test_the_side_of_a_concave_outline_is_told_right() -> None:
    notched = Polygon((Point(0, 0), Point(0.5, 0.5), Point(1, 0), Point(1, 1), Point(0, 1))).shares(SIZE)
    assert notched[5, 40] == 0
    assert notched[30, 40] == 1


def test_masks_together_leave_what_all_of_them_leave() -> None:
    top = Polygon((Point(0, 0), Point(1, 0), Point(1, 0.5), Point(0, 0.5)))
    both = shares_of([top, Polygon(HALF)], SIZE)
    assert both[10, 60] == 1
    assert both[30, 60] == both[10, 20] == 0


def test_a_painted_mask_is_stretched_over_the_monitor(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 255], [255, 128]], np.uint8)).resize((40, 20), Image.Resampling.NEAREST).save(
        tmp_path / "mask.png"
    )
    shares = read_picture(tmp_path / "mask.png").shares(SIZE)
    assert shares[5, 5] == 0
    assert shares[5, 75] == 1
    assert shares[35, 75] == pytest.approx(128 / 255)


def test_a_mask_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(RigError, match="there is no such file"):
        read_picture(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(RigError, match="not a PNG file"):
        read_picture(tmp_path / "text.png")
    Image.fromarray(np.zeros((50, 50), np.uint8)).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:50])
    with pytest.raises(RigError, match=r"cut\.png"):
        read_picture(tmp_path / "cut.png")


@pytest.mark.parametrize(("cut", "what"), [(50, "damaged"), (20, "damaged"), (8, "damaged"), (4, "not a PNG file")])
def test_a_mask_of_which_the_end_is_missing_is_told_apart_from_another_file(
    tmp_path: Path, cut: int, what: str
) -> None:
    Image.fromarray(np.zeros((50, 50), np.uint8)).save(tmp_path / "mask.png")
    (tmp_path / "mask.png").write_bytes((tmp_path / "mask.png").read_bytes()[:cut])
    with pytest.raises(RigError, match=rf"mask\.png: .*{what}.*save the mask"):
        read_picture(tmp_path / "mask.png")


@pytest.mark.parametrize("size", [(16_385, 1), (10_000, 10_000)])
def test_a_mask_that_is_larger_than_any_projector_is_refused_unread(tmp_path: Path, size: tuple[int, int]) -> None:
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", *size)
    (tmp_path / "mask.png").write_bytes(header)
    with pytest.raises(RigError, match=rf"{size[0]}x{size[1]} pixels; 16384 a side and 80,000,000 in all at most"):
        read_picture(tmp_path / "mask.png")


def test_a_coloured_mask_counts_by_its_brightness(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).save(tmp_path / "mask.png")
    assert list(read_picture(tmp_path / "mask.png").pixels) == [76, 150, 29]


def test_a_grey_picture_of_16_bits_is_the_mask_that_it_is_in_8(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 64).round().astype(np.uint16)[None, :].repeat(4, 0)
    Image.fromarray(ramp).save(tmp_path / "grey16.png")
    Image.fromarray(np.rint(ramp / 257).astype(np.uint8)).save(tmp_path / "grey8.png")
    fine, coarse = (read_picture(tmp_path / name).shares((64, 4)) for name in ("grey16.png", "grey8.png"))
    assert (fine == coarse).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_transparent_mask_is_refused_and_an_opaque_one_with_alpha_is_read(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGBA", (4, 4), (255, 255, 255, 255))
    picture.convert(mode).save(tmp_path / "opaque.png")
    assert read_picture(tmp_path / "opaque.png").shares((4, 4)).min() == 1
    picture.putpixel((1, 1), (0, 0, 0, 0))
    picture.convert(mode).save(tmp_path / "open.png")
    with pytest.raises(RigError, match=r"transparent in places.*flatten it"):
        read_picture(tmp_path / "open.png")


def test_a_palette_with_a_transparent_colour_is_refused_where_it_is_used(tmp_path: Path) -> None:
    picture = Image.new("P", (4, 4), 1)
    picture.putpalette([0, 0, 0, 255, 255, 255])
    picture.save(tmp_path / "opaque.png", transparency=0)
    assert read_picture(tmp_path / "opaque.png").shares((4, 4)).min() == 1
    picture.putpixel((1, 1), 0)
    picture.save(tmp_path / "open.png", transparency=0)
    with pytest.raises(RigError, match="transparent in places"):
        read_picture(tmp_path / "open.png")


def test_a_pipe_in_the_place_of_a_mask_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mask.png")
    with pytest.raises(RigError, match="not an ordinary file"):
        read_picture(tmp_path / "mask.png")
