"""Pictures and sound as one stream of Matroska (RFC 9559), each with its time, for ffmpeg to read from a pipe.

Only a container tells ffmpeg the times of pictures and sound that arrive unevenly. This one is written in a few lines;
libraries for it would pack pictures themselves, in this process.
"""

from __future__ import annotations

import struct
from fractions import Fraction

from installation.sound.mixing import CHANNELS
from installation.sound.sound_file import RATE, Samples

STEP_SECONDS = Fraction(1, 100_000)
"""The unit of its times: shorter than a sample."""

PICTURES, SOUND = 1, 2
"""The numbers of its tracks."""


def opening(size_px: tuple[int, int], fps: Fraction, *, has_sound: bool) -> bytes:
    """Everything before the first picture: tracks of RGBX pictures (width, height), and of the mix in floats."""
    ebml = _element(0x1A45DFA3, _element(0x4282, b"matroska"), _number(0x4287, 4), _number(0x4285, 2))
    info = _element(0x1549A966, _number(0x2AD7B1, int(STEP_SECONDS * 10**9)))
    width, height = size_px
    shape = _element(0xE0, _number(0xB0, width), _number(0xBA, height), _element(0x2EB524, b"RGB\0"))
    tracks = [_track(PICTURES, b"V_UNCOMPRESSED", _number(0x23E383, round(10**9 / fps)), shape)]
    if has_sound:
        channels = _number(0x9F, CHANNELS), _number(0x6264, 32)
        tracks.append(
            _track(SOUND, b"A_PCM/FLOAT/IEEE", _element(0xE1, _element(0xB5, struct.pack(">d", RATE)), *channels))
        )
    unending = b"\x18\x53\x80\x67" + b"\x01" + 7 * b"\xff"
    return ebml + unending + info + _element(0x1654AE6B, *tracks)


def picture_at(since_seconds: Fraction, picture: bytes) -> bytes:
    """A picture, this long after the first."""
    return _cluster(since_seconds, PICTURES, picture)


def sound_at(since_seconds: Fraction, samples: Samples) -> bytes:
    """Samples (count, CHANNELS) from this time on."""
    return _cluster(since_seconds, SOUND, samples.astype("<f4").tobytes())


def _cluster(since_seconds: Fraction, track: int, data: bytes) -> bytes:
    """A cluster of its own, since times within one cluster reach only a third of a second."""
    block = _element(0xA3, bytes((0x80 | track, 0, 0, 0x80)), data)  # no time beside the cluster's; a key picture
    return _element(0x1F43B675, _number(0xE7, round(since_seconds / STEP_SECONDS)), block)


def _track(number: int, codec: bytes, *details: bytes) -> bytes:
    kind = number  # Matroska's 1 is video, its 2 audio
    return _element(
        *(0xAE, _number(0xD7, number), _number(0x73C5, number), _number(0x83, kind), _number(0x9C, 0)),
        *(_element(0x86, codec), *details),
    )


def _number(name: int, value: int) -> bytes:
    return _element(name, struct.pack(">Q", value))


def _element(name: int, *content: bytes) -> bytes:
    """An element by its ID, with its length in eight bytes."""
    length = struct.pack(">Q", 1 << 56 | sum(map(len, content)))
    return b"".join((name.to_bytes((name.bit_length() + 7) // 8, "big"), length, *content))
