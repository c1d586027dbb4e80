"""Sound of a live show: sends every frame's mix to this machine's sound device, if it has one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import numpy as np

from installation.failures import FailureLog
from installation.optional_service import OptionalService
from installation.owner import Owner
from installation.rig.sound import SoundRouting
from installation.show.playing.performance import Performance
from installation.show.playing.sounding import SoundMoment, sounds_at
from installation.show.score import Sound
from installation.sound.device import SoundDevice
from installation.sound.drift_buffer import DriftBuffer
from installation.sound.level_meter import LevelMeter
from installation.sound.mixing import mixed
from installation.sound.sound_file import RATE, Samples, SoundLibrary

log = logging.getLogger(__name__)

TARGET_SECONDS = 0.12
"""How much sound the buffer holds between show and device: three to four frames at 30 a second."""

MAX_CAUGHT_UP_FRAMES = 15
"""The sound of up to this many frames is caught up after skipped frames; after more, or a jump, sound restarts."""

NO_SAMPLES: Samples = np.zeros((0, 1), np.float32)


class Device(Protocol):
    def close(self) -> None: ...


OpenDevice = Callable[[str, int, Callable[[int], Samples]], Device]


class SoundPlayer(Owner):
    """Mixes the sound of every frame. `folder` has the files of the score.

    A missing device may appear later; an unreadable file is silent. The player reports both.
    """

    def __init__(
        self, performance: Performance, folder: Path, routing: SoundRouting, open_device: OpenDevice = SoundDevice
    ) -> None:
        self._performance, self._folder, self._routing = performance, folder, routing
        self._failures = FailureLog(log)
        self._library = SoundLibrary(self._failures.failed)
        self._wanted: set[str] = set()
        self._frame_number: int | None = None
        self._now: tuple[SoundMoment, ...] = ()
        self.meter = LevelMeter()
        self.listeners: list[Callable[[int, Mapping[str, Samples]], object]] = []
        """Called with every frame's number and its mix by bus."""
        self.buffer = DriftBuffer(routing.channels, round(TARGET_SECONDS * RATE))
        with ExitStack() as opened:
            self._reader = opened.enter_context(ThreadPoolExecutor(1, "sound-files"))

            def opens(stack: ExitStack) -> None:
                stack.callback(open_device(routing.device, routing.channels, self.buffer.pull).close)

            self.service = opened.enter_context(OptionalService("sound", opens, told=True))
            self._opened = opened.pop_all()

    def step(self, frame_number: int) -> None:
        """Call it after a frame: mix its sound, and that of the frames that were skipped before it."""
        score, control = self._performance.score, self._performance.control
        last, self._frame_number = self._frame_number, frame_number
        if last is None or not 0 < frame_number - last <= MAX_CAUGHT_UP_FRAMES:
            self.buffer.clear()
            last, self._now = frame_number - 1, sounds_at(score, frame_number, control)
        for number in range(last + 1, frame_number + 1):
            after = sounds_at(score, number + 1, control)
            mix = mixed(number, score.fps, self._now, after, score.buses, self)
            self._now = after
            self.meter.hear(mix)
            self.buffer.push(self._routing.laid_out(mix, _length(mix)))
            for listener in self.listeners:
                listener(number, mix)

    def samples_of(self, sound: Sound) -> Samples:
        """See mixing.Library: silence until the background thread has read the file."""
        if self._library.is_ready(sound.digest):
            return self._library.samples(self._folder / sound.file, sound.digest)
        if sound.digest not in self._wanted:
            self._wanted.add(sound.digest)
            self._reader.submit(self._library.samples, self._folder / sound.file, sound.digest)
        return NO_SAMPLES

    def prepare(self, sounds: Sequence[Sound]) -> None:
        """Start to read the files of sounds before they play."""
        for sound in sounds:
            self.samples_of(sound)

    def close(self) -> None:
        self._opened.close()


def _length(mix: object) -> int:
    assert isinstance(mix, dict)
    return max((len(samples) for samples in mix.values()), default=0)
