"""Sound files, read as samples at the rate of the show."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from installation.errors import DeviceError, ScoreError
from installation.files import Stamp, stamp_of

RATE = 48_000
"""Samples a second of the mix: the rate of films and most devices."""

MAX_SECONDS = 1800.0
"""The longest file: half an hour in stereo is 700 MB in memory."""

MAX_CHANNELS = 32

MAX_BYTES = 2**30
"""The most memory for a file's samples: half an hour takes 700 MB in stereo, and would take 11 GB with 32 channels."""

RATES = 1_000, 768_000
"""The allowed sample rates of files. A file with a rate of 1 would become very long and large when resampled."""

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif")

MISSING = "sound needs more packages: pip install 'installation[sound]'"

Samples = NDArray[np.float32]
"""(samples, channels), -1 to 1."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """Length, channels and rate of a sound file without its samples; `digest` is the sha256 of its bytes."""

    seconds: float
    channels: int
    rate: int
    digest: str


def facts_of(path: Path) -> SoundFacts:
    """The facts of a sound file. They are cached until somebody saves the file.

    Raises ScoreError for a file that is not a sound or too long, DeviceError if this machine cannot read sounds.
    """
    return _facts(path, stamp_of(path))


@lru_cache(maxsize=4096)
def _facts(path: Path, _stamp: Stamp | None) -> SoundFacts:
    try:
        import soundfile
    except (ModuleNotFoundError, OSError):
        raise DeviceError(MISSING) from None
    if not path.is_file():
        raise ScoreError(f"{path.name}: there is no such file in {path.parent}")
    try:
        info = soundfile.info(str(path))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        words = ", ".join(suffix.removeprefix(".") for suffix in SUFFIXES)
        raise ScoreError(f"{path.name}: this cannot be read as sound ({error}); allowed are {words}") from None
    if not info.frames or info.channels > MAX_CHANNELS:
        raise ScoreError(
            f"{path.name}: {info.channels} channels, {info.frames} samples; at most {MAX_CHANNELS} channels"
        )
    if not RATES[0] <= info.samplerate <= RATES[1]:
        raise ScoreError(f"{path.name}: {info.samplerate} samples a second; from {RATES[0]} to {RATES[1]} are read")
    seconds = info.frames / info.samplerate
    if seconds > MAX_SECONDS:
        raise ScoreError(f"{path.name}: {seconds / 60:.0f} minutes are too long: {MAX_SECONDS / 60:.0f} at most")
    if (held := int(seconds * RATE) * info.channels * 4) > MAX_BYTES:
        raise ScoreError(
            f"{path.name}: {info.channels} channels of {seconds / 60:.0f} minutes are {held >> 20} MB; "
            f"at most {MAX_BYTES >> 20} are held"
        )
    return SoundFacts(seconds, info.channels, info.samplerate, digest)


def read_samples(path: Path) -> Samples:
    """The samples of the whole file at `RATE`. Raises OSError, or ScoreError if it is no longer a sound."""
    import soundfile
    import soxr

    try:
        samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ScoreError(f"{path.name}: {error}") from None
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE)
    found = np.nan_to_num(np.asarray(samples, np.float32), posinf=1.0, neginf=-1.0)  # one NaN would spoil the whole mix
    found.flags.writeable = False
    return found


class SoundLibrary:
    """Keeps the samples of files in memory. An unreadable file is silent, and is reported once."""

    def __init__(self, tell: Callable[[str, Exception], object], max_bytes: int = 2**30) -> None:
        self._tell, self._max_bytes = tell, max_bytes
        self._samples: OrderedDict[str, Samples] = OrderedDict()

    def samples(self, path: Path, digest: str) -> Samples:
        """The samples of the file with this digest; empty if it cannot be read."""
        found = self._samples.get(digest)
        if found is None:
            try:
                found = read_samples(path)
            except Exception as error:  # the show goes on without an unreadable file
                self._tell(str(path), error)
                found = np.zeros((0, 1), np.float32)
            self._samples[digest] = found
            while len(self._samples) > 1 and sum(one.nbytes for one in self._samples.values()) > self._max_bytes:
                self._samples.popitem(last=False)
        self._samples.move_to_end(digest)
        return found

    def is_ready(self, digest: str) -> bool:
        return digest in self._samples
