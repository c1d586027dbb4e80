"""The decode queue gives a decoder that draws several pictures at once what is due together, up to a bound."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from installation.errors import DeviceError
from installation.picture.decoding.choosing.fallback_decoder import FallbackDecoder
from installation.picture.decoding.supersampling import SAMPLES
from installation.picture.order import Order
from installation.picture.pixel_map import PixelMap
from installation.picture.source import DecodedPicture
from installation.picture.supply.decode_queue import DUE_WHEN_IDLE, DecodeJob, DecodeQueue
from installation.show.frame import Shot, View
from tests.picture.show_of_one import CountingDecoder, standing

SIDE = 8
TOGETHER = 3 * SIDE * SIDE


class Batching(CountingDecoder):
    """Notes what it is given at once; it holds its first picture until `go`, so that others gather meanwhile."""

    max_batch_px = TOGETHER

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[Order]] = []
        self.go, self.has_begun = threading.Event(), threading.Event()
        self.refuses: float | None = None

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        self.batches.append(list(orders))
        self.has_begun.set()
        assert self.go.wait(10)
        if any(order.shot.view.x == self.refuses for order in orders):
            raise DeviceError("no such picture")
        return [self.decode(order.shot, order.width, order.height, order.pixel_map) for order in orders]


@contextmanager
def queue_for(decoder: Batching, clock: Callable[[], float] = lambda: 0.0) -> Iterator[DecodeQueue]:
    queue = DecodeQueue(decoder, clock, 1 << 20)
    try:
        yield queue
    finally:
        decoder.go.set()
        queue.close()


def order_of(number: int, side: int = SIDE, softness: float = 0.0) -> Order:
    return Order(standing(View(x=float(number))).shot, side, side, softness)


def asked(queue: DecodeQueue, decoder: Batching, orders: Sequence[tuple[Order, int]]) -> list[DecodeJob]:
    """Ask for a picture, and for others while that is drawn; then wait for all."""
    jobs = [queue.request(order_of(99), 0)]
    assert decoder.has_begun.wait(10)
    jobs += [queue.request(order, due) for order, due in orders]
    decoder.go.set()
    for job in jobs:
        assert job.finished.wait(10)
    return jobs


def numbers(decoder: Batching) -> list[list[float]]:
    return [[order.shot.view.x for order in batch] for batch in decoder.batches]


def test_what_is_due_together_is_drawn_together_and_what_is_due_first_first() -> None:
    decoder = Batching()
    with queue_for(decoder) as queue:
        asked(queue, decoder, [(order_of(1), 8), (order_of(2), 4), (order_of(3), 8), (order_of(4), 4)])
        assert numbers(decoder) == [[99], [2, 4], [1, 3]]
        assert [one.pixels for one in queue.measured()] == [SIDE * SIDE, 2 * SIDE * SIDE, 2 * SIDE * SIDE]


def test_no_more_is_drawn_together_than_the_decoder_may_be_given() -> None:
    decoder = Batching()
    with queue_for(decoder) as queue:
        asked(queue, decoder, [(order_of(number), 4) for number in range(4)])
        assert numbers(decoder) == [[99], [0, 1, 2], [3]]


def test_the_samples_of_averaged_pictures_count() -> None:
    decoder = Batching()
    with queue_for(decoder) as queue:
        jobs = asked(queue, decoder, [(order_of(1, 4), 4), (order_of(2, 4, 1.0), 4), (order_of(3, 4), 4)])
        assert numbers(decoder) == [[99], [1, 2, 3]]
        assert decoder.batches[1][1].width == SAMPLES * 4
        assert [job.picture.pixels.shape for job in jobs[1:] if job.picture] == [(4, 4, 3)] * 3
        assert queue.measured()[1].pixels == (1 + SAMPLES * SAMPLES + 1) * 16


def drawn_through(queue: DecodeQueue, dues: Iterable[int]) -> list[DecodeJob]:
    """Ask for pictures that are due so, all before the first is begun, and wait for all."""
    with queue._changed:
        jobs = [queue.request(order_of(number), due) for number, due in enumerate(dues)]
    for job in jobs:
        assert job.finished.wait(10)
    return jobs


class Card(Batching):
    """Draws what it is given when it is waited for, and notes what happens in which order."""

    def __init__(self, events: list[str], fails_at: int | None = None) -> None:
        super().__init__()
        self.events, self.fails_at = events, fails_at
        self.go.set()

    def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
        number = len(self.batches) + 1
        self.batches.append(list(orders))
        self.events.append(f"begins {number}")
        card = self

        class Coming:
            shape, nbytes, is_drawn = (SIDE, SIDE, 3), 1, False

            def prepare(self) -> None:
                card.events.append(f"waits for {number}")
                if number == card.fails_at:
                    raise RuntimeError("CUDA error: an illegal memory access")

        return [DecodedPicture(Coming(), order.shot.view) for order in orders]  # type: ignore[arg-type]  # as much of CardPixels as is used


def test_a_card_is_given_the_next_pictures_before_it_has_drawn_the_last() -> None:
    events: list[str] = []
    card = Card(events)
    queue = DecodeQueue(card, lambda: 0.0, 1 << 20)
    drawn_through(queue, range(3))
    queue.close()
    assert events == ["begins 1", "begins 2", "waits for 1", "begins 3", "waits for 2", "waits for 3"]


def test_what_a_card_has_drawn_already_waits_for_no_other() -> None:
    events: list[str] = []

    class Quick(Card):
        def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
            found = super().decode_all(orders)
            for one in found:
                one.pixels.is_drawn = True  # type: ignore[misc, union-attr]  # as a card has after a moment
            return found

    queue = DecodeQueue(Quick(events), lambda: 0.0, 1 << 20)
    drawn_through(queue, range(2))
    queue.close()
    assert events == ["begins 1", "waits for 1", "begins 2", "waits for 2"]


def test_while_a_card_draws_nothing_is_begun_for_which_there_is_time() -> None:
    events: list[str] = []
    queue = DecodeQueue(Card(events), lambda: 0.0, 1 << 20)
    drawn_through(queue, (1, DUE_WHEN_IDLE))
    queue.close()
    assert events == ["begins 1", "waits for 1", "begins 2", "waits for 2"]


def test_a_card_that_fails_while_it_draws_costs_what_it_was_drawing() -> None:
    events: list[str] = []
    queue = DecodeQueue(Card(events, fails_at=2), lambda: 0.0, 1 << 20)
    jobs = drawn_through(queue, range(3))
    queue.close()
    assert [job.failed for job in jobs] == [False, True, False]
    assert (queue.decoded, queue.failed) == (2, 1)


def test_another_failure_of_the_decoder_is_told_however_long_ago_the_first_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Ailing(CountingDecoder):
        wrong: Exception | None = None

        def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
            if self.wrong is not None:
                raise self.wrong
            return super().decode(shot, width, height, pixel_map)

    decoder = Ailing()
    queue = DecodeQueue(decoder, lambda: 0.0, 1 << 20)
    in_january, in_may = DeviceError("a latent is damaged"), MemoryError("the card is full")
    for number, wrong in enumerate((in_january, in_january, in_january, None, in_may)):
        decoder.wrong = wrong
        assert queue.request(order_of(number), 0).finished.wait(10)
    queue.close()
    assert queue.failed == 4
    assert [record.message.partition(") ")[2] for record in caplog.records] == [
        "failed: a latent is damaged",
        "has recovered after 3 failures",
        "failed: MemoryError: the card is full",
    ]


def test_what_waits_behind_another_is_not_measured_twice() -> None:
    """Two that were begun at once and came after one and two seconds took one second each."""
    now = [0.0]

    class Slow(Card):
        def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
            found = super().decode_all(orders)
            for one in found:
                whole = one.pixels.prepare  # type: ignore[union-attr]  # they are the card's

                def prepare(whole: Callable[[], None] = whole) -> None:
                    whole()
                    now[0] += 1.0

                one.pixels.prepare = prepare  # type: ignore[method-assign, union-attr]
            return found

    queue = DecodeQueue(Slow([]), lambda: now[0], 1 << 20)
    drawn_through(queue, range(2))
    assert [one.seconds for one in queue.measured()] == [1.0, 1.0]
    assert queue.busy_seconds() == 2.0
    queue.close()


def test_when_idle_pictures_are_drawn_one_by_one() -> None:
    decoder = Batching()
    with queue_for(decoder) as queue:
        asked(queue, decoder, [(order_of(number), DUE_WHEN_IDLE) for number in range(3)])
        assert numbers(decoder) == [[99], [0], [1], [2]]


def test_a_picture_that_cannot_be_drawn_takes_no_other_with_it() -> None:
    decoder = Batching()
    decoder.refuses = 2.0
    with queue_for(decoder) as queue:
        jobs = asked(queue, decoder, [(order_of(1), 4), (order_of(2), 4), (order_of(3), 4)])
        assert [job.failed for job in jobs] == [False, False, True, False]
        assert (queue.decoded, queue.failed) == (3, 1)


def test_behind_a_decoder_that_takes_over_pictures_still_go_together_or_one_by_one() -> None:
    class Alone(CountingDecoder):
        name = "alone"

    class Failing(Batching):
        def decode_all(self, orders: Sequence[Order]) -> list[DecodedPicture]:
            super().decode_all(orders)
            raise RuntimeError("CUDA error")

    card, alone = Failing(), Alone()
    card.go.set()
    decoder = FallbackDecoder({"card": lambda: card, "alone": lambda: alone})
    assert decoder.max_batch_px == TOGETHER
    found = decoder.decode_all([order_of(1), order_of(2)])
    assert numbers(card) == [[1, 2]]
    assert alone.orders == [order_of(1), order_of(2)]
    assert (decoder.name, decoder.max_batch_px) == ("alone", 0)
    assert all(isinstance(picture.pixels, np.ndarray) for picture in found)


def test_other_decoders_are_given_one_picture_at_a_time() -> None:
    class OneByOne(CountingDecoder):
        def __init__(self) -> None:
            super().__init__()
            self.go, self.has_begun = threading.Event(), threading.Event()

        def decode(self, shot: Shot, width: int, height: int, pixel_map: PixelMap | None = None) -> DecodedPicture:
            self.has_begun.set()
            assert self.go.wait(10)
            return super().decode(shot, width, height, pixel_map)

    decoder = OneByOne()
    queue = DecodeQueue(decoder, lambda: 0.0, 1 << 20)
    first = queue.request(order_of(99), 0)
    assert decoder.has_begun.wait(10)
    jobs = [first, *(queue.request(order_of(number), due) for number, due in ((1, 8), (2, 4)))]
    decoder.go.set()
    for job in jobs:
        assert job.finished.wait(10)
    assert [order.shot.view.x for order in decoder.orders] == [99, 2, 1]
    assert [one.pixels for one in queue.measured()] == [SIDE * SIDE] * 3
    queue.close()
