"""Draws ordered pictures in a thread of its own, the most urgent first, so that no frame waits for a decoder."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from installation.picture.cache import Order, PictureCache
from installation.picture.decoder import Decoder, most_together_px
from installation.picture.niceness import give_way
from installation.picture.source import Decoded
from installation.picture.supersampling import drawn, samples_of

log = logging.getLogger(__name__)


WHEN_IDLE = sys.maxsize
"""Due after every frame: drawn when nothing else waits."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Job:
    """A picture that was ordered and is due at frame `due`. `picture` is set, once, when it is ready.

    It stays None where the decoder failed. A picture that nobody holds any more before it has `begun` is not drawn.
    """

    order: Order
    due: int
    picture: Decoded | None = None
    begun: bool = False
    failed: bool = False
    finished: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a picture took, or several that were drawn together; `pixels` are samples."""

    pixels: int
    seconds: float


class Workshop:
    """Owns the decoder, the thread and the pictures that may be wanted again. Pictures with equal orders are one."""

    def __init__(self, decoder: Decoder, clock: Callable[[], float], cache_bytes: int) -> None:
        self._decoder = decoder
        self._clock = clock
        self._cache = PictureCache(cache_bytes)
        self._jobs: WeakValueDictionary[Order, Job] = WeakValueDictionary()
        self._measured: list[Measured] = []
        self._changed = threading.Condition()
        self._closing = False
        self.decoded = self.reused = self.failed = 0
        self._busy_seconds = 0.0
        self._busy_since: float | None = None
        self._thread = threading.Thread(target=self._work, name="workshop", daemon=True)
        self._thread.start()

    def ask(self, order: Order, due: int) -> Job:
        """Order a picture that is due at frame `due`; what is due first is drawn first."""
        with self._changed:
            job = self._jobs.get(order)
            if job is not None and not job.failed:
                job.due = min(job.due, due)
                self.reused += 1
                return job
            job = self._jobs[order] = Job(order, due, self._cache.get(order))
            if job.picture is None:
                self._changed.notify()
            else:
                job.begun = True
                job.finished.set()
                self.reused += 1
            return job

    def has_begun(self, order: Order) -> bool:
        """Whether somebody holds this picture already, drawn or just being drawn."""
        with self._changed:
            job = self._jobs.get(order)
            return job is not None and job.begun and not job.failed

    def replace(self, overtaken: Iterable[tuple[Job, Job]]) -> None:
        """Drop pictures that came too late to be of use, where drawing them has not begun.

        The later picture of each pair takes the place of the dropped one in the queue, so that no layer starves.
        """
        with self._changed:
            for job, instead in overtaken:
                if not job.begun:
                    instead.due = min(instead.due, job.due)
                    job.begun = job.failed = True
                    job.finished.set()

    def measured(self) -> list[Measured]:
        """How long pictures took since this was last asked."""
        with self._changed:
            found, self._measured = self._measured, []
            return found

    def busy_seconds(self) -> float:
        """For how long pictures were drawn so far."""
        with self._changed:
            present = 0.0 if self._busy_since is None else self._clock() - self._busy_since
            return self._busy_seconds + present

    def _work(self) -> None:
        give_way()
        while self._draw_next():
            pass

    def _draw_next(self) -> bool:
        """Draw the most urgent picture once there is one; False when the workshop closes."""
        with self._changed:
            while not (waiting := [job for job in self._jobs.values() if not job.begun]) and not self._closing:
                self._changed.wait()
            if self._closing:
                return False
            jobs = _most_urgent(waiting, most_together_px(self._decoder))
            for job in jobs:
                job.begun = True
            begun = self._busy_since = self._clock()
        pictures = self._drawn([job.order for job in jobs])
        with self._changed:
            seconds = self._clock() - begun
            self._busy_seconds += seconds
            self._busy_since = None
            if None not in pictures:
                self._measured.append(Measured(sum(samples_of(job.order) for job in jobs), seconds))
            for job, picture in zip(jobs, pictures, strict=True):
                if picture is None:
                    self.failed += 1
                    job.failed = True
                else:
                    self.decoded += 1
                    job.picture = picture
                    self._cache.put(job.order, picture)
                job.finished.set()
        return True

    def _drawn(self, orders: Sequence[Order]) -> Sequence[Decoded | None]:
        try:
            return drawn(self._decoder, orders)
        except Exception as error:  # whatever drivers and libraries raise, it costs one picture and not the thread
            if len(orders) > 1:  # and not those that were asked for with it
                return [picture for order in orders for picture in self._drawn([order])]
            if not self.failed:
                log.error("a picture could not be decoded, the one before it holds: %s", error)
            return [None]

    def close(self) -> None:
        """Finish the picture in hand, then stop the thread and release the decoder."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._cache.clear()
        self._decoder.close()


def _most_urgent(waiting: Sequence[Job], most_px: int) -> list[Job]:
    """What is due first, and of what is due with it as much as may be drawn with it."""
    first = min(waiting, key=lambda one: one.due)
    found, samples = [first], samples_of(first.order)
    for job in waiting:
        if job is not first and job.due == first.due and samples + samples_of(job.order) <= most_px:
            found.append(job)
            samples += samples_of(job.order)
    return found
