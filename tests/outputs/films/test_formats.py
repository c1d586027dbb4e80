"""Formats of films: what is in the file, told and measured by other programs."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import OpenEXR
import pytest
import soundfile
from numpy.typing import NDArray

from installation.errors import DeviceError, ScoreError
from installation.outputs.films import picture_files
from installation.outputs.films.formats import FORMATS, Range, format_named, range_named
from installation.outputs.films.picture_files import PictureFiles
from installation.outputs.films.signals import Floats, hlg_of, linear_of, packed, pq_of
from installation.outputs.films.video_file import VideoFile

SIZE = (64, 36)
VIDEOS = [name for name, film in FORMATS.items() if film.encoder]
TAGGED = [
    (name, tagged) for name, film in FORMATS.items() if film.encoder and not film.is_rgb for tagged in film.ranges
]
LIMITED = 1
PRIMARIES = {"sdr": 1, "pq": 9, "hlg": 9}
MATRIX = {"sdr": 1, "pq": 9, "hlg": 9}
TRANSFER = {"sdr": 1, "pq": 16, "hlg": 18}
"""As ITU-T H.273 numbers them."""


def flat(red: float, green: float, blue: float, alpha: float = 1.0) -> Floats:
    return np.tile(np.array([red, green, blue, alpha], np.float32), (SIZE[1], SIZE[0], 1))


def written(folder: Path, name: str, picture: Floats, signal_range: Range = "sdr", frames: int = 3) -> Path:
    film = FORMATS[name]
    path = folder / f"film{film.suffix}"
    video = VideoFile(path, SIZE, Fraction(25), film, "where it is from", None, signal_range)
    try:
        for _ in range(frames):
            video.write(packed(picture, film, signal_range))
        video.finish()
        video.keep()
    finally:
        video.discard()
    return path


def first_frame(path: Path) -> av.VideoFrame:
    with av.open(str(path)) as file:
        return next(file.decode(video=0))


def luma(frame: av.VideoFrame) -> NDArray[np.uint16]:
    """The first plane of a film of ten bits, without what lies behind each row."""
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), "<u2").reshape(plane.height, plane.line_size // 2)
    return rows[:, : plane.width]


@pytest.mark.parametrize("name", VIDEOS)
def test_every_format_holds_every_frame_and_the_colours_of_the_canvas(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, flat(0.8, 0.5, 0.2))
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
        assert file.streams.video[0].average_rate == 25
        assert file.metadata["comment"] == "where it is from"
    assert len(frames) == 3
    seen = frames[0].reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    assert seen.reshape(-1, 3).mean(0) == pytest.approx((204, 127.5, 51), abs=5 if name.startswith("hap") else 2)


@pytest.mark.parametrize("name", ["h265", "av1", "prores-4444", "hap"])
def test_every_kind_of_film_has_the_sound_of_the_show(tmp_path: Path, name: str) -> None:
    sound = tmp_path / "sound.wav"
    soundfile.write(str(sound), 0.5 * np.sin(np.arange(48_000 // 5) / 10), 48_000)
    film = FORMATS[name]
    video = VideoFile(tmp_path / f"film{film.suffix}", SIZE, Fraction(25), film, sound=sound)
    try:
        for _ in range(5):
            video.write(packed(flat(0.5, 0.5, 0.5), film, "sdr"))
        video.finish()
        video.keep()
    finally:
        video.discard()
    with av.open(str(video.path)) as file:
        heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)])
    assert len(heard) / 48_000 == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize(("name", "signal_range"), TAGGED)
def test_matrix_primaries_transfer_and_range_are_told_in_the_file(
    tmp_path: Path, name: str, signal_range: Range
) -> None:
    path = written(tmp_path, name, flat(0.5, 0.5, 0.5), signal_range, frames=1)
    with av.open(str(path)) as file:
        context = file.streams.video[0].codec_context
        told = context.color_range, context.colorspace, context.color_primaries, context.color_trc
    assert told == (LIMITED, MATRIX[signal_range], PRIMARIES[signal_range], TRANSFER[signal_range])


@pytest.mark.parametrize("name", ["h265", "h265-444", "av1", "av1-444", "prores-422", "prores-4444"])
def test_films_of_ten_bits_have_steps_between_those_of_eight(tmp_path: Path, name: str) -> None:
    dark = flat(0, 0, 0)
    dark[..., :3] = np.linspace(0.1, 0.2, SIZE[0], dtype=np.float32)[:, None]  # 26 steps of 8 bits over 64 columns
    frame = first_frame(written(tmp_path, name, dark))
    assert frame.format.name.endswith(("10le", "12le"))
    assert len(np.unique(luma(frame)[SIZE[1] // 2])) > 45


def test_444_keeps_the_colour_of_every_pixel(tmp_path: Path) -> None:
    stripes = flat(0.9, 0.1, 0.1)
    stripes[:, ::2, :3] = 0.1, 0.1, 0.9
    for name, keeps in (("h265-444", True), ("h265", False)):
        seen = first_frame(written(tmp_path, name, stripes, frames=1)).reformat(format="rgb24").to_ndarray()
        assert bool(seen[18, 10, 2] > 200 and seen[18, 11, 2] < 60) is keeps, name


@pytest.mark.parametrize(("signal_range", "white"), [("sdr", 940), ("pq", 572), ("hlg", 721)])
def test_white_is_graphics_white_of_bt2408(tmp_path: Path, signal_range: Range, white: int) -> None:
    """203 cd/m2 are 58 % of PQ's signal and 75 % of HLG's, of 876 steps from 64 on."""
    frame = first_frame(written(tmp_path, "h265-444", flat(1, 1, 1), signal_range, frames=1))
    assert np.abs(luma(frame).astype(int) - white).max() <= 1


def test_hdr10_tells_what_the_film_was_made_for(tmp_path: Path) -> None:
    told = first_frame(written(tmp_path, "h265", flat(1, 1, 1), "pq")).side_data
    assert told.get("MASTERING_DISPLAY_METADATA")
    assert told.get("CONTENT_LIGHT_LEVEL")


def test_the_curves_of_bt2100_go_through_their_published_points() -> None:
    nits = np.array([0, 100, 1000, 10_000], np.float32)
    assert pq_of(nits) == pytest.approx((0, 0.5081, 0.7518, 1), abs=1e-4)
    grey = np.array([[0.0] * 3, [203.0] * 3, [1000.0] * 3], np.float32)
    assert hlg_of(grey)[:, 0] == pytest.approx((0, 0.75, 1), abs=1e-3)


@pytest.mark.parametrize("name", ["prores-4444", "hap-alpha"])
def test_alpha_is_in_the_film(tmp_path: Path, name: str) -> None:
    picture = flat(1, 0.5, 0)
    picture[:, :32, 3] = 0.25
    seen = first_frame(written(tmp_path, name, picture, frames=1)).reformat(format="rgba").to_ndarray()
    assert seen[18, 8, 3] == pytest.approx(64, abs=4)
    assert seen[18, 56, 3] >= 253
    assert seen[18, 56, :3] == pytest.approx((255, 128, 0), abs=8)


def test_pictures_of_16_bits_have_65536_steps() -> None:
    ramp = flat(0, 0, 0)
    ramp[..., :3] = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE[1], SIZE[0], 1)
    content = PictureFiles(FORMATS["png-16"], "sdr", "").bytes_of(ramp)
    read = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert read.dtype == np.uint16
    assert np.abs(read[..., 0] - 65535 * ramp[..., 0].astype(np.float64)).max() <= 0.51
    assert b"sRGB" in content
    assert b"cICP\x09\x10\x00\x01" in PictureFiles(FORMATS["png-16"], "pq", "").bytes_of(ramp)


def test_exr_holds_light_multiplied_with_alpha_and_where_it_is_from(tmp_path: Path) -> None:
    path = tmp_path / "one.exr"
    path.write_bytes(PictureFiles(FORMATS["exr"], "sdr", '{"kind": "film"}').bytes_of(flat(0.5, 1, 0, 0.5)))
    with OpenEXR.File(str(path)) as file:
        pixels = file.channels()["RGBA"].pixels
        assert pixels.dtype == np.float16
        assert pixels[0, 0] == pytest.approx((0.107, 0.5, 0, 0.5), abs=1e-3)
        assert file.header()["comments"] == 'Provenance: {"kind": "film"}'


def test_without_its_package_exr_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "OpenEXR", None)
    with pytest.raises(DeviceError, match=r"pip install 'installation\[exr\]'"):
        PictureFiles(FORMATS["exr"], "sdr", "")
    assert picture_files.MISSING.startswith("EXR")


def test_light_of_a_signal_is_that_of_srgb() -> None:
    assert linear_of(np.array([0.0, 0.04045, 0.5, 1.0], np.float32)) == pytest.approx(
        (0, 0.00313, 0.21404, 1), abs=1e-5
    )


@pytest.mark.parametrize(
    ("name", "path", "signal_range", "said"),
    [
        ("av2", "a.mp4", "sdr", r"--format: 'av2' is none; allowed are h264, h265"),
        ("prores-4444", "a.mp4", "sdr", r"ProRes 4444 with alpha is a file '\.mov'; write --out a\.mov, not a\.mp4"),
        ("exr", "a.mov", "sdr", r"EXR pictures, linear, with alpha is a folder; write --out a, not a\.mov"),
        (
            "h264",
            "a.mp4",
            "pq",
            r"H\.264 has no range pq, .*; write --range sdr, or one of these formats: h265, h265-444, av1",
        ),
        (
            None,
            "a.avi",
            "sdr",
            r"a film cannot be '\.avi'; allowed: \.mp4 \(H\.264\), \.mov \(ProRes 422 HQ\), no suffix",
        ),
    ],
)
def test_what_a_film_cannot_be_is_refused_with_the_way_out(
    name: str | None, path: str, signal_range: Range, said: str
) -> None:
    with pytest.raises(ScoreError, match=said):
        format_named(name, Path(path), signal_range)


def test_a_range_that_is_none_is_refused() -> None:
    with pytest.raises(ScoreError, match="--range: 'hdr' is none; allowed are sdr, pq, hlg"):
        range_named("hdr")


def test_the_size_that_hap_wants_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ScoreError, match="HAP needs a multiple of 4 as width and height, 64x35 is not; use --size 64x36"
    ):
        VideoFile(tmp_path / "a.mov", (64, 35), Fraction(25), FORMATS["hap"])
