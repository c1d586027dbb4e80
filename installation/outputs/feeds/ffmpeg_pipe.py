"""An ffmpeg that takes pictures as they come, beside a show: it yields to the show, and can be dropped any time."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from fractions import Fraction

from installation.errors import DeviceError
from installation.outputs.films.video_file import ffmpeg
from installation.owner import Owner

NICENESS = 10
"""More than decoding's: pictures come first, then what others are to see of them."""

ENDING_SECONDS = 5.0

PLACE_IN_MEMORY = re.compile(r"^\[[^]]* @ 0x[0-9a-f]+\] ")
"""What ffmpeg begins its lines with; it is another one each time, and the same failure is told once."""


class FfmpegPipe(Owner):
    """Owns a process. `input_options` stand before its input, `output_options` behind; `what` names it in errors, in
    which `secret` is shown as `public`.

    Raises DeviceError where there is no ffmpeg, and once it has ended by itself.
    """

    def __init__(
        self,
        what: str,
        size_px: tuple[int, int],
        input_options: Sequence[str],
        output_options: Sequence[str],
        *,
        secret: str = "",
        public: str = "",
    ) -> None:
        self._what, self._secret, self._public = what, secret, public
        self._said: deque[str] = deque(maxlen=5)
        try:
            executable = ffmpeg()
        except RuntimeError as error:
            raise DeviceError(f"{what}: no working ffmpeg ({error}); run: pip install imageio-ffmpeg") from error
        command = [
            *(executable, "-y", "-hide_banner", "-nostats", "-loglevel", "error"),
            *("-f", "rawvideo", "-pix_fmt", "rgb0", "-s", "{}x{}".format(*size_px), *input_options, "-i", "pipe:"),
            *("-an", *output_options),
        ]
        # A group of its own, so that Ctrl-C reaches the player only. Not a session of its own: on Linux each is
        # scheduled as one, and what is nice within it gives way to nobody outside.
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
        with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing, and a sandbox may refuse
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        self._reader = threading.Thread(target=self._read, name=f"ffmpeg {what}", daemon=True)
        self._reader.start()

    def write(self, picture: bytes) -> None:
        """Wait until ffmpeg has taken a picture; raises DeviceError once it has ended."""
        assert self._process.stdin
        try:
            self._process.stdin.write(picture)
        except (OSError, ValueError) as error:
            raise self._failure() from error

    def finish(self) -> None:
        """Let it write what is left; raises DeviceError where it cannot."""
        assert self._process.stdin
        try:
            self._process.stdin.close()
        except OSError as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()

    def give_up(self) -> None:
        """End it at once; a `write` that waits ends with an error."""
        self._process.kill()

    def close(self) -> None:
        """End it, however far it is."""
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                if self._process.stdin and not self._process.stdin.closed:
                    self._process.stdin.close()
            try:
                self._process.wait(ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        elif self._process.stdin:
            with contextlib.suppress(OSError):  # a broken pipe: what it held is nobody's any more
                self._process.stdin.close()
        self._reader.join()

    def _read(self) -> None:
        """Keep the last lines that it says: one that fails for hours must fill neither a pipe nor a disk."""
        assert self._process.stderr
        with self._process.stderr as stderr:
            for line in stderr:
                self._said.append(PLACE_IN_MEMORY.sub("", line.decode(errors="replace").strip()))

    def _failure(self) -> DeviceError:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        said = next(filter(None, self._said), "without a message")  # what follows the cause is its consequences
        if self._secret:
            said = said.replace(self._secret, self._public)
        return DeviceError(f"{self._what}: ffmpeg stopped: {said}")


def keyframes(fps: Fraction, seconds: int = 2) -> tuple[str, ...]:
    """A picture that stands for itself every so often: who joins later sees nothing before the next."""
    return ("-g", str(round(seconds * fps)), "-keyint_min", "1")
