"""A video file, written by ffmpeg under a temporary name."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types

from installation.errors import DeviceError, ScoreError
from installation.files import is_special, sync, take_name
from installation.systems import lock


class Codec(NamedTuple):
    """How ffmpeg writes one kind of file, and its sound; `multiple` is what width and height must be multiples of."""

    title: str
    encoder: str
    container: str
    options: tuple[str, ...]
    multiple: tuple[int, int]
    sound: tuple[str, ...]


CODECS: Mapping[str, Codec] = {
    # crf 16 is hard to tell from the source on a large screen; the dither's noise would only cost bits below that.
    ".mp4": Codec(
        "H.264",
        "libx264",
        "mp4",
        ("-preset", "medium", "-crf", "16", "-pix_fmt", "yuv420p", "-movflags", "+faststart"),
        (2, 2),
        ("-c:a", "aac", "-b:a", "320k"),
    ),
    ".mov": Codec(
        "ProRes 422 HQ",
        "prores_ks",
        "mov",
        ("-profile:v", "3", "-vendor", "apl0", "-pix_fmt", "yuv422p10le"),
        (2, 1),
        ("-c:a", "pcm_s24le"),
    ),
}
"""File name suffix -> codec."""

_COLOUR = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv")
_TO_BT709 = (
    "scale=in_range=pc:out_range=tv:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int,"
    "setparams=color_primaries=bt709:color_trc=bt709"
)
"""The options above alone leave primaries and transfer out of the file, so players that go by them guess."""


class VideoFile:
    """An ffmpeg process that takes pictures and writes `path`, which appears only when it is whole.

    The file carries the `comment`, and the `sound` of another file. Sizes that the codec's colour subsampling cannot
    hold are refused, not padded: a film is exactly the picture. Raises ScoreError for such a size, DeviceError for a
    missing codec, a full disk, a failing ffmpeg, or while another export writes this very film.
    """

    def __init__(
        self, path: Path, size_px: tuple[int, int], fps: Fraction, comment: str = "", sound: Path | None = None
    ) -> None:
        codec = CODECS[path.suffix.lower()]
        _check_size(path, size_px, codec)
        self.path = path
        if not path.parent.is_dir():
            raise DeviceError(f"{path}: there is no folder '{path.parent}'; make it first")
        if is_special(path):
            raise DeviceError(f"{path}: this is a device or pipe, which no film replaces; name a file")
        self._temporary = path.with_name(f".{path.name}.part")
        width, height = size_px
        command = [
            _ffmpeg(codec, path), "-y", "-hide_banner", "-nostats", "-loglevel", "error",
            "-f", "rawvideo", "-pix_fmt", "rgb0", "-s", f"{width}x{height}", "-framerate", str(fps), "-i", "pipe:",
            *(("-i", f"file:{sound}", "-map", "0:v", "-map", "1:a", *codec.sound) if sound else ()),
            "-vf", _TO_BT709, "-c:v", codec.encoder, *codec.options, *_COLOUR, "-r", str(fps), "-bitexact",
            *(("-metadata", f"comment={comment}") if comment else ()),
            "-f", codec.container, f"file:{self._temporary}",  # else `concat:` and its like would be ffmpeg's
        ]  # fmt: skip
        self._lock = _locked(self._temporary, path)
        with contextlib.ExitStack() as begun:
            begun.callback(self._lock.close)
            begun.callback(self._temporary.unlink, missing_ok=True)
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 closed in discard
            # A session of its own, so that Ctrl-C reaches the player only, which then discards the film.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._log, start_new_session=True
            )
            begun.pop_all()

    def write(self, frame_number: int, rgbx: bytes) -> None:  # noqa: ARG002 files of pictures need it
        """Append a picture of 4 bytes per pixel, top row first."""
        assert self._process.stdin
        try:
            self._process.stdin.write(rgbx)
        except OSError as error:
            raise self._failure() from error

    def finish(self) -> None:
        """Wait until the file is whole and on the disk, still under its temporary name."""
        assert self._process.stdin
        try:
            self._process.stdin.close()
        except OSError as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()
        try:
            sync(self._temporary)
        except OSError as error:
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}; nothing is kept of it") from error

    def keep(self) -> None:
        """Give the finished file its name, replacing what was there."""
        try:
            take_name(self._temporary, self.path)
        except OSError as error:
            raise DeviceError(f"{self.path}: cannot be written: {error.strerror}") from error

    def discard(self) -> None:
        """End the process and leave nothing but what was kept; twice is fine."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdin:
            with contextlib.suppress(OSError):  # a broken pipe: that is why it is being discarded
                self._process.stdin.close()
        self._log.close()
        if not self._lock.closed:  # a second time it may be another export's by now
            self._temporary.unlink(missing_ok=True)
            self._lock.close()

    def _failure(self) -> DeviceError:
        self._process.kill()
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return DeviceError(
            f"{self.path}: ffmpeg stopped: {lines[-1] if lines else 'without a word'}; nothing is kept of it"
        )


def _locked(temporary: Path, path: Path) -> BinaryIO:
    """The temporary file, open and locked: what a killed export left is overwritten, what a live one writes is not.

    It is not `replacing`'s, since ffmpeg is what writes it; its name it takes in the same way, by `take_name`.
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
        pass  # a disk without locks: two exports to one name are then not told apart
    return file


def _check_size(path: Path, size_px: tuple[int, int], codec: Codec) -> None:
    width, height = size_px
    across, down = codec.multiple
    if width % across or height % down:
        fitting = f"{width + width % across}x{height + height % down}"
        raise ScoreError(
            f"{path}: {codec.title} needs an even {'width and height' if down > 1 else 'width'}, "
            f"{width}x{height} is not; use --size {fitting} or PNG pictures (--out FOLDER)"
        )


def _ffmpeg(codec: Codec, path: Path) -> str:
    """The ffmpeg that comes with imageio-ffmpeg or that IMAGEIO_FFMPEG_EXE names, if it has the encoder."""
    try:
        executable = str(imageio_ffmpeg.get_ffmpeg_exe())
        encoders = _encoders(executable)
    except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
        raise DeviceError(f"{path}: no ffmpeg that runs ({error}); run: pip install imageio-ffmpeg") from error
    if codec.encoder not in encoders:
        raise DeviceError(
            f"{path}: {executable} lacks the encoder '{codec.encoder}' for {codec.title}; unset IMAGEIO_FFMPEG_EXE to "
            "use the one that comes with imageio-ffmpeg, or export PNG pictures (--out FOLDER)"
        )
    return executable


@lru_cache
def _encoders(executable: str) -> frozenset[str]:
    listed = subprocess.run([executable, "-hide_banner", "-encoders"], capture_output=True, text=True, check=True)
    return frozenset(listed.stdout.split())
