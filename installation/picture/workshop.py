"""Draws ordered pictures in a thread of its own, the most urgent first, so that no frame waits for a decoder."""

from __future__ import annotations

import heapq
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count

from installation.picture.cache import Order, PictureCache
from installation.picture.decoder import Decoder
from installation.picture.niceness import give_way
from installation.picture.source import Decoded
from installation.picture.supersampling import SAMPLES, drawn

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Job:
    """A picture that was ordered. `picture` is set, once, when it is ready; it stays None where the decoder failed."""

    order: Order
    picture: Decoded | None = None
    failed: bool = False
    finished: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Measured:
    """How long one picture took."""

    pixels: int
    seconds: float


class Workshop:
    """Owns the decoder, the thread and the pictures that may be wanted again. Pictures with equal orders are one."""

    def __init__(self, decoder: Decoder, clock: Callable[[], float], cache_bytes: int) -> None:
        self._decoder = decoder
        self._clock = clock
        self._cache = PictureCache(cache_bytes)
        self._waiting: list[tuple[int, int, Job]] = []
        self._open: dict[Order, Job] = {}
        self._measured: list[Measured] = []
        self._serial = count()
        self._changed = threading.Condition()
        self._closing = False
        self.decoded = self.reused = self.failed = 0
        self._thread = threading.Thread(target=self._work, name="workshop", daemon=True)
        self._thread.start()

    def ask(self, order: Order, due: int) -> Job:
        """Order a picture that is due at frame `due`; what is due first is drawn first."""
        with self._changed:
            job = self._open.get(order)
            if job is None:
                job = Job(order, self._cache.get(order))
                if job.picture is not None:
                    job.finished.set()
            if job.finished.is_set() or order in self._open:
                self.reused += 1
                return job
            self._open[order] = job
            heapq.heappush(self._waiting, (due, next(self._serial), job))
            self._changed.notify()
            return job

    def replace(self, overtaken: Iterable[tuple[Job, Job]]) -> None:
        """Drop pictures that came too late to be of use, where drawing them has not begun.

        The later picture of each pair takes the place of the dropped one in the queue, so that no layer starves.
        """
        with self._changed:
            later = {id(job): instead for job, instead in overtaken}
            if not later:
                return
            first = dict.fromkeys((id(instead) for instead in later.values()), sys.maxsize)
            for due, _, job in self._waiting:
                if id(job) in later:
                    del self._open[job.order]
                    job.failed = True
                    job.finished.set()
                    instead = id(later[id(job)])
                    first[instead] = min(first[instead], due)
            self._waiting = [
                (min(due, first.get(id(job), due)), serial, job)
                for due, serial, job in self._waiting
                if id(job) not in later
            ]
            heapq.heapify(self._waiting)

    def measured(self) -> list[Measured]:
        """How long pictures took since this was last asked."""
        with self._changed:
            found, self._measured = self._measured, []
            return found

    def _work(self) -> None:
        give_way()
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if self._closing:
                    return
                _, _, job = heapq.heappop(self._waiting)
            begun = self._clock()
            picture = self._drawn(job.order)
            seconds = self._clock() - begun
            with self._changed:
                del self._open[job.order]
                if picture is None:
                    self.failed += 1
                    job.failed = True
                else:
                    self.decoded += 1
                    job.picture = picture
                    self._cache.put(job.order, picture)
                    self._measured.append(Measured(_samples(job.order), seconds))
                job.finished.set()

    def _drawn(self, order: Order) -> Decoded | None:
        try:
            return drawn(self._decoder, order)
        except Exception as error:  # whatever drivers and libraries raise, it costs one picture and not the thread
            if not self.failed:
                log.error("a picture could not be decoded, the one before it holds: %s", error)
            return None

    def close(self) -> None:
        """Finish the picture in hand, then stop the thread and release the decoder."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._cache.clear()
        self._decoder.close()


def _samples(order: Order) -> int:
    return order.width * order.height * (SAMPLES * SAMPLES if order.softness > 0 else 1)
