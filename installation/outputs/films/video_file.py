"""A video file, written by ffmpeg under a temporary name."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from installation.errors import DeviceError, ScoreError
from installation.files import is_special, sync, take_name
from installation.outputs.films.ffmpeg_pipe import FfmpegPipe, ffmpeg, raw_pictures
from installation.outputs.films.formats import FilmFormat, Range
from installation.outputs.films.signals import WHITE_NITS
from installation.systems import lock

_BT2020_RANGES: Mapping[Range, str] = {"pq": "smpte2084", "hlg": "arib-std-b67"}
_MASTERING = (
    "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,1):"
    f"max-cll={WHITE_NITS:.0f},{WHITE_NITS:.0f}"
)
"""HDR10's metadata (SMPTE ST 2086, CTA-861.3) in x265's syntax: BT.2020's primaries, a monitor of 1,000 cd/m2, and no
light brighter than graphics white."""


class VideoFile:
    """Takes pictures and writes `path`, which appears only when it is complete.

    The file contains the `comment`, and the `sound` of another file. Sizes that do not fit the codec's colour
    subsampling are refused, not padded: a film is exactly the picture. Raises ScoreError for such a size, DeviceError
    for a missing codec, a full disk, a failing ffmpeg, or while another export writes the same film.
    """

    def __init__(
        self,
        path: Path,
        size_px: tuple[int, int],
        fps: Fraction,
        film: FilmFormat,
        comment: str = "",
        sound: Path | None = None,
        signal_range: Range = "sdr",
    ) -> None:
        if misfit := film.misfit(size_px):
            fitting = "{}x{}".format(*film.fitting(size_px))
            raise ScoreError(f"{path}: {misfit}; use --size {fitting} or PNG pictures (--out FOLDER)")
        self.path = path
        if not path.parent.is_dir():
            raise DeviceError(f"{path}: there is no folder '{path.parent}'; make it first")
        if is_special(path):
            raise DeviceError(f"{path}: this is a device or pipe, which a film must not replace; name a file")
        self._temporary = path.with_name(f".{path.name}.part")
        _check_encoder(film, path)
        options = [
            *(("-i", f"file:{sound}", "-map", "0:v", "-map", "1:a", *film.sound) if sound else ()),
            *(*encoding(film, signal_range), "-r", str(fps), "-bitexact"),
            *(("-metadata", f"comment={comment}") if comment else ()),
            *("-f", film.container, f"file:{self._temporary}"),  # otherwise ffmpeg would interpret `concat:`
        ]
        self._lock = _locked(self._temporary, path)
        with contextlib.ExitStack() as begun:
            begun.callback(self._lock.close)
            begun.callback(self._temporary.unlink, missing_ok=True)
            self._pipe = FfmpegPipe(
                *(str(path), raw_pictures(size_px, fps, taken_pixels(film)), options),
                outcome="; nothing is kept of it",
            )
            begun.pop_all()

    def write(self, picture: bytes) -> None:
        """Append a picture from `signals.packed`, top row first."""
        self._pipe.write(picture)

    def finish(self) -> None:
        """Wait until the file is complete and on the disk, still under its temporary name."""
        self._pipe.finish()
        try:
            sync(self._temporary)
        except OSError as error:
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}; nothing is kept of it") from error

    def keep(self) -> None:
        """Give the finished file its name, replacing an earlier file."""
        try:
            take_name(self._temporary, self.path)
        except OSError as error:
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}") from error

    def discard(self) -> None:
        """End the process and delete everything that was not kept; twice is fine."""
        self._pipe.give_up()
        self._pipe.close()
        if not self._lock.closed:  # after the first time it may belong to another export
            self._temporary.unlink(missing_ok=True)
            self._lock.close()


def _locked(temporary: Path, path: Path) -> BinaryIO:
    """The temporary file, open and locked: a killed export's file is overwritten, a running one's is not.

    It does not use `replacing`, because ffmpeg writes it; but it takes its name in the same way, by `take_name`.
    """
    try:
        file = temporary.open("ab")
    except OSError as error:
        raise DeviceError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        lock(file)
    except BlockingIOError:
        file.close()
        raise DeviceError(f"{path}: another export is writing this film; wait for it, or choose another name") from None
    except OSError:
        pass  # a disk without locks: it cannot detect two exports to one name
    return file


def taken_pixels(film: FilmFormat) -> str:
    """The pixel format of ffmpeg's input."""
    if not film.deep:
        return "rgb0"
    return "rgba64le" if film.alpha else "rgb48le"


def encoding(film: FilmFormat, signal_range: Range = "sdr") -> tuple[str, ...]:
    """ffmpeg's options for encoder and colour; they state matrix, primaries, transfer and range."""
    primaries, transfer = "bt709", "bt709"
    options = ("-c:v", film.encoder, *film.options, "-pix_fmt", film.pixels)
    if film.is_rgb:
        tags = ("-color_primaries", "bt709", "-color_trc", "iec61966-2-1", "-color_range", "pc")
        return (*options, *tags)
    matrix = "bt709"
    if signal_range != "sdr":
        primaries, matrix, transfer = "bt2020", "bt2020nc", _BT2020_RANGES[signal_range]
    # With the tags alone primaries and transfer are missing in the file, and players guess them.
    to_signal = (
        f"scale=in_range=pc:out_range=tv:out_color_matrix={matrix}:flags=bicubic+accurate_rnd+full_chroma_int,"
        f"setparams=color_primaries={primaries}:color_trc={transfer}"
    )
    colour = ("-colorspace", matrix, "-color_primaries", primaries, "-color_trc", transfer, "-color_range", "tv")
    return ("-vf", to_signal, *options, *_own_options(film, signal_range), *colour)


def _own_options(film: FilmFormat, signal_range: Range) -> tuple[str, ...]:
    """The options of one encoder: x265 needs its own for quiet output, and for HDR10."""
    if film.encoder == "libx265":
        hdr10 = f":hdr10=1:repeat-headers=1:{_MASTERING}" if signal_range == "pq" else ""
        return ("-x265-params", f"log-level=error{hdr10}")
    return ()


def _check_encoder(film: FilmFormat, path: Path) -> None:
    try:
        executable = ffmpeg()
        encoders = _encoders(executable)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        raise DeviceError(f"{path}: no working ffmpeg ({error}); run: pip install imageio-ffmpeg") from error
    if film.encoder not in encoders:
        raise DeviceError(
            f"{path}: {executable} lacks the encoder '{film.encoder}' for {film.title}; unset IMAGEIO_FFMPEG_EXE to "
            "use the one that comes with imageio-ffmpeg, or export PNG pictures (--out FOLDER)"
        )


@lru_cache
def _encoders(executable: str) -> frozenset[str]:
    listed = subprocess.run([executable, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True)
    return frozenset(listed.stdout.split())
