"""LTC as others write it: libltc, which Ardour and many players use, against our reader."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from installation.desk.timecode.code import RATES, RateName
from installation.desk.timecode.ltc import LtcReader

SAMPLES_PER_SECOND = 48_000
FRAMES = 40
LARGEST_FRAME = 20_000

STANDARDS: dict[RateName, int] = {"30": 0, "29.97": 0, "25": 1, "24": 2}
"""libltc's: 525 lines with 60 fields, 625 with 50, film."""


class LibraryTimecode(ctypes.Structure):
    """libltc's SMPTETimecode."""

    _fields_: ClassVar[list[Any]] = [
        ("timezone", ctypes.c_char * 6),
        *((name, ctypes.c_ubyte) for name in ("years", "months", "days", "hours", "minutes", "seconds", "frame")),
    ]


@pytest.fixture(scope="module")
def libltc() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libltc.so.11")
    except OSError:
        pytest.skip("libltc is not installed (apt install libltc11)")
    library.ltc_encoder_create.argtypes = [ctypes.c_double, ctypes.c_double, ctypes.c_int, ctypes.c_int]
    library.ltc_encoder_create.restype = ctypes.c_void_p
    for name in ("encode_frame", "inc_timecode", "free"):
        getattr(library, f"ltc_encoder_{name}").argtypes = [ctypes.c_void_p]
    library.ltc_encoder_set_timecode.argtypes = [ctypes.c_void_p, ctypes.POINTER(LibraryTimecode)]
    library.ltc_encoder_get_buffer.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    return library


def written(
    library: ctypes.CDLL, rate: RateName, hours: int, minutes: int, seconds: int, frame: int
) -> NDArray[np.float32]:
    """The sound of FRAMES frames from a time on."""
    begin = LibraryTimecode(b"+0000", 26, 12, 1, hours, minutes, seconds, frame)
    encoder = library.ltc_encoder_create(SAMPLES_PER_SECOND, float(RATES[rate].exact), STANDARDS[rate], 0)
    library.ltc_encoder_set_timecode(encoder, ctypes.byref(begin))
    sound, room = b"", ctypes.create_string_buffer(LARGEST_FRAME)
    for _ in range(FRAMES):
        library.ltc_encoder_encode_frame(encoder)
        length = library.ltc_encoder_get_buffer(encoder, room)
        sound += room.raw[:length]
        library.ltc_encoder_inc_timecode(encoder)
    library.ltc_encoder_free(encoder)
    return (np.frombuffer(sound, np.uint8).astype(np.float32) - 128) / np.float32(128)


@pytest.mark.parametrize("rate", STANDARDS)
def test_ltc_of_another_program_is_read_across_a_minute(libltc: ctypes.CDLL, rate: RateName) -> None:
    frames = list(LtcReader(SAMPLES_PER_SECOND).read(written(libltc, rate, 10, 0, 59, 20)))
    separator = ";" if RATES[rate].drop else ":"
    assert str(frames[0].code) == f"10:00:59{separator}20"
    numbers = [frame.code.count for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + FRAMES - 1)), "all but the last, which no later edge ends"
    minute = [str(frame.code) for frame in frames if str(frame.code).startswith("10:01")]
    assert minute[0] == f"10:01:00{separator}{'02' if RATES[rate].drop else '00'}"
