"""Streams over the network by ffmpeg: SRT, RTMP, RTSP, UDP and HLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction

import numpy as np

from installation.errors import DeviceError
from installation.outputs.feeds import matroska
from installation.outputs.feeds.feed import NICENESS
from installation.outputs.films.ffmpeg_pipe import FfmpegPipe
from installation.outputs.films.formats import FilmFormat
from installation.outputs.films.video_file import encoding
from installation.rig.streams import Stream, StreamCodec
from installation.sound.mixing import CHANNELS, first_sample
from installation.sound.sound_file import RATE, Samples

CODECS: Mapping[StreamCodec, FilmFormat] = {
    "h264": FilmFormat(
        *("H.264", "", "libx264", "", ("-preset", "superfast", "-tune", "zerolatency"), "yuv420p", (2, 2)),
    ),
    "h265": FilmFormat(
        *("H.265", "", "libx265", "", ("-preset", "ultrafast", "-tune", "zerolatency"), "yuv420p", (2, 2)),
    ),
}

MUXERS: Mapping[str, tuple[str, ...]] = {
    "srt": ("-f", "mpegts"),
    "udp": ("-f", "mpegts"),
    "rtmp": ("-f", "flv"),
    "rtmps": ("-f", "flv"),
    "rtsp": ("-f", "rtsp", "-rtsp_transport", "tcp"),
    "hls": (
        *("-f", "hls", "-hls_time", "2", "-hls_list_size", "6"),
        *("-hls_flags", "delete_segments+omit_endlist+temp_file"),
    ),
}
"""ffmpeg's container options for each kind of address."""

AS_SOON_AS_POSSIBLE = ("-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0")
"""ffmpeg reads nothing ahead: the container says at its beginning what it holds."""

SOUND = ("-c:a", "aac", "-b:a", "192k")

MAX_SILENCE_SECONDS = 2
"""Longer gaps of the sound stay gaps: a receiver that calls hours later needs no silence for them."""


class NetworkStream:
    """Takes pictures and the mix, and sends them with the times of their frames; see Receiver.

    Dropped pictures leave a gap and cost nothing; a short gap in the sound becomes silence. Time begins with the first
    frame that arrives.
    """

    def __init__(self, pipe: FfmpegPipe, size_px: tuple[int, int], fps: Fraction, *, has_sound: bool) -> None:
        self._pipe, self._fps = pipe, fps
        self._first: int | None = None
        self._heard_samples = 0
        """The place in time where the sound ends."""
        pipe.write(matroska.opening(size_px, fps, has_sound=has_sound))

    def take(self, frame_number: int, picture: bytes) -> None:
        first = self._begun(frame_number)
        if frame_number >= first:
            self._pipe.write(matroska.picture_at((frame_number - first) / self._fps, picture))

    def hear(self, frame_number: int, sound: Samples) -> None:
        first = self._begun(frame_number)
        missing = first_sample(frame_number, self._fps) - first_sample(first, self._fps) - self._heard_samples
        if missing < 0:
            return
        if missing > MAX_SILENCE_SECONDS * RATE:
            self._heard_samples, missing = self._heard_samples + missing, 0
        samples = np.concatenate([np.zeros((missing, CHANNELS), np.float32), sound])
        self._pipe.write(matroska.sound_at(Fraction(self._heard_samples, RATE), samples))
        self._heard_samples += len(samples)

    def give_up(self) -> None:
        self._pipe.give_up()

    def _begun(self, frame_number: int) -> int:
        if self._first is None:
            self._first = frame_number
        return self._first


@contextmanager
def open_network_stream(
    stream: Stream, size_px: tuple[int, int], fps: Fraction, *, has_sound: bool = False
) -> Iterator[NetworkStream]:
    """A connection to a stream's address, while the context is entered. Raises DeviceError."""
    # As `file:`, a name that begins with a dash or like a protocol is a name to ffmpeg, too.
    what, target = stream.public_address, f"file:{stream.place}" if stream.kind == "hls" else stream.address
    codec = CODECS[stream.codec if stream.kind not in ("rtmp", "rtmps") else "h264"]
    if misfit := codec.misfit(size_px):
        raise DeviceError(f"{what}: {misfit}; give the output another")
    rate = f"{stream.megabits:g}M"
    with FfmpegPipe(
        what,
        ("-f", "matroska", *AS_SOON_AS_POSSIBLE),
        (
            *(*encoding(codec), *(SOUND if has_sound else ())),
            *("-b:v", rate, "-maxrate", rate, "-bufsize", f"{stream.megabits / 2:g}M"),
            *(*_keyframes(fps), "-fps_mode", "vfr", *MUXERS[stream.kind], target),
        ),
        niceness=NICENESS,
        secrets=stream.secrets,
    ) as pipe:
        yield NetworkStream(pipe, size_px, fps, has_sound=has_sound)


def _keyframes(fps: Fraction) -> tuple[str, ...]:
    """Options for a key frame every two seconds: later viewers see nothing before the next one."""
    return ("-g", str(round(2 * fps)), "-keyint_min", "1")
