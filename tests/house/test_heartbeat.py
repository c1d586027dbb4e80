"""The player's heartbeat, as systemd reads it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from installation.house.heartbeat import Heartbeat


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def said(listener: socket.socket) -> list[bytes]:
    datagrams = []
    try:
        while True:
            datagrams.append(listener.recv(4096))
    except BlockingIOError:
        return datagrams


def test_the_first_picture_says_ready_and_the_end_says_that_it_is_meant(listener: socket.socket) -> None:
    with Heartbeat({"NOTIFY_SOCKET": listener.getsockname()}) as heartbeat:
        heartbeat.ready(0)
        heartbeat.status("open until 18:00")
    heartbeat.close()
    assert said(listener) == [b"READY=1\nWATCHDOG=1\nX_FRAME=0", b"STATUS=open until 18:00", b"STOPPING=1"]


def test_sixty_frames_a_second_beat_once_a_second(listener: socket.socket) -> None:
    with Heartbeat({"NOTIFY_SOCKET": listener.getsockname()}) as heartbeat:
        for frame_number in range(180):
            heartbeat.beat(frame_number, frame_number / 60)
        assert said(listener) == [b"WATCHDOG=1\nX_FRAME=%d" % number for number in (0, 60, 120)]


def test_the_outputs_that_nobody_sees_are_told_when_they_change(listener: socket.socket) -> None:
    with Heartbeat({"NOTIFY_SOCKET": listener.getsockname()}) as heartbeat:
        for second, dark in enumerate(((), ("left", "right"), ("left", "right"), ())):
            heartbeat.beat(0, float(second), partial(tuple, dark))
        beat = b"WATCHDOG=1\nX_FRAME=0"
        assert said(listener) == [beat, beat + b"\nX_DARK=left,right", beat, beat + b"\nX_DARK="]


def test_beats_come_twice_as_often_as_a_stricter_watchdog_wants(listener: socket.socket) -> None:
    environment = {"NOTIFY_SOCKET": listener.getsockname(), "WATCHDOG_USEC": "1000000"}
    with Heartbeat(environment) as heartbeat:
        for frame_number in range(120):
            heartbeat.beat(frame_number, frame_number / 60)
        assert len(said(listener)) == 4


def test_without_a_listener_the_show_goes_on_and_says_once_that_nobody_watches(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Heartbeat({}) as alone:
        alone.ready(0)
    with Heartbeat({"NOTIFY_SOCKET": str(tmp_path / "gone")}) as heartbeat:
        heartbeat.beat(1, 0.0)
        heartbeat.beat(61, 2.0)
        assert heartbeat.lost == 2
    assert caplog.text.count("so nothing restarts this player after a crash") == 1


def test_a_house_that_came_back_and_ended_again_is_told_again(
    tmp_path: Path, listener: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    with Heartbeat({"NOTIFY_SOCKET": listener.getsockname()}) as heartbeat:
        (tmp_path / "notify").rename(tmp_path / "away")
        heartbeat.beat(1, 0.0)
        (tmp_path / "away").rename(tmp_path / "notify")
        heartbeat.beat(2, 2.0)
        (tmp_path / "notify").unlink()
        heartbeat.beat(3, 4.0)
    assert caplog.text.count("so nothing restarts this player after a crash") == 2
    assert caplog.text.count("has recovered") == 1
