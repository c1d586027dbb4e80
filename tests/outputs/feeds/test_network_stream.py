"""Streams as others receive them: by an ffmpeg on this machine. Pictures carry the sync code, and the sound clicks."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, cast

import av
import numpy as np
import pytest

from installation.errors import DeviceError
from installation.outputs.feeds.feed import Feed, SizePx
from installation.outputs.feeds.network_stream import NetworkStream, open_network_stream
from installation.outputs.films.ffmpeg_pipe import ffmpeg
from installation.rig import sync_code
from installation.rig.streams import Stream
from installation.sound.mixing import first_sample
from installation.sound.sound_file import RATE, Samples

SIZE = (160, 90)
FPS = Fraction(30)
LONGEST_SECONDS = 20.0

CLICK_EVERY = 20
"""The sound of each frame with such a number is loud, that of the others is silence."""


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def picture(number: int) -> bytes:
    return np.repeat(sync_code.draw(number, SIZE)[..., None], 4, 2).tobytes()


def sound(number: int) -> Samples:
    count = first_sample(number + 1, FPS) - first_sample(number, FPS)
    tone = np.sin(np.arange(count) * 2 * np.pi * 1000 / RATE, dtype=np.float32)
    return np.stack([tone, tone], 1) * np.float32(number % CLICK_EVERY == 0)


class Watcher:
    """Somebody else's ffmpeg, and what it makes of a stream: the numbers in the pictures, and the sound, by time."""

    def __init__(self, *source: str) -> None:
        quick = ("-fflags", "nobuffer", "-probesize", "32768", "-analyzeduration", "300000")
        decoded = ("-c:v", "rawvideo", "-pix_fmt", "gray", "-c:a", "pcm_s16le", "-fps_mode", "passthrough", "-f", "nut")
        self.process = subprocess.Popen(
            [ffmpeg(), "-nostdin", "-loglevel", "quiet", *quick, *source, *decoded, "-flush_packets", "1", "-"],
            stdout=subprocess.PIPE,
        )
        self.seen: list[tuple[float, int | None]] = []
        self.heard: list[tuple[float, Samples]] = []
        self.news = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def numbers(self) -> list[int]:
        return [number for _, number in self.seen if number is not None]

    def clicks(self) -> list[float]:
        """The times at which the sound becomes loud while pictures are shown; they may begin after the sound."""
        heard = [begin + np.flatnonzero(np.abs(samples) > 0.1) / RATE for begin, samples in tuple(self.heard)]
        loud = np.concatenate([[-np.inf], *heard])
        begin = self.seen[0][0] + 1 / FPS if self.seen else np.inf
        return [float(at) for at in loud[1:][np.diff(loud) > 0.1] if at > begin]

    def _read(self) -> None:
        with (
            contextlib.suppress(av.FFmpegError),  # `close` cuts it off in the midst of a picture
            cast(IO[bytes], self.process.stdout) as told,
            av.open(told, mode="r", format="nut", options={"probesize": "32"}) as arriving,
        ):
            for frame in arriving.decode():
                self._take(frame)
                self.news.set()

    def _take(self, frame: Any) -> None:
        if isinstance(frame, av.VideoFrame):
            self.seen.append((float(frame.time or 0), sync_code.read(frame.to_ndarray().astype(np.uint8))))
        else:
            self.heard.append((frame.time, frame.to_ndarray().reshape(-1, 2)[:, 0] / np.float32(2**15)))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join()


@contextmanager
def watching(*source: str) -> Iterator[Watcher]:
    watcher = Watcher(*source)
    try:
        yield watcher
    finally:
        watcher.close()


class Sending:
    """A feed to an address, with the sound of a show."""

    def __init__(self, address: str) -> None:
        stream = Stream("left", "left", address, megabits=2)
        self.opened, self.ended = threading.Semaphore(0), threading.Semaphore(0)

        @contextmanager
        def told(size_px: SizePx) -> Iterator[NetworkStream]:
            try:
                with open_network_stream(stream, size_px, FPS, has_sound=True) as receiver:
                    self.opened.release()
                    yield receiver
            finally:
                self.ended.release()

        self.feed = Feed("stream left", told, pauses=(0.2,))
        self.number = 0
        self.feed.sized(SIZE)

    def send(self) -> None:
        self.feed.offer(self.number, picture(self.number))
        self.feed.hear(self.number, sound(self.number))
        self.number += 1

    def send_until(self, done: Callable[[], bool], news: threading.Event | None = None) -> None:
        """Send at the rate of the show, or more quickly if there are news, until it is done."""
        deadline, news = time.monotonic() + LONGEST_SECONDS, news or threading.Event()
        while not done():
            assert time.monotonic() < deadline, self.feed.missing
            self.send()
            news.wait(1 / 30)
            news.clear()

    def send_to(self, watcher: Watcher, count: int = 5) -> None:
        """Send until the watcher has seen so many more pictures."""
        wanted = len(watcher.numbers) + count
        self.send_until(lambda: len(watcher.numbers) >= wanted, watcher.news)


