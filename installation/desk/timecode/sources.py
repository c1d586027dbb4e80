"""Sources of timecode. Each gives readings to the chase, corrected by their age on arrival."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from installation.desk.timecode.code import Timecode, TimecodeRate, parse_timecode
from installation.desk.timecode.ltc import LtcReader
from installation.desk.timecode.mtc import MtcReader
from installation.errors import RefusedError


class Hears(Protocol):
    """The chase: see Chase.hear."""

    def __call__(self, source: str, code: str, seconds: Fraction, now: float, *, is_backward: bool = False) -> None: ...


def midi_listener(name: str, hears: Hears, steady: Callable[[], float]) -> Callable[[bytes], None]:
    """Makes a function that takes whole MIDI messages of a port."""
    reader = MtcReader()

    def hear(data: bytes) -> None:
        heard = reader.read(data)
        if heard is not None:
            seconds = heard.code.since_midnight + heard.age_frames / heard.code.rate.exact
            hears(f"mtc {name}", str(heard.code), seconds, steady(), is_backward=heard.is_backward)

    return hear


def sound_listener(
    name: str, samples_per_second: float, hears: Hears, steady: Callable[[], float]
) -> Callable[[NDArray[np.float32]], None]:
    """Makes a function that takes blocks of mono sound, each as soon as its last sample has arrived."""
    reader, heard_samples = LtcReader(samples_per_second), 0

    def hear(samples: NDArray[np.float32]) -> None:
        nonlocal heard_samples
        heard_samples += len(samples)
        now = steady()
        for frame in reader.read(samples):
            age = (heard_samples - frame.ends) / samples_per_second
            seconds = frame.code.since_midnight + 1 / frame.code.rate.exact  # a frame is complete when it ends
            hears(f"ltc {name}", str(frame.code), seconds, now - age, is_backward=frame.is_backward)

    return hear


def hear_artnet(code: Timecode, host: str, hears: Hears, now: float) -> None:
    """Takes a timecode that a sender sends when its frame begins."""
    hears(f"artnet {host}", str(code), code.since_midnight, now)


def hear_osc(argument: object, host: str, rate: TimecodeRate, hears: Hears, now: float) -> None:
    """Takes text such as `01:00:00:00`, or seconds since midnight; raises RefusedError for anything else."""
    try:
        if isinstance(argument, str):
            code = parse_timecode(argument, rate)
            hears(f"osc {host}", str(code), code.since_midnight, now)
            return
        if isinstance(argument, int | float) and not isinstance(argument, bool) and 0 <= argument < 86_400:
            hears(f"osc {host}", f"{argument:.2f} s", Fraction(argument), now)
            return
    except ValueError as error:
        raise RefusedError(f"/timecode: {argument!r}: {error}", "malformed") from None
    raise RefusedError(f"/timecode: {argument!r} is neither 01:00:00:00 nor seconds of a day", "wrong type")
