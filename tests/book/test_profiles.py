"""Profiles: ours are what their names say, a printer's says what it cannot show, and what is none is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from installation.book.profiles import MADE, Conversion, gamut_report, profile
from installation.errors import ScoreError
from tests.book.printers import black_ink, pale

SRGB = ImageCms.createProfile("sRGB")


def by_pillow(icc: bytes, colour: tuple[int, int, int]) -> tuple[int, ...]:
    """What Pillow's LittleCMS makes of an sRGB colour."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    picture = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), colour), SRGB, target, ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    assert picture is not None
    return picture.getpixel((0, 0))  # type: ignore[return-value]  # of a picture with bands, always a tuple


@pytest.mark.parametrize(
    ("name", "colour", "shown"),
    [
        ("srgb", (200, 30, 90), (200, 30, 90)),
        ("adobe-rgb", (0, 255, 0), (144, 255, 60)),
        ("adobe-rgb", (255, 0, 0), (219, 0, 0)),
        ("display-p3", (255, 0, 0), (234, 51, 35)),
        ("display-p3", (128, 128, 128), (128, 128, 128)),
    ],
)
def test_a_profile_that_we_made_shows_colours_as_its_standard_says(
    name: str, colour: tuple[int, int, int], shown: tuple[int, int, int]
) -> None:
    assert np.abs(np.subtract(by_pillow(profile(name).icc, colour), shown)).max() <= 2
    wide = Conversion(profile(name)).values(np.array([[colour]], np.uint16) * 257)
    assert np.abs(wide[0, 0] / 257 - shown).max() < 2


@pytest.mark.parametrize("name", MADE)
def test_a_profile_that_we_made_is_the_same_bytes_every_time_and_names_itself(name: str) -> None:
    icc = profile(name).icc
    assert icc == profile(name).icc
    assert MADE[name][0] in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc)))


def test_what_a_printer_cannot_show_is_counted(tmp_path: Path) -> None:
    (tmp_path / "pale.icc").write_bytes(pale())
    conversion = Conversion(profile(str(tmp_path / "pale.icc")))
    grey = np.full((4, 4, 3), 30000, np.uint16)
    assert gamut_report(conversion, grey).share == 0
    half_red = grey.copy()
    half_red[:2] = 65535, 0, 0
    found = gamut_report(conversion, half_red)
    assert found.share == 0.5
    assert found.worst > 20
    assert (np.abs(conversion.proof(grey).astype(int) - grey) < 300).all(), "what it can show is proofed as it is"


def test_a_printer_of_four_inks_gets_four(tmp_path: Path) -> None:
    (tmp_path / "black.icc").write_bytes(black_ink())
    target = profile(str(tmp_path / "black.icc"))
    inks = Conversion(target).values(np.array([[[0, 0, 0], [65535, 65535, 65535]]], np.uint16))
    assert target.space == "cmyk"
    assert inks.shape == (1, 2, 4)
    assert inks[0, 0, 3] > 60000
    assert inks[0, 1, 3] < 3000


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not a profile", "is not an ICC profile"),
        (pale()[:-8], "is not an ICC profile, or is cut short"),
        (pale()[:16] + b"GRAY" + pale()[20:], "is for GRAY; a print is RGB or CMYK"),
        (pale()[:132] + b"\xff" * (len(pale()) - 132), "LittleCMS cannot convert"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "printer.icc").write_bytes(content)
    with pytest.raises(ScoreError, match=told):
        profile(str(tmp_path / "printer.icc"))


def test_a_profile_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(ScoreError, match=r"there is no such file; name an ICC file, or one of srgb, adobe-rgb"):
        profile("prophoto")