@contextmanager
def sending(address: str) -> Iterator[Sending]:
    one = Sending(address)
    with one.feed:
        yield one


@pytest.mark.parametrize("kind", ["srt", "rtmp", "rtsp", "udp"])
def test_a_stream_arrives_with_the_pictures_of_its_frames_and_their_sound_in_step(kind: str) -> None:
    port = free_port(socket.SOCK_STREAM if kind.startswith("rt") else socket.SOCK_DGRAM)
    address = f"{kind}://127.0.0.1:{port}" + ("/live/left" if kind.startswith("rt") else "")
    source = {
        "srt": ("-i", f"{address}?mode=listener"),
        "rtmp": ("-listen", "1", "-i", address),
        "rtsp": ("-rtsp_flags", "listen", "-listen_timeout", "20", "-i", address),
        "udp": ("-i", address),
    }[kind]
    with watching(*source) as watcher, sending(address) as stream:
        stream.send_until(lambda: len(watcher.clicks()) >= 2, watcher.news)
    assert watcher.numbers == sorted(watcher.numbers)
    require_in_step(watcher)


def require_in_step(watcher: Watcher) -> None:
    """Every click within a frame of the picture that belongs to it."""
    begin, first = next((at, number) for at, number in watcher.seen if number is not None)
    for heard in watcher.clicks():
        frame = first + (heard - begin) * float(FPS)
        assert abs(frame - round(frame / CLICK_EVERY) * CLICK_EVERY) < 1


def test_hls_is_a_playlist_that_any_web_server_serves(tmp_path: Path) -> None:
    playlist = tmp_path / "left.m3u8"
    with sending(f"hls:{playlist}") as stream:
        assert stream.opened.acquire(timeout=LONGEST_SECONDS)
        stream.send_until(playlist.exists)  # a piece ends after two seconds of pictures
        with watching("-live_start_index", "0", "-i", str(playlist)) as watcher:
            stream.send_until(lambda: len(watcher.clicks()) >= 2, watcher.news)
    assert watcher.numbers
    require_in_step(watcher)


def test_a_stream_whose_receiver_goes_away_is_sent_again_when_it_is_back() -> None:
    address = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/left"
    with sending(address) as stream:
        with watching("-listen", "1", "-i", address) as watcher:
            stream.send_to(watcher)
        stream.send_until(lambda: bool(stream.feed.missing))
        assert "the show plays without it and tries again" in stream.feed.missing
        with watching("-listen", "1", "-i", address) as watcher:
            stream.send_to(watcher)
    assert stream.feed.statistics().connections >= 2


def test_a_receiver_that_never_reads_costs_the_show_nothing() -> None:
    """A socket that accepts and reads nothing: what is offered returns at once, and is counted."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with sending(f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live/left") as stream:
            assert stream.opened.acquire(timeout=LONGEST_SECONDS)
            longest = 0.0
            for _ in range(200):
                began = time.perf_counter()
                stream.send()
                longest = max(longest, time.perf_counter() - began)
            told = stream.feed.statistics()
    assert longest < 0.5  # other programs may have the processors meanwhile
    assert told.dropped > 100


def test_what_is_said_of_a_failure_holds_no_key_and_is_the_same_each_time() -> None:
    address = f"rtmp://somebody:secret@127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/secret-key"
    said: set[str] = set()
    with sending(address) as stream:
        for _ in range(3):
            assert stream.opened.acquire(timeout=LONGEST_SECONDS)
            stream.send_until(lambda: stream.ended.acquire(blocking=False))
            said |= {stream.feed.missing} - {""}
    assert len(said) == 1
    assert "refused" in min(said)
    assert "secret" not in min(said)


def test_an_odd_size_is_told() -> None:
    stream = Stream("left", "left", "udp://127.0.0.1:9")
    with (
        pytest.raises(DeviceError, match=r"H\.264 needs an even width and height, 63x35 is not"),
        open_network_stream(stream, (63, 35), FPS),
    ):
        pass
