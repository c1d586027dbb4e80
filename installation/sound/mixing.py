"""The mix: the samples of every bus during one frame, exact to the sample and reproducible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np

from installation.show.playing.sounding import SoundMoment
from installation.show.score import Sound
from installation.sound.sound_file import RATE, Samples

CHANNELS = 2
"""The channels of a bus: a mono sound is on both."""


class Library(Protocol):
    """Gives the samples of a sound, (samples, channels) at `RATE`."""

    def samples_of(self, sound: Sound) -> Samples: ...


def first_sample(frame_number: int, fps: Fraction) -> int:
    """The first sample of a frame, counted from frame 0: an integer, without drift at any frame rate."""
    return round(frame_number * RATE / fps)


def mixed(
    frame_number: int,
    fps: Fraction,
    now: Sequence[SoundMoment],
    after: Sequence[SoundMoment],
    buses: Sequence[str],
    library: Library,
) -> Mapping[str, Samples]:
    """Every bus during a frame, (samples, 2). Levels change linearly from `now` to `after`, the next frame.

    A sound that is missing from the next frame fades out within this one, unless its file ends here: then its last
    samples keep their level. A sound that joins midway in its file fades in.
    """
    length = first_sample(frame_number + 1, fps) - first_sample(frame_number, fps)
    mix = {bus: np.zeros((length, CHANNELS), np.float32) for bus in buses}
    heard_next = {(one.entrance, one.sound): one.level for one in after}
    heard_now = {(one.entrance, one.sound) for one in now}
    frame = 1 / fps
    coming = [
        one._replace(since=one.since - frame, level=0.0)
        for one in after
        if one.since >= frame and (one.entrance, one.sound) not in heard_now
    ]
    share = np.linspace(0.0, 1.0, length, endpoint=False, dtype=np.float32)[:, None]
    for moment in (*now, *coming):
        if moment.sound.bus not in mix:
            continue
        samples = library.samples_of(moment.sound)
        start = round((moment.since + Fraction(moment.sound.begin)) * RATE)
        heard = _cut(samples, start, length, loops=moment.sound.loops, first=round(moment.sound.begin * RATE))
        ends = not moment.sound.loops and moment.since + frame >= moment.sound.seconds
        level = heard_next.get((moment.entrance, moment.sound), moment.level if ends else 0.0)
        mix[moment.sound.bus] += heard * (moment.level + (level - moment.level) * share)
    return mix


def mixdown(mix: Mapping[str, Samples]) -> Samples:
    """All buses of a frame as one sound (samples, 2), limited to what a file or a device can hold."""
    heard = [samples for samples in mix.values() if len(samples)]
    return np.clip(np.sum(heard, axis=0), -1.0, 1.0) if heard else np.zeros((0, CHANNELS), np.float32)


def _cut(samples: Samples, start: int, length: int, *, loops: bool, first: int) -> Samples:
    """`length` samples of two channels from `start` on; a loop goes back to `first`, other sounds end in silence."""
    total = len(samples)
    if total <= first:
        return np.zeros((length, CHANNELS), np.float32)
    index = np.arange(start, start + length)
    if loops:
        index = first + (index - first) % (total - first)
    heard = samples[np.minimum(index, total - 1)]
    if not loops:
        heard = heard * (index < total)[:, None]
    return np.ascontiguousarray(np.repeat(heard, CHANNELS, axis=1) if heard.shape[1] == 1 else heard[:, :CHANNELS])
