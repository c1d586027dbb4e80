"""The sound of a film: the mix of all frames in one file, with the same samples as in a show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from installation.errors import DeviceError
from installation.show.control import Control
from installation.show.playing.sounding import sounds_at
from installation.show.score import Score, Sound
from installation.sound.mixing import CHANNELS, mixed
from installation.sound.sound_file import RATE, Samples, SoundLibrary

SUBTYPE = "PCM_24"


class ScoreSounds:
    """The samples of a score's sounds, whose files lie in its folder."""

    def __init__(self, folder: Path, library: SoundLibrary) -> None:
        self._folder, self._library = folder, library

    def samples_of(self, sound: Sound) -> Samples:
        return self._library.samples(self._folder / sound.file, sound.digest)


def write_sound_track(
    path: Path, score: Score, folder: Path, frames: range, control_at: Callable[[int], Control]
) -> None:
    """Write the mix of all buses during `frames` as a WAV file of 24 bits. Raises DeviceError if that fails.

    `control_at` gives the state of control at a frame; it is called with ascending frame numbers.
    """
    import soundfile

    def tell(file: str, error: Exception) -> None:
        raise DeviceError(f"{file}: {error}") from error

    sounds = ScoreSounds(folder, SoundLibrary(tell))
    now = sounds_at(score, frames.start, control_at(frames.start))
    try:
        with soundfile.SoundFile(str(path), "w", RATE, CHANNELS, SUBTYPE, format="WAV") as file:
            for number in frames:
                after = sounds_at(score, number + 1, control_at(number + 1))
                mix = mixed(number, score.fps, now, after, score.buses, sounds)
                file.write(np.clip(sum(mix.values()), -1.0, 1.0))
                now = after
    except (OSError, soundfile.LibsndfileError) as error:
        raise DeviceError(f"{path}: {error}; nothing is kept of the film") from None
