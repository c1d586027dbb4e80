"""The sound of a recording: a live show's mix, written in the background."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from installation.errors import DeviceError
from installation.owner import Owner
from installation.sound.mixing import CHANNELS, first_sample, mixdown
from installation.sound.sound_file import MISSING, RATE, Samples
from installation.sound.sound_track import SUBTYPE

WAITING = 300
"""How many frames of sound may wait for the disk; further frames become silence."""


class LiveTrack(Owner):
    """Owns a sound file of 24 bits, which begins with the first frame that it gets, and the thread that writes it.

    That thread calls `failed` with errors. Raises DeviceError if this machine cannot write the file.
    """

    def __init__(self, path: Path, fps: Fraction, failed: Callable[[Exception], object]) -> None:
        self.path = path
        self.first: int | None = None
        self._fps, self._failed = fps, failed
        self._written = 0
        self._room = threading.Semaphore(WAITING)
        try:
            import soundfile
        except (ModuleNotFoundError, OSError):
            raise DeviceError(MISSING) from None
        try:
            # RF64 may be larger than WAV's limit of 4 GB.
            self._file: Any = soundfile.SoundFile(str(path), "w", RATE, CHANNELS, SUBTYPE, format="RF64")
        except (OSError, soundfile.LibsndfileError) as error:
            raise DeviceError(f"{path}: {error}") from None
        self._writer = ThreadPoolExecutor(1, "recorded sound")

    def hear(self, frame_number: int, mix: Mapping[str, Samples]) -> None:
        """Write a frame's mix. Frames come in order; a missing frame becomes silence."""
        if self.first is None:
            self.first = frame_number
        if self._room.acquire(blocking=False):
            self._writer.submit(self._write, frame_number - self.first, dict(mix))

    def _write(self, frames_since: int, mix: Mapping[str, Samples]) -> None:
        self._room.release()
        assert self.first is not None
        at = first_sample(self.first + frames_since, self._fps) - first_sample(self.first, self._fps)
        samples = mixdown(mix)
        try:
            if at > self._written:
                self._file.write(np.zeros((at - self._written, CHANNELS), np.float32))
                self._written = at
            if len(samples):
                self._file.write(samples)
                self._written = at + len(samples)
        except Exception as error:  # a full disk or anything else: the show goes on
            self._failed(error)

    def close(self) -> None:
        """Write the waiting frames, and close the file."""
        self._writer.shutdown()
        with suppress(OSError, RuntimeError):  # a full disk has been reported already
            self._file.close()
