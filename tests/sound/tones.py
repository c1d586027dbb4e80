"""Small files of sound, and scores that are heard."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile

from installation.show.score import Cue, Keyframe, Score, Sound, Track
from installation.sound.sound_file import RATE, Samples
from tests.show.scores import LEFT

FPS = Fraction(30)


def ramp(seconds: float, channels: int = 1) -> Samples:
    """Samples that say where they are: from 0 up to a half."""
    count = round(seconds * RATE)
    return np.repeat(np.linspace(0.0, 0.5, count, dtype=np.float32)[:, None], channels, axis=1)


def write(path: Path, samples: Samples, rate: int = RATE) -> Path:
    soundfile.write(str(path), samples, rate, "FLOAT", format="WAV")
    return path


def sound(name: str = "ramp", seconds: float = 4.0, level: float = 1.0, **more: object) -> Sound:
    return Sound(f"{name}.wav", name, seconds, Track((Keyframe(0.0, level),)), **more)  # type: ignore[arg-type]  # fields of a Sound


def heard(*cues: Cue, loop: bool = True, fps: Fraction = FPS) -> Score:
    return Score("Heard", fps, (LEFT,), cues, loop=loop)


class Files:
    """A library that has its samples at hand."""

    def __init__(self, **samples: Samples) -> None:
        self._samples = samples

    def samples_of(self, sound: Sound) -> Samples:
        return self._samples[sound.digest]
