"""The sound of a recording: what a live show sounds like, written beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from installation.errors import DeviceError
from installation.owner import Owner
from installation.sound.mixing import CHANNELS, first_sample
from installation.sound.sound_file import MISSING, RATE, Samples
from installation.sound.sound_track import SUBTYPE

WAITING = 300
"""Frames whose sound may wait for the disk; later ones are silence then."""


class LiveTrack(Owner):
    """Owns a sound file of 24 bits, which begins with the frame that is heard first, and the thread that writes it.

    `failed` is told what is in the way, on that thread. Raises DeviceError where this machine writes no sound.
    """

    def __init__(self, path: Path, fps: Fraction, failed: Callable[[Exception], object]) -> None:
        self.path = path
        self.first: int | None = None
        self._fps, self._failed = fps, failed
        self._written = self._waiting = 0
        try:
            import soundfile
        except (ModuleNotFoundError, OSError):
            raise DeviceError(MISSING) from None
        try:
            # RF64 goes on where WAV ends, at 4 GB.
            self._file: Any = soundfile.SoundFile(str(path), "w", RATE, CHANNELS, SUBTYPE, format="RF64")
        except (OSError, soundfile.LibsndfileError) as error:
            raise DeviceError(f"{path}: {error}") from None
        self._writer = ThreadPoolExecutor(1, "recorded sound")

    def hear(self, frame_number: int, mix: Mapping[str, Samples]) -> None:
        """What was heard during a frame; frames come in order, and one that is left out is silence."""
        if self.first is None:
            self.first = frame_number
        if self._waiting < WAITING:
            self._waiting += 1
            self._writer.submit(self._write, frame_number - self.first, dict(mix))

    def _write(self, frames_since: int, mix: Mapping[str, Samples]) -> None:
        self._waiting -= 1
        assert self.first is not None
        at = first_sample(self.first + frames_since, self._fps) - first_sample(self.first, self._fps)
        samples = [one for one in mix.values() if len(one)]
        try:
            if at > self._written:
                self._file.write(np.zeros((at - self._written, CHANNELS), np.float32))
                self._written = at
            if samples:
                self._file.write(np.clip(np.sum(samples, axis=0), -1.0, 1.0))
                self._written = at + len(samples[0])
        except Exception as error:  # a full disk, or whatever else: the show goes on
            self._failed(error)

    def close(self) -> None:
        """What waits is written."""
        self._writer.shutdown()
        with suppress(OSError, RuntimeError):  # a disk that is full is told already
            self._file.close()
