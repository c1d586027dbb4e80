"""Draws ordered pictures in a thread of its own, the most urgent first, so that no frame waits for a decoder."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from installation.failures import FailureLog
from installation.picture.decoding.decoder import Decoder, max_batch_px
from installation.picture.decoding.supersampling import drawn, samples_of
from installation.picture.order import Order
from installation.picture.source import DecodedPicture
from installation.picture.sources.kinds import is_of_neurons
from installation.picture.supply.cache import PictureCache
from installation.picture.thread_priority import lower_thread_priority

log = logging.getLogger(__name__)

DECODING = "decoding a picture (the one before stays on screen)"
"""What fails, for the log."""

DUE_WHEN_IDLE = sys.maxsize
"""Due after every frame: drawn when nothing else waits."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class DecodeJob:
    """A picture that was ordered and is due at frame `due`. `picture` is set, once, when it is ready.

    It stays None where the decoder failed. A picture that nobody holds any more before it has `begun` is not drawn.
    """

    order: Order
    due: int
    picture: DecodedPicture | None = None
    begun: bool = False
    failed: bool = False
    finished: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class DecodeTime:
    """How long a picture took, or several that were drawn together; `pixels` are samples."""

    pixels: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Pictures that are being drawn together since `begun_at`; None for one that failed already."""

    jobs: Sequence[DecodeJob]
    pictures: Sequence[DecodedPicture | None]
    begun_at: float

    @property
    def is_drawn(self) -> bool:
        """Whether nobody would wait for any of them."""
        return all(picture is None or picture.is_drawn for picture in self.pictures)


class DecodeQueue:
    """Owns the decoder, the thread and the pictures that may be wanted again. Pictures with equal orders are one.

    A decoder that draws several at once is a card's: while that draws, the next are begun, so that processor and card
    do not wait for one another.
    """

    def __init__(self, decoder: Decoder, clock: Callable[[], float], cache_bytes: int) -> None:
        self._decoder = decoder
        self._clock = clock
        self._cache = PictureCache(cache_bytes)
        self._jobs: WeakValueDictionary[Order, DecodeJob] = WeakValueDictionary()
        self._measured: list[DecodeTime] = []
        self._failures = FailureLog(log)
        self._changed = threading.Condition()
        self._closing = False
        self.decoded = self.reused = self.failed = 0
        self._busy_seconds = 0.0
        self._busy_since: float | None = None
        self._ended_at = float("-inf")
        self._thread = threading.Thread(target=self._run, name="decode queue", daemon=True)
        self._thread.start()

    def request(self, order: Order, due: int) -> DecodeJob:
        """Order a picture that is due at frame `due`; what is due first is drawn first."""
        with self._changed:
            job = self._jobs.get(order)
            if job is not None and not job.failed:
                job.due = min(job.due, due)
                self.reused += 1
                return job
            job = self._jobs[order] = DecodeJob(order, due, self._cache.get(order))
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

    def replace(self, overtaken: Iterable[tuple[DecodeJob, DecodeJob]]) -> None:
        """Drop pictures that came too late to be of use, where drawing them has not begun.

        The later picture of each pair takes the place of the dropped one in the queue, so that no layer starves.
        """
        with self._changed:
            for job, instead in overtaken:
                if not job.begun:
                    instead.due = min(instead.due, job.due)
                    job.begun = job.failed = True
                    job.finished.set()

    def measured(self) -> list[DecodeTime]:
        """How long pictures took since this was last asked."""
        with self._changed:
            found, self._measured = self._measured, []
            return found

    def busy_seconds(self) -> float:
        """For how long pictures were drawn so far."""
        with self._changed:
            present = 0.0 if self._busy_since is None else self._clock() - self._busy_since
            return self._busy_seconds + present

    def _run(self) -> None:
        lower_thread_priority()
        begun: deque[_Batch] = deque()
        while True:
            at_once = 2 if max_batch_px(self._decoder) else 1
            batch = self._begin(waits=not begun) if len(begun) < at_once else None
            if batch is not None:
                begun.append(batch)
            elif not begun:
                return
            # What is drawn already waits for nothing; while a card draws, the next pictures are begun.
            while begun and (batch is None or len(begun) >= at_once or begun[0].is_drawn):
                self._end(begun.popleft(), goes_on=bool(begun))
                batch = begun[-1] if begun else batch

    def _begin(self, *, waits: bool) -> _Batch | None:
        """Begin to draw the most urgent pictures; None where there are none, or the queue closes.

        With others being drawn, so that it does not have to wait, it leaves pictures for which there is time.
        """
        with self._changed:
            while not (waiting := self._waiting(idle_too=waits)) and waits:
                if self._closing:
                    return None
                self._changed.wait()
            if self._closing or not waiting:
                return None
            jobs = _most_urgent(waiting, max_batch_px(self._decoder))
            for job in jobs:
                job.begun = True
            begun_at = self._clock()
            if self._busy_since is None:
                self._busy_since = begun_at
        return _Batch(jobs, self._drawn([job.order for job in jobs]), begun_at)

    def _waiting(self, *, idle_too: bool) -> list[DecodeJob]:
        return [job for job in self._jobs.values() if not job.begun and (idle_too or job.due < DUE_WHEN_IDLE)]

    def _end(self, batch: _Batch, *, goes_on: bool) -> None:
        """Wait until pictures are drawn, and hand them out; `goes_on` where the next are being drawn already."""
        pictures = [self._prepared(picture) for picture in batch.pictures]
        with self._changed:
            now = self._clock()
            # While it drew the batch before, the decoder had no time for this one.
            seconds, self._ended_at = now - max(batch.begun_at, self._ended_at), now
            assert self._busy_since is not None, "it was busy with this"
            self._busy_seconds += now - self._busy_since
            self._busy_since = now if goes_on else None
            # How quickly other kinds are drawn says nothing of neurons, whose quality is decided by it.
            if None not in pictures and all(is_of_neurons(job.order.shot.subject) for job in batch.jobs):
                self._measured.append(DecodeTime(sum(samples_of(job.order) for job in batch.jobs), seconds))
            for job, picture in zip(batch.jobs, pictures, strict=True):
                if picture is None:
                    self.failed += 1
                    job.failed = True
                else:
                    self.decoded += 1
                    job.picture = picture
                    self._cache.put(job.order, picture)
                job.finished.set()

    def _drawn(self, orders: Sequence[Order]) -> Sequence[DecodedPicture | None]:
        try:
            return drawn(self._decoder, orders)
        except Exception as error:  # whatever drivers and libraries raise, it costs one picture and not the thread
            if len(orders) > 1:  # and not those that were asked for with it
                return [picture for order in orders for picture in self._drawn([order])]
            self._failures.failed(DECODING, error)
            return [None]

    def _prepared(self, picture: DecodedPicture | None) -> DecodedPicture | None:
        if picture is None:
            return None
        try:
            picture.prepare()
        except Exception as error:  # as above: a card may fail long after it was asked
            self._failures.failed(DECODING, error)
            return None
        self._failures.succeeded(DECODING)
        return picture

    def close(self) -> None:
        """Finish the pictures in hand, then stop the thread and release the decoder."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._cache.clear()
        self._decoder.close()


def _most_urgent(waiting: Sequence[DecodeJob], max_px: int) -> list[DecodeJob]:
    """What is due first, and of what is due with it as much as may be drawn with it."""
    first = min(waiting, key=lambda one: one.due)
    if first.due == DUE_WHEN_IDLE:  # one by one, so that whatever comes next waits for one at most
        return [first]
    found, samples = [first], samples_of(first.order)
    for job in waiting:
        if job is not first and job.due == first.due and samples + samples_of(job.order) <= max_px:
            found.append(job)
            samples += samples_of(job.order)
    return found
