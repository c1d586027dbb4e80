"""Pictures come in many files; whatever is in them, they are shown upright and in the colours that were meant."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from installation.errors import MediaError
from installation.media import image_file
from installation.media.image_file import ImageFacts, image_facts, read_image
from tests.media.pictures import plain, save

RED_LEFT = np.concatenate([plain(255, 0, 0), plain(0, 0, 255)], 1)
"""16 x 4: red on the left, blue on the right."""


def pixels_of(path: Path) -> NDArray[np.float64]:
    """Read as a show does, 0..255."""
    found = read_image(path, image_facts(path).digest)
    return found.astype(float) if found.dtype == np.uint8 else 255 * found.astype(float)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.tif", {}),
        ("a.tiff", {"compression": "tiff_lzw"}),
        ("a.webp", {"lossless": True}),
        ("a.jpg", {"quality": 100, "subsampling": 0}),
    ],
)
def test_every_kind_of_file_shows_the_same_picture(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    path = save(tmp_path / name, RED_LEFT, **options)
    assert image_facts(path).width == 16
    assert image_facts(path).height == 4
    assert np.abs(pixels_of(path) - RED_LEFT).max() <= (2 if name == "a.jpg" else 0)


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_alpha_is_kept_and_is_none_where_all_is_opaque(tmp_path: Path, name: str) -> None:
    glass = save(tmp_path / name, plain(200, 100, 50, 128), **({"lossless": True} if name == "a.webp" else {}))
    assert pixels_of(glass)[0, 0].tolist() == [200, 100, 50, 128]
    opaque = save(tmp_path / f"opaque-{name}", plain(200, 100, 50, 255))
    assert pixels_of(opaque).shape[2] == 3


@pytest.mark.parametrize("kind", ["EPS", "PDF", "BMP", "TGA", "GIF", "DDS"])
def test_a_file_of_another_kind_is_none_of_ours_whatever_it_is_called(tmp_path: Path, kind: str) -> None:
    content = io.BytesIO()
    Image.fromarray(RED_LEFT).save(content, kind)  # PostScript would be run
    (tmp_path / "a.png").write_bytes(content.getvalue())
    with pytest.raises(MediaError, match=r"'a.png' is not a picture; PNG, JPEG, TIFF, WebP and EXR can be read"):
        image_facts(tmp_path / "a.png")


def test_an_exr_that_says_it_is_enormous_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = save_exr(tmp_path / "a.exr")
    content = bytearray(path.read_bytes())
    for name in (b"dataWindow\0box2i\0", b"displayWindow\0box2i\0"):
        at = content.index(name) + len(name) + 4
        content[at : at + 16] = struct.pack("<4i", 0, 0, 30_000, 30_000)
    path.write_bytes(content)
    with pytest.raises(MediaError, match=r"'a.exr' is (too large|damaged)"):
        image_facts(path)


def test_a_palette_with_a_transparent_colour_has_alpha(tmp_path: Path) -> None:
    image = Image.fromarray(RED_LEFT).convert("P", palette=Image.Palette.ADAPTIVE)
    image.save(tmp_path / "a.png", transparency=image.getpixel((0, 0)))
    found = pixels_of(tmp_path / "a.png")
    assert found[0, 0, 3] == 0
    assert found[0, 15].tolist() == [0, 0, 255, 255]


def test_a_camera_held_on_its_side_gives_an_upright_picture(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter, clockwise
    path = save(tmp_path / "a.png", RED_LEFT, exif=exif)
    assert (image_facts(path).width, image_facts(path).height) == (4, 16)
    assert pixels_of(path)[0, 0].tolist() == [255, 0, 0]
    assert pixels_of(path)[15, 0].tolist() == [0, 0, 255]


def test_the_profile_in_a_file_says_what_its_numbers_mean(tmp_path: Path) -> None:
    lab = Image.new("LAB", (4, 4), (136, 208 ^ 128 | 0, 195))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    lab.save(tmp_path / "a.tif", icc_profile=profile)
    srgb = ImageCms.profileToProfile(
        lab, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert srgb is not None
    assert np.abs(pixels_of(tmp_path / "a.tif") - np.asarray(srgb)).max() <= 1


def test_a_damaged_profile_is_no_reason_to_show_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", RED_LEFT, icc_profile=b"no profile at all")
    assert (pixels_of(path) == RED_LEFT).all()


def test_sixteen_bits_of_grey_keep_more_than_eight(tmp_path: Path) -> None:
    Image.fromarray(np.full((2, 2), 32896, np.uint16)).save(tmp_path / "a.png")
    assert pixels_of(tmp_path / "a.png")[0, 0] == pytest.approx([128.0] * 3, abs=0.1)


def save_exr(path: Path) -> Path:
    light = np.zeros((4, 6, 4), np.float32)
    light[...] = 0.5, 0.25, 4.0, 1.0
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("exr", rate=1)
        stream.width, stream.height, stream.pix_fmt = 6, 4, "gbrapf32le"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(light, "gbrapf32le")))
        container.mux(stream.encode())
    return path


def test_an_exr_has_light_and_panels_take_its_display_value(tmp_path: Path) -> None:
    save_exr(tmp_path / "a.exr")
    # sRGB of half the light, of a quarter, and of all that a panel has.
    assert pixels_of(tmp_path / "a.exr")[0, 0] == pytest.approx([187.5, 136.96, 255.0], abs=0.3)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"hello", "'a.png' is not a picture; PNG, JPEG, TIFF, WebP and EXR can be read"),
        (b"", "'a.png' is not a picture; PNG, JPEG, TIFF, WebP and EXR can be read"),
        (None, "picture 'a.png' cannot be read: "),
    ],
)
def test_what_is_no_picture_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(MediaError) as error:
        image_facts(tmp_path / "a.png")
    assert told in str(error.value)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp"])
def test_a_file_that_was_cut_off_is_damaged(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = save(tmp_path / name, noise)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(MediaError, match=r"damaged|no picture"):
        image_facts(path)


def test_a_picture_that_no_memory_holds_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_file, "MAX_PX", 63)
    with pytest.raises(MediaError, match="too large: 16x4 are 0 million pixels"):
        image_facts(save(tmp_path / "a.png", RED_LEFT))


def test_a_picture_saved_anew_is_another_one(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", RED_LEFT)
    before = image_facts(path)
    save(path, plain(0, 255, 0))
    os.utime(path, (0, 0))
    assert image_facts(path) != before
    with pytest.raises(MediaError, match="was saved again"):
        read_image(path, before.digest)


def test_the_same_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(tmp_path / "a.png", RED_LEFT)
    before = image_facts(path)
    monkeypatch.setattr(image_file, "_read", None)
    assert image_facts(path) == before == ImageFacts(before.digest, 16, 4)
