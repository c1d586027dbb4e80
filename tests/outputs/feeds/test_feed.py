"""A feed: whoever takes its pictures may be slow, away or gone, and whoever offers them never waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import moderngl
import numpy as np

from installation.errors import DeviceError
from installation.outputs.feeds.feed import STALLED_SECONDS, WAITING, WAITING_SOUND, Feed
from installation.outputs.feeds.live_feeds import LiveFeeds
from installation.picture.mixing.canvas import Canvas
from installation.sound.sound_file import Samples

SIZE = (4, 3)
LONGEST_SECONDS = 10.0


class Somebody:
    """Takes pictures as a test lets it."""

    def __init__(self) -> None:
        self.taken: list[tuple[int, bytes]] = []
        self.heard: list[tuple[int, Samples]] = []
        self.sizes: list[tuple[int, int]] = []
        self.may_take = threading.Event()
        self.may_take.set()
        self.given_up = threading.Event()
        self.failing: Exception | None = None
        self.refusing: list[Exception] = []

    @contextmanager
    def open(self, size_px: tuple[int, int]) -> Iterator[Somebody]:
        if self.refusing:
            raise self.refusing.pop(0)
        self.sizes.append(size_px)
        yield self

    def take(self, frame_number: int, picture: bytes) -> None:
        while not self.may_take.wait(0.001):
            if self.given_up.is_set():
                raise BrokenPipeError
        if self.failing is not None:
            raise self.failing
        self.taken.append((frame_number, picture))

    def hear(self, frame_number: int, sound: Samples) -> None:
        self.heard.append((frame_number, sound))

    def give_up(self) -> None:
        self.given_up.set()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)  # for the feed's own thread


@contextmanager
def feeding(somebody: Somebody, steady: Callable[[], float] = time.monotonic) -> Iterator[Feed]:
    with Feed("left", somebody.open, pauses=(0.001,), steady=steady, closing_seconds=LONGEST_SECONDS) as feed:
        feed.sized(SIZE)
        yield feed


def test_pictures_arrive_in_order_with_their_numbers() -> None:
    somebody = Somebody()
    with feeding(somebody) as feed:
        until(lambda: feed.wants)
        for number in range(5):
            feed.offer(number, bytes([number]))
    assert somebody.taken == [(number, bytes([number])) for number in range(5)]
    assert feed.statistics().sent == 5
    assert feed.missing == ""


def test_a_receiver_that_is_slow_loses_pictures_and_they_are_counted() -> None:
    somebody = Somebody()
    somebody.may_take.clear()
    with feeding(somebody) as feed:
        until(lambda: feed.wants)
        for number in range(3 * WAITING):
            feed.offer(number, b"")
        somebody.may_take.set()
    told = feed.statistics()
    assert told.sent + told.dropped == 3 * WAITING
    assert told.overrun == told.dropped >= 3 * WAITING - WAITING - 1
    assert [number for number, _ in somebody.taken] == list(range(told.sent)), "what waits is not overtaken"


def test_a_receiver_that_never_reads_is_given_up_and_told_with_a_reason() -> None:
    somebody, now = Somebody(), [0.0]
    somebody.may_take.clear()
    with feeding(somebody, lambda: now[0]) as feed:
        until(lambda: feed.wants)
        feed.offer(0, b"")
        until(lambda: feed._taking_since is not None)
        now[0] = STALLED_SECONDS - 0.1
        feed.offer(1, b"")
        assert not somebody.given_up.is_set()
        now[0] = STALLED_SECONDS
        feed.offer(2, b"")
        until(lambda: feed.missing)
        assert feed.missing == "left: took no picture for 5 seconds; the show plays without it and tries again"
        until(lambda: feed.statistics().connections >= 2)
        somebody.may_take.set()


def test_a_stream_that_waits_to_be_called_is_never_given_up_and_no_picture_is_read_for_it() -> None:
    somebody, now = Somebody(), [0.0]
    somebody.may_take.clear()
    with Feed("left", somebody.open, is_patient=True, steady=lambda: now[0]) as feed:
        feed.sized(SIZE)
        until(lambda: feed.wants)
        for number in range(WAITING + 1):
            feed.offer(number, b"")
            until(lambda: feed._taking_since is not None)
        assert not feed.wants
        now[0] = 3600.0
        feed.skip()
        assert not somebody.given_up.is_set()
        assert feed.missing == ""
        somebody.may_take.set()
        until(lambda: feed.statistics().sent == WAITING + 1)
    assert feed.statistics().overrun == 1


def test_a_receiver_that_comes_back_is_connected_to_anew_and_the_sentence_goes() -> None:
    somebody, now = Somebody(), [0.0]
    somebody.refusing = [DeviceError("srt://10.0.0.20:9000: refused"), DeviceError("srt://10.0.0.20:9000: refused")]
    with feeding(somebody, lambda: now[0]) as feed:
        until(lambda: feed.wants)
        assert feed.missing == "left: srt://10.0.0.20:9000: refused; the show plays without it and tries again"
        feed.offer(0, b"")
        until(lambda: feed.statistics().sent == 1)
        assert feed.missing, "one picture is not steady yet"
        now[0] = 60.0
        feed.offer(1, b"")
        until(lambda: not feed.missing)
    assert feed.statistics().connections == 1


def test_pictures_for_nobody_are_dropped_and_counted() -> None:
    somebody = Somebody()
    somebody.refusing = [DeviceError("away")] * 1000
    with Feed("left", somebody.open, pauses=(LONGEST_SECONDS,)) as feed:
        feed.sized(SIZE)
        until(lambda: feed.missing)
        assert not feed.wants
        feed.offer(0, b"")
        feed.skip()
    assert feed.statistics().dropped == 2
    assert feed.statistics().overrun == 0


def test_another_size_opens_the_receiver_anew() -> None:
    somebody = Somebody()
    with feeding(somebody) as feed:
        until(lambda: feed.wants)
        feed.sized((8, 6))
        until(lambda: somebody.sizes == [SIZE, (8, 6)])
    assert feed.missing == ""


def test_a_failure_that_nobody_foresaw_is_told_too() -> None:
    somebody = Somebody()
    somebody.failing = ValueError("what is this")
    with feeding(somebody) as feed:
        until(lambda: feed.wants)
        feed.offer(0, b"")
        until(lambda: feed.missing)
    assert "ValueError: what is this" in feed.missing


def test_pictures_are_read_from_the_card_once_and_only_for_those_who_want_them(gl: moderngl.Context) -> None:
    two, nobody = Somebody(), Somebody()
    nobody.refusing = [DeviceError("away")] * 1000
    with Canvas(gl, SIZE) as left, Canvas(gl, SIZE) as right:
        first, second = (Feed(f"left {n}", two.open) for n in range(2))
        away = Feed("right", nobody.open, pauses=(LONGEST_SECONDS,))
        with LiveFeeds([("left", first), ("left", second), ("right", away)]) as feeds:
            feeds.present(0, {"left": left, "right": right})
            until(lambda: first.wants and second.wants and away.missing)
            for number in (1, 2):
                left.texture.write(bytes([number]) * left.size_bytes)
                feeds.present(number, {"left": left, "right": right})
            assert set(feeds._readbacks) == {"left"}
    assert sorted(two.taken) == sorted(2 * [(1, bytes([1]) * left.size_bytes), (2, bytes([2]) * left.size_bytes)])
    assert away.statistics().dropped == 3


def test_sound_goes_with_the_pictures_and_is_bounded() -> None:
    somebody, silence = Somebody(), np.zeros((1600, 2), np.float32)
    somebody.may_take.clear()
    with feeding(somebody) as feed:
        until(lambda: feed.wants)
        feed.offer(0, b"")
        until(lambda: feed._taking_since is not None)
        for number in range(2 * WAITING_SOUND):
            feed.hear(number, silence)
        assert feed.wants, "sound takes no picture's room"
        feed.offer(1, b"")
        somebody.may_take.set()
    assert [number for number, _ in somebody.heard] == list(range(WAITING_SOUND))
    assert [number for number, _ in somebody.taken] == [0, 1]
    assert (feed.statistics().sent, feed.statistics().dropped) == (2, 0)
