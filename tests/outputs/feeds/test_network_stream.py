"""Streams as others receive them: by an ffmpeg on this machine, and its pictures carry the sync code."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from installation.errors import DeviceError
from installation.outputs.feeds.feed import Feed
from installation.outputs.feeds.network_stream import open_network_stream
from installation.outputs.films.ffmpeg_pipe import ffmpeg
from installation.rig import sync_code
from installation.rig.streams import Stream

SIZE = (160, 90)
FPS = Fraction(30)
LONGEST_SECONDS = 20.0


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Watcher:
    """Somebody else's ffmpeg, and the numbers that it reads in the pictures."""

    def __init__(self, *source: str) -> None:
        quick = ("-fflags", "nobuffer", "-probesize", "32768", "-analyzeduration", "300000")
        self.process = subprocess.Popen(
            [ffmpeg(), "-nostdin", "-loglevel", "quiet", *quick, *source, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
            stdout=subprocess.PIPE,
        )
        self.seen: list[int | None] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout
        count = SIZE[0] * SIZE[1]
        while len(picture := self.process.stdout.read(count)) == count:
            self.seen.append(sync_code.read(np.frombuffer(picture, np.uint8).reshape(SIZE[1], SIZE[0])))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._thread.join()
        assert self.process.stdout
        self.process.stdout.close()


@contextmanager
def watching(*source: str) -> Iterator[Watcher]:
    watcher = Watcher(*source)
    try:
        yield watcher
    finally:
        watcher.close()


@contextmanager
def sending(address: str) -> Iterator[Feed]:
    stream = Stream("left", "left", address, megabits=2)
    with Feed("stream left", lambda size_px: open_network_stream(stream, size_px, FPS), pauses=(0.2,)) as feed:
        feed.sized(SIZE)
        yield feed


def send_until(feed: Feed, watcher: Watcher, count: int = 5, first: int = 0) -> int:
    """Offer pictures at the show's rate until so many more were seen; the number of the next."""
    deadline, wanted, number = time.monotonic() + LONGEST_SECONDS, len(watcher.seen) + count, first
    while len(watcher.seen) < wanted:
        assert time.monotonic() < deadline, feed.missing
        picture = np.repeat(sync_code.draw(number, SIZE)[..., None], 4, 2)
        feed.offer(number, picture.tobytes())
        number += 1
        time.sleep(1 / 30)  # the receiver is another program, on the time of the world
    return number


@pytest.mark.parametrize("kind", ["srt", "rtmp", "rtsp", "udp"])
def test_a_stream_arrives_with_the_pictures_of_its_frames(kind: str) -> None:
    port = free_port(socket.SOCK_STREAM if kind.startswith("rt") else socket.SOCK_DGRAM)
    address = f"{kind}://127.0.0.1:{port}" + ("/live/left" if kind.startswith("rt") else "")
    source = {
        "srt": ("-i", f"{address}?mode=listener"),
        "rtmp": ("-listen", "1", "-i", address),
        "rtsp": ("-rtsp_flags", "listen", "-listen_timeout", "20", "-i", address),
        "udp": ("-i", address),
    }[kind]
    with watching(*source) as watcher, sending(address) as feed:
        send_until(feed, watcher)
    numbers = [number for number in watcher.seen if number is not None]
    assert len(numbers) >= 5
    assert numbers == sorted(numbers)


def test_hls_is_a_playlist_that_any_web_server_serves(tmp_path: Path) -> None:
    playlist = tmp_path / "left.m3u8"
    with sending(f"hls:{playlist}") as feed:
        deadline, number = time.monotonic() + LONGEST_SECONDS, 0
        while not feed.wants:
            time.sleep(0.01)
        while not playlist.exists():  # a piece ends after two seconds of pictures
            assert time.monotonic() < deadline, feed.missing
            feed.offer(number, np.repeat(sync_code.draw(number, SIZE)[..., None], 4, 2).tobytes())
            number += 1
            time.sleep(1 / 30)
        with watching("-live_start_index", "0", "-i", str(playlist)) as watcher:
            send_until(feed, watcher, first=number)
    assert watcher.seen[0] is not None


def test_a_stream_whose_receiver_goes_away_is_sent_again_when_it_is_back() -> None:
    address = f"rtmp://127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/left"
    with sending(address) as feed:
        with watching("-listen", "1", "-i", address) as watcher:
            number = send_until(feed, watcher)
        deadline = time.monotonic() + LONGEST_SECONDS
        while not feed.missing:
            assert time.monotonic() < deadline
            feed.offer(number, bytes(4 * SIZE[0] * SIZE[1]))
            time.sleep(1 / 30)
        assert "the show plays without it and tries again" in feed.missing
        with watching("-listen", "1", "-i", address) as watcher:
            send_until(feed, watcher, first=number)
    assert feed.statistics().connections >= 2


def test_a_receiver_that_never_reads_costs_the_show_nothing() -> None:
    """A socket that accepts and reads nothing: what is offered returns at once, and is counted."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with sending(f"rtmp://127.0.0.1:{listener.getsockname()[1]}/live/left") as feed:
            while not feed.wants:
                time.sleep(0.001)
            longest, picture = 0.0, bytes(4 * SIZE[0] * SIZE[1])
            for number in range(200):
                began = time.perf_counter()
                feed.offer(number, picture)
                longest = max(longest, time.perf_counter() - began)
            told = feed.statistics()
    assert longest < 0.5  # other programs may have the processors meanwhile
    assert told.dropped > 100


def test_what_is_said_of_a_failure_holds_no_key_and_is_the_same_each_time() -> None:
    address = f"rtmp://somebody:secret@127.0.0.1:{free_port(socket.SOCK_STREAM)}/live/secret-key"
    with sending(address) as feed:
        said: set[str] = set()
        deadline = time.monotonic() + LONGEST_SECONDS
        while feed.statistics().connections < 3:
            assert time.monotonic() < deadline
            feed.offer(0, bytes(4 * SIZE[0] * SIZE[1]))
            said |= {feed.missing} - {""}
            time.sleep(0.005)
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
