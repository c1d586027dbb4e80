"""What goes to ffmpeg in one pipe, read back by FFmpeg's own reader of Matroska."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
import pytest

from installation.outputs.feeds.network_stream import NetworkStream
from installation.outputs.films.ffmpeg_pipe import FfmpegPipe
from installation.sound.mixing import CHANNELS, first_sample
from installation.sound.sound_file import RATE, Samples

SIZE = (4, 2)
STEP_SECONDS = 1e-5


class Pipe:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def packets(self) -> tuple[list[tuple[float, bytes]], list[tuple[float, Samples]]]:
        """Pictures and sounds, each with its time in seconds."""
        pictures, sounds = [], []
        with av.open(io.BytesIO(self.written), mode="r", format="matroska") as read:
            for packet in read.demux():
                if packet.pts is None:
                    continue  # the end
                data, at = bytes(cast(Any, packet)), float(packet.pts * packet.time_base)
                if packet.stream.type == "video":
                    pictures.append((at, data))
                else:
                    sounds.append((at, np.frombuffer(data, "<f4").reshape(-1, CHANNELS)))
        return pictures, sounds


def picture(number: int) -> bytes:
    return bytes([number]) * (4 * SIZE[0] * SIZE[1])


def sound(number: int, fps: Fraction) -> Samples:
    return np.full((first_sample(number + 1, fps) - first_sample(number, fps), CHANNELS), number / 256, np.float32)


@pytest.mark.parametrize("fps", [Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)])
def test_pictures_and_sound_have_the_times_of_their_frames(fps: Fraction) -> None:
    pipe, begin = Pipe(), 100
    stream = NetworkStream(cast(FfmpegPipe, pipe), SIZE, fps, has_sound=True)
    shown = [*range(begin, 110), *range(113, 120)]  # some were dropped
    for number in range(begin, 120):
        if number in shown:
            stream.take(number, picture(number))
        stream.hear(number, sound(number, fps))
    pictures, sounds = pipe.packets()
    assert [data for _, data in pictures] == [picture(number) for number in shown]
    assert [at for at, _ in pictures] == pytest.approx([(n - begin) / fps for n in shown], abs=STEP_SECONDS)
    assert np.array_equal(
        np.concatenate([samples for _, samples in sounds]),
        np.concatenate([sound(number, fps) for number in range(begin, 120)]),
    )
    begins = [(first_sample(number, fps) - first_sample(begin, fps)) / RATE for number in range(begin, 120)]
    assert [at for at, _ in sounds] == pytest.approx(begins, abs=STEP_SECONDS)


def test_sound_that_did_not_come_is_silence_and_after_hours_a_gap() -> None:
    pipe, fps = Pipe(), Fraction(30)
    stream = NetworkStream(cast(FfmpegPipe, pipe), SIZE, fps, has_sound=True)
    for number in (1, 4, 4, 3, 300_000):
        stream.hear(number, sound(number % 256, fps))
    first, second, last = pipe.packets()[1]
    assert len(first[1]) == 1600
    assert second[0] == pytest.approx(1600 / RATE, abs=STEP_SECONDS)
    assert second[1].any(axis=1).tolist() == 2 * 1600 * [False] + 1600 * [True]
    assert last[0] == pytest.approx(299_999 / fps, abs=STEP_SECONDS)
    assert len(last[1]) == 1600


def test_a_picture_from_before_the_first_frame_has_no_time_and_is_left_out() -> None:
    pipe = Pipe()
    stream = NetworkStream(cast(FfmpegPipe, pipe), SIZE, Fraction(30), has_sound=True)
    stream.hear(7, sound(7, Fraction(30)))
    stream.take(6, picture(6))
    stream.take(7, picture(7))
    assert pipe.packets()[0] == [(0.0, picture(7))]
