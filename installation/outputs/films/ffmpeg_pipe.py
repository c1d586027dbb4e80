"""An ffmpeg process that takes pictures, for a film, a recording or a stream."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

import imageio_ffmpeg  # type: ignore[import-untyped]  # it has no types

from installation.errors import DeviceError
from installation.owner import Owner
from installation.systems import lower_priority

ENDING_SECONDS = 5.0

PLACE_OR_TIME = re.compile(r"^(\[[^]]* @ 0x[0-9a-f]+\] |[\d:.]+/\S+\*[A-Z]:)")
"""The beginning of ffmpeg's and SRT's lines; it differs each time, and a repeated failure must give the same text."""


class FfmpegPipe(Owner):
    """Owns a process. `input_options` come before its input, such as those of `raw_pictures`, `output_options` after
    it. A process with a `niceness` gives way to the show.

    `what` names it in errors, which show the value of each of the `secrets` in its place, and end with the `outcome`.
    Raises DeviceError if there is no ffmpeg, and when the process has ended by itself.
    """

    def __init__(
        self,
        what: str,
        input_options: Sequence[str],
        output_options: Sequence[str],
        *,
        niceness: int = 0,
        secrets: Mapping[str, str] = MappingProxyType({}),
        outcome: str = "",
    ) -> None:
        self._what, self._secrets, self._outcome = what, secrets, outcome
        self._said: deque[str] = deque(maxlen=5)
        try:
            executable = ffmpeg()
        except RuntimeError as error:
            raise DeviceError(f"{what}: no working ffmpeg ({error}); run: pip install imageio-ffmpeg") from error
        command = [
            *(executable, "-y", "-hide_banner", "-nostats", "-loglevel", "error"),
            *(*input_options, "-i", "pipe:", *output_options),
        ]
        # A separate group, so that Ctrl-C reaches only the player. Not a separate session: Linux schedules each session
        # as a unit, and niceness within it has no effect outside.
        group = None if sys.platform == "win32" else 0
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                process_group=group,
            )
        except OSError as error:
            raise DeviceError(f"{what}: ffmpeg cannot be started ({error}); pip install imageio-ffmpeg") from error
        if niceness:
            lower_priority(self._process.pid, niceness)
        self._reader = threading.Thread(target=self._read, name=f"ffmpeg {what}", daemon=True)
        self._reader.start()

    def write(self, data: bytes) -> None:
        """Wait until ffmpeg has taken a picture or other data; raises DeviceError once it has ended."""
        assert self._process.stdin
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except (OSError, ValueError) as error:
            raise self._failure() from error

    def finish(self) -> None:
        """Let ffmpeg write the rest and end; raises DeviceError if it fails."""
        assert self._process.stdin
        try:
            self._process.stdin.close()
        except OSError as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()

    def give_up(self) -> None:
        """End it at once; a waiting `write` ends with an error."""
        self._process.kill()

    def close(self) -> None:
        """End the process in any state."""
        assert self._process.stdin
        with contextlib.suppress(OSError):  # a broken pipe: nobody needs its content any more
            self._process.stdin.close()
        try:
            self._process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        """Keep only ffmpeg's last lines: hours of failures must not fill a pipe or a disk."""
        assert self._process.stderr
        with self._process.stderr as stderr:
            for line in stderr:
                self._said.append(PLACE_OR_TIME.sub("", line.decode(errors="replace").strip()))

    def _failure(self) -> DeviceError:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        # The first line is the cause, later ones its consequences.
        said = next(filter(None, self._said), "without a message")
        for word, shown in self._secrets.items():
            said = said.replace(word, shown)
        return DeviceError(f"{self._what}: ffmpeg stopped: {said}{self._outcome}")


def raw_pictures(size_px: tuple[int, int], fps: Fraction, pixels: str = "rgb0") -> tuple[str, ...]:
    """Input options for pictures without a container; `pixels` is ffmpeg's name for their format."""
    size = "{}x{}".format(*size_px)
    return ("-f", "rawvideo", "-pix_fmt", pixels, "-s", size, "-framerate", str(fps))


def ffmpeg() -> str:
    """The ffmpeg that comes with imageio-ffmpeg or that IMAGEIO_FFMPEG_EXE names; raises RuntimeError if there is
    none."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())
