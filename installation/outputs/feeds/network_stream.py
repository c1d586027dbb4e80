"""Streams over the network by ffmpeg: SRT, RTMP, RTSP, UDP and HLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction

from installation.errors import DeviceError
from installation.outputs.feeds.feed import NICENESS
from installation.outputs.films.ffmpeg_pipe import FfmpegPipe
from installation.outputs.films.formats import FilmFormat
from installation.outputs.films.video_file import encoding
from installation.rig.streams import Stream, StreamCodec

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

MILLISECONDS = ("-framerate", "1000", "-use_wallclock_as_timestamps", "1")
"""A picture's timestamp is its arrival, to the millisecond, so that dropped pictures leave a gap and cost nothing."""


class NetworkStream:
    """Takes pictures and sends them; see Receiver."""

    def __init__(self, pipe: FfmpegPipe) -> None:
        self._pipe = pipe

    def take(self, frame_number: int, picture: bytes) -> None:  # noqa: ARG002 the protocol's
        self._pipe.write(picture)

    def give_up(self) -> None:
        self._pipe.give_up()


@contextmanager
def open_network_stream(stream: Stream, size_px: tuple[int, int], fps: Fraction) -> Iterator[NetworkStream]:
    """A connection to a stream's address, while the context is entered. Raises DeviceError."""
    # As `file:`, a name that begins with a dash or like a protocol is a name to ffmpeg, too.
    what, target = stream.public_address, f"file:{stream.place}" if stream.kind == "hls" else stream.address
    codec = CODECS[stream.codec if stream.kind not in ("rtmp", "rtmps") else "h264"]
    if misfit := codec.misfit(size_px):
        raise DeviceError(f"{what}: {misfit}; give the output another")
    rate = f"{stream.megabits:g}M"
    with FfmpegPipe(
        what,
        size_px,
        MILLISECONDS,
        (
            *("-an", *encoding(codec)),
            *("-b:v", rate, "-maxrate", rate, "-bufsize", f"{stream.megabits / 2:g}M"),
            *(*_keyframes(fps), "-fps_mode", "vfr", *MUXERS[stream.kind], target),
        ),
        niceness=NICENESS,
        secrets=stream.secrets,
    ) as pipe:
        yield NetworkStream(pipe)


def _keyframes(fps: Fraction) -> tuple[str, ...]:
    """Options for a key frame every two seconds: later viewers see nothing before the next one."""
    return ("-g", str(round(2 * fps)), "-keyint_min", "1")
