"""Films and folders of pictures: whole or not there at all, and the picture that the mixer made."""

from __future__ import annotations

import errno
import fcntl
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types
import moderngl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from installation.errors import DeviceError, ScoreError
from installation.outputs.films.film import Film, film_paths
from installation.picture.mixing.canvas import Canvas

SIZE = (64, 36)
FPS = Fraction(25)


def picture(frame_number: int, size_px: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A soft gradient, another one at every frame, (height, width, 4)."""
    width, height = size_px
    y, x = np.meshgrid(np.linspace(0, 200, height), np.linspace(0, 200, width), indexing="ij")
    return np.stack([x, y, np.full_like(x, 20 * frame_number), np.full_like(x, 255)], -1).astype(np.uint8)


@contextmanager
def canvases(gl: moderngl.Context, *outputs: str, size_px: tuple[int, int] = SIZE) -> Iterator[dict[str, Canvas]]:
    with ExitStack() as cleanup:
        yield {output: cleanup.enter_context(Canvas(gl, size_px)) for output in outputs}


def show(film: Film, shown: dict[str, Canvas], frame_numbers: range) -> None:
    for number in frame_numbers:
        for canvas in shown.values():
            canvas.texture.write(picture(number, canvas.size_px))
        film.present(number, shown)


def decoded(path: Path, size_px: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Every picture of a film, (frames, height, width, 3)."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path),
        "-vf", "scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int",
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-",
    ]  # fmt: skip
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, size_px[1], size_px[0], 3)


def opened(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


def export(gl: moderngl.Context, path: Path, frame_numbers: range, size_px: tuple[int, int] = SIZE) -> Film:
    with canvases(gl, "left", size_px=size_px) as shown, Film(path, {"left": size_px}, FPS) as film:
        show(film, shown, frame_numbers)
    return film


def said(path: Path) -> str:
    """What ffmpeg says of a film."""
    return subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path)], capture_output=True, text=True).stderr


@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "h264"), ("film.mov", "prores")])
def test_a_film_shows_every_frame_in_the_colours_of_the_mixer(
    gl: moderngl.Context, tmp_path: Path, name: str, codec: str
) -> None:
    path = tmp_path / name
    film = export(gl, path, range(10))
    frames = decoded(path).astype(int)
    assert len(frames) == 10
    for number in range(10):
        assert np.abs(frames[number] - picture(number)[..., :3]).mean() < 2
    assert film.statistics()["left"].shown == 10
    assert codec in said(path)
    assert re.search(r"\(tv, bt709, progressive\)", said(path)), "matrix, primaries and transfer are all told"
    assert "25 fps" in said(path)
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_ntsc_frame_rates_stay_exact(gl: moderngl.Context, tmp_path: Path) -> None:
    with canvases(gl, "left") as shown, Film(tmp_path / "film.mp4", {"left": SIZE}, Fraction(30000, 1001)) as film:
        show(film, shown, range(30))
    assert "29.97 fps" in said(tmp_path / "film.mp4")
    assert len(decoded(tmp_path / "film.mp4")) == 30


def test_each_of_several_outputs_has_its_file(gl: moderngl.Context, tmp_path: Path) -> None:
    with (
        canvases(gl, "left", "right") as shown,
        Film(tmp_path / "film.mp4", {"left": SIZE, "right": SIZE}, FPS) as film,
    ):
        show(film, shown, range(2))
    assert {entry.name for entry in tmp_path.iterdir()} == {"film-left.mp4", "film-right.mp4"}
    assert film_paths(Path("night"), ("left", "right"))["right"] == Path("night-right")


def test_pictures_are_named_by_frame_number_and_hold_the_exact_pixels(gl: moderngl.Context, tmp_path: Path) -> None:
    export(gl, tmp_path / "night", range(7, 10))
    assert sorted(entry.name for entry in (tmp_path / "night").iterdir()) == ["000007.png", "000008.png", "000009.png"]
    assert (opened(tmp_path / "night" / "000008.png") == picture(8)[..., :3]).all()


def test_exporting_twice_gives_the_same_bytes_and_replaces_the_first(gl: moderngl.Context, tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        export(gl, tmp_path / "night", range(3))
        contents.append([(tmp_path / "night" / f"{n:06d}.png").read_bytes() for n in range(3)])
    assert contents[0] == contents[1]
    assert [entry.name for entry in tmp_path.iterdir()] == ["night"]


def test_a_folder_that_was_stepping_aside_when_all_was_killed_comes_back(gl: moderngl.Context, tmp_path: Path) -> None:
    export(gl, tmp_path / "night", range(3))
    (tmp_path / "night").rename(tmp_path / ".night.before")  # what a kill at that moment leaves
    (tmp_path / ".night.part").mkdir()
    with canvases(gl, "left"), pytest.raises(KeyboardInterrupt), Film(tmp_path / "night", {"left": SIZE}, FPS):
        raise KeyboardInterrupt
    assert len(list((tmp_path / "night").iterdir())) == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["night"]


def test_a_folder_that_cannot_be_renamed_leaves_the_one_before(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(gl, tmp_path / "night", range(3))
    take = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.name == ".night.part":
            raise OSError(errno.EIO, "Input/output error")
        return take(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DeviceError, match="Input/output error; the old file is kept"):
        export(gl, tmp_path / "night", range(9))
    assert len(list((tmp_path / "night").iterdir())) == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["night"]


@pytest.mark.parametrize("name", ["film.mp4", "night"])
def test_an_export_that_is_broken_off_leaves_what_was_there(gl: moderngl.Context, tmp_path: Path, name: str) -> None:
    def interrupted() -> None:
        with canvases(gl, "left") as shown, Film(tmp_path / name, {"left": SIZE}, FPS) as film:
            show(film, shown, range(5))
            raise KeyboardInterrupt

    export(gl, tmp_path / name, range(3))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_film_closed_before_it_is_finished_is_discarded(gl: moderngl.Context, tmp_path: Path) -> None:
    with canvases(gl, "left") as shown:
        film = Film(tmp_path / "film.mp4", {"left": SIZE}, FPS)
        show(film, shown, range(3))
        film.close()
        film.close()
    assert list(tmp_path.iterdir()) == []


def test_odd_sizes_are_refused_for_films_with_the_way_out_and_taken_for_pictures(
    gl: moderngl.Context, tmp_path: Path
) -> None:
    with pytest.raises(ScoreError, match=r"H\.264 needs an even width and height, 63x35 is not; use --size 64x36"):
        Film(tmp_path / "film.mp4", {"left": (63, 35)}, FPS)
    with pytest.raises(ScoreError, match=r"ProRes 422 HQ needs an even width, 63x35 is not; use --size 64x35"):
        Film(tmp_path / "film.mov", {"left": (63, 35)}, FPS)
    export(gl, tmp_path / "night", range(1), (63, 35))
    assert opened(tmp_path / "night" / "000000.png").shape == (35, 63, 3)


def test_prores_takes_an_odd_height(gl: moderngl.Context, tmp_path: Path) -> None:
    export(gl, tmp_path / "film.mov", range(2), (64, 35))
    assert decoded(tmp_path / "film.mov", (64, 35)).shape == (2, 35, 64, 3)


def test_an_unknown_kind_of_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"a film cannot be '\.avi'; allowed: \.mp4 \(H\.264\), \.mov"):
        Film(tmp_path / "film.avi", {"left": SIZE}, FPS)


def test_a_folder_that_holds_anything_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "diary.txt").write_text("dear diary")
    with pytest.raises(DeviceError, match=r"holds 'diary\.txt', which is not an exported picture"):
        Film(tmp_path / "night", {"left": SIZE}, FPS)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DeviceError, match="is a file, not a folder"):
        Film(tmp_path / "file", {"left": SIZE}, FPS)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=r"there is no folder '.*nowhere'"):
        Film(tmp_path / "nowhere" / "film.mp4", {"left": SIZE}, FPS)


def ffmpeg_that(tmp_path: Path, behaves: str) -> str:
    """A stand-in that has every encoder and then behaves as told."""
    script = tmp_path / "ffmpeg"
    script.write_text(f'#!/bin/sh\ncase "$*" in *-encoders*) echo libx264 prores_ks; exit;; esac\n{behaves}\n')
    script.chmod(0o755)
    return str(script)


def test_a_full_disk_is_named_and_nothing_is_left(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fills = 'for last; do :; done; echo begun > "${last#file:}"; echo "av_write: No space left on device" >&2; exit 1'
    stand_in = ffmpeg_that(tmp_path, fills)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", stand_in)
    (tmp_path / "film.mp4").write_bytes(b"the last good film")
    said_so = r"film\.mp4: ffmpeg stopped: av_write: No space left on device; nothing is kept of it"
    with pytest.raises(DeviceError, match=said_so):
        export(gl, tmp_path / "film.mp4", range(1000))
    assert (tmp_path / "film.mp4").read_bytes() == b"the last good film"
    assert {entry.name for entry in tmp_path.iterdir()} == {"ffmpeg", "film.mp4"}


def test_a_full_disk_ends_a_folder_of_pictures_too(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DeviceError, match="No space left on device; nothing is kept of it"):
        export(gl, tmp_path / "night", range(2))
    assert list(tmp_path.iterdir()) == []


def test_a_missing_codec_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "ffmpeg"
    script.write_text("#!/bin/sh\necho prores_ks\n")
    script.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(script))
    with pytest.raises(DeviceError, match=r"lacks the encoder 'libx264' for H\.264; unset IMAGEIO_FFMPEG_EXE"):
        Film(tmp_path / "film.mp4", {"left": SIZE}, FPS)


def test_without_any_ffmpeg_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    with pytest.raises(DeviceError, match=r"no working ffmpeg .*pip install imageio-ffmpeg"):
        Film(tmp_path / "film.mp4", {"left": SIZE}, FPS)


def test_two_exports_to_one_name_are_told_apart_and_neither_is_broken(gl: moderngl.Context, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    with canvases(gl, "left") as shown, Film(path, {"left": SIZE}, FPS) as film:
        with pytest.raises(DeviceError, match="another export is writing this film"):
            Film(path, {"left": SIZE}, FPS)
        show(film, shown, range(3))
    assert len(decoded(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_export_left_is_overwritten(gl: moderngl.Context, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.with_name(".film.mp4.part").write_bytes(b"half a film")
    export(gl, path, range(3))
    assert len(decoded(path)) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_without_locks_takes_films_all_the_same(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    export(gl, tmp_path / "film.mp4", range(3))
    assert len(decoded(tmp_path / "film.mp4")) == 3


@pytest.mark.parametrize("name", ["FILM.MP4", "film.Mov"])
def test_a_suffix_in_capitals_is_the_same_kind_of_film(gl: moderngl.Context, tmp_path: Path, name: str) -> None:
    export(gl, tmp_path / name, range(3))
    assert len(decoded(tmp_path / name)) == 3


def test_a_folder_whose_name_is_a_word_of_ffmpegs_is_a_folder(
    gl: moderngl.Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("concat:a").mkdir()
    export(gl, Path("concat:a/film.mp4"), range(3))
    assert len(decoded(tmp_path / "concat:a" / "film.mp4")) == 3
