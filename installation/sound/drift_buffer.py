"""A buffer between the show's clock and the device's: samples wait in it, and leave a little faster or slower."""

from __future__ import annotations

import threading

import numpy as np

from installation.sound.sound_file import RATE, Samples

MAX_CORRECTION = 0.001
"""One part in a thousand is a sixtieth of a semitone: nobody hears it, and no two clocks differ by as much."""

SETTLE_SECONDS = 4.0
"""The approximate time over which a difference is corrected."""

FADE_SAMPLES = 480
"""Ten milliseconds: nothing begins or ends with a click."""


class DriftBuffer:
    """Holds about `target` samples. Any thread may push, the device's thread pulls; neither waits for new samples.

    It begins to give samples once it has `target` of them, and again after it ran empty, each time with a fade-in.
    """

    def __init__(self, channels: int, target: int) -> None:
        self._channels, self._target = channels, target
        self._waiting = np.zeros((0, channels), np.float32)
        self._place = 0.0
        self._guard = threading.Lock()
        self._sounds = False
        self.underruns = 0

    @property
    def fill(self) -> float:
        """The number of waiting samples."""
        return len(self._waiting) - self._place

    def push(self, samples: Samples) -> None:
        """Add samples, (samples, channels). Beyond four times the target, the oldest are dropped."""
        with self._guard:
            self._waiting = np.concatenate([self._waiting, samples])
            if (surplus := len(self._waiting) - 4 * self._target) > 0:
                self._waiting, self._place, self._sounds = self._waiting[surplus:], 0.0, False

    def clear(self) -> None:
        """Drop the waiting samples, because the show has jumped."""
        with self._guard:
            self._waiting, self._place, self._sounds = self._waiting[:0], 0.0, False

    def pull(self, count: int) -> Samples:
        """`count` samples for the device, (count, channels); silence while there are not enough."""
        with self._guard:
            silence = np.zeros((count, self._channels), np.float32)
            begins = not self._sounds and self.fill >= self._target
            if not self._sounds and not begins:
                return silence
            step = 1.0 + min(max((self.fill - self._target) / (SETTLE_SECONDS * RATE), -MAX_CORRECTION), MAX_CORRECTION)
            places = self._place + step * np.arange(count + 1)
            if places[-1] >= len(self._waiting) - 1:
                return self._run_empty(silence)
            whole = places[:-1].astype(np.int64)
            share = (places[:-1] - whole).astype(np.float32)[:, None]
            samples: Samples = self._waiting[whole] * (1.0 - share) + self._waiting[whole + 1] * share
            used = int(places[-1])
            self._waiting, self._place = self._waiting[used:], float(places[-1] - used)
            if begins:
                self._sounds = True
                samples[:FADE_SAMPLES] *= np.linspace(0.0, 1.0, FADE_SAMPLES, dtype=np.float32)[: len(samples), None]
            return samples

    def _run_empty(self, silence: Samples) -> Samples:
        """The last samples, faded out."""
        last = self._waiting[int(self._place) :][: len(silence)]
        fade = np.linspace(1.0, 0.0, max(len(last), 1), dtype=np.float32)[: len(last), None]
        silence[: len(last)] = last * fade
        self._waiting, self._place, self._sounds = self._waiting[:0], 0.0, False
        self.underruns += 1
        return silence
