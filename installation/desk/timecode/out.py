"""Timecode for other machines, in the formats that the readers read; each is sent when its frame begins."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from installation.desk.timecode.code import Timecode, timecode_at
from installation.desk.timecode.ltc import write_ltc
from installation.desk.timecode.mtc import quarter_frames
from installation.errors import DeviceError

CHUNK_FRAMES = 250
"""The number of frames of a sound file to write at once."""


def frames_from(first: Timecode, seconds: float | None) -> Iterator[tuple[Fraction, Timecode]]:
    """Each frame's beginning in seconds, and its timecode; endless for None."""
    number = 0
    while seconds is None or number < seconds * first.rate.exact:
        yield number / first.rate.exact, timecode_at(first.count + number, first.rate)
        number += 1


def say(
    first: Timecode,
    seconds: float | None,
    send: Callable[[Timecode], object],
    now: Callable[[], float],
    wait: Callable[[float], object],
) -> None:
    """Sends each frame when it begins. `now` is a steady clock in seconds, `wait` lets seconds pass."""
    began = now()
    for at, code in frames_from(first, seconds):
        if (early := began + float(at) - now()) > 0.0:
            wait(early)
        send(code)


def midi_sender(
    send: Callable[[bytes], object], now: Callable[[], float], wait: Callable[[float], object]
) -> Callable[[Timecode], None]:
    """Sends four quarter-frame messages in every frame; a new timecode begins with every second frame."""
    pieces: list[bytes] = []

    def send_frame(code: Timecode) -> None:
        nonlocal pieces
        if not pieces:
            pieces = quarter_frames(code)
        began = now()
        for quarter in range(4):
            if (early := began + quarter / 4 / float(code.rate.exact) - now()) > 0.0:
                wait(early)
            send(pieces.pop(0))

    return send_frame


def write_wave(path: Path, first: Timecode, seconds: float, samples_per_second: int = 48_000) -> None:
    """Writes LTC as a sound file of 16 bits; raises DeviceError if it cannot."""
    left = round(seconds * first.rate.exact)
    try:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(samples_per_second)
            done = 0
            while done < left:
                frames = min(CHUNK_FRAMES, left - done)
                sound = write_ltc(timecode_at(first.count + done, first.rate), frames, samples_per_second)
                file.writeframes((sound * 32_767).astype(np.int16).tobytes())
                done += frames
    except OSError as error:
        raise DeviceError(f"{path}: {error.strerror}; name a file elsewhere") from None
